import { canonicalRegistry, RequestError } from '../http/message.js'
import { ProxyError } from '../http/proxy.js'
import { isIndexType } from '../oci/descriptor.js'
import type { Reference } from '../oci/reference.js'
import { UserError } from '../util/error.js'
import type { Access } from './auth.js'
import { accountName, type Credential } from './credentials.js'

/** The operation during which a request failed. */
export interface RegistryOperation {
  readonly reference: Reference
  readonly access: Access
  readonly credential: Credential | undefined
  /** The media type of the manifest that was put. */
  readonly manifestType?: string | undefined
}

/** Turns a `RequestError` into a `RegistryError`. Returns any other error unchanged. */
export function describeError(error: unknown, operation: RegistryOperation): unknown {
  if (!(error instanceof RequestError)) return error
  const proxy = describeProxyProblem(error, operation.reference.registry)
  if (proxy) return new RegistryError(error, proxy.message, proxy.hint)
  const found = DESCRIPTIONS.find(description => description.matches(error, operation))
  return found ? new RegistryError(error, found.message(operation, error), found.hint(operation)) : error
}

/** A failed request, described for the user. `failure` has the status and the registry's error codes. */
export class RegistryError extends UserError {
  override readonly name = 'RegistryError'
  readonly failure: RequestError

  constructor(failure: RequestError, message: string, hint: string) {
    super(`${message}: ${failure.message}`, { hint, cause: failure })
    this.failure = failure
  }
}

/** Whether the registry refused access (401 or 403). */
export function isAccessDenied(error: unknown): boolean {
  return error instanceof RegistryError && ACCESS_DENIED_STATUSES.has(error.failure.status ?? 0)
}

/** How to describe one kind of failure to the user. */
interface ErrorDescription {
  matches(failure: RequestError, operation: RegistryOperation): boolean
  message(operation: RegistryOperation, failure: RequestError): string
  hint(operation: RegistryOperation): string
}

const repositoryName = ({ registry, repository }: Reference): string => `${registry}/${repository}`
const describeAccess = ({ access }: RegistryOperation): string => (access === 'push' ? 'write to' : 'read')
const isGhcr = ({ reference }: RegistryOperation): boolean =>
  canonicalRegistry(reference.registry) === 'ghcr.io'
const describeAccount = ({ credential }: RegistryOperation): string =>
  credential ? accountName(credential) : 'anonymous users'

interface ProxyProblem {
  readonly message: string
  readonly hint: string
}

/** Describes a failure of a proxy; `undefined` for other failures. */
function describeProxyProblem(failure: RequestError, registry: string): ProxyProblem | undefined {
  if (!(failure.cause instanceof ProxyError)) return undefined
  const { proxy, status } = failure.cause
  const { variable } = proxy
  const without = `If ${registry} is reached without it, name that in NO_PROXY.`
  if (status === 407 || status === 401) {
    const login = `${variable}=${proxy.url.protocol}//user:password@${proxy.url.host}`
    return {
      message: `the proxy of ${variable} wants to know who asks`,
      hint: `Give a user and a password that it knows, as ${login}. ${without}`,
    }
  }
  if (status !== undefined) {
    return {
      message: `the proxy of ${variable} does not lead to ${registry}`,
      hint: `Ask whoever runs it to let ${registry} pass, and where that keeps blobs. ${without}`,
    }
  }
  return {
    message: `the proxy of ${variable} gives no connection to ${registry}`,
    hint: `Check the address in ${variable}. ${without}`,
  }
}

const ACCESS_DENIED_STATUSES: ReadonlySet<number> = new Set([401, 403])

/** For responses with an unexpected status or content. The first match is used. */
const RESPONSE_DESCRIPTIONS: readonly ErrorDescription[] = [
  {
    matches: ({ status = 0 }, operation) =>
      ACCESS_DENIED_STATUSES.has(status) &&
      operation.access === 'push' &&
      isGhcr(operation) &&
      !!operation.credential,
    message: operation =>
      `ghcr.io does not let ${describeAccount(operation)} write to ${operation.reference.repository}`,
    hint: ({ reference, credential }) =>
      [
        'Two things can be missing. (1) The job needs `permissions: packages: write`',
        credential?.source === 'GITHUB_TOKEN' ? '.' : ', or the personal token the scope `write:packages`.',
        ` (2) If ${reference.repository} was first pushed by hand or from another repository, open the package's`,
        ' settings on GitHub and, under "Manage Actions access", add this repository with the Write role.',
        ' In an organisation, its settings must also let members create packages.',
      ].join(''),
  },
  {
    matches: ({ status = 0 }, { credential }) => ACCESS_DENIED_STATUSES.has(status) && !credential,
    message: operation =>
      `${operation.reference.registry} does not let anonymous users ${describeAccess(operation)} ${operation.reference.repository}`,
    hint: ({ reference }) =>
      `No credentials were found for ${reference.registry}: give a username and a password, or run \`docker login ${reference.registry}\`.`,
  },
  {
    matches: ({ status }) => status === 401,
    message: operation =>
      `${operation.reference.registry} does not accept the credentials of ${describeAccount(operation)}`,
    hint: ({ reference, credential }) =>
      `Check the credentials from ${credential?.source}; they may have expired, or may not be allowed to use ${reference.repository}.`,
  },
  {
    matches: ({ status }) => status === 403,
    message: operation =>
      `${operation.reference.registry} does not let ${describeAccount(operation)} ${describeAccess(operation)} ${operation.reference.repository}`,
    hint: ({ reference }) =>
      `Give this account the right to use ${repositoryName(reference)}, or use another account.`,
  },
  {
    matches: ({ status }) => status === 413,
    message: ({ reference }) => `${reference.registry} does not take anything this large`,
    hint: () =>
      'Make the layer smaller, or raise the limit of the registry or of the proxy before it (in nginx: client_max_body_size).',
  },
  {
    matches: failure =>
      failure.hasErrorCode('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN') && failure.method === 'PUT',
    message: ({ reference }) =>
      `${repositoryName(reference)} lost a part of the image while it was being pushed`,
    hint: () => 'Something else deletes or pushes here at the same time. Let one job push, and run it again.',
  },
  {
    matches: (failure, { manifestType }) =>
      manifestType !== undefined &&
      ([405, 406, 415].includes(failure.status ?? 0) ||
        ([400, 404, 422].includes(failure.status ?? 0) &&
          failure.hasErrorCode('MANIFEST_INVALID', 'UNSUPPORTED'))),
    message: ({ reference, manifestType = '' }) =>
      `${reference.registry} does not take ${isIndexType(manifestType) ? 'an OCI image index' : 'this OCI image manifest'} (${manifestType})`,
    hint: () =>
      'The registry must support the OCI image specification; see whether there is a newer version of it, or a setting. A mirror or cache of another registry takes no pushes.',
  },
  {
    matches: (failure, { access }) =>
      access === 'push' && (failure.status === 405 || failure.hasErrorCode('UNSUPPORTED')),
    message: ({ reference }) => `${reference.registry} does not take uploads`,
    hint: () =>
      'A mirror or cache of another registry takes no pushes, nor does one that is set to be read-only: push to the registry itself.',
  },
  {
    matches: ({ status }) => status === 404,
    message: ({ reference }) => `${repositoryName(reference)} was not found`,
    hint: ({ access }) =>
      access === 'push'
        ? 'Check the name. Some registries want a repository to be created before the first push.'
        : 'Check the name. Some registries also answer so when credentials are missing.',
  },
  {
    matches: ({ status }) => status === 429,
    message: ({ reference }) => `${reference.registry} limits the rate of requests`,
    hint: ({ credential }) =>
      credential
        ? 'Wait a while and try again, with fewer jobs at once.'
        : 'Wait a while and try again, or log in: accounts have higher limits than anonymous users.',
  },
  {
    matches: ({ status = 0 }) => status >= 500,
    message: ({ reference }) => `${reference.registry} has trouble of its own`,
    hint: operation =>
      `Try again later${isGhcr(operation) ? '; https://www.githubstatus.com tells about outages' : ''}.`,
  },
  {
    matches: () => true,
    message: ({ reference }) => `${repositoryName(reference)}: the registry gave an answer that is no use`,
    hint: () => 'Check that the address is that of an OCI registry.',
  },
]

/** Whether the server supports TLS, but its certificate is not trusted. */
export function isCertificateProblem(error: unknown): boolean {
  return error instanceof RequestError && /CERT|UNABLE_TO_|_SIGNATURE$|ISSUER/.test(error.code ?? '')
}

const NAME_RESOLUTION_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'])
/** OpenSSL's codes and messages for a response that is not TLS. */
const NOT_TLS = /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|http[ _]request\b/i

/** For requests without a response. The first match is used. */
const CONNECTION_DESCRIPTIONS: readonly ErrorDescription[] = [
  {
    matches: isCertificateProblem,
    message: ({ reference }) => `the certificate of ${reference.registry} is not trusted`,
    hint: () =>
      'If the registry has a certificate authority of its own, name its file in the variable NODE_EXTRA_CA_CERTS.',
  },
  {
    matches: ({ code = '', message }) =>
      /^(EPROTO|ERR_SSL_)/.test(code) && NOT_TLS.test(`${code} ${message}`),
    message: ({ reference }) => `${reference.registry} does not answer with TLS`,
    hint: () => 'If it is a registry with plain HTTP and you trust the network, allow it with --insecure.',
  },
  {
    matches: ({ code = '', message }) =>
      code.startsWith('HPE_') || /HTTP request .*to (an )?HTTPS/i.test(message),
    message: ({ reference }) => `${reference.registry} does not answer with plain HTTP`,
    hint: () => 'If it speaks TLS on this machine, say --insecure: that tries TLS first.',
  },
  {
    matches: ({ code = '' }) => NAME_RESOLUTION_CODES.has(code),
    message: ({ reference }) => `the registry ${reference.registry} was not found`,
    hint: ({ reference }) =>
      `Check the name in ${repositoryName(reference)}, and that this machine can resolve names.`,
  },
  {
    matches: ({ code }) => code === 'ECONNREFUSED',
    message: ({ reference }) => `nothing answers at ${reference.registry}`,
    hint: () => 'Check the host and port, and that the registry is running.',
  },
  {
    matches: ({ status }) => status === undefined,
    message: ({ reference }) => `the connection to ${reference.registry} failed`,
    hint: () => 'Check the network (a proxy, a firewall) and try again.',
  },
]

const DESCRIPTIONS: readonly ErrorDescription[] = [...CONNECTION_DESCRIPTIONS, ...RESPONSE_DESCRIPTIONS]
