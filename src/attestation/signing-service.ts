import { redactUrl } from '../http/address.js'
import { describeFailure } from '../http/describe-failure.js'
import { HttpClient } from '../http/http-client.js'
import { type Method, readBytes, readErrorResponse, textBody } from '../http/message.js'
import { networkOf } from '../http/network.js'
import { isTransient, RequestError } from '../http/request-error.js'
import { Budget, type Clock, type RetryPolicy, retryOf, retryTask, systemClock } from '../http/retry.js'
import type { Timeouts } from '../http/send-request.js'
import { joinSignals } from '../util/abort-signal.js'
import { messageOf, UserError } from '../util/error.js'
import { asObject, type JsonObject, parseJson } from '../util/json.js'
import { MIB, PROGRAM_VERSION } from '../util/text.js'

/** A service that a signature needs. */
export interface SigningService {
  /** For messages: `Fulcio`. */
  readonly name: string
  readonly url: URL
  /** What to do if the service refuses a request. */
  refusalHint(status: number): string
}

/** A request to a service. */
interface ServiceRequest {
  readonly method: Method
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: object
  /** A status that is an answer, although it is not a success. */
  readonly acceptedStatus?: number
}

/** The answer of a service. */
interface ServiceAnswer {
  readonly status: number
  readonly body: Buffer
}

/** A client of services that sign. */
export interface ServiceClient {
  /**
   * Sends a request and returns the answer. Transient failures are retried. Throws a `UserError` that names the service if it
   * fails or refuses.
   */
  request(service: SigningService, request: ServiceRequest): Promise<ServiceAnswer>
  /** Closes all connections. */
  close(): void
}

export interface ServiceOptions {
  /** Contains the variables for proxies and certificates. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Called before each retry with its delay in milliseconds. */
  readonly onRetry?: (failure: unknown, delay: number) => void
  readonly limits?: ServiceLimits
}

/** How long to wait for a service. */
export interface ServiceLimits {
  readonly timeouts: Timeouts
  readonly retry: RetryPolicy
  /** The time for one request and its retries, in milliseconds. */
  readonly totalMs: number
  readonly clock?: Clock
}

/** Rekor v2 answers when it has published an entry, which can take more than 10 s. */
const LIMITS: ServiceLimits = {
  timeouts: { connect: 10_000, idle: 25_000, answer: 25_000 },
  retry: { attempts: 4, firstWaitMs: 1000 },
  totalMs: 60_000,
}

/** In milliseconds. */
const LONGEST_WAIT = 20_000
/** A log entry contains the statement's hash, and not the statement. */
const MAX_ANSWER_BYTES = 4 * MIB

export function createServiceClient(options: ServiceOptions): ServiceClient {
  const { timeouts } = limitsOf(options)
  const client = new HttpClient({ ...networkOf(options.env), timeouts })
  return {
    request: (service, request) => requestWithin(client, options, service, request),
    close: () => client.close(),
  }
}

function limitsOf({ limits = LIMITS }: ServiceOptions): Required<ServiceLimits> {
  return { clock: systemClock, ...limits }
}

async function requestWithin(
  client: HttpClient,
  options: ServiceOptions,
  service: SigningService,
  request: ServiceRequest,
): Promise<ServiceAnswer> {
  const { clock, retry, totalMs } = limitsOf(options)
  const budget = new Budget(totalMs, budgetOf(service), clock)
  const signal = joinSignals(options.signal, budget.signal)
  const context = {
    retry: retryOf(retry, isTransient, LONGEST_WAIT),
    clock,
    signal,
    budget,
    onRetry: options.onRetry,
  }
  budget.begin()
  try {
    return await retryTask(context, () => requestOnce(client, request, signal))
  } catch (failure) {
    throw failure instanceof RequestError ? describeServiceFailure(service, failure) : failure
  } finally {
    budget.end()
  }
}

function budgetOf(service: SigningService): { readonly task: string; readonly hint: string } {
  return {
    task: `The request to ${nameService(service)}`,
    hint: `No tag was changed. ${outageHint(service.url)}`,
  }
}

async function requestOnce(
  client: HttpClient,
  request: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const response = await client.send(toHttpRequest(request, signal))
  const { status } = response
  if ((status < 200 || status > 299) && status !== request.acceptedStatus)
    throw await readErrorResponse(response, Date.now())
  return { status, body: await readBytes(response, MAX_ANSWER_BYTES) }
}

function toHttpRequest({ method, url, headers, json }: ServiceRequest, signal: AbortSignal) {
  const contentType = json && { 'content-type': 'application/json' }
  return {
    method,
    url,
    sameOriginOnly: true,
    headers: {
      accept: 'application/json',
      'user-agent': `nix-multiarch/${PROGRAM_VERSION}`,
      ...contentType,
      ...headers,
    },
    ...(json && { body: textBody(JSON.stringify(json)) }),
    signal,
  }
}

function describeServiceFailure(service: SigningService, failure: RequestError): UserError {
  const { status, problem } = failure
  const { message, hint = outageHint(service.url) } = describeFailure(failure)
  return status === undefined || isTransient(failure)
    ? serviceError(`${nameService(service)} failed: ${message}`, hint, failure)
    : serviceError(
        `${nameService(service)} refused the request: ${problem}`,
        service.refusalHint(status),
        failure,
      )
}

function serviceError(message: string, advice: string, cause: unknown): UserError {
  return new UserError(message, { hint: `No tag was changed. ${advice}`, cause })
}

function nameService({ name, url }: SigningService): string {
  return `${name} (${redactUrl(url).replace(/\/$/, '')})`
}

function outageHint(url: URL): string {
  const advice = STATUS_PAGES.find(({ hosts }) => hosts.test(url.hostname))?.page
  const check = advice === undefined ? `Check that ${url.host} works` : `Check ${advice}`
  return `${check}, and run the job again.`
}

const STATUS_PAGES: readonly { readonly hosts: RegExp; readonly page: string }[] = [
  { hosts: /(^|\.)sigstore\.dev$/, page: 'https://status.sigstore.dev' },
  {
    hosts: /(^|\.)(githubapp\.com|githubusercontent\.com|github\.com)$/,
    page: 'https://www.githubstatus.com',
  },
]

/**
 * Reads the answer of a service. `read` throws an `Error` if the answer is not what the service should send; this function then
 * throws a `UserError`.
 */
export function readAnswer<T>(service: SigningService, answer: Buffer, read: (answer: Buffer) => T): T {
  try {
    return read(answer)
  } catch (error) {
    const message = `${nameService(service)} sent a wrong answer: ${messageOf(error)}`
    throw serviceError(
      message,
      'Check the URL of the service, and whether a proxy answers in its place.',
      error,
    )
  }
}

/** For `readAnswer`: an answer that is a JSON object. */
export function readJsonAnswer<T>(
  service: SigningService,
  answer: Buffer,
  read: (fields: JsonObject) => T,
): T {
  return readAnswer(service, answer, bytes => read(asObject(parseJson(bytes, 'it'), 'it')))
}

/** A URL below the base URL of a service, which may end with a slash. */
export function urlBelow(base: URL, path: string): URL {
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/${path}`
  return url
}
