import { ProxyError } from './proxy.js'
import { isCertificateProblem, isUnknownIssuer, type RequestError } from './request-error.js'

/** A failed request in words for the user. */
export interface FailureDescription {
  /** What went wrong, and where. */
  readonly message: string
  /** What to do; `undefined` if only another try may help. */
  readonly hint: string | undefined
}

/** Describes a failure of a proxy, an untrusted certificate, any other failed connection, or an unexpected status. */
export function describeFailure(failure: RequestError): FailureDescription {
  const { problem, status } = failure
  if (status !== undefined)
    return { message: `${new URL(failure.url).host} answered ${problem}`, hint: undefined }
  const { message, hint } = describeConnectionFailure(failure)
  return { message: `${message}: ${problem}`, hint }
}

/** Describes a failure without a response. The message does not contain the reason. */
export function describeConnectionFailure(failure: RequestError): FailureDescription {
  if (isProxyFailure(failure)) return describeProxyFailure(failure)
  const { host } = new URL(failure.url)
  if (isRefusedCertificate(failure))
    return { message: `the certificate of ${host} is not trusted`, hint: certificateHint(failure) }
  return { message: `the connection to ${host} failed`, hint: undefined }
}

type ProxyFailure = RequestError & { readonly cause: ProxyError }

/** Whether a proxy cannot be reached, or refuses to connect to the server. */
export function isProxyFailure(failure: RequestError): failure is ProxyFailure {
  return failure.cause instanceof ProxyError
}

/** An alert of TLS (`ERR_SSL_…_ALERT_…`) is about our side: the server may require a certificate of the client. */
function isRefusedCertificate(failure: RequestError): boolean {
  return isCertificateProblem(failure) && !/^ERR_SSL_/.test(failure.code ?? '')
}

/** For a server or proxy whose certificate is refused. */
function certificateHint(failure: RequestError): string {
  const { code = '' } = failure
  if (isUnknownIssuer(failure)) return PRIVATE_AUTHORITY_HINT
  return CERTIFICATE_HINTS[code] ?? 'Replace the certificate.'
}

const PRIVATE_AUTHORITY_HINT =
  'If it has a private certificate authority, set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS to the PEM file of that authority.'

/** By the code of Node.js, which has the names of OpenSSL (X509_verify_cert_error_string). */
const CERTIFICATE_HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'Renew the certificate, or correct the clock of this machine.',
  CERT_NOT_YET_VALID: 'Correct the clock of this machine, or replace the certificate.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use a host name that the certificate contains, or replace the certificate.',
}

function describeProxyFailure(failure: ProxyFailure): FailureDescription {
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
  if (isRefusedCertificate(failure)) {
    return {
      message: `the certificate of the proxy of ${variable} is not trusted`,
      hint: `${certificateHint(failure)} ${bypass}`,
    }
  }
  return {
    message: `the proxy of ${variable} cannot be used`,
    hint: `Check the address in ${variable}. ${bypass}`,
  }
}
