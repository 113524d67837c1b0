import { describeFailure } from '../http/describe-failure.js'
import { HttpClient } from '../http/http-client.js'
import { discardBody, type Request, type Response, readBytes, readErrorResponse } from '../http/message.js'
import { networkOf } from '../http/network.js'
import { isTransient, RequestError } from '../http/request-error.js'
import { type Clock, retryOf, retryTask, systemClock } from '../http/retry.js'
import { joinSignals } from '../util/abort-signal.js'
import { messageOf, UserError } from '../util/error.js'

/** How to query binary caches. */
export interface CacheQueryOptions {
  /** Contains the variables for proxies and certificates; by default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** The time limit of one request, in milliseconds. Default: 5 s. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** The response of a server, or the reason why it is missing and what to do. `text` is empty if the status is not 200. */
export type CacheAnswer =
  | { readonly status: number; readonly text: string }
  | { readonly status: undefined; readonly reason: string }

/** In bytes. A longer response is not from a binary cache. */
const MAX_TEXT_BYTES = 256 * 1024
const TIMEOUT_MS = 5000

const RETRY = retryOf({ attempts: 3, firstWaitMs: 500 }, isTransient, 5000)

/**
 * Fetches a short text from a binary cache or the Cachix API. Tries three times if the server is busy or cannot be reached, and
 * once if it does not answer in time. Throws only if `signal` is aborted.
 */
export async function queryCache(
  url: string,
  request: Pick<Request, 'headers' | 'sameOriginOnly'>,
  { env = process.env, clock = systemClock, timeout = TIMEOUT_MS, signal }: CacheQueryOptions,
): Promise<CacheAnswer> {
  const { host } = new URL(url)
  const client = new HttpClient({ ...networkOf(env), plainHttp: 'given' })
  let timeLimit: AbortSignal | undefined
  try {
    return await retryTask({ retry: RETRY, clock, signal }, async () => {
      timeLimit = AbortSignal.timeout(timeout)
      const limited = { ...request, signal: joinSignals(signal, timeLimit) }
      return await readAnswer(await client.send({ method: 'GET', url: new URL(url), ...limited }), clock)
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (timeLimit?.aborted)
      return { status: undefined, reason: `${host} did not answer within ${timeout / 1000} s` }
    return answerOf(error)
  } finally {
    client.close()
  }
}

async function readAnswer(response: Response, clock: Clock): Promise<CacheAnswer> {
  const { status } = response
  if (status === 200) return { status, text: String(await readBytes(response, MAX_TEXT_BYTES)) }
  const failure = new RequestError({ method: 'GET', url: response.request.url, status })
  if (isTransient(failure)) throw await readErrorResponse(response, clock.now())
  await discardBody(response)
  return { status, text: '' }
}

function answerOf(error: unknown): CacheAnswer {
  if (error instanceof RequestError) {
    const { status } = error
    if (status !== undefined && status !== 200) return { status, text: '' }
    return { status: undefined, reason: joinSentences(describeFailure(error)) }
  }
  // An unsafe redirect, or a variable with an invalid proxy.
  if (error instanceof UserError) return { status: undefined, reason: joinSentences(error) }
  return { status: undefined, reason: messageOf(error) }
}

function joinSentences({ message, hint }: { message: string; hint: string | undefined }): string {
  return hint === undefined ? message : `${message}. ${hint}`
}
