import { randomUUID } from 'node:crypto'
import type { Answer } from './fault-answer.js'

interface Token {
  readonly scopes: readonly string[]
  uses: number
  isUsed: boolean
}

/** Bearer tokens of Docker's registry token specification, each valid for `uses` requests. Issued without a password. */
export class Tokens {
  readonly #given = new Map<string, Token>()
  readonly #uses: number

  constructor(uses: number) {
    this.#uses = uses
  }

  give(url: URL): Answer {
    const token = randomUUID()
    this.#given.set(token, { scopes: url.searchParams.getAll('scope'), uses: this.#uses, isUsed: false })
    const body = Buffer.from(JSON.stringify({ token, expires_in: 300 }))
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }

  /** Revokes all tokens that were used. */
  expire(): void {
    for (const [value, { isUsed }] of this.#given) if (isUsed) this.#given.delete(value)
  }

  /** A 401 if the request's token is missing, used up or has another scope; else `undefined`. */
  refusal(
    origin: string,
    method: string,
    path: string,
    authorization: string | undefined,
  ): Answer | undefined {
    const repository = /^\/v2\/(.+?)\/(?:blobs|manifests|tags)\//.exec(path)?.[1]
    const action = method === 'GET' || method === 'HEAD' ? 'pull' : 'push'
    const value = authorization?.replace(/^Bearer /i, '') ?? ''
    const token = this.#given.get(value)
    if (token && token.uses > 0 && (repository === undefined || allows(token, repository, action))) {
      token.uses--
      token.isUsed = true
      return undefined
    }
    const scope =
      repository && `,scope="repository:${repository}:${action === 'push' ? 'pull,push' : 'pull'}"`
    const error = value === '' ? '' : ',error="invalid_token"'
    return {
      status: 401,
      headers: {
        'www-authenticate': `Bearer realm="${origin}/token",service="faults"${scope ?? ''}${error}`,
      },
      body: Buffer.from('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'),
    }
  }
}

function allows({ scopes }: Token, repository: string, action: string): boolean {
  return scopes
    .flatMap(scope => scope.split(' '))
    .some(scope => {
      const [, name, actions = ''] = scope.split(':')
      return name === repository && actions.split(',').includes(action)
    })
}
