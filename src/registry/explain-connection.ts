import { RequestError } from '../http/request-error.js'
import { type Explanation, nameOf } from './explanation.js'

/** Whether a server's certificate, rather than the lack of TLS, is the trouble. */
export function isCertificateProblem(error: unknown): boolean {
  return error instanceof RequestError && /CERT|UNABLE_TO_|_SIGNATURE$|ISSUER/.test(error.code ?? '')
}

const NAME_FAILURES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'])
/** OpenSSL's words, as a code or as a message, for an answer that is none of TLS's. */
const NO_TLS = /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|http[ _]request\b/i

/** Where there is no answer. The first that matches explains. */
export const CONNECTION_TROUBLES: readonly Explanation[] = [
  {
    matches: isCertificateProblem,
    says: ({ reference }) => `the certificate of ${reference.registry} is not trusted`,
    hint: () =>
      'If the registry has a certificate authority of its own, name its file in the variable NODE_EXTRA_CA_CERTS.',
  },
  {
    matches: ({ code = '', message }) => /^(EPROTO|ERR_SSL_)/.test(code) && NO_TLS.test(`${code} ${message}`),
    says: ({ reference }) => `${reference.registry} does not answer with TLS`,
    hint: () => 'If it is a registry with plain HTTP and you trust the network, allow it with --insecure.',
  },
  {
    matches: ({ code = '', message }) =>
      code.startsWith('HPE_') || /HTTP request .*to (an )?HTTPS/i.test(message),
    says: ({ reference }) => `${reference.registry} does not answer with plain HTTP`,
    hint: () => 'If it speaks TLS on this machine, say --insecure: that tries TLS first.',
  },
  {
    matches: ({ code = '' }) => NAME_FAILURES.has(code),
    says: ({ reference }) => `the registry ${reference.registry} was not found`,
    hint: ({ reference }) =>
      `Check the name in ${nameOf(reference)}, and that this machine can resolve names.`,
  },
  {
    matches: ({ code }) => code === 'ECONNREFUSED',
    says: ({ reference }) => `nothing answers at ${reference.registry}`,
    hint: () => 'Check the host and port, and that the registry is running.',
  },
  {
    matches: ({ status }) => status === undefined,
    says: ({ reference }) => `the connection to ${reference.registry} failed`,
    hint: () => 'Check the network (a proxy, a firewall) and try again.',
  },
]
