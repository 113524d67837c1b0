import { isLoopback } from '../http/address.js'
import { HttpClient, type HttpClientOptions } from '../http/http-client.js'
import {
  type Body,
  discardBody,
  type Meter,
  type Method,
  type Request,
  type Response,
  readErrorResponse,
} from '../http/message.js'
import { isCertificateProblem, isTransient, RequestError } from '../http/request-error.js'
import { type Budget, type Clock, type Retry, retryOf, retryTask, systemClock } from '../http/retry.js'
import type { Digest } from '../oci/digest.js'
import type { Reference } from '../oci/reference.js'
import { joinSignals } from '../util/abort-signal.js'
import { MIB } from '../util/text.js'
import { type Access, Authorizer, type AuthState, type Scope } from './auth.js'
import { checkRegistry } from './check-registry.js'
import type { CredentialResolver } from './credentials.js'
import { RegistryError } from './describe-error.js'
import type { FoundManifest } from './manifests.js'
import { type RepositoryKey, repositoryKey } from './push-plan.js'
import { canonicalRegistry, registryUrl } from './registry-url.js'
import { type Connection, sendAuthorized, waitUnlessAborted } from './send-authorized.js'

/** The maximum number of parallel small requests (checks, mounts) to a registry. */
export const MAX_PARALLEL_REQUESTS = 8

export interface ClientOptions extends Omit<HttpClientOptions, 'plainHttp'> {
  /** Allows registries without TLS on other machines. */
  readonly insecure?: boolean
  /** By default all requests are anonymous. */
  readonly credentials?: CredentialResolver
  /** Called with each token before it is used. */
  readonly onSecret?: (value: string) => void
  /** Called before the wait of `delay` milliseconds that precedes a retry. */
  readonly onRetry?: (failure: RequestError, delay: number) => void
  readonly retry?: Retry
  readonly clock?: Clock
  /** Limits all requests from its `begin` to its `end`. */
  readonly budget?: Budget
}

/** One request to a repository. */
export interface RegistryCall {
  readonly method: Method
  /** A path below `/v2/<repository>/`, or a URL that the registry returned. */
  readonly target: string | URL
  readonly access: Access
  /** Another repository of the registry, from which a blob is mounted. */
  readonly mountFrom?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Body
  /** The expected statuses. Any other status is a failure. */
  readonly expect: readonly number[]
  /** A redirect to another origin is a response of this registry, and is not followed. */
  readonly sameOriginOnly?: boolean
  /** The caller retries, since it must repeat more than this request. */
  readonly noRetry?: boolean
  readonly signal?: AbortSignal | undefined
  readonly meter?: Meter
}

/** They always use TLS: if they cannot be reached, a password must not be sent to them in plain HTTP. */
const TLS_REGISTRIES: ReadonlySet<string> = new Set([
  'docker.io',
  'ghcr.io',
  'quay.io',
  'public.ecr.aws',
  'gcr.io',
])

/** What is known about a registry. All of its repositories share it. */
interface RegistryState {
  readonly uploadMode: UploadMode
  readonly authState: AuthState
  /** It has answered a request in the protocol that is used. */
  hasAnswered?: boolean
  /** It has answered a HEAD with 404 for content that a GET found. */
  isHeadWrong?: boolean
  /** All other requests wait for it. */
  firstRequest?: Promise<void> | undefined
}

/** A client for registries. All repositories share its connections, credentials, tokens and retry policy. */
export class RegistryClient {
  readonly #options: ClientOptions
  readonly #http: HttpClient
  readonly #connections = new Map<string, Promise<Connection>>()
  readonly #baseUrls = new Map<string, Promise<URL>>()
  readonly #registries = new Map<string, RegistryState>()
  readonly #checks = new Map<string, Promise<void>>()
  readonly #joinedSignals = new WeakMap<AbortSignal, AbortSignal>()
  readonly clock: Clock
  readonly retry: Retry
  readonly manifests = new ManifestCache()
  /** The blobs that this run could read, with their repositories. */
  readonly readableBlobs = new Set<string>()
  /** The repositories that have, or do not have, the referrers API. */
  readonly referrersApis = new Map<RepositoryKey, boolean>()

  constructor(options: ClientOptions = {}) {
    this.#options = options
    this.#http = new HttpClient({ ...options, plainHttp: options.insecure ? 'any' : 'local' })
    this.clock = options.clock ?? systemClock
    this.retry = options.retry ?? defaultRetry
  }

  /**
   * Sends a call and reads its response, with retries. Throws `RequestError` if the connection fails or the status is not
   * expected, and `TimeLimitExceeded` at the end of the budget.
   */
  call<T>(to: Reference, call: RegistryCall, read: (response: Response) => T | Promise<T>): Promise<T> {
    const callWithBudget = { ...call, signal: this.#joinBudget(call.signal) }
    const attempt = () => this.#attempt(to, callWithBudget, read)
    return call.noRetry ? attempt() : this.retryTask(attempt, call.signal)
  }

  retryTask<T>(
    task: (attempt: number) => Promise<T>,
    signal: AbortSignal | undefined,
    retry = this.retry,
  ): Promise<T> {
    const onRetry = (failure: unknown, delay: number): void => {
      if (failure instanceof RequestError) this.#options.onRetry?.(failure, delay)
    }
    const { budget } = this.#options
    return retryTask({ retry, clock: this.clock, signal: this.#joinBudget(signal), onRetry, budget }, task)
  }

  /** Joins a signal with the budget's. It is done once for each signal, since thousands of requests share one. */
  #joinBudget(signal: AbortSignal | undefined): AbortSignal | undefined {
    const { budget } = this.#options
    if (!budget || !signal) return budget?.signal ?? signal
    const joined = this.#joinedSignals.get(signal) ?? joinSignals(signal, budget.signal)
    this.#joinedSignals.set(signal, joined)
    return joined
  }

  /** The credential for requests to a repository; `undefined` if they are anonymous. */
  async credential(reference: Reference) {
    return (await this.#connect(reference)).authorizer.credential
  }

  /** How a repository's registry accepts uploads. */
  uploadMode(reference: Reference): UploadMode {
    return this.#stateOf(reference).uploadMode
  }

  /** Whether a 404 to a HEAD of this registry says nothing. */
  isHeadWrong(reference: Reference): boolean {
    return this.#stateOf(reference).isHeadWrong === true
  }

  recordWrongHead(reference: Reference): void {
    this.#stateOf(reference).isHeadWrong = true
  }

  #stateOf({ registry }: Pick<Reference, 'registry'>): RegistryState {
    const name = canonicalRegistry(registry)
    const state = this.#registries.get(name) ?? { uploadMode: new UploadMode(), authState: {} }
    this.#registries.set(name, state)
    return state
  }

  /**
   * Asks a registry once whether it is one, without credentials. Throws a `UserError` if there is no registry at this address;
   * see `checkRegistry`.
   */
  check({ registry }: Pick<Reference, 'registry'>, signal?: AbortSignal): Promise<void> {
    return memoize(this.#checks, canonicalRegistry(registry), async () => {
      const { authState } = this.#stateOf({ registry })
      const check = async (): Promise<void> =>
        checkRegistry(
          { registry, url: await this.#baseUrl(registry), authState },
          { http: this.#http, clock: this.clock, signal: this.#joinBudget(signal) },
        )
      await check().catch(async (error: unknown) => {
        if (!(await this.#switchToTls(registry, error, registryUrl(registry, 'http:')))) throw error
        await check()
      })
    })
  }

  /** Closes all connections. Later calls fail. */
  close(): void {
    this.#http.close()
  }

  async #attempt<T>(
    to: Reference,
    call: RegistryCall,
    read: (response: Response) => T | Promise<T>,
  ): Promise<T> {
    const connection = await this.#connect(to)
    try {
      const send = () => this.#sendAuthorized(connection, to, call)
      const response = await this.#afterFirstRequest(to, call, send)
      if (response.status !== 400) this.#stateOf(to).hasAnswered = true
      if (!call.expect.includes(response.status)) throw await readErrorResponse(response, this.clock.now())
      return await read(response)
    } catch (error) {
      if (!(await this.#switchToTls(to.registry, error, connection.url))) throw error
      return this.#attempt(to, call, read)
    }
  }

  /** A registry on this machine may have TLS. Returns true if plain HTTP failed for that reason, and TLS is used from now on. */
  async #switchToTls(registry: string, error: unknown, used: URL): Promise<boolean> {
    const name = canonicalRegistry(registry)
    const secure = registryUrl(registry, 'https:')
    if (!isTlsExpected(error) || used.protocol === 'https:') return false
    // Another request may have switched already.
    if ((await this.#baseUrl(registry)).protocol === 'https:') return true
    const { hasAnswered } = this.#stateOf({ registry })
    if (hasAnswered || this.#options.insecure || !isLoopback(used)) return false
    if (!(await this.#speaksTls(secure))) return false
    this.#baseUrls.set(name, Promise.resolve(secure))
    for (const key of [...this.#connections.keys()])
      if (key.startsWith(`${name}/`)) this.#connections.delete(key)
    return true
  }

  /** The first request to a registry runs alone, so that the others know its challenge and are not refused with 401 first. */
  async #afterFirstRequest<T>(to: Reference, { signal }: RegistryCall, task: () => Promise<T>): Promise<T> {
    const state = this.#stateOf(to)
    if (state.firstRequest) {
      await waitUnlessAborted(state.firstRequest, signal)
      return task()
    }
    const running = task()
    // A failed request did not show what the registry requires.
    const forget = (): void => {
      state.firstRequest = undefined
    }
    state.firstRequest = running.then(() => {}, forget)
    return running
  }

  #sendAuthorized(connection: Connection, to: Reference, call: RegistryCall): Promise<Response> {
    const request = requestForCall(connection.url, to, call)
    const { expect } = call
    return sendAuthorized(
      connection,
      { request, scopes: scopesOf(to, call), expect },
      { http: this.#http, now: this.clock.now() },
    )
  }

  #connect(to: Reference): Promise<Connection> {
    return memoize(this.#connections, `${canonicalRegistry(to.registry)}/${to.repository}`, async () => {
      const registry = await this.#baseUrl(to.registry)
      const credential = await this.#options.credentials?.(to)
      const send = (request: Request): Promise<Response> =>
        this.#http.send({ ...request, referrer: registry })
      const { onSecret } = this.#options
      return {
        url: registry,
        authorizer: new Authorizer({
          registry,
          credential,
          send,
          insecure: this.#options.insecure ?? false,
          clock: this.clock,
          onSecret,
          authState: this.#stateOf(to).authState,
        }),
      }
    })
  }

  /** A registry on this machine uses plain HTTP; another one only with `insecure`, and if it does not support TLS. */
  #baseUrl(registry: string): Promise<URL> {
    return memoize(this.#baseUrls, canonicalRegistry(registry), async () => {
      const [secure, plain] = [registryUrl(registry, 'https:'), registryUrl(registry, 'http:')]
      if (TLS_REGISTRIES.has(canonicalRegistry(registry))) return secure
      if (!this.#options.insecure) return isLoopback(plain) ? plain : secure
      return (await this.#speaksTls(secure)) ? secure : plain
    })
  }

  async #speaksTls(registry: URL): Promise<boolean> {
    try {
      await discardBody(await this.#http.send({ method: 'GET', url: new URL('v2/', registry), headers: {} }))
      return true
    } catch (error) {
      return isCertificateProblem(error)
    }
  }
}

/** Whether a server refuses plain HTTP because it has TLS: it says so, or answers with an alert of TLS. */
function isTlsExpected(error: unknown): boolean {
  const failure = error instanceof RegistryError ? error.failure : error
  if (!(failure instanceof RequestError)) return false
  const { status, code = '', message } = failure
  if (status === 400) return /HTTP request .*to (an )?HTTPS/i.test(message)
  return status === undefined && /^(HPE_|ECONNRESET$|ERR_STREAM_PREMATURE_CLOSE$)/.test(code)
}

function requestForCall(
  base: URL,
  to: Reference,
  { method, target, headers = {}, body, sameOriginOnly, signal, meter }: RegistryCall,
): Request {
  const url = typeof target === 'string' ? new URL(`v2/${to.repository}/${target}`, base) : target
  return {
    method,
    url,
    referrer: base,
    headers,
    ...(body && { body }),
    ...(sameOriginOnly && { sameOriginOnly }),
    ...(signal && { signal }),
    ...(meter && { meter }),
  }
}

function scopesOf(to: Reference, { access, mountFrom }: RegistryCall): Scope[] {
  const own: Scope = { repository: to.repository, access }
  return mountFrom === undefined ? [own] : [own, { repository: mountFrom, access: 'pull' }]
}

/** Returns one promise for each key. A rejected promise is removed. */
function memoize<T>(map: Map<string, Promise<T>>, key: string, create: () => Promise<T>): Promise<T> {
  const existing = map.get(key)
  if (existing) return existing
  const created = create()
  map.set(key, created)
  created.catch(() => map.delete(key))
  return created
}

/** Six tries over about half a minute: waits of 1, 2, 4, 8 and 16 s, each reduced by up to half at random. */
export const defaultRetry = retryOf({ attempts: 6, firstWaitMs: 1000 }, isTransient, 120_000)

/** The manifests read in this run, by digest. Their content never changes, so each is read once. */
class ManifestCache {
  readonly #manifests = new Map<string, FoundManifest>()
  readonly #expected = new Set<string>()

  add(of: Reference, found: FoundManifest): void {
    const { digest } = found.descriptor
    this.#manifests.set(contentKey(of, digest), found)
    for (const each of [digest, ...digestsIn(found.bytes)]) this.#expected.add(contentKey(of, each))
  }

  /** Whether a manifest that was read has this digest, or references it: then the repository should have the content. */
  isExpected(of: Reference, digest: string): boolean {
    return this.#expected.has(contentKey(of, digest))
  }

  find(of: Reference, digest: Digest): FoundManifest | undefined {
    return this.#manifests.get(contentKey(of, digest))
  }
}

function contentKey(of: Reference, digest: string): string {
  return `${repositoryKey(of)}@${digest}`
}

function digestsIn(bytes: Buffer): string[] {
  return bytes.toString('latin1').match(/sha256:[0-9a-f]{64}/g) ?? []
}

const INITIAL_CHUNK_BYTES = 16 * MIB
const MIN_CHUNK_BYTES = MIB

/** How a registry, or a proxy in front of it, accepts uploads, as found by trying. */
export class UploadMode {
  #monolithic: 'any' | 'small' | 'none' = 'any'
  #chunkBytes = INITIAL_CHUNK_BYTES

  get chunkBytes(): number {
    return this.#chunkBytes
  }

  /** Whether to try to upload a blob of this size in one request. */
  canUploadMonolithically(size: number): boolean {
    return this.#monolithic === 'any' || (this.#monolithic === 'small' && size <= this.#chunkBytes)
  }

  /** Records the refusal of a monolithic upload. */
  recordRefusal(refusal: RequestError): void {
    if (this.#monolithic !== 'none') this.#monolithic = refusal.status === 413 ? 'small' : 'none'
  }

  /** Makes chunks smaller than the refused ones. Returns false if those had the minimum size already. */
  shrinkChunks(refusedBytes: number): boolean {
    if (refusedBytes <= MIN_CHUNK_BYTES) return false
    this.#chunkBytes = Math.max(MIN_CHUNK_BYTES, Math.min(this.#chunkBytes, refusedBytes / 2))
    return true
  }
}

/** Whether a blob was refused as too large although the smallest chunk contains it. */
export function isTooSmallToChunk({ status }: RequestError, size: number): boolean {
  return status === 413 && size <= MIN_CHUNK_BYTES
}
