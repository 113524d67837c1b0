import { Worker } from 'node:worker_threads'
import { codeOf } from '../../util/error.js'

/** A thread could not be had, or has ended by itself. What it was for can be done without it. */
export class ThreadLost extends Error {}

/** Starts a thread that knows nothing of this process but `workerData`. Throws `ThreadLost` where there is none to be had. */
export function startThread(script: string, workerData: unknown): Worker {
  try {
    return new Worker(script, { eval: true, execArgv: [], env: {}, workerData })
  } catch (error) {
    throw lossOf(error, true)
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_WORKER_INIT_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
])

/** What ended a thread, as a `ThreadLost`; a mistake in what it did after its start stays what it is. */
export function lossOf(error: unknown, hasStarted: boolean): unknown {
  if (hasStarted && !REFUSALS.has(codeOf(error) ?? '')) return error
  return new ThreadLost('a thread could not be had', { cause: error })
}
