import { limit } from '../util/async.js'
import type { Place } from './census.js'
import { REQUESTS_AT_ONCE } from './client.js'
import type { Mount } from './mount.js'

/** A source is given up after so many refusals in a row, */
const PATIENCE = 3
/** and a registry that never mounted anything when so many sources are. */
const SOURCES = 2

/**
 * Whether a registry mounts blobs is found by trying: one at a time until it has done so once, since a refusal begins an upload.
 * A source that it does not mount from, such as one that we may not read, does not speak for all.
 */
export class Mounting {
  readonly #one = limit(1)
  readonly #many = limit(REQUESTS_AT_ONCE)
  readonly #refusals = new Map<Place, number>()
  #isProven = false

  /** Asks with `task`, unless that is no use. */
  async try(from: Place, task: () => Promise<Mount>): Promise<Mount> {
    const asked = await this.#one(async () => (this.#isProven ? undefined : this.#ask(from, task)))
    return asked ?? this.#many(() => this.#ask(from, task))
  }

  async #ask(from: Place, task: () => Promise<Mount>): Promise<Mount> {
    if (this.#isGivenUp(from) || this.#isHopeless()) return 'refused'
    const answer = await task()
    if (answer === 'mounted') {
      this.#isProven = true
      this.#refusals.delete(from)
    } else this.#refusals.set(from, (this.#refusals.get(from) ?? 0) + 1)
    return answer
  }

  #isGivenUp(from: Place): boolean {
    return (this.#refusals.get(from) ?? 0) >= PATIENCE
  }

  #isHopeless(): boolean {
    return (
      !this.#isProven && [...this.#refusals.keys()].filter(from => this.#isGivenUp(from)).length >= SOURCES
    )
  }
}
