import { Readable } from 'node:stream'
import type { Clock } from '../http/clock.js'
import type { Request, Response } from '../http/message.js'
import { failed, readBytes, refusal } from '../http/response.js'
import { unquotedFields } from '../util/json.js'
import { MIB } from '../util/units.js'
import type { Challenge } from './challenge.js'
import { basicAuthorization, type Credential } from './credential.js'
import { type Scope, scopeTexts } from './scope.js'

export interface Token {
  readonly value: string
  /** Milliseconds since 1970, by our own clock, a little before the server's. */
  readonly expiresAt: number
}

export interface TokenRequest {
  readonly realm: URL
  readonly challenge: Challenge
  readonly scopes: readonly Scope[]
  readonly credential: Credential | undefined
  readonly send: (request: Request) => Promise<Response>
  readonly clock: Clock
}

const TOKEN_BODY = MIB
/** What the Docker registry token specification says of a token that names no lifetime. */
const LIFETIME_SECONDS = 60

/**
 * Gets a token as the Docker registry token specification has it: `GET` with Basic credentials or none, or for an
 * identity token the OAuth2 `POST`. Throws `RequestError` when it is refused; its messages never hold the answer.
 */
export async function fetchToken(of: TokenRequest): Promise<Token> {
  const asked = of.clock.now()
  const response = await of.send(
    of.credential?.kind === 'identity' ? byRefresh(of, of.credential) : byGet(of),
  )
  if (response.status !== 200) throw await refusal(response, of.clock.now())
  const answer = (await readBytes(response, TOKEN_BODY)).toString()
  const { token, access_token, expires_in } = unquotedFields(answer)
  const value = [token, access_token].find(text => typeof text === 'string' && text !== '')
  if (typeof value !== 'string') throw failed(response, 'the answer holds no token')
  const seconds = typeof expires_in === 'number' && expires_in > 0 ? expires_in : LIFETIME_SECONDS
  const early = 0.9
  return { value, expiresAt: asked + early * seconds * 1000 }
}

function byGet({ realm, challenge, scopes, credential }: TokenRequest): Request {
  const url = new URL(realm)
  const { service } = challenge.parameters
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of scopeTexts(scopes)) url.searchParams.append('scope', scope)
  const known = credential?.kind === 'basic' ? credential : undefined
  const authorization = known && basicAuthorization(known.username, known.password)
  return { method: 'GET', url, headers: authorization ? { authorization } : {} }
}

function byRefresh(of: TokenRequest, credential: { token: string }): Request {
  const { service } = of.challenge.parameters
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: credential.token,
    client_id: 'nix-multiarch',
    ...(service !== undefined && { service }),
    scope: scopeTexts(of.scopes).join(' '),
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', url: of.realm, headers, body: textBody(form.toString()) }
}

function textBody(text: string) {
  const bytes = Buffer.from(text)
  return { size: bytes.length, open: () => Readable.from([bytes], { objectMode: false }) }
}
