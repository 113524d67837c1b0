import type { Clock } from '../http/clock.js'
import type { Request, Response } from '../http/message.js'
import { redacted } from '../http/origin.js'
import { UserError } from '../util/error.js'
import { urlFrom } from '../util/url.js'
import { type Challenge, parseChallenges } from './challenge.js'
import { basicAuthorization, type Credential } from './credential.js'
import { covers, type Scope, scopeTexts } from './scope.js'
import { fetchToken, type Token } from './token.js'

export interface AuthorizerOptions {
  /** The registry's own address; credentials go there and to the token server that it names. */
  readonly registry: URL
  readonly credential: Credential | undefined
  readonly send: (request: Request) => Promise<Response>
  readonly clock: Clock
  readonly onSecret?: ((value: string) => void) | undefined
  /** What the registry has asked for so far; all of its repositories share it. */
  readonly demand?: Demand
}

export interface Demand {
  challenge?: Challenge | undefined
}

interface Held {
  readonly scopes: readonly Scope[]
  readonly token: Promise<Token>
}

/**
 * Answers a registry's challenges for one credential: Bearer tokens by scope, Basic, or nothing. Tokens are kept while
 * they last, and requests that need the same one at the same time share it.
 */
export class Authorizer {
  readonly #of: AuthorizerOptions
  readonly #held = new Map<string, Held>()
  readonly #demand: Demand

  constructor(of: AuthorizerOptions) {
    this.#of = of
    this.#demand = of.demand ?? {}
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
  async answer(
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
      if (!covers(held.scopes, scopes)) continue
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
    const held: Held = { scopes, token: this.#fetchAnew(challenge, scopes) }
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
  #drop(key: string, held: Held): void {
    if (this.#held.get(key) === held) this.#held.delete(key)
  }

  #realm(challenge: Challenge): URL {
    const { registry } = this.#of
    const { realm = '' } = challenge.parameters
    const url = urlFrom(realm)
    const allowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && registry.protocol === 'http:')
    if (url && allowed) return url
    throw new UserError(
      `${registry.host} sends to ${url ? redacted(url) : 'no address'} for a token, which is not a safe place for credentials`,
      { hint: 'The registry must name an https address as its realm; its administrator can set that.' },
    )
  }
}
