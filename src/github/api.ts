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

/** A client of GitHub's REST API. */
export interface GitHubApi {
  /**
   * Sends a request for a path such as `/repos/owner/name` and returns the JSON of the response. Transient errors are retried, so
   * GitHub may process a request twice. Throws `ApiError` if GitHub refuses, `UserError` if GitHub cannot be reached.
   */
  request(method: Method, path: string, body?: object): Promise<unknown>
}

interface GitHubApiOptions {
  /** The base URL of the API, as in GITHUB_API_URL. Default: `https://api.github.com`. */
  readonly url?: string | undefined
  /** Without a token, only public repositories can be read. */
  readonly token?: string | undefined
  readonly clock?: Clock
  readonly signal?: AbortSignal | undefined
  /** Called before each retry with its delay in milliseconds. */
  readonly onRetry?: (failure: unknown, delay: number) => void
}

const DEFAULT_API_URL = 'https://api.github.com'
const MINUTE_MS = 60_000

const RETRY: Retry = {
  attempts: 4,
  isTransient: failure => failure instanceof RetryableError || failure instanceof TransientError,
  backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 + random / 2),
  // After the hourly rate limit, GitHub may ask for a wait of almost an hour. Fail instead.
  longestWait: 2 * MINUTE_MS,
}

/** A response after which a retry may succeed. */
class RetryableError extends Error {
  readonly apiError: ApiError
  /** In milliseconds. */
  readonly retryAfter: number | undefined

  constructor(apiError: ApiError, retryAfter: number | undefined) {
    super(apiError.message)
    this.apiError = apiError
    this.retryAfter = retryAfter
  }
}

export function createGitHubApi(options: GitHubApiOptions = {}): GitHubApi {
  const { clock = systemClock, signal, onRetry } = options
  const connection = { baseUrl: checkBaseUrl(options), token: checkToken(options), signal }
  return {
    async request(method, path, body) {
      const request = { ...connection, method, path, body: body && JSON.stringify(body) }
      try {
        return await retryTask({ retry: RETRY, clock, signal, onRetry }, () => requestOnce(request, clock))
      } catch (failure) {
        if (failure instanceof RetryableError) throw failure.apiError
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
  const baseUrl = (url || DEFAULT_API_URL).replace(/\/+$/, '')
  if (parseUrl(baseUrl)) return baseUrl
  throw new UserError(`GITHUB_API_URL is no address: ${baseUrl}`)
}

/** Without this check, the error of `fetch` for an invalid header would quote the token. */
function checkToken({ token }: GitHubApiOptions): string | undefined {
  const trimmed = token?.trim() || undefined
  if (trimmed === undefined || /^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  throw new UserError('the GitHub token has characters that no token has')
}

async function requestOnce(request: ApiRequest, clock: Clock): Promise<unknown> {
  const name = `${request.method} ${request.path}`
  const response = await send(request)
  const text = await response.text().catch(error => {
    request.signal?.throwIfAborted()
    throw new TransientError(`GitHub's answer to ${name} broke off: ${fetchFailureReason(error)}`, {
      cause: error,
    })
  })
  if (response.ok) return parseAnswer(text, name)
  const error = new ApiError(readRefusal(request, response.status, text))
  if (response.status >= 500) throw new RetryableError(error, readRetryDelay(response.headers, clock))
  if (!isRateLimit(error.refusal)) throw error
  // Without a header, wait a minute: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
  throw new RetryableError(error, readRetryDelay(response.headers, clock) ?? MINUTE_MS)
}

function parseAnswer(text: string, requestName: string): unknown {
  try {
    return parseJson(text, `the answer to ${requestName}`)
  } catch (error) {
    const hint = 'Something else answers in its place: look at GITHUB_API_URL and at proxies.'
    throw new UserError(messageOf(error), { hint, cause: error })
  }
}

/** Returns milliseconds. */
function readRetryDelay(headers: Headers, clock: Clock): number | undefined {
  const retryAfter = parseRetryAfter(headers.get('retry-after') ?? undefined, clock.now())
  if (retryAfter !== undefined) return retryAfter
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN)
  if (headers.get('x-ratelimit-remaining') !== '0' || Number.isNaN(reset)) return undefined
  return Math.max(0, reset * 1000 - clock.now())
}

/** An error response of GitHub. */
export interface Refusal {
  /** For example `POST /repos/owner/name/git/refs`. */
  readonly request: string
  readonly status: number
  /** The text of GitHub. */
  readonly message: string
  /** The codes of a failed validation: `already_exists`, `missing_field`, … */
  readonly codes: readonly string[]
  /** If the request had a token. */
  readonly withToken: boolean
}

/** GitHub refused a request. */
export class ApiError extends UserError {
  override readonly name = 'ApiError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    const { request, status, message } = refusal
    super(`GitHub refused ${request} with ${status}: ${message}`, { hint: hintFor(refusal) })
    this.refusal = refusal
  }
}

/** Reads GitHub's `{"message": …, "errors": [{"code", "message"}]}`. A proxy may answer with anything else. */
function readRefusal({ method, path, token }: ApiRequest, status: number, body: string): Refusal {
  const fields = parseObjectOrEmpty(body)
  const errors = readErrors(fields)
  const messages = [textOf(fields.message), ...errors.map(error => textOf(error.message))].filter(
    text => text !== '',
  )
  const codes = errors.map(error => textOf(error.code)).filter(code => code !== '')
  const details =
    messages.length > 0 ? [...messages, ...codes] : [collapseWhitespace(body).slice(0, 200) || '(nothing)']
  return {
    request: `${method} ${path}`,
    status,
    message: details.join('; '),
    codes,
    withToken: token !== undefined,
  }
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

function collapseWhitespace(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

const CONTENTS_HINT =
  'Give the job `permissions: contents: write`. Where the workflow is called by another (`uses: …/publish.yml`), the calling job must grant it.'

interface Hint {
  matches(refusal: Refusal): boolean
  readonly hint: string
}

/** The first match is used. */
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

/** Detects both limits: the primary one (requests an hour) and the secondary one (requests in quick succession). */
function isRateLimit({ status, message }: Pick<Refusal, 'status' | 'message'>): boolean {
  return status === 429 || (status === 403 && /rate limit|abuse detection/i.test(message))
}

type Method = 'GET' | 'POST'

interface ApiRequest {
  /** The base URL of the API, without a slash at the end. */
  readonly baseUrl: string
  /** Begins with a slash. */
  readonly path: string
  readonly method: Method
  /** JSON. */
  readonly body: string | undefined
  readonly token: string | undefined
  readonly signal: AbortSignal | undefined
}

const REQUEST_TIMEOUT_MS = 30_000
const MAX_REDIRECTS = 3

/** Follows redirects with the same method: GitHub redirects the requests for a renamed repository. */
async function send(request: ApiRequest): Promise<Response> {
  let url = request.baseUrl + request.path
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await sendTo(url, request)
    const location = response.headers.get('location')
    if (![301, 302, 307, 308].includes(response.status) || location === null) return response
    await response.body?.cancel()
    url = checkSameOrigin(url, location)
  }
  throw new UserError(`GitHub answered ${request.method} ${request.path} with one redirect after the other`)
}

/** Another origin must not get the token. */
function checkSameOrigin(from: string, location: string): string {
  const to = parseUrl(location, from)
  if (to?.origin === new URL(from).origin) return to.href
  throw new UserError(`GitHub's API redirects to another place: ${to?.origin ?? location}`, {
    hint: 'GITHUB_API_URL should name the API itself.',
  })
}

async function sendTo(url: string, request: ApiRequest): Promise<Response> {
  const { method, body, token } = request
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
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
    request.signal?.throwIfAborted()
    throw error
  }
}
