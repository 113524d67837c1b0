import { fetchFailureReason, fetchResponse } from '../http/download.js'
import {
  type Clock,
  parseRetryAfter,
  type Retry,
  retryTask,
  systemClock,
  TransientError,
} from '../http/retry.js'
import { messageOf, UserError } from '../util/error.js'
import { asArray, asObject, type JsonObject, parseJson, parseObjectOrEmpty } from '../util/json.js'
import { PROGRAM_VERSION, parseUrl } from '../util/text.js'

interface GitHubApiOptions {
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
export interface GitHubApi {
  request(method: Method, path: string, body?: object): Promise<unknown>
}

const DEFAULT_API_URL = 'https://api.github.com'
const MINUTE_MS = 60_000

const RETRY: Retry = {
  attempts: 4,
  isTransient: failure => failure instanceof RetryableError || failure instanceof TransientError,
  backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 + random / 2),
  // The hourly limit may ask for most of an hour.
  longestWait: 2 * MINUTE_MS,
}

/** An answer after which another try may help. */
class RetryableError extends Error {
  readonly refusal: ApiError
  readonly retryAfter: number | undefined

  constructor(refusal: ApiError, wait: number | undefined) {
    super(refusal.message)
    this.refusal = refusal
    this.retryAfter = wait
  }
}

export function createGitHubApi(options: GitHubApiOptions = {}): GitHubApi {
  const { clock = systemClock, signal, onRetry } = options
  const common = {
    base: checkBaseUrl(options),
    token: checkToken(options),
    signal,
  }
  return {
    async request(method, path, body) {
      const request = { ...common, method, path, body: body && JSON.stringify(body) }
      try {
        return await retryTask({ retry: RETRY, clock, signal, onRetry }, () => requestOnce(request, clock))
      } catch (failure) {
        if (failure instanceof RetryableError) throw failure.refusal
        if (!(failure instanceof TransientError)) throw failure
        throw new UserError(failure.message, {
          hint: 'Look at githubstatus.com, or run the job again.',
          cause: failure,
        })
      }
    },
  }
}

function checkBaseUrl({ url }: GitHubApiOptions): string {
  const base = (url || DEFAULT_API_URL).replace(/\/+$/, '')
  if (parseUrl(base)) return base
  throw new UserError(`GITHUB_API_URL is no address: ${base}`)
}

/** `fetch` would quote a token that cannot be sent. */
function checkToken({ token }: GitHubApiOptions): string | undefined {
  const bare = token?.trim() || undefined
  if (bare === undefined || /^[\x21-\x7e]+$/.test(bare)) return bare
  throw new UserError('the GitHub token has characters that no token has')
}

async function requestOnce(request: ApiRequest, clock: Clock): Promise<unknown> {
  const deed = `${request.method} ${request.path}`
  const response = await send(request)
  const text = await response.text().catch(error => {
    request.signal?.throwIfAborted()
    throw new TransientError(`GitHub's answer to ${deed} broke off: ${fetchFailureReason(error)}`, {
      cause: error,
    })
  })
  if (response.ok) return parseAnswer(text, deed)
  const error = new ApiError(readRefusal(deed, response.status, request.token !== undefined, text))
  if (response.status >= 500) throw new RetryableError(error, readRetryDelay(response.headers, clock))
  if (!isRateLimit(error.refusal)) throw error
  // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: a minute, where nothing else is said.
  throw new RetryableError(error, readRetryDelay(response.headers, clock) ?? MINUTE_MS)
}

function parseAnswer(text: string, deed: string): unknown {
  try {
    return parseJson(text, `the answer to ${deed}`)
  } catch (error) {
    const hint = 'Something else answers in its place: look at GITHUB_API_URL and at proxies.'
    throw new UserError(messageOf(error), { hint, cause: error })
  }
}

/** In milliseconds. */
function readRetryDelay(headers: Headers, clock: Clock): number | undefined {
  const asked = parseRetryAfter(headers.get('retry-after') ?? undefined, clock.now())
  if (asked !== undefined) return asked
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN)
  if (headers.get('x-ratelimit-remaining') !== '0' || Number.isNaN(reset)) return undefined
  return Math.max(0, reset * 1000 - clock.now())
}

/** What GitHub answered instead of doing what was asked for. */
export interface Refusal {
  /** As in `POST /repos/owner/name/git/refs`. */
  readonly request: string
  readonly status: number
  /** GitHub's own words. */
  readonly message: string
  /** The codes of a validation that failed: `already_exists`, `missing_field`, … */
  readonly codes: readonly string[]
  /** Whether a token was sent. */
  readonly withToken: boolean
}

/** GitHub refused, in the user's terms. */
export class ApiError extends UserError {
  override readonly name = 'ApiError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    const { request, status, message } = refusal
    super(`GitHub refused ${request} with ${status}: ${message}`, { hint: hintFor(refusal) })
    this.refusal = refusal
  }
}

/** Reads GitHub's `{"message": …, "errors": [{"code", "message"}]}`; something else may stand before it and answer otherwise. */
function readRefusal(deed: string, status: number, withToken: boolean, body: string): Refusal {
  const fields = parseObjectOrEmpty(body)
  const errors = readErrors(fields)
  const words = [textOf(fields.message), ...errors.map(error => textOf(error.message))].filter(
    each => each !== '',
  )
  const codes = errors.map(error => textOf(error.code)).filter(code => code !== '')
  const said =
    words.length > 0 ? [...words, ...codes] : [collapseWhitespace(body).slice(0, 200) || '(nothing)']
  return { request, status, message: said.join('; '), codes, withToken }
}

function readErrors({ errors }: JsonObject): JsonObject[] {
  try {
    return asArray(errors ?? [], 'errors').map(each =>
      typeof each === 'string' ? { message: each } : asObject(each, 'error'),
    )
  } catch {
    return []
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? collapseWhitespace(value) : ''
}

function collapseWhitespace(words: string): string {
  return words.replace(/\s+/g, ' ').trim()
}

const CONTENTS_HINT =
  'Give the job `permissions: contents: write`. Where the workflow is called by another (`uses: …/publish.yml`), the calling job must grant it.'

interface Hint {
  matches(refusal: Refusal): boolean
  readonly hint: string
}

/** The first that matches is told. */
const HINTS: readonly Hint[] = [
  {
    matches: ({ status, message }) => status === 403 && /not accessible by integration/i.test(message),
    hint: CONTENTS_HINT,
  },
  {
    matches: ({ status, message }) => status === 403 && /not accessible by personal access/i.test(message),
    hint: 'The token may not do this: it needs "Contents: Read and write" on this repository.',
  },
  {
    matches: isRateLimit,
    hint: 'The limit is per token and hour, or for requests in quick succession. Run the job again later.',
  },
  {
    matches: ({ message }) => /rule violations|protected by/i.test(message),
    hint: 'A ruleset of the repository forbids this: let GitHub Actions bypass it, or leave `release` off.',
  },
  {
    matches: ({ status }) => status === 401,
    hint: 'The token is wrong, or is no longer valid: the one of a job ends with the job.',
  },
  {
    matches: ({ status, withToken }) => status === 404 && !withToken,
    hint: 'There was no token; without one, only public repositories can be seen.',
  },
  {
    matches: ({ status }) => status === 404,
    hint: 'There is no such thing, or the token may not see it.',
  },
]

function hintFor(refusal: Refusal): string | undefined {
  return HINTS.find(({ matches }) => matches(refusal))?.hint
}

/** Both kinds: so many requests an hour, and so many in quick succession. */
function isRateLimit({ status, message }: Pick<Refusal, 'status' | 'message'>): boolean {
  return status === 429 || (status === 403 && /rate limit|abuse detection/i.test(message))
}

type Method = 'GET' | 'POST'

/** One request to the API, and who asks. */
interface ApiRequest {
  /** The API's address, without a slash at the end. */
  readonly base: string
  /** With its slash at the beginning. */
  readonly path: string
  readonly method: Method
  /** JSON. */
  readonly body: string | undefined
  readonly token: string | undefined
  readonly signal: AbortSignal | undefined
}

const TIMEOUT_MS = 30_000
const MAX_REDIRECTS = 3

/** A repository that was renamed is answered for with its new address, where the same is to be asked again. */
async function send(request: ApiRequest): Promise<Response> {
  let url = request.base + request.path
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await sendTo(url, request)
    const location = response.headers.get('location')
    if (![301, 302, 307, 308].includes(response.status) || location === null) return response
    await response.body?.cancel()
    url = checkSameOrigin(url, location)
  }
  throw new UserError(`GitHub answered ${request.method} ${request.path} with one redirect after the other`)
}

/** The token is for one origin alone. */
function checkSameOrigin(from: string, location: string): string {
  const to = parseUrl(location, from)
  if (to?.origin === new URL(from).origin) return to.href
  throw new UserError(`GitHub's API redirects to another place: ${to?.origin ?? location}`, {
    hint: 'GITHUB_API_URL should name the API itself.',
  })
}

async function sendTo(url: string, { method, body, token, signal: ended }: ApiRequest): Promise<Response> {
  const late = AbortSignal.timeout(TIMEOUT_MS)
  const signal = ended ? AbortSignal.any([ended, late]) : late
  const headers = {
    accept: 'application/vnd.github+json',
    'user-agent': `nix-multiarch/${PROGRAM_VERSION}`,
    'x-github-api-version': '2022-11-28',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  try {
    return await fetchResponse(url, {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...(body !== undefined && { body }),
    })
  } catch (error) {
    ended?.throwIfAborted()
    throw error
  }
}
