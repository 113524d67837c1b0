import { ProxyError } from './proxy.js'
import { isCertificateProblem, type RequestError } from './request-error.js'

/** A failed request in words for the user. */
export interface FailureDescription {
  /** What went wrong, and where. */
  readonly message: string
  /** What to do; `undefined` if only another try may help. */
  readonly hint: string | undefined
}

/** Describes a failure of a proxy, an untrusted certificate, any other failed connection, or an unexpected status. */
export function describeFailure(failure: RequestError): FailureDescription {
  const { host } = new URL(failure.url)
  const { problem, status } = failure
  const viaProxy = describeProxyFailure(failure)
  if (viaProxy) return { ...viaProxy, message: `${viaProxy.message}: ${problem}` }
  if (isCertificateProblem(failure))
    return { message: `the certificate of ${host} is not trusted: ${problem}`, hint: CERTIFICATE_HINT }
  if (status !== undefined) return { message: `${host} answered ${problem}`, hint: undefined }
  return { message: `${host} cannot be reached: ${problem}`, hint: undefined }
}

/** For a server or proxy with a certificate of a private authority. */
export const CERTIFICATE_HINT =
  'If it has a private certificate authority, set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS to the PEM file of that authority.'

/** Describes a failure of a proxy, without its reason; `undefined` for other failures. */
export function describeProxyFailure(
  failure: RequestError,
): (FailureDescription & { hint: string }) | undefined {
  if (!(failure.cause instanceof ProxyError)) return undefined
  const { proxy, status } = failure.cause
  const { variable } = proxy
  const { hostname } = new URL(failure.url)
  const bypass = `If ${hostname} can be reached without the proxy, add it to NO_PROXY.`
  if (status === 407 || status === 401) {
    return {
      message: `the proxy of ${variable} requires a login`,
      hint: `Set ${variable}=${proxy.url.protocol}//user:password@${proxy.url.host}. ${bypass}`,
    }
  }
  if (status !== undefined) {
    return {
      message: `the proxy of ${variable} does not allow a connection to ${hostname}`,
      hint: `Ask the administrator of the proxy to allow ${hostname}. ${bypass}`,
    }
  }
  if (isCertificateProblem(failure)) {
    return {
      message: `the certificate of the proxy of ${variable} is not trusted`,
      hint: `${CERTIFICATE_HINT} ${bypass}`,
    }
  }
  return {
    message: `the proxy of ${variable} cannot be used`,
    hint: `Check the address in ${variable}. ${bypass}`,
  }
}
