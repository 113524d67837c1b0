import { HttpClient, type HttpClientOptions } from '../http/http-client.js'
import {
  type Body,
  canonicalRegistry,
  discardBody,
  isLoopback,
  isSameOrigin,
  type Meter,
  type Method,
  type Request,
  RequestError,
  type Response,
  readErrorResponse,
  registryUrl,
} from '../http/message.js'
import {
  type Budget,
  type Clock,
  type Retry,
  retryTask,
  systemClock,
  TRANSIENT_STATUSES,
} from '../http/retry.js'
import type { Digest } from '../oci/digest.js'
import type { Reference } from '../oci/reference.js'
import { joinSignals } from '../util/signal.js'
import { MIB } from '../util/text.js'
import { type Access, Authorizer, type AuthState, type Scope } from './auth.js'
import type { CredentialResolver } from './credentials.js'
import { isCertificateProblem } from './describe-error.js'
import type { FoundManifest } from './manifests.js'
import { repositoryKey } from './push-plan.js'

/** The most small requests (lookups, mounts, manifests) to a registry at the same time. */
export const MAX_PARALLEL_REQUESTS = 8

export interface ClientOptions extends HttpClientOptions {
  /** Else everything is anonymous. */
  readonly credentials?: CredentialResolver
  /** Told each token before it is used. */
  readonly onSecret?: (value: string) => void
  /** Told before a request is tried again after `delay` milliseconds. */
  readonly onRetry?: (failure: RequestError, delay: number) => void
  readonly retry?: Retry
  readonly clock?: Clock
  /** For all that is asked after it has begun. */
  readonly budget?: Budget
}

/** One verb on a repository. */
export interface RegistryCall {
  readonly method: Method
  /** Below `/v2/<repository>/`, or an address that the registry gave. */
  readonly target: string | URL
  readonly access: Access
  /** Another repository of the registry that is read from. */
  readonly mountFrom?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Body
  /** The statuses that are answers; others are failures. */
  readonly expect: readonly number[]
  /** Not tried again by itself, since the caller begins further up. */
  readonly noRetry?: boolean
  readonly signal?: AbortSignal | undefined
  readonly meter?: Meter
}

/** What has been learnt of a registry, for all of its repositories. */
interface RegistryState {
  readonly uploadMode: UploadMode
  readonly authState: AuthState
  /** The request that goes ahead of all others. */
  firstRequest?: Promise<void> | undefined
}

interface Connection {
  readonly url: URL
  readonly authorizer: Authorizer
}

/** What all repositories share: connections, credentials and tokens, and the patience with a registry's troubles. */
export class RegistryClient {
  readonly #of: ClientOptions
  readonly #transport: HttpClient
  readonly #connections = new Map<string, Promise<Connection>>()
  readonly #addresses = new Map<string, Promise<URL>>()
  readonly #registries = new Map<string, RegistryState>()
  readonly #boundSignals = new WeakMap<AbortSignal, AbortSignal>()
  readonly clock: Clock
  readonly retry: Retry
  readonly manifests = new ManifestCache()

  constructor(options: ClientOptions = {}) {
    this.#of = options
    this.#transport = new HttpClient(options)
    this.clock = options.clock ?? systemClock
    this.retry = options.retry ?? defaultRetry
  }

  /**
   * Makes a call and reads its answer, again and again as the retry policy has it. Throws `RequestError` for a failure
   * of the connection or a status that is not expected.
   */
  call<T>(to: Reference, call: RegistryCall, read: (response: Response) => T | Promise<T>): Promise<T> {
    const bounded = { ...call, signal: this.#bounded(call.signal) }
    const attempt = () => this.#attempt(to, bounded, read)
    return call.noRetry ? attempt() : this.retryTask(attempt, call.signal)
  }

  retryTask<T>(
    task: (attempt: number) => Promise<T>,
    signal: AbortSignal | undefined,
    retry = this.retry,
  ): Promise<T> {
    const onRetry = (failure: unknown, delay: number): void => {
      if (failure instanceof RequestError) this.#of.onRetry?.(failure, delay)
    }
    const { budget } = this.#of
    return retryTask({ retry, clock: this.clock, signal: this.#bounded(signal), onRetry, budget }, task)
  }

  /** Made once for each signal, since thousands of requests share one. */
  #bounded(signal: AbortSignal | undefined): AbortSignal | undefined {
    const { budget } = this.#of
    if (!budget || !signal) return budget?.signal ?? signal
    const bound = this.#boundSignals.get(signal) ?? joinSignals(signal, budget.signal)
    this.#boundSignals.set(signal, bound)
    return bound
  }

  /** Whose name requests to a repository bear. */
  async credential(of: Reference) {
    return (await this.#connection(of)).authorizer.credential
  }

  /** How a repository's registry wants uploads. */
  uploadMode(of: Reference): UploadMode {
    return this.#known(of).uploadMode
  }

  #known({ registry }: Reference): RegistryState {
    const name = canonicalRegistry(registry)
    const known = this.#registries.get(name) ?? { uploadMode: new UploadMode(), authState: {} }
    this.#registries.set(name, known)
    return known
  }

  /** Closes the kept connections. */
  close(): void {
    this.#transport.close()
  }

  async #attempt<T>(
    to: Reference,
    call: RegistryCall,
    read: (response: Response) => T | Promise<T>,
  ): Promise<T> {
    const connection = await this.#connection(to)
    const response = await this.#afterFirst(to, call, () => this.#authorized(connection, to, call))
    if (!call.expect.includes(response.status)) throw await readErrorResponse(response, this.clock.now())
    return read(response)
  }

  /** The first request to a registry goes ahead alone: the others know then what it wants, and need not be refused first. */
  async #afterFirst<T>(to: Reference, { signal }: RegistryCall, task: () => Promise<T>): Promise<T> {
    const known = this.#known(to)
    if (known.firstRequest) {
      await waitUnlessAborted(known.firstRequest, signal)
      return task()
    }
    const running = task()
    // What has failed has shown nobody what the registry wants.
    const forget = (): void => {
      known.firstRequest = undefined
    }
    known.firstRequest = running.then(() => {}, forget)
    return running
  }

  /** Only the registry itself gets the Authorization header, and only its own 401 is answered. */
  async #authorized({ url, authorizer }: Connection, to: Reference, call: RegistryCall): Promise<Response> {
    const request = requestForCall(url, to, call)
    if (!isSameOrigin(request.url, url)) return this.#transport.send(request)
    const scopes = scopesOf(to, call)
    const first = await waitUnlessAborted(authorizer.authorization(scopes), call.signal)
    const response = await this.#transport.send(withAuthorization(request, first))
    if (response.status !== 401 || !isSameOrigin(response.request.url, url)) return response
    try {
      const next = await waitUnlessAborted(authorizer.answerChallenge(response, first, scopes), call.signal)
      if (next === undefined) return response
      await discardBody(response)
      return await this.#transport.send(withAuthorization(request, next))
    } catch (error) {
      await discardBody(response)
      throw error
    }
  }

  #connection(to: Reference): Promise<Connection> {
    return memoize(this.#connections, `${canonicalRegistry(to.registry)}/${to.repository}`, async () => {
      const registry = await this.#address(to.registry)
      const credential = await this.#of.credentials?.(to)
      const send = (request: Request): Promise<Response> =>
        this.#transport.send({ ...request, referrer: registry })
      const { onSecret } = this.#of
      return {
        url: registry,
        authorizer: new Authorizer({
          registry,
          credential,
          send,
          clock: this.clock,
          onSecret,
          authState: this.#known(to).authState,
        }),
      }
    })
  }

  /** Plain HTTP on this machine; elsewhere only where it is allowed and TLS is not spoken. */
  #address(registry: string): Promise<URL> {
    return memoize(this.#addresses, canonicalRegistry(registry), async () => {
      const [secure, plain] = [registryUrl(registry, 'https:'), registryUrl(registry, 'http:')]
      if (!this.#of.insecure) return isLoopback(plain) ? plain : secure
      return (await this.#speaksTls(secure)) ? secure : plain
    })
  }

  async #speaksTls(registry: URL): Promise<boolean> {
    try {
      await discardBody(
        await this.#transport.send({ method: 'GET', url: new URL('v2/', registry), headers: {} }),
      )
      return true
    } catch (error) {
      return isCertificateProblem(error)
    }
  }
}

function requestForCall(
  base: URL,
  to: Reference,
  { method, target, headers = {}, body, signal, meter }: RegistryCall,
): Request {
  const url = typeof target === 'string' ? new URL(`v2/${to.repository}/${target}`, base) : target
  return {
    method,
    url,
    referrer: base,
    headers,
    ...(body && { body }),
    ...(signal && { signal }),
    ...(meter && { meter }),
  }
}

function scopesOf(to: Reference, { access, mountFrom }: RegistryCall): Scope[] {
  const own: Scope = { repository: to.repository, access }
  return mountFrom === undefined ? [own] : [own, { repository: mountFrom, access: 'pull' }]
}

function withAuthorization(request: Request, authorization: string | undefined): Request {
  return authorization === undefined
    ? request
    : { ...request, headers: { ...request.headers, authorization } }
}

/** One promise for each key; a failed one is forgotten. */
function memoize<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key)
  if (known) return known
  const made = make()
  map.set(key, made)
  made.catch(() => map.delete(key))
  return made
}

/** What others wait for too goes on after an abort; only this waiting ends. */
async function waitUnlessAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared
  // Nobody may be waiting any more when it fails.
  shared.catch(() => {})
  signal.throwIfAborted()
  const { promise: aborted, stop } = waitForAbort(signal)
  return Promise.race([shared, aborted]).finally(stop)
}

function waitForAbort(signal: AbortSignal): { promise: Promise<never>; stop: () => void } {
  let stop = (): void => {}
  const promise = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  return { promise, stop }
}

const TRANSIENT_CODES = new Set([
  'TIMEOUT',
  'PROXY_BUSY',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'HPE_INVALID_EOF_STATE',
])

export function isTransient(failure: unknown): boolean {
  if (!(failure instanceof RequestError)) return false
  if (failure.code !== undefined) return TRANSIENT_CODES.has(failure.code)
  return failure.status !== undefined && TRANSIENT_STATUSES.has(failure.status)
}

/** Six tries over about half a minute: 1, 2, 4, 8 and 16 s, each less up to its half by chance. */
export const defaultRetry: Retry = {
  attempts: 6,
  isTransient,
  backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 - random / 2),
  longestWait: 120_000,
}

/** The manifests that were read in a run. What a digest names never changes, so nobody has to ask for it twice. */
class ManifestCache {
  readonly #manifests = new Map<string, FoundManifest>()

  add(of: Reference, found: FoundManifest): void {
    this.#manifests.set(manifestKey(of, found.descriptor.digest), found)
  }

  find(of: Reference, digest: Digest): FoundManifest | undefined {
    return this.#manifests.get(manifestKey(of, digest))
  }
}

function manifestKey(of: Reference, digest: Digest): string {
  return `${repositoryKey(of)}@${digest}`
}

const INITIAL_CHUNK_BYTES = 16 * MIB
const MIN_CHUNK_BYTES = MIB

/** What a registry, or a proxy before it, has shown of how it wants uploads. */
export class UploadMode {
  #whole: 'any' | 'small' | 'none' = 'any'
  chunkBytes = INITIAL_CHUNK_BYTES

  /** Of a piece, in bytes. */
  get piece(): number {
    return this.chunkBytes
  }

  /** Whether a blob may go in one request. */
  canUploadMonolithically(size: number): boolean {
    return this.#whole === 'any' || (this.#whole === 'small' && size <= this.chunkBytes)
  }

  /** Remembers that pieces were taken where the whole was refused. */
  recordRefusal(refusal: RequestError): void {
    if (this.#whole !== 'none') this.#whole = refusal.status === 413 ? 'small' : 'none'
  }

  /** Makes pieces smaller than those that were refused; says whether that is worth a try. */
  shrinkChunks(refused: number): boolean {
    if (refused <= MIN_CHUNK_BYTES) return false
    this.chunkBytes = Math.max(MIN_CHUNK_BYTES, Math.min(this.chunkBytes, refused / 2))
    return true
  }
}

const MONOLITHIC_REFUSAL_STATUSES = new Set([405, 411, 413, 416, 501])

/** Whether there is no piece smaller than a blob that was too large. */
export function isTooSmallToChunk({ status }: RequestError, size: number): boolean {
  return status === 413 && size <= MIN_CHUNK_BYTES
}

/** Whether an upload was refused in this way, and may be taken in another. */
export function isMonolithicRefusal(error: unknown): error is RequestError {
  if (!(error instanceof RequestError) || error.status === undefined) return false
  const hasNoSuchWay = error.status === 404 && error.errorEntries.length === 0
  return MONOLITHIC_REFUSAL_STATUSES.has(error.status) || hasNoSuchWay || error.hasErrorCode('UNSUPPORTED')
}

/** Whether an upload session is not there any more. */
export function isSessionLost(error: unknown): boolean {
  return error instanceof RequestError && error.status === 404
}

/** Some refuse large pieces as being out of range. */
export function isChunkTooLarge(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 413 || error.status === 416)
}
