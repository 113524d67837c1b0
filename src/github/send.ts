import { reach } from '../http/reach.js'
import { UserError } from '../util/error.js'
import { urlFrom } from '../util/url.js'
import { VERSION } from '../util/version.js'

export type Method = 'GET' | 'POST'

/** One request to the API, and who asks. */
export interface Request {
  /** The API's address, without a slash at the end. */
  readonly base: string
  /** With its slash at the beginning. */
  readonly path: string
  readonly method: Method
  /** JSON. */
  readonly body: string | undefined
  readonly token: string | undefined
  readonly signal: AbortSignal | undefined
}

const TIMEOUT_MS = 30_000
const MOST_REDIRECTS = 3

/** A repository that was renamed is answered for with its new address, where the same is to be asked again. */
export async function send(request: Request): Promise<Response> {
  let url = request.base + request.path
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await sendTo(url, request)
    const location = response.headers.get('location')
    if (![301, 302, 307, 308].includes(response.status) || location === null) return response
    await response.body?.cancel()
    url = sameOrigin(url, location)
  }
  throw new UserError(`GitHub answered ${request.method} ${request.path} with one redirect after the other`)
}

/** The token is for one origin alone. */
function sameOrigin(from: string, location: string): string {
  const to = urlFrom(location, from)
  if (to?.origin === new URL(from).origin) return to.href
  throw new UserError(`GitHub's API redirects to another place: ${to?.origin ?? location}`, {
    hint: 'GITHUB_API_URL should name the API itself.',
  })
}

async function sendTo(url: string, { method, body, token, signal: ended }: Request): Promise<Response> {
  const late = AbortSignal.timeout(TIMEOUT_MS)
  const signal = ended ? AbortSignal.any([ended, late]) : late
  const headers = {
    accept: 'application/vnd.github+json',
    'user-agent': `nix-multiarch/${VERSION}`,
    'x-github-api-version': '2022-11-28',
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  try {
    return await reach(url, {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...(body !== undefined && { body }),
    })
  } catch (error) {
    ended?.throwIfAborted()
    throw error
  }
}
