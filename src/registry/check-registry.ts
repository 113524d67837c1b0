import type { HttpClient } from '../http/http-client.js'
import { discardBody, getHeader, type Response } from '../http/message.js'
import { RequestError } from '../http/request-error.js'
import { type Clock, retryOf, retryTask } from '../http/retry.js'
import type { Reference } from '../oci/reference.js'
import { UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { type AuthState, recordChallenge } from './auth.js'
import { describeError } from './describe-error.js'

interface RegistryToCheck extends Pick<Reference, 'registry'> {
  /** The base URL of its API. */
  readonly url: URL
  /** Gets the challenge, so that the first request need not be refused. */
  readonly authState: AuthState
}

interface CheckOptions {
  readonly http: HttpClient
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/** A registry that is just starting answers soon. A wrong port should not take longer than this. */
const REFUSED_RETRY = retryOf({ attempts: 3, firstWaitMs: 250 }, isRefused)

/**
 * Asks a registry once, without credentials, before a run does anything that takes long. Throws a `UserError` if there is no
 * registry at this address: nothing answers, TLS fails, or everything is answered with 200. Any other failure is left to the
 * requests that need an answer, because they are retried.
 */
export async function checkRegistry(
  { registry, url, authState }: RegistryToCheck,
  { http, clock, signal }: CheckOptions,
): Promise<void> {
  const get = (path: string): Promise<Response> =>
    http.send({ method: 'GET', url: new URL(path, url), headers: {}, ...(signal && { signal }) })
  try {
    const root = await retryTask({ retry: REFUSED_RETRY, clock, signal }, () => get('v2/'))
    await discardBody(root)
    recordChallenge(root, authState)
    // Every common registry sends this header. No server that answers 200 to everything does.
    if (root.status !== 200 || getHeader(root, 'docker-distribution-api-version') !== undefined) return
    const answer = await get(IMPOSSIBLE_MANIFEST)
    await discardBody(answer)
    if (answer.status === 200) throw createNoRegistryError(registry, answer)
  } catch (error) {
    if (error instanceof RequestError && !isFinal(error)) return
    const reference = { registry, repository: 'v2' }
    throw describeError(error, { reference, access: 'pull', credential: undefined })
  }
}

/** No content has this digest. */
const IMPOSSIBLE_MANIFEST = `v2/nix-multiarch/check/manifests/sha256:${'0'.repeat(64)}`

function createNoRegistryError(registry: string, { request: { url } }: Response): UserError {
  return new UserError(
    `${registry} is not a container registry: it answers 200 to a request for a manifest that cannot exist ` +
      `(GET ${url.origin}${url.pathname})`,
    {
      hint:
        `Check the host and port in ${nameInput('image')}. A web server, or the login page of a proxy, may answer in place of ` +
        'the registry.',
    },
  )
}

function isRefused(failure: unknown): boolean {
  return failure instanceof RequestError && failure.code === 'ECONNREFUSED'
}

/** Failures of a connection that another try would not change. */
function isFinal({ status, code = '' }: RequestError): boolean {
  if (status !== undefined) return false
  return /^(ECONNREFUSED|ENOTFOUND|EAI_NONAME|EAI_NODATA|EPROTO|HPE_)|SSL|CERT|UNABLE_TO_|_SIGNATURE$|ISSUER/.test(
    code,
  )
}
