import { type Clock, systemClock } from '../http/clock.js'
import { reasonOf } from '../http/reach.js'
import { type Retry, retryAfter, retryTask } from '../http/retry.js'
import { Transient } from '../http/transient.js'
import { messageOf, UserError } from '../util/error.js'
import { parseJson } from '../util/json.js'
import { urlFrom } from '../util/url.js'
import { ApiError, isRateLimit, readRefusal } from './api-error.js'
import { type Method, type Request, send } from './send.js'

export interface ApiOptions {
  /** Where the API is, as GITHUB_API_URL says; else GitHub's own. */
  readonly url?: string | undefined
  /** Without one, only what is public can be read. */
  readonly token?: string | undefined
  readonly clock?: Clock
  readonly signal?: AbortSignal | undefined
  /** Told before each wait, in milliseconds. */
  readonly onRetry?: (failure: unknown, delay: number) => void
}

/**
 * Asks GitHub's REST API for a path such as `/repos/owner/name`, and gives the JSON of the answer. What may pass is tried
 * again, so a request may be done twice. Throws `ApiError` when GitHub refuses, `UserError` when it does not answer.
 */
export interface Api {
  ask(method: Method, path: string, body?: object): Promise<unknown>
}

const GITHUB = 'https://api.github.com'
const MINUTE_MS = 60_000

const RETRY: Retry = {
  attempts: 4,
  isTransient: failure => failure instanceof Busy || failure instanceof Transient,
  backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 + random / 2),
  // The hourly limit may ask for most of an hour.
  longestWait: 2 * MINUTE_MS,
}

/** An answer after which another try may help. */
class Busy extends Error {
  readonly refusal: ApiError
  readonly retryAfter: number | undefined

  constructor(refusal: ApiError, wait: number | undefined) {
    super(refusal.message)
    this.refusal = refusal
    this.retryAfter = wait
  }
}

export function githubApi(options: ApiOptions = {}): Api {
  const { clock = systemClock, signal, onRetry } = options
  const common = {
    base: baseOf(options),
    token: usableToken(options),
    signal,
  }
  return {
    async ask(method, path, body) {
      const request = { ...common, method, path, body: body && JSON.stringify(body) }
      try {
        return await retryTask({ retry: RETRY, clock, signal, onRetry }, () => once(request, clock))
      } catch (failure) {
        if (failure instanceof Busy) throw failure.refusal
        if (!(failure instanceof Transient)) throw failure
        throw new UserError(failure.message, {
          hint: 'Look at githubstatus.com, or run the job again.',
          cause: failure,
        })
      }
    },
  }
}

function baseOf({ url }: ApiOptions): string {
  const base = (url || GITHUB).replace(/\/+$/, '')
  if (urlFrom(base)) return base
  throw new UserError(`GITHUB_API_URL is no address: ${base}`)
}

/** `fetch` would quote a token that cannot be sent. */
function usableToken({ token }: ApiOptions): string | undefined {
  const bare = token?.trim() || undefined
  if (bare === undefined || /^[\x21-\x7e]+$/.test(bare)) return bare
  throw new UserError('the GitHub token has characters that no token has')
}

async function once(request: Request, clock: Clock): Promise<unknown> {
  const deed = `${request.method} ${request.path}`
  const response = await send(request)
  const text = await response.text().catch(error => {
    request.signal?.throwIfAborted()
    throw new Transient(`GitHub's answer to ${deed} broke off: ${reasonOf(error)}`, { cause: error })
  })
  if (response.ok) return parsed(text, deed)
  const error = new ApiError(readRefusal(deed, response.status, request.token !== undefined, text))
  if (response.status >= 500) throw new Busy(error, askedWait(response.headers, clock))
  if (!isRateLimit(error.refusal)) throw error
  // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: a minute, where nothing else is said.
  throw new Busy(error, askedWait(response.headers, clock) ?? MINUTE_MS)
}

function parsed(text: string, deed: string): unknown {
  try {
    return parseJson(text, `the answer to ${deed}`)
  } catch (error) {
    const hint = 'Something else answers in its place: look at GITHUB_API_URL and at proxies.'
    throw new UserError(messageOf(error), { hint, cause: error })
  }
}

/** In milliseconds. */
function askedWait(headers: Headers, clock: Clock): number | undefined {
  const asked = retryAfter(headers.get('retry-after') ?? undefined, clock.now())
  if (asked !== undefined) return asked
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN)
  if (headers.get('x-ratelimit-remaining') !== '0' || Number.isNaN(reset)) return undefined
  return Math.max(0, reset * 1000 - clock.now())
}
