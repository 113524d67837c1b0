import { setMaxListeners } from 'node:events'

/**
 * Removes the limit of listeners. Node.js 20 takes more than 10 listeners on a signal for a leak and warns; Node.js 24 does not.
 * Only use it for long-lived signals whose listeners remove themselves.
 */
export function removeListenerLimit(signal: AbortSignal): AbortSignal {
  setMaxListeners(Number.POSITIVE_INFINITY, signal)
  return signal
}

/** Returns a signal without a limit of listeners that is aborted as soon as one of the given signals is. */
export function joinSignals(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return removeListenerLimit(AbortSignal.any(signals.filter(signal => signal !== undefined)))
}
