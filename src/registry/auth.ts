import { isSameOrigin, redactUrl } from '../http/address.js'
import {
  basicAuthorization,
  discardBody,
  type Request,
  type Response,
  readBytes,
  readErrorResponse,
  responseError,
  textBody,
} from '../http/message.js'
import type { Clock } from '../http/retry.js'
import { UserError } from '../util/error.js'
import { nameSetting } from '../util/input-name.js'
import { parseObjectOrEmpty } from '../util/json.js'
import { MIB, parseUrl } from '../util/text.js'
import type { Credential } from './credentials.js'
import { withOwnProtocol } from './registry-url.js'

interface AuthorizerOptions {
  /** The registry's base URL. Credentials are sent to it and to the token server that it names. */
  readonly registry: URL
  readonly credential: Credential | undefined
  readonly send: (request: Request) => Promise<Response>
  readonly clock: Clock
  readonly onSecret?: ((value: string) => void) | undefined
  /** Allows a token service without TLS. */
  readonly insecure?: boolean
  /** All repositories of a registry share it. */
  readonly authState?: AuthState
}

export interface AuthState {
  /** The registry's last challenge. */
  challenge?: Challenge | undefined
  /** The API's root was asked for a challenge. */
  asked?: Promise<void>
  /** The registry names no challenge, so that Basic is tried. `rejected`: it did not accept that. */
  guess?: 'basic' | 'rejected'
}

/** Records the challenge of a response, if it has one. */
export function recordChallenge({ headers }: Pick<Response, 'headers'>, state: AuthState): void {
  const challenges = parseChallenges([headers['www-authenticate'] ?? []].flat().join(', '))
  const findChallenge = (scheme: string) => challenges.find(challenge => challenge.scheme === scheme)
  state.challenge = findChallenge('bearer') ?? findChallenge('basic') ?? state.challenge
}

interface CachedToken {
  readonly scopes: readonly Scope[]
  readonly token: Promise<Token>
}

/**
 * Answers a registry's challenges with one credential: Bearer tokens by scope, Basic, or anonymously. Tokens are reused until
 * they expire, and parallel requests with the same scopes share one.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions
  readonly #tokens = new Map<string, CachedToken>()
  readonly #authState: AuthState

  constructor(options: AuthorizerOptions) {
    this.#options = options
    this.#authState = options.authState ?? {}
  }

  get credential(): Credential | undefined {
    return this.#options.credential
  }

  /**
   * The Authorization header for a request; `undefined` before the first challenge. Throws `RequestError` if a token is refused.
   */
  async authorization(scopes: readonly Scope[]): Promise<string | undefined> {
    const { challenge } = this.#authState
    switch (challenge?.scheme) {
      case 'bearer':
        return `Bearer ${(await this.#getToken(challenge, scopes)).value}`
      case 'basic':
        return this.#basicAuthorization()
      default:
        return undefined
    }
  }

  /** The header for the retry after a 401 to a request with the header `refused`; `undefined` if there is no other one. */
  async answerChallenge(
    response: Response,
    refused: string | undefined,
    scopes: readonly Scope[],
  ): Promise<string | undefined> {
    recordChallenge(response, this.#authState)
    await this.#removeRefused(refused)
    const next = this.#authState.challenge
      ? await this.authorization(scopes)
      : await this.findAuthorization(scopes)
    return next === refused ? undefined : next
  }

  /**
   * The header for a request that an anonymous request did not succeed with, although the registry sent no challenge: asks the
   * API's root for one. If it has none either, Basic is tried.
   */
  async findAuthorization(scopes: readonly Scope[]): Promise<string | undefined> {
    const state = this.#authState
    if (state.challenge === undefined) {
      state.asked ??= this.#askForChallenge()
      await state.asked
    }
    if (state.challenge !== undefined) return this.authorization(scopes)
    const basic = state.guess === 'rejected' ? undefined : this.#basicAuthorization()
    if (basic === undefined) return undefined
    state.guess = 'basic'
    state.challenge = { scheme: 'basic', parameters: {} }
    return basic
  }

  get isGuessing(): boolean {
    return this.#authState.guess === 'basic'
  }

  /** Returns to anonymous requests. */
  rejectGuess(): void {
    this.#authState.guess = 'rejected'
    this.#authState.challenge = undefined
  }

  async #askForChallenge(): Promise<void> {
    const { send, registry } = this.#options
    const response = await send({
      method: 'GET',
      url: new URL('v2/', registry),
      sameOriginOnly: true,
      headers: {},
    })
    if (isSameOrigin(response.request.url, registry)) recordChallenge(response, this.#authState)
    await discardBody(response)
  }

  #basicAuthorization(): string | undefined {
    const { credential } = this.#options
    return credential?.kind === 'basic'
      ? basicAuthorization(credential.username, credential.password)
      : undefined
  }

  async #getToken(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    for (const [key, cached] of [...this.#tokens]) {
      if (!coversScopes(cached.scopes, scopes)) continue
      // Share the failure too, or each waiter would retry in turn.
      const token = await cached.token
      if (token.expiresAt > this.#options.clock.now()) return token
      this.#removeToken(key, cached)
    }
    return this.#joinTokenRequest(challenge, scopes)
  }

  #joinTokenRequest(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    const key = scopeTexts(scopes).join(' ')
    const running = this.#tokens.get(key)
    if (running) return running.token
    const cached: CachedToken = { scopes, token: this.#requestToken(challenge, scopes) }
    this.#tokens.set(key, cached)
    cached.token.catch(() => this.#removeToken(key, cached))
    return cached.token
  }

  async #requestToken(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    const { credential, send, clock, onSecret } = this.#options
    const token = await fetchToken({
      realm: this.#realmUrl(challenge),
      challenge,
      scopes,
      credential,
      send,
      clock,
    })
    onSecret?.(token.value)
    return token
  }

  async #removeRefused(refused: string | undefined): Promise<void> {
    for (const [key, cached] of [...this.#tokens]) {
      const token = await cached.token.catch(() => undefined)
      if (token && refused === `Bearer ${token.value}`) this.#removeToken(key, cached)
    }
  }

  /** Removes this token, but not a newer one that another request has fetched meanwhile. */
  #removeToken(key: string, cached: CachedToken): void {
    if (this.#tokens.get(key) === cached) this.#tokens.delete(key)
  }

  /** The realm may be a path. Behind a proxy that ends TLS, it may be a plain HTTP URL of the registry's own host. */
  #realmUrl(challenge: Challenge): URL {
    const { registry, insecure } = this.#options
    const { realm = '' } = challenge.parameters
    const named = parseUrl(realm, realm.startsWith('/') ? registry : undefined)
    const url = named && (insecure && named.host !== registry.host ? named : withOwnProtocol(named, registry))
    const allowed =
      url?.protocol === 'https:' || (url?.protocol === 'http:' && (insecure || registry.protocol === 'http:'))
    if (url && allowed) return url
    const message =
      url === undefined
        ? `${registry.host} does not name the URL of its token service`
        : `${registry.host} names ${redactUrl(url)} as its token service, which is not an https URL`
    throw new UserError(`${message}: no credentials are sent`, {
      hint:
        'The administrator of the registry must set an https URL as its realm.' +
        (url?.protocol === 'http:'
          ? ` If you trust the network, set ${nameSetting('insecure', 'true')}.`
          : ''),
    })
  }
}

/** A challenge in `WWW-Authenticate` (RFC 9110, 11.6.1). */
interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string
  /** Names are in lower case. A `token68` instead of parameters is ignored. */
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const PARAMETER = new RegExp(`(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, 'y')
const SCHEME = new RegExp(`(${TOKEN})(?:[ \\t]+(?=[^ \\t,])|(?=[ \\t]*(?:,|$)))`, 'y')
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const SEPARATOR = /[ \t,]*/y

/** Reads all challenges up to the first syntax error. */
export function parseChallenges(text: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  let position = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    const match = pattern.exec(text)
    if (match) position = pattern.lastIndex
    return match
  }
  for (take(SEPARATOR); position < text.length; take(SEPARATOR)) {
    const current = challenges.at(-1)
    const parameter = current && take(PARAMETER)
    if (parameter) {
      const [, name = '', quoted, plain = ''] = parameter
      current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain
      continue
    }
    const scheme = take(SCHEME)
    if (!scheme) break
    challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: {} })
    if (!isParameterAt(text, position)) take(TOKEN68)
  }
  return challenges
}

function isParameterAt(text: string, position: number): boolean {
  PARAMETER.lastIndex = position
  return PARAMETER.test(text)
}

/** The access to a repository. `push` includes `pull`. */
export type Access = 'pull' | 'push'

/** The access to one repository that a token grants (Docker registry token specification). */
export interface Scope {
  readonly repository: string
  readonly access: Access
}

const ACTIONS: Readonly<Record<Access, string>> = { pull: 'pull', push: 'pull,push' }

/** `repository:owner/name:pull,push` for each scope, sorted, so that equal sets give equal texts. */
function scopeTexts(scopes: readonly Scope[]): string[] {
  return scopes.map(({ repository, access }) => `repository:${repository}:${ACTIONS[access]}`).sort()
}

/** Whether a token for the scopes `granted` is sufficient for `required`. */
function coversScopes(granted: readonly Scope[], required: readonly Scope[]): boolean {
  return required.every(({ repository, access }) =>
    granted.some(
      scope => scope.repository === repository && (scope.access === access || scope.access === 'push'),
    ),
  )
}

interface Token {
  readonly value: string
  /** In milliseconds since 1970, by our own clock; a little before the token really expires. */
  readonly expiresAt: number
}

interface TokenRequest {
  readonly realm: URL
  readonly challenge: Challenge
  readonly scopes: readonly Scope[]
  readonly credential: Credential | undefined
  readonly send: (request: Request) => Promise<Response>
  readonly clock: Clock
}

const MAX_TOKEN_RESPONSE_BYTES = MIB
/** The lifetime of a token without `expires_in` (Docker registry token specification). */
const DEFAULT_LIFETIME_SECONDS = 60
/** The part of a token's lifetime in which it is used. */
const USED_LIFETIME = 0.9

/**
 * Fetches a token (Docker registry token specification): a GET with Basic credentials or anonymously, or an OAuth2 POST for an
 * identity token. Throws `RequestError` if it is refused. The messages never contain the response, since that contains a secret.
 */
async function fetchToken(request: TokenRequest): Promise<Token> {
  const { credential, send, clock } = request
  const requestedAt = clock.now()
  const response = await send(
    credential?.kind === 'identity' ? tokenRefreshRequest(request, credential) : tokenGetRequest(request),
  )
  if (response.status !== 200) throw await readErrorResponse(response, clock.now())
  const body = (await readBytes(response, MAX_TOKEN_RESPONSE_BYTES)).toString()
  const { token, access_token, expires_in } = parseObjectOrEmpty(body)
  const value = [token, access_token].find(text => typeof text === 'string' && text !== '')
  if (typeof value !== 'string') throw responseError(response, 'the answer does not contain a token')
  const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : DEFAULT_LIFETIME_SECONDS
  return { value, expiresAt: requestedAt + USED_LIFETIME * seconds * 1000 }
}

function tokenGetRequest({ realm, challenge, scopes, credential }: TokenRequest): Request {
  const url = new URL(realm)
  const { service } = challenge.parameters
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of scopeTexts(scopes)) url.searchParams.append('scope', scope)
  const authorization =
    credential?.kind === 'basic' ? basicAuthorization(credential.username, credential.password) : undefined
  return { method: 'GET', url, headers: authorization ? { authorization } : {} }
}

function tokenRefreshRequest(
  { realm, challenge, scopes }: TokenRequest,
  credential: { token: string },
): Request {
  const { service } = challenge.parameters
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: credential.token,
    client_id: 'nix-multiarch',
    ...(service !== undefined && { service }),
    scope: scopeTexts(scopes).join(' '),
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', url: realm, headers, body: textBody(form.toString()) }
}
