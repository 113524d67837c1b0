import { RequestError } from '../http/request-error.js'
import { UserError } from '../util/error.js'
import { ANSWERS, REFUSED } from './explain-answer.js'
import { CONNECTION_TROUBLES } from './explain-connection.js'
import { proxyTrouble } from './explain-proxy.js'
import type { Circumstances, Explanation } from './explanation.js'

const EXPLANATIONS: readonly Explanation[] = [...CONNECTION_TROUBLES, ...ANSWERS]

/** A request's failure in the user's terms; `failure` has the status and the registry's own error codes. */
export class RegistryError extends UserError {
  override readonly name = 'RegistryError'
  readonly failure: RequestError

  constructor(failure: RequestError, says: string, hint: string) {
    super(`${says}: ${failure.message}`, { hint, cause: failure })
    this.failure = failure
  }
}

/** Whether a registry would not do something for whoever asked, rather than not being able to. */
export function isRefusal(error: unknown): boolean {
  return error instanceof RegistryError && REFUSED.has(error.failure.status ?? 0)
}

/** Turns a `RequestError` into a `RegistryError`; every other error stays as it is. */
export function explain(error: unknown, at: Circumstances): unknown {
  if (!(error instanceof RequestError)) return error
  const proxy = proxyTrouble(error, at.reference.registry)
  if (proxy) return new RegistryError(error, proxy.says, proxy.hint)
  const found = EXPLANATIONS.find(each => each.matches(error, at))
  return found ? new RegistryError(error, found.says(at, error), found.hint(at)) : error
}
