import type { Clock } from '../http/clock.js'

/** How far the uploads of a run are. */
export interface Progress {
  /** In bytes; a retry takes back what it sends again. */
  readonly sent: number
  /** In bytes; only what the registries lack. Changes when a blob turns out to be there, or not to be mounted. */
  readonly total: number
  /** In bytes a second, of the last few seconds; 0 as long as nothing can be said. */
  readonly rate: number
  /** In seconds. */
  readonly remaining: number | undefined
}

const WINDOW_MS = 5000
const SAMPLE_MS = 100

/** Adds up what was sent, and at what rate. */
export class Tally {
  readonly #clock: Pick<Clock, 'now'>
  readonly #onProgress: ((progress: Progress) => void) | undefined
  readonly #samples: { readonly at: number; readonly sent: number }[] = []
  #sent = 0
  #total = 0

  constructor(clock: Pick<Clock, 'now'>, onProgress?: (progress: Progress) => void) {
    this.#clock = clock
    this.#onProgress = onProgress
  }

  /** More is to be sent. */
  expect(bytes: number): void {
    this.#total += bytes
  }

  /** What was expected, and counted as sent, needs not be sent after all. */
  spare(bytes: number): void {
    this.#total -= bytes
    this.add(-bytes)
  }

  add(bytes: number): void {
    this.#sent += bytes
    this.#sample()
    this.#onProgress?.(this.progress)
  }

  get progress(): Progress {
    const rate = this.#rate()
    const left = this.#total - this.#sent
    const remaining = rate > 0 ? left / rate : left === 0 ? 0 : undefined
    return { sent: this.#sent, total: this.#total, rate, remaining }
  }

  #sample(): void {
    const at = this.#clock.now()
    if (at - (this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < SAMPLE_MS) return
    this.#samples.push({ at, sent: this.#sent })
    while ((this.#samples[1]?.at ?? at) <= at - WINDOW_MS) this.#samples.shift()
  }

  #rate(): number {
    const [first] = this.#samples
    if (first === undefined) return 0
    const seconds = (this.#clock.now() - first.at) / 1000
    return seconds > 0 ? Math.max(0, this.#sent - first.sent) / seconds : 0
  }
}
