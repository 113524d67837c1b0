import type { Check } from './check.js'
import type { PlaceUser } from './place.js'

/** A way to do the task of a scenario. */
export interface Contestant {
  readonly name: string
  /** A bash script. It starts in an empty folder, with an empty home and the variables of rounds.ts. */
  readonly script: string
  /** A script that runs once before the rounds, untimed. */
  readonly before?: string
  readonly check: Check
  /** The program with which ours is compared in the targets. Absent for ours, and for rows that only explain another row. */
  readonly peer?: 'skopeo' | 'crane' | 'podman'
  /** Runs it as this user on a new machine without Nix. Default: on the machine of the benchmark. */
  readonly place?: PlaceUser
  /** GitHub's cache service: empty for each run, or one for all rounds of the contestant, filled by `before`. */
  readonly service?: 'fresh' | 'kept'
}

export interface Scenario {
  readonly name: string
  readonly title: string
  /** An explanation of the table. */
  readonly about: string
  /** A registry: empty for each run, one for all rounds, or for each run a copy of what the contestant's `before` pushed. */
  readonly registry?: 'fresh' | 'kept' | 'restored'
  /** Whether a server provides the release of tarball.sh. */
  readonly release?: boolean
  /** A script that fills the folder $KEPT once before the rounds, untimed. */
  readonly before?: string
  /** A factor for the number of runs, for short scripts. Default: 1. */
  readonly timesRuns?: number
  /** The others are compared with the first one. */
  readonly contestants: readonly Contestant[]
}
