import { decodePercent } from './text.js'

/** Until the last @ before the path. A password may contain an @ that is not encoded. */
const ADDRESS = /\b([a-z][a-z0-9+.-]*):\/\/((?:[^\s/?#"<>`]*@)?[^\s"'<>`]*)/gi

/** Parameters of flake references, of caches and of registries that are not secret. */
const PUBLIC_PARAMETERS: ReadonlySet<string> = new Set([
  ...['allRefs', 'dir', 'exportIgnore', 'host', 'lastModified', 'lfs', 'narHash', 'ref', 'rev', 'revCount'],
  ...['shallow', 'submodules', 'unpack', 'compression', 'endpoint', 'priority', 'region', 'root', 'trusted'],
  ...['digest', 'from', 'last', 'mount', 'n', 'name', 'page', 'per_page'],
])

type IsPublic = (parameter: string) => boolean

/**
 * Removes from all addresses in a text what may be secret: the user and the password, and the values of parameters. The user of
 * an ssh address without a password is kept, and so are parameters such as `ref`.
 *
 * @param isPublic tells if the value of a parameter is kept
 */
export function redactAddresses(text: string, isPublic: IsPublic = isPublicParameter): string {
  if (!text.includes('://')) return text
  return text.replace(ADDRESS, (_, scheme: string, rest: string) => redactAddress(scheme, rest, isPublic))
}

/** Like `redactAddresses`, for the page of a project: keeps parameters unless their name is that of a secret. */
export function redactPage(address: string): string {
  return redactAddresses(address, parameter => !isSecretParameter(parameter))
}

function isPublicParameter(parameter: string): boolean {
  return PUBLIC_PARAMETERS.has(parameter)
}

/** Includes X-Amz-Signature and private_token. */
function isSecretParameter(parameter: string): boolean {
  return /token|secret|passw|key|sig|auth|credential|jwt/i.test(parameter) && !isPublicParameter(parameter)
}

function redactAddress(scheme: string, rest: string, isPublic: IsPublic): string {
  const { user, place, query, fragment } = splitAddress(rest)
  const isKept = user === 'user:password' || (/ssh/i.test(scheme) && !user.includes(':'))
  const login = user !== '' && isKept ? `${user}@` : ''
  const parameters = query
    .split('&')
    .map(each => redactParameter(each, isPublic))
    .join('&')
  return [
    `${scheme}://${login}${user === '' ? redactPort(place) : place}`,
    ...(query === '' ? [] : [`?${parameters}`]),
    ...(fragment === '' ? [] : [fragment.includes('=') ? '#…' : `#${fragment}`]),
  ].join('')
}

/** The parts of an address after the scheme. The separators are left out. */
interface AddressParts {
  readonly user: string
  /** The host, the port and the path. */
  readonly place: string
  readonly query: string
  readonly fragment: string
}

function splitAddress(rest: string): AddressParts {
  const [, before = '', hash = ''] = /^(.*?)(#.*)?$/s.exec(rest) ?? []
  const authority = /^[^/?]*/.exec(before)?.[0] ?? ''
  const isHost = /^(\[[^\]]*\]|[^:[\]]*)(:\d*)?$/.test(authority.slice(authority.lastIndexOf('@') + 1))
  // A password with a slash, which is not a valid URL.
  const end = isHost ? authority.lastIndexOf('@') : rest.lastIndexOf('@')
  const after = isHost ? before.slice(end + 1) : rest.slice(end + 1)
  const [, place = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(after) ?? []
  return { user: rest.slice(0, Math.max(0, end)), place, query, fragment: isHost ? hash.slice(1) : '' }
}

/** A text after the colon that is not a port may be a part of a password. */
function redactPort(place: string): string {
  return place.replace(/^([^/:[\]]*):(?!\d+\b|port\b|\/|$)[^/]*/, '$1:…')
}

function redactParameter(parameter: string, isPublic: IsPublic): string {
  const [name = '', value] = parameter.split(/=(.*)/s)
  if (isPublic(name)) return parameter
  return value === undefined ? '…' : `${name}=…`
}

/**
 * Returns the secrets in the addresses of a text, as they are written and decoded: passwords, users that may be tokens, and the
 * values of parameters with a name such as `access_token`.
 */
export function findSecretsInAddresses(text: string): string[] {
  const secrets = [...text.matchAll(ADDRESS)].flatMap(([, scheme = '', rest = '']) => {
    const { user, query } = splitAddress(rest)
    const [name = '', password = ''] = user.split(/:(.*)/s)
    const isToken = password === '' && !/ssh/i.test(scheme)
    const values = query.split('&').flatMap(parameter => {
      const [key = '', value = ''] = parameter.split(/=(.*)/s)
      return isSecretParameter(key) ? [value] : []
    })
    return [password, isToken ? name : '', ...values]
  })
  const decoded = secrets.flatMap(secret => [secret, decodePercent(secret)])
  return [...new Set(decoded)].filter(secret => secret !== '')
}
