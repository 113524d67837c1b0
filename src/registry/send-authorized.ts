import { isSameOrigin } from '../http/address.js'
import type { HttpClient } from '../http/http-client.js'
import { discardBody, type Request, type Response, readErrorResponse } from '../http/message.js'
import type { Authorizer, Scope } from './auth.js'

/** A registry's base URL, and the credential for one of its repositories. */
export interface Connection {
  readonly url: URL
  readonly authorizer: Authorizer
}

interface AuthorizedRequest {
  readonly request: Request
  readonly scopes: readonly Scope[]
  /** The statuses that are an answer. */
  readonly expect: readonly number[]
}

/**
 * Sends a request with the Authorization header that the registry requires. The header is sent only to the registry itself, and
 * only its own challenges are answered. Returns the last response, whatever its status.
 *
 * Not every registry sends a challenge with each refusal: a 401 may have none, some answer 400 UNAUTHORIZED, and private content
 * does not exist (404) for anonymous users. Then the API's root is asked for a challenge.
 *
 * @param now in milliseconds since 1970
 */
export async function sendAuthorized(
  { url, authorizer }: Connection,
  { request, scopes, expect }: AuthorizedRequest,
  { http, now }: { readonly http: HttpClient; readonly now: number },
): Promise<Response> {
  if (!isSameOrigin(request.url, url)) return http.send(request)
  const { signal } = request
  const wait = <T>(shared: Promise<T>): Promise<T> => waitUnlessAborted(shared, signal)
  const first = await wait(authorizer.authorization(scopes))
  const response = await http.send(withAuthorization(request, first))
  if (!isSameOrigin(response.request.url, url)) return response
  try {
    if (response.status === 401) {
      const next = await wait(authorizer.answerChallenge(response, first, scopes))
      if (next === undefined) return response
      await discardBody(response)
      return await http.send(withAuthorization(request, next))
    }
    if (first !== undefined || !mayNeedLogin(response, authorizer)) return response
    if (response.status === 400 && !(await isUnauthorized(response, expect, now))) return response
    const next = await wait(authorizer.findAuthorization(scopes))
    if (next === undefined) return response
    return await sendWithLogin(response, withAuthorization(request, next), { http, authorizer })
  } catch (error) {
    await discardBody(response)
    throw error
  }
}

/** Whether an anonymous request may have been refused because it was anonymous. */
function mayNeedLogin({ status }: Response, authorizer: Authorizer): boolean {
  return status === 400 || ([403, 404].includes(status) && authorizer.credential !== undefined)
}

/** Some registries answer 400 UNAUTHORIZED. Throws the error of another 400, because its body has been read. */
async function isUnauthorized(response: Response, expect: readonly number[], now: number): Promise<boolean> {
  if (expect.includes(response.status)) return false
  const error = await readErrorResponse(response, now)
  if (error.hasErrorCode('UNAUTHORIZED')) return true
  throw error
}

/** Repeats an anonymous request with a login. If a guessed login is not accepted, the anonymous answer counts. */
async function sendWithLogin(
  anonymous: Response,
  request: Request,
  { http, authorizer }: { readonly http: HttpClient; readonly authorizer: Authorizer },
): Promise<Response> {
  const response = await http.send(request)
  if (authorizer.isGuessing && [400, 401, 403].includes(response.status) && !anonymous.body.destroyed) {
    authorizer.rejectGuess()
    await discardBody(response)
    return anonymous
  }
  await discardBody(anonymous)
  return response
}

function withAuthorization(request: Request, authorization: string | undefined): Request {
  return authorization === undefined
    ? request
    : { ...request, headers: { ...request.headers, authorization } }
}

/** Ends the wait after an abort. The shared task continues, since others wait for it, too. */
export async function waitUnlessAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared
  // After an abort, nothing else may handle its rejection.
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
