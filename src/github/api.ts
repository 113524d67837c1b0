import { isLoopback, redactUrl } from '../http/address.js'
import { describeFailure } from '../http/describe-failure.js'
import { HttpClient } from '../http/http-client.js'
import {
  type Body,
  getHeader,
  type Method,
  REDIRECT_STATUSES,
  type Response,
  readBytes,
  textBody,
} from '../http/message.js'
import { networkOf } from '../http/network.js'
import { isTransient, RequestError } from '../http/request-error.js'
import {
  type Clock,
  parseRetryAfter,
  retryOf,
  retryTask,
  systemClock,
  TRANSIENT_STATUSES,
} from '../http/retry.js'
import type { Timeouts } from '../http/send-request.js'
import type { Blob } from '../oci/descriptor.js'
import { openVerified } from '../oci/verify.js'
import { messageOf, UserError } from '../util/error.js'
import { asArray, asObject, type JsonObject, parseJson, parseObjectOrEmpty } from '../util/json.js'
import { MIB, PROGRAM_VERSION, parseUrl } from '../util/text.js'
import { hintForPermission, hintForPrivate } from './attestations-hints.js'

/** A client of GitHub's REST API. */
export interface GitHubApi {
  /**
   * Sends a request for a path such as `/repos/owner/name` and returns the JSON of the response. Transient errors are retried, so
   * GitHub may process a request twice. Throws `ApiError` if GitHub refuses, `UserError` if GitHub cannot be reached.
   */
  request(method: ApiMethod, path: string, body?: object): Promise<unknown>
  /** Like `request`, and also returns headers of the response. */
  requestWithHeaders(method: ApiMethod, path: string, body?: object): Promise<ApiResponse>
  /**
   * Uploads a file to a URL that the API has named, and returns the JSON of the response. Throws a `UserError` if the URL is not
   * of this GitHub: the token must not be sent to another server.
   */
  upload(url: string, file: Blob): Promise<unknown>
}

export type ApiMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface ApiResponse {
  /** `undefined` if the response has no body. */
  readonly json: unknown
  header(name: string): string | undefined
}

interface GitHubApiOptions {
  /** The base URL of the API, as in GITHUB_API_URL. Default: `https://api.github.com`. */
  readonly url?: string | undefined
  /** Without a token, only public repositories can be read. */
  readonly token?: string | undefined
  /** Contains the variables for proxies and certificates; by default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly clock?: Clock
  readonly signal?: AbortSignal | undefined
  readonly timeouts?: Timeouts
  /** Called before each retry with its delay in milliseconds. */
  readonly onRetry?: (failure: unknown, delay: number) => void
}

const DEFAULT_API_URL = 'https://api.github.com'
const MINUTE_MS = 60_000

/** After the hourly rate limit, GitHub may ask for a wait of almost an hour. Fail instead. */
const LONGEST_WAIT_MS = 2 * MINUTE_MS

const RETRY = retryOf(
  { attempts: 4, firstWaitMs: 1000 },
  failure => isTransient(failure) || (failure instanceof ApiError && failure.isTemporary),
  LONGEST_WAIT_MS,
)

const TIMEOUTS: Timeouts = { connect: 30_000, idle: 30_000, answer: 60_000 }

export function createGitHubApi(options: GitHubApiOptions = {}): GitHubApi {
  const { clock = systemClock, env = process.env, signal, timeouts = TIMEOUTS, onRetry } = options
  const token = checkToken(options)
  const baseUrl = checkBaseUrl(options, token)
  const plainHttp = token === undefined ? 'given' : 'local'
  const client = new HttpClient({ ...networkOf(env), plainHttp, timeouts })
  const connection = { client, baseUrl, token, signal }
  const sendRequest = async (request: ApiRequest): Promise<ApiResponse> => {
    try {
      return await retryTask({ retry: RETRY, clock, signal, onRetry }, () => requestOnce(request, clock))
    } catch (failure) {
      if (!(failure instanceof RequestError)) throw failure
      const { message, hint = OUTAGE_HINT } = describeFailure(failure)
      throw new UserError(`${nameRequest(request)} of GitHub's API failed: ${message}`, {
        hint,
        cause: failure,
      })
    }
  }
  const requestWithHeaders: GitHubApi['requestWithHeaders'] = (method, path, body) =>
    sendRequest({ ...connection, method, path, body: body && jsonBody(body) })
  return {
    requestWithHeaders,
    request: async (method, path, body) => (await requestWithHeaders(method, path, body)).json,
    async upload(url, file) {
      const { origin, pathname, search } = checkUploadUrl(url, baseUrl)
      const { mediaType: contentType, size } = file
      const body = { contentType, size, open: () => openVerified(file) }
      const target = { baseUrl: origin, path: `${pathname}${search}` }
      return (await sendRequest({ ...connection, ...target, method: 'POST', body })).json
    },
  }
}

function nameRequest({ method, path }: ApiRequest): string {
  return `${method} ${path}`
}

function jsonBody(value: object): ApiBody {
  return { contentType: 'application/json', ...textBody(JSON.stringify(value)) }
}

/** Files are uploaded to `uploads.github.com` for the API at `api.github.com`, or to the server of the API itself. */
function checkUploadUrl(url: string, baseUrl: string): URL {
  const target = parseUrl(url)
  const base = new URL(baseUrl)
  const isOwn =
    target?.protocol === base.protocol &&
    [base.host, base.host.replace(/^api\./, 'uploads.')].includes(target.host)
  if (target !== undefined && isOwn) return target
  throw new UserError(`GitHub's API names ${target ? redactUrl(target) : 'an invalid URL'} for an upload`, {
    hint: `It is not a server of ${base.host}, so the token is not sent there. Check GITHUB_API_URL.`,
  })
}

const OUTAGE_HINT = 'Check https://www.githubstatus.com, or run the job again.'

/** A token must not be sent over plain HTTP, except to this machine. */
function checkBaseUrl({ url }: GitHubApiOptions, token: string | undefined): string {
  const baseUrl = (url || DEFAULT_API_URL).replace(/\/+$/, '')
  const parsed = parseUrl(baseUrl)
  if (parsed === undefined) throw new UserError(`GITHUB_API_URL is not a URL: ${baseUrl}`)
  if (token === undefined || parsed.protocol === 'https:' || isLoopback(parsed)) return baseUrl
  throw new UserError(`The GitHub token is not sent to ${redactUrl(parsed)} because it is not an https URL`, {
    hint: 'Use TLS for GitHub, and an https URL in GITHUB_API_URL.',
  })
}

/** Without this check, the error of Node.js for an invalid header could quote the token. */
function checkToken({ token }: GitHubApiOptions): string | undefined {
  const trimmed = token?.trim() || undefined
  if (trimmed === undefined || /^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  throw new UserError('the GitHub token contains characters that are not allowed in a token')
}

const MAX_ANSWER_BYTES = 64 * MIB
/** The status of a response without a body. */
const NO_CONTENT = 204

async function requestOnce(request: ApiRequest, clock: Clock): Promise<ApiResponse> {
  const response = await send(request)
  const { status } = response
  const text = String(await readBytes(response, MAX_ANSWER_BYTES))
  if (status >= 200 && status < 300) {
    const json = status === NO_CONTENT ? undefined : parseAnswer(text, nameRequest(request))
    return { json, header: name => getHeader(response, name) }
  }
  if (REDIRECT_STATUSES.has(status)) throw redirectError(request, response)
  throw new ApiError(readRefusal(request, status, text), readRetryDelay(response, clock))
}

function redirectError({ method, path }: ApiRequest, response: Response): UserError {
  const location = getHeader(response, 'location')
  const target = location === undefined ? undefined : parseUrl(location, response.request.url)
  const to = target === undefined ? 'an unknown URL' : redactUrl(target)
  return new UserError(`GitHub's API redirects ${method} ${path} to ${to}: not followed`, {
    hint: 'Check GITHUB_API_URL: it must be the URL of the API itself.',
  })
}

function parseAnswer(text: string, requestName: string): unknown {
  try {
    return parseJson(text, `the answer to ${requestName}`)
  } catch (error) {
    const hint =
      'This is not an answer of GitHub: check GITHUB_API_URL, and whether a proxy answers in its place.'
    throw new UserError(messageOf(error), { hint, cause: error })
  }
}

/** Returns milliseconds. */
function readRetryDelay(response: Response, clock: Clock): number | undefined {
  const retryAfter = parseRetryAfter(getHeader(response, 'retry-after'), clock.now())
  if (retryAfter !== undefined) return retryAfter
  const reset = Number(getHeader(response, 'x-ratelimit-reset') ?? Number.NaN)
  if (getHeader(response, 'x-ratelimit-remaining') !== '0' || Number.isNaN(reset)) return undefined
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
  /** Whether another try may succeed. */
  readonly isTemporary: boolean
  /** The milliseconds to wait before it. `retryTask` reads it. */
  readonly retryAfter: number | undefined

  constructor(refusal: Refusal, retryAfter?: number) {
    const { request, status, message } = refusal
    super(`GitHub refused ${request} with ${status}: ${message}`, { hint: hintFor(refusal) })
    this.refusal = refusal
    this.isTemporary = TRANSIENT_STATUSES.has(status) || isRateLimit(refusal)
    // Without a header, wait a minute: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    this.retryAfter = retryAfter ?? (isRateLimit(refusal) ? MINUTE_MS : undefined)
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

const PACKAGES_HINT =
  'Give the job `permissions: packages: write`. In the settings of the package, under "Manage Actions access", give ' +
  'the repository the role Admin. A personal token must be a classic one with the scopes `read:packages` and ' +
  '`delete:packages`.'

const CONTENTS_HINT =
  'Give the job `permissions: contents: write`. If another workflow calls this one ' +
  '(`uses: …/publish.yml`), the calling job must grant it.'

interface Hint {
  matches(refusal: Refusal): boolean
  /** A function, if it names inputs. */
  readonly hint: string | (() => string)
}

/** The first match is used. */
const HINTS: readonly Hint[] = [
  {
    matches: refusal =>
      [403, 404].includes(refusal.status) && /\/packages\//.test(refusal.request) && !isRateLimit(refusal),
    hint: PACKAGES_HINT,
  },
  {
    matches: refusal =>
      isAboutAttestations(refusal) && /feature not available|billing plan/i.test(refusal.message),
    hint: hintForPrivate,
  },
  {
    matches: refusal => isAboutAttestations(refusal) && !isRateLimit(refusal),
    hint: hintForPermission,
  },
  {
    matches: ({ status, message }) => status === 403 && /not accessible by integration/i.test(message),
    hint: CONTENTS_HINT,
  },
  {
    matches: ({ status, message }) => status === 403 && /not accessible by personal access/i.test(message),
    hint: 'The token needs the permission "Contents: Read and write" for this repository.',
  },
  {
    matches: isRateLimit,
    hint: 'GitHub limits the requests per token and hour, and bursts of requests. Run the job again later.',
  },
  {
    matches: ({ message }) => /rule violations|protected by/i.test(message),
    hint: 'A ruleset of the repository forbids this: allow GitHub Actions to bypass it, or do not set `release`.',
  },
  {
    matches: ({ status }) => status === 401,
    hint: 'The token is wrong or has expired: the token of a job is valid only until the job ends.',
  },
  {
    matches: ({ status, withToken }) => status === 404 && !withToken,
    hint: 'The request had no token. Without a token, only public repositories can be read.',
  },
  {
    matches: ({ status }) => status === 404,
    hint: 'It does not exist, or the token has no access to it.',
  },
]

function hintFor(refusal: Refusal): string | undefined {
  const hint = HINTS.find(({ matches }) => matches(refusal))?.hint
  return typeof hint === 'function' ? hint() : hint
}

function isAboutAttestations({ status, request }: Refusal): boolean {
  return [403, 404].includes(status) && /\/attestations\b/.test(request)
}

/** Detects both limits: the primary one (requests an hour) and the secondary one (requests in quick succession). */
export function isRateLimit({ status, message }: Pick<Refusal, 'status' | 'message'>): boolean {
  return status === 429 || (status === 403 && /rate limit|abuse detection/i.test(message))
}

interface ApiBody extends Body {
  readonly contentType: string
}

interface ApiRequest {
  readonly client: HttpClient
  /** The base URL of the API, without a slash at the end. */
  readonly baseUrl: string
  /** Begins with a slash. */
  readonly path: string
  readonly method: Method
  readonly body: ApiBody | undefined
  readonly token: string | undefined
  readonly signal: AbortSignal | undefined
}

/** Redirects are followed within the API: GitHub redirects the requests for a renamed repository, also a POST with 301. */
function send({ client, baseUrl, path, method, body, token, signal }: ApiRequest): Promise<Response> {
  return client.send({
    method,
    url: new URL(baseUrl + path),
    sameOriginOnly: true,
    headers: {
      accept: 'application/vnd.github+json',
      'user-agent': `nix-multiarch/${PROGRAM_VERSION}`,
      'x-github-api-version': '2022-11-28',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': body.contentType }),
    },
    ...(body && { body }),
    ...(signal && { signal }),
  })
}
