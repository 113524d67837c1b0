import { setTimeout as wait } from 'node:timers/promises'

/** Time and chance, passed in so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 up to 1. */
  random(): number
  /** Waits `ms` milliseconds; throws the signal's reason when it is aborted meanwhile. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    await wait(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  },
}
