import { setMaxListeners } from 'node:events'

/**
 * Lets any number of tasks listen to a signal: Node.js 20 takes more than ten for a leak and warns, 24 does not. It is for signals that
 * outlast their listeners, who take themselves away when they are done.
 */
export function openToAll(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}

/** A signal for any number of tasks, which comes with the first of others. */
export function joinSignals(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return openToAll(AbortSignal.any(signals.filter(signal => signal !== undefined)))
}
