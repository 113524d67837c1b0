import { Readable } from 'node:stream'
import {
  basicAuthorization,
  type Request,
  type Response,
  readBytes,
  readErrorResponse,
  redactUrl,
  responseError,
} from '../http/message.js'
import type { Clock } from '../http/retry.js'
import { UserError } from '../util/error.js'
import { parseObjectOrEmpty } from '../util/json.js'
import { MIB, parseUrl } from '../util/text.js'
import type { Credential } from './credentials.js'

interface AuthorizerOptions {
  /** The registry's own address; credentials go there and to the token server that it names. */
  readonly registry: URL
  readonly credential: Credential | undefined
  readonly send: (request: Request) => Promise<Response>
  readonly clock: Clock
  readonly onSecret?: ((value: string) => void) | undefined
  /** What the registry has asked for so far; all of its repositories share it. */
  readonly authState?: AuthState
}

export interface AuthState {
  challenge?: Challenge | undefined
}

interface CachedToken {
  readonly scopes: readonly Scope[]
  readonly token: Promise<Token>
}

/**
 * Answers a registry's challenges for one credential: Bearer tokens by scope, Basic, or nothing. Tokens are kept while
 * they last, and requests that need the same one at the same time share it.
 */
export class Authorizer {
  readonly #of: AuthorizerOptions
  readonly #held = new Map<string, CachedToken>()
  readonly #demand: AuthState

  constructor(of: AuthorizerOptions) {
    this.#of = of
    this.#demand = of.authState ?? {}
  }

  get credential(): Credential | undefined {
    return this.#of.credential
  }

  /** The Authorization header for a request, as far as the registry has said what it wants. */
  async authorization(scopes: readonly Scope[]): Promise<string | undefined> {
    const { challenge } = this.#demand
    switch (challenge?.scheme) {
      case 'bearer':
        return `Bearer ${(await this.#token(challenge, scopes)).value}`
      case 'basic':
        return this.#basic()
      default:
        return undefined
    }
  }

  /** The header to try after a 401 to a request with the header `refused`; `undefined` when there is no better one. */
  async answerChallenge(
    response: Response,
    refused: string | undefined,
    scopes: readonly Scope[],
  ): Promise<string | undefined> {
    const challenges = parseChallenges([response.headers['www-authenticate'] ?? []].flat().join(', '))
    const known = (scheme: string) => challenges.find(challenge => challenge.scheme === scheme)
    this.#demand.challenge = known('bearer') ?? known('basic') ?? this.#demand.challenge
    await this.#forget(refused)
    const next = await this.authorization(scopes)
    return next === refused ? undefined : next
  }

  #basic(): string | undefined {
    const { credential } = this.#of
    return credential?.kind === 'basic'
      ? basicAuthorization(credential.username, credential.password)
      : undefined
  }

  async #token(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    for (const [key, held] of [...this.#held]) {
      if (!coversScopes(held.scopes, scopes)) continue
      // Its failure is everybody's who waits for it, or each would try for itself, one after the other.
      const token = await held.token
      if (token.expiresAt > this.#of.clock.now()) return token
      this.#drop(key, held)
    }
    return this.#fetch(challenge, scopes)
  }

  #fetch(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    const key = scopeTexts(scopes).join(' ')
    const running = this.#held.get(key)
    if (running) return running.token
    const held: CachedToken = { scopes, token: this.#fetchAnew(challenge, scopes) }
    this.#held.set(key, held)
    held.token.catch(() => this.#drop(key, held))
    return held.token
  }

  async #fetchAnew(challenge: Challenge, scopes: readonly Scope[]): Promise<Token> {
    const { credential, send, clock, onSecret } = this.#of
    const token = await fetchToken({
      realm: this.#realm(challenge),
      challenge,
      scopes,
      credential,
      send,
      clock,
    })
    onSecret?.(token.value)
    return token
  }

  async #forget(refused: string | undefined): Promise<void> {
    for (const [key, held] of [...this.#held]) {
      const token = await held.token.catch(() => undefined)
      if (token && refused === `Bearer ${token.value}`) this.#drop(key, held)
    }
  }

  /** Takes away this very token, and not one that another request has fetched meanwhile. */
  #drop(key: string, held: CachedToken): void {
    if (this.#held.get(key) === held) this.#held.delete(key)
  }

  #realm(challenge: Challenge): URL {
    const { registry } = this.#of
    const { realm = '' } = challenge.parameters
    const url = parseUrl(realm)
    const allowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && registry.protocol === 'http:')
    if (url && allowed) return url
    throw new UserError(
      `${registry.host} sends to ${url ? redactUrl(url) : 'no address'} for a token, which is not a safe place for credentials`,
      { hint: 'The registry must name an https address as its realm; its administrator can set that.' },
    )
  }
}

/** What a server asks for in `WWW-Authenticate` (RFC 9110, 11.6.1). */
interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string
  /** Names in lower case. A `token68` in their place is left out. */
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const PARAMETER = new RegExp(`(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, 'y')
const SCHEME = new RegExp(`(${TOKEN})(?:[ \\t]+(?=[^ \\t,])|(?=[ \\t]*(?:,|$)))`, 'y')
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const SEPARATOR = /[ \t,]*/y

/** Reads as many challenges as there are; what cannot be read ends the list. */
export function parseChallenges(text: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at = pattern.lastIndex
    return found
  }
  for (take(SEPARATOR); at < text.length; take(SEPARATOR)) {
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
    if (!isParameterAt(text, at)) take(TOKEN68)
  }
  return challenges
}

function isParameterAt(text: string, at: number): boolean {
  PARAMETER.lastIndex = at
  return PARAMETER.test(text)
}

/** What one wants to do in a repository; to push is also to pull. */
export type Access = 'pull' | 'push'

/** What a token is asked for (Docker registry token specification): access to repositories. */
export interface Scope {
  readonly repository: string
  readonly access: Access
}

const ACTIONS: Readonly<Record<Access, string>> = { pull: 'pull', push: 'pull,push' }

/** `repository:owner/name:pull,push`, sorted, so that equal sets have equal texts. */
function scopeTexts(scopes: readonly Scope[]): string[] {
  return scopes.map(({ repository, access }) => `repository:${repository}:${ACTIONS[access]}`).sort()
}

/** Whether a token for `held` does for `wanted`. */
function coversScopes(held: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every(want =>
    held.some(
      have => have.repository === want.repository && (have.access === want.access || have.access === 'push'),
    ),
  )
}

interface Token {
  readonly value: string
  /** Milliseconds since 1970, by our own clock, a little before the server's. */
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
/** What the Docker registry token specification says of a token that names no lifetime. */
const DEFAULT_LIFETIME_SECONDS = 60

/**
 * Gets a token as the Docker registry token specification has it: `GET` with Basic credentials or none, or for an
 * identity token the OAuth2 `POST`. Throws `RequestError` when it is refused; its messages never hold the answer.
 */
async function fetchToken(of: TokenRequest): Promise<Token> {
  const asked = of.clock.now()
  const response = await of.send(
    of.credential?.kind === 'identity' ? tokenRefreshRequest(of, of.credential) : tokenGetRequest(of),
  )
  if (response.status !== 200) throw await readErrorResponse(response, of.clock.now())
  const answer = (await readBytes(response, MAX_TOKEN_RESPONSE_BYTES)).toString()
  const { token, access_token, expires_in } = parseObjectOrEmpty(answer)
  const value = [token, access_token].find(text => typeof text === 'string' && text !== '')
  if (typeof value !== 'string') throw responseError(response, 'the answer holds no token')
  const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : DEFAULT_LIFETIME_SECONDS
  const early = 0.9
  return { value, expiresAt: asked + early * seconds * 1000 }
}

function tokenGetRequest({ realm, challenge, scopes, credential }: TokenRequest): Request {
  const url = new URL(realm)
  const { service } = challenge.parameters
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of scopeTexts(scopes)) url.searchParams.append('scope', scope)
  const known = credential?.kind === 'basic' ? credential : undefined
  const authorization = known && basicAuthorization(known.username, known.password)
  return { method: 'GET', url, headers: authorization ? { authorization } : {} }
}

function tokenRefreshRequest(of: TokenRequest, credential: { token: string }): Request {
  const { service } = of.challenge.parameters
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: credential.token,
    client_id: 'nix-multiarch',
    ...(service !== undefined && { service }),
    scope: scopeTexts(of.scopes).join(' '),
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', url: of.realm, headers, body: createTextBody(form.toString()) }
}

function createTextBody(text: string) {
  const bytes = Buffer.from(text)
  return { size: bytes.length, open: () => Readable.from([bytes], { objectMode: false }) }
}
