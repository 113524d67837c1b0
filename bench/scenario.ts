import type { Check } from './check.js'

/** One way to do what a scenario asks for. */
export interface Contestant {
  readonly name: string
  /** A bash script. It starts in an empty folder, with an empty home, knowing the variables of `variables.ts`. */
  readonly script: string
  /** Run once before the rounds, untimed. */
  readonly before?: string
  readonly check: Check
}

export interface Scenario {
  readonly name: string
  readonly title: string
  /** What the reader of the table must know. */
  readonly about: string
  /** `fresh` for each run, or `kept` through all rounds with what `before` pushed. */
  readonly registry?: 'fresh' | 'kept'
  /** Fills the folder $KEPT once before the rounds, untimed. */
  readonly before?: string
  /** For what is too short for a few runs; 1 if absent. */
  readonly timesRuns?: number
  /** The first is what the others are held against. */
  readonly contestants: readonly Contestant[]
}
