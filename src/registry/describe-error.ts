import { describeConnectionFailure, isProxyFailure } from '../http/describe-failure.js'
import { RequestError } from '../http/request-error.js'
import { isIndexType } from '../oci/descriptor.js'
import type { Reference } from '../oci/reference.js'
import { UserError } from '../util/error.js'
import { nameInput, nameSetting } from '../util/input-name.js'
import type { Access } from './auth.js'
import { accountName, type Credential } from './credentials.js'
import { canonicalRegistry, registryUrl } from './registry-url.js'

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
  const found = descriptionsFor(error).find(description => description.matches(error, operation))
  if (found)
    return new RegistryError(error, {
      message: found.message(operation, error),
      hint: found.hint(operation),
      operation,
    })
  const { message, hint = NETWORK_HINT } = describeConnectionFailure(error)
  return new RegistryError(error, { message, hint, operation })
}

/** A failed request, described for the user. `failure` has the status and the registry's error codes. */
export class RegistryError extends UserError {
  override readonly name = 'RegistryError'
  readonly failure: RequestError
  /** Equal for failures with one reason. The requests of several images may fail with it, and a user needs to read it once. */
  readonly reason: string

  constructor(failure: RequestError, { message, hint, operation }: RegistryErrorDescription) {
    super(`${message}: ${failure.message}`, { hint, cause: failure })
    this.failure = failure
    this.reason = describeReason(failure, operation.reference)
  }
}

interface RegistryErrorDescription {
  readonly message: string
  readonly hint: string
  readonly operation: Pick<RegistryOperation, 'reference'>
}

/** Rejected credentials, limits of the rate, outages and failed connections are about the registry, others about a repository. */
function describeReason({ status, code }: RequestError, { registry, repository }: Reference): string {
  const isAboutRegistry = status === undefined || status === 401 || status === 429 || status >= 500
  return [status ?? code ?? '', registry, ...(isAboutRegistry ? [] : [repository])].join(' ')
}

/** Whether the registry refused access (401 or 403). */
export function isAccessDenied(error: unknown): error is RegistryError {
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
      `ghcr.io does not allow ${describeAccount(operation)} to write to ${operation.reference.repository}`,
    hint: ({ reference, credential }) =>
      [
        'Check two things. (1) The job needs `permissions: packages: write`',
        credential?.source === 'GITHUB_TOKEN' ? '.' : '; a personal token needs the scope `write:packages`.',
        ` (2) If ${reference.repository} was first pushed by hand or from another repository, open the package's`,
        ' settings on GitHub and, under "Manage Actions access", add this repository with the Write role.',
        ' In an organisation, its settings must also allow members to create packages.',
      ].join(''),
  },
  {
    matches: ({ status = 0 }, { credential }) => ACCESS_DENIED_STATUSES.has(status) && !credential,
    message: operation =>
      `${operation.reference.registry} does not allow anonymous users to ` +
      `${describeAccess(operation)} ${operation.reference.repository}`,
    hint: ({ reference }) =>
      `No credentials were found for ${reference.registry}. Set ${nameInput('username')} and ${nameInput('password')}, or run ` +
      `\`docker login ${reference.registry}\`.`,
  },
  {
    matches: ({ status }) => status === 401,
    message: operation =>
      `${operation.reference.registry} rejects the credentials of ${describeAccount(operation)}`,
    hint: ({ reference, credential }) =>
      `Check the credentials from ${credential?.source}: they may have expired, or have no access to ${reference.repository}.`,
  },
  {
    matches: ({ status }) => status === 403,
    message: operation =>
      `${operation.reference.registry} does not allow ${describeAccount(operation)} to ` +
      `${describeAccess(operation)} ${operation.reference.repository}`,
    hint: ({ reference }) =>
      `Give this account access to ${repositoryName(reference)}, or use another account.`,
  },
  {
    matches: ({ status }) => status === 413,
    message: ({ reference }) => `${reference.registry} refuses an upload of this size`,
    hint: () =>
      'Make the layer smaller, or raise the limit of the registry or its reverse proxy (in nginx: client_max_body_size).',
  },
  {
    matches: failure =>
      failure.hasErrorCode('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN') && failure.method === 'PUT',
    message: ({ reference }) => `${repositoryName(reference)} lost a part of the image during the push`,
    hint: () =>
      'Another job deletes from or pushes to this repository at the same time. Run only one of them.',
  },
  {
    matches: (failure, { manifestType }) =>
      manifestType !== undefined &&
      ([405, 406, 415].includes(failure.status ?? 0) ||
        ([400, 404, 422].includes(failure.status ?? 0) &&
          failure.hasErrorCode('MANIFEST_INVALID', 'UNSUPPORTED'))),
    message: ({ reference, manifestType = '' }) =>
      `${reference.registry} does not accept ` +
      `${isIndexType(manifestType) ? 'an OCI image index' : 'this OCI image manifest'} ` +
      `(${manifestType})`,
    hint: () =>
      'The registry must support the OCI image specification: check for a newer version or a ' +
      'setting. A mirror or cache of another registry does not accept pushes.',
  },
  {
    matches: (failure, { access }) =>
      access === 'push' && (failure.status === 405 || failure.hasErrorCode('UNSUPPORTED')),
    message: ({ reference }) => `${reference.registry} does not accept uploads`,
    hint: () =>
      'The registry is read-only, or a mirror or cache of another registry. Push to the original registry.',
  },
  {
    matches: ({ status }) => status === 404,
    message: ({ reference }) => `${repositoryName(reference)} was not found`,
    hint: ({ access }) =>
      access === 'push'
        ? 'Check the name. Some registries require you to create a repository before the first push.'
        : 'Check the name. Some registries also answer with 404 if credentials are missing.',
  },
  {
    matches: ({ status }) => status === 429,
    message: ({ reference }) => `${reference.registry} limits the rate of requests`,
    hint: ({ credential }) =>
      credential
        ? 'Try again later, with fewer parallel jobs.'
        : 'Try again later, or log in: accounts have higher limits than anonymous users.',
  },
  {
    matches: ({ status = 0 }) => status >= 500,
    message: ({ reference }) => `${reference.registry} has an internal error`,
    hint: operation =>
      `Try again later${isGhcr(operation) ? '. Outages are listed at https://www.githubstatus.com' : ''}.`,
  },
  {
    matches: () => true,
    message: ({ reference }) => `${repositoryName(reference)}: the registry sent an unexpected answer`,
    hint: () => 'Check that this is the address of an OCI registry.',
  },
]

/** The descriptions that only this file has; none for a failure of a proxy. */
function descriptionsFor(failure: RequestError): readonly ErrorDescription[] {
  if (failure.status !== undefined) return RESPONSE_DESCRIPTIONS
  return isProxyFailure(failure) ? [] : CONNECTION_DESCRIPTIONS
}

const NAME_RESOLUTION_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'])
/** OpenSSL's codes and messages for a response that is not TLS. */
const NOT_TLS = /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|http[ _]request\b/i

const NETWORK_HINT = 'Check the network, for example a proxy or a firewall, and try again.'

/** Whether a request was sent to an address that the registry named: an upload, a redirect or a token service. */
function isOtherHost({ url }: RequestError, { registry }: Reference): boolean {
  const { host, protocol } = new URL(url)
  const own = registryUrl(registry, protocol === 'https:' ? 'https:' : 'http:').host
  return host !== own && canonicalRegistry(host) !== canonicalRegistry(registry)
}

/** For failed connections, if more is known here than `describeConnectionFailure` says. The first match is used. */
const CONNECTION_DESCRIPTIONS: readonly ErrorDescription[] = [
  {
    matches: ({ code = '', message }) =>
      /^(EPROTO|ERR_SSL_)/.test(code) && NOT_TLS.test(`${code} ${message}`),
    message: ({ reference }) => `${reference.registry} does not answer with TLS`,
    hint: () =>
      `If it is a registry with plain HTTP and you trust the network, set ${nameSetting('insecure', 'true')}.`,
  },
  {
    matches: ({ code = '', message }) =>
      code.startsWith('HPE_') || /HTTP request .*to (an )?HTTPS/i.test(message),
    message: ({ reference }) => `${reference.registry} does not answer with plain HTTP`,
    hint: () =>
      `If it is a registry with TLS on this machine, set ${nameSetting('insecure', 'true')}, which tries TLS first.`,
  },
  {
    matches: (failure, { reference }) =>
      isOtherHost(failure, reference) &&
      (failure.code === 'ECONNREFUSED' || NAME_RESOLUTION_CODES.has(failure.code ?? '')),
    message: ({ reference }, { url }) =>
      `${reference.registry} names another address, ${new URL(url).origin}, which cannot be reached`,
    hint: () =>
      'The registry may not know its own address: its administrator must set it. Or this machine cannot reach its storage or ' +
      'its token service.',
  },
  {
    matches: ({ code = '' }) => NAME_RESOLUTION_CODES.has(code),
    message: ({ reference }) => `the host name of the registry ${reference.registry} was not found`,
    hint: ({ reference: { registry } }) =>
      registry === 'docker.io'
        ? 'Check the DNS settings of this machine. A name without a host, such as `owner/name`, is on docker.io: for another ' +
          'registry, write its host.'
        : `Check the host ${registry}, and the DNS settings of this machine.`,
  },
  {
    matches: ({ code }) => code === 'ECONNREFUSED',
    message: ({ reference }) => `nothing answers at ${reference.registry}`,
    hint: () => 'Check the host and port, and that the registry is running.',
  },
]
