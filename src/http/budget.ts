import { messageOf, UserError } from '../util/error.js'
import { formatSeconds } from '../util/text.js'
import { type Clock, systemClock } from './clock.js'

/** Something has used up the time that it was given. */
export class OutOfTime extends UserError {
  override readonly name = 'OutOfTime'
}

export interface BudgetWords {
  /** What has to be done in this time: `the push`. */
  readonly what: string
  readonly hint?: string
}

/** In milliseconds; a timer of Node.js takes no more. */
const LONGEST = 2 ** 31 - 1

/** Time for something that is made of many requests, waits and tries. Until it begins, there is no end to it. */
export class Budget {
  readonly #ms: number
  readonly #words: BudgetWords
  readonly #clock: Clock
  readonly #over = new AbortController()
  #end = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #trouble: unknown

  constructor(ms: number, words: BudgetWords, clock = systemClock) {
    this.#ms = ms
    this.#words = words
    this.#clock = clock
  }

  /** Comes when the time is used up; its reason is an `OutOfTime` that tells the last trouble. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  begin(): void {
    this.#end = this.#clock.now() + this.#ms
    const giveUp = (): void => this.#over.abort(this.over(this.#trouble))
    this.#timer = setTimeout(giveUp, Math.min(this.#ms, LONGEST)).unref()
  }

  /** What comes after has no end again. */
  end(): void {
    clearTimeout(this.#timer)
    this.#end = Number.POSITIVE_INFINITY
  }

  /** In milliseconds. */
  left(): number {
    return this.#end - this.#clock.now()
  }

  /** Keeps a failure, in case that there will be no time to mend it. */
  saw(trouble: unknown): void {
    this.#trouble = trouble
  }

  /** What to throw where a wait would end too late. */
  over(trouble: unknown): OutOfTime {
    const last = trouble === undefined ? '' : `; the last trouble was: ${messageOf(trouble)}`
    const message = `${this.#words.what} did not end within ${formatSeconds(this.#ms)}${last}`
    return new OutOfTime(message, { hint: this.#words.hint, cause: trouble })
  }
}
