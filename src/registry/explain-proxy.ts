import { ProxyError } from '../http/proxy-error.js'
import type { RequestError } from '../http/request-error.js'

/** What to say, and to do, about a proxy in the way. */
export interface ProxyTrouble {
  readonly says: string
  readonly hint: string
}

/** A failure that is a proxy's; `undefined` for others. */
export function proxyTrouble(failure: RequestError, registry: string): ProxyTrouble | undefined {
  if (!(failure.cause instanceof ProxyError)) return undefined
  const { proxy, status } = failure.cause
  const { variable } = proxy
  const without = `If ${registry} is reached without it, name that in NO_PROXY.`
  if (status === 407 || status === 401) {
    const login = `${variable}=${proxy.url.protocol}//user:password@${proxy.url.host}`
    return {
      says: `the proxy of ${variable} wants to know who asks`,
      hint: `Give a user and a password that it knows, as ${login}. ${without}`,
    }
  }
  if (status !== undefined) {
    return {
      says: `the proxy of ${variable} does not lead to ${registry}`,
      hint: `Ask whoever runs it to let ${registry} pass, and where that keeps blobs. ${without}`,
    }
  }
  return {
    says: `the proxy of ${variable} gives no connection to ${registry}`,
    hint: `Check the address in ${variable}. ${without}`,
  }
}
