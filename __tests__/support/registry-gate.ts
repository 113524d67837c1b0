import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { bodyOf, errorReply, json, Refused, type Reply } from './registry-http.js'
import type { AnonymousRefusal, Auth, RegistryOptions } from './registry-options.js'

type TokenAuth = Extract<Auth, { kind: 'token' }>

/** Authentication and authorization, and the token server. */
export class Gate {
  readonly #auth: Auth
  readonly #now: () => number
  readonly #anonymousRefusal: AnonymousRefusal | undefined
  readonly #tokens = new Map<string, { scopes: string[]; expiresAt: number }>()

  constructor({ auth = { kind: 'none' }, now = Date.now, anonymousRefusal }: RegistryOptions) {
    this.#auth = auth
    this.#anonymousRefusal = anonymousRefusal
    this.#now = now
  }

  /** Revokes all tokens issued so far. */
  expireTokens(): void {
    this.#tokens.clear()
  }

  /** Throws `Refused`. `scopes` are the scopes that the request needs; `origin` is the origin of the token server. */
  authorize({ headers }: IncomingMessage, scopes: readonly string[], origin: string): void {
    this.#refuseAnonymous(headers.authorization, scopes.length === 0)
    switch (this.#auth.kind) {
      case 'none':
        return
      case 'basic':
        if (headers.authorization === basic(this.#auth)) return
        throw new Refused(challenge('Basic realm="test, registry"'))
      case 'token':
        this.#checkToken(this.#auth, headers.authorization, scopes, origin)
    }
  }

  /** The root of the API is not refused if it has no challenge. */
  #refuseAnonymous(given: string | undefined, isRoot: boolean): void {
    const refusal = this.#anonymousRefusal
    if (refusal === undefined || given !== undefined) return
    if (isRoot && refusal.noChallenge) throw new Refused(json(200, {}))
    if (isRoot) return
    throw new Refused(refusal.code ? errorReply(refusal.status, refusal.code) : { status: refusal.status })
  }

  #checkToken(auth: TokenAuth, given: string | undefined, scopes: readonly string[], origin: string): void {
    const realm = auth.realm?.replace('HOST', new URL(origin).host) ?? `${origin}/token`
    const scope = scopes.length > 0 ? `,scope="${scopes.join(' ')}"` : ''
    const wanted = `Bearer realm="${realm}",service="test"${scope}`
    const token = this.#tokens.get((given ?? '').replace(/^Bearer /, ''))
    if (!token || token.expiresAt <= this.#now())
      throw new Refused(challenge(`${wanted}${given ? ',error="invalid_token"' : ''}`))
    if (!scopes.every(needed => token.scopes.some(held => covers(held, needed))))
      throw new Refused(challenge(`${wanted},error="insufficient_scope"`))
  }

  /** The answer of the token server, in the format of Docker's specification or of OAuth2. */
  async giveToken(request: IncomingMessage, url: URL): Promise<Reply> {
    const auth = this.#auth
    if (auth.kind !== 'token') return errorReply(404, 'UNSUPPORTED')
    const form =
      request.method === 'POST'
        ? new URLSearchParams((await bodyOf({ request, breakAfter: undefined })).toString())
        : undefined
    const given = request.headers.authorization
    const known = form
      ? auth.identityToken !== undefined && form.get('refresh_token') === auth.identityToken
      : given !== undefined && given === basic(auth)
    if (!known && (form || given !== undefined || !auth.anonymous))
      return json(401, { details: 'incorrect username or password' })
    const scopes = (form ?? url.searchParams).getAll('scope').flatMap(each => each.split(' '))
    return this.#grant(auth, scopes, known ? (auth.account ?? 'push') : auth.anonymous)
  }

  #grant(auth: TokenAuth, scopes: readonly string[], most: 'pull' | 'push' | undefined): Reply {
    const granted = scopes.map(scope => (most === 'push' ? scope : scope.replace(/pull,push$/, 'pull')))
    const token = randomUUID()
    const seconds = auth.expiresIn ?? 300
    this.#tokens.set(token, { scopes: granted, expiresAt: this.#now() + seconds * 1000 })
    return json(200, { [auth.field ?? 'token']: token, ...(!auth.quiet && { expires_in: seconds }) })
  }
}

/** The scopes that a request to a repository needs, and for a mount also the scope of the source. */
export function scopesOf(name: string | undefined, access: 'pull' | 'push', from: string | null): string[] {
  const own = name === undefined ? [] : [`repository:${name}:${access === 'push' ? 'pull,push' : 'pull'}`]
  return from ? [...own, `repository:${from}:pull`] : own
}

function covers(held: string, needed: string): boolean {
  const [, name, actions = ''] = held.split(':')
  const [, wanted, list = ''] = needed.split(':')
  return name === wanted && list.split(',').every(action => actions.split(',').includes(action))
}

function basic({ username = '', password = '' }: { username?: string; password?: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function challenge(value: string): Reply {
  const reply = errorReply(401, 'UNAUTHORIZED', 'authentication required')
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': value } }
}
