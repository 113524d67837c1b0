import type { Check } from './check.js'
import type { Standing } from './place.js'

/** One way to do what a scenario asks for. */
export interface Contestant {
  readonly name: string
  /** A bash script. It starts in an empty folder, with an empty home, knowing the variables of `variables.ts`. */
  readonly script: string
  /** Run once before the rounds, untimed. */
  readonly before?: string
  readonly check: Check
  /** Whose way it is: what ours is held against in the targets. Absent for ours, and for what only explains a figure. */
  readonly peer?: 'skopeo' | 'crane' | 'podman'
  /** It runs on a machine of its own without Nix, as this user; on the bench machine if absent. */
  readonly place?: Standing
  /** GitHub's caches: empty for each run, or of the contestant and kept through all rounds with what `before` left. */
  readonly service?: 'fresh' | 'kept'
}

export interface Scenario {
  readonly name: string
  readonly title: string
  /** What the reader of the table must know. */
  readonly about: string
  /** Empty for each run, or kept through all rounds, or for each run as the contestant's own `before` left it. */
  readonly registry?: 'fresh' | 'kept' | 'restored'
  /** A server offers the release that tarball.sh made. */
  readonly release?: boolean
  /** Fills the folder $KEPT once before the rounds, untimed. */
  readonly before?: string
  /** For what is too short for a few runs; 1 if absent. */
  readonly timesRuns?: number
  /** The first is what the others are held against. */
  readonly contestants: readonly Contestant[]
}
