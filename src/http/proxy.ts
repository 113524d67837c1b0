import { STATUS_CODES } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { codeOf, UserError } from '../util/error.js'
import { decodePercent, parseUrl } from '../util/text.js'
import { isInRange, isLoopbackHost, normalizeHost } from './address.js'
import { urlAuthorization } from './message.js'
import { describeCause } from './request-error.js'
import { TRANSIENT_STATUSES } from './retry.js'

/** A proxy that an environment variable names. */
export interface WebProxy {
  /** Its address, without user and password. */
  readonly url: URL
  /** The value of Proxy-Authorization, if the variable contains a user or a password. */
  readonly authorization: string | undefined
  /** The name of the variable. */
  readonly variable: string
}

/** Returns the proxy for a URL; `undefined` if there is none. */
export type ProxyLookup = (url: URL) => WebProxy | undefined

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL as `https_proxy`, `http_proxy` or else `all_proxy` name it, unless `no_proxy` contains the host. The
 * variables may be in upper case, too. Throws `UserError` if the value is not an http or https URL; such an `all_proxy` is
 * ignored.
 */
export function proxyFor(url: URL, env: Env): WebProxy | undefined {
  const variable = findProxyVariable(url.protocol, env)
  if (variable === undefined || isProxyBypassed(url, env.no_proxy || env.NO_PROXY || '')) return undefined
  const proxy = parseProxyUrl(variable, env)
  return { url: new URL(proxy.origin), authorization: urlAuthorization(proxy), variable }
}

/** The passwords of all proxies, as they are in the variables and decoded. */
export function listProxyPasswords(env: Env): string[] {
  const passwords = PROXY_VARIABLES.flatMap(name => {
    const { password = '' } = parseUrl(addScheme(env[name] ?? '')) ?? {}
    return [password, decodePercent(password)]
  })
  return [...new Set(passwords)].filter(password => password !== '')
}

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']

function findProxyVariable(protocol: string, env: Env): string | undefined {
  const name = `${protocol.slice(0, -1)}_proxy`
  return (
    [name, name.toUpperCase()].find(variable => env[variable]) ??
    ['all_proxy', 'ALL_PROXY'].find(variable => isHttpUrl(parseUrl(addScheme(env[variable] || ':'))))
  )
}

/** `all_proxy` often names a SOCKS proxy, which is meant for other programs. */
function isHttpUrl(url: URL | undefined): url is URL {
  return url?.protocol === 'http:' || url?.protocol === 'https:'
}

/** The error does not quote a wrong value, since it may contain a password. */
function parseProxyUrl(variable: string, env: Env): URL {
  const url = parseUrl(addScheme(env[variable] ?? ''))
  if (isHttpUrl(url) && url.hostname !== '') return url
  const isInvalid = !url || url.hostname === ''
  throw new UserError(
    isInvalid
      ? `${variable} does not contain the URL of a proxy`
      : `${variable} names a ${url.protocol}// proxy, which is not supported`,
    { hint: `Set ${variable}=http://host:port, or https://host:port if the proxy itself uses TLS.` },
  )
}

/** curl and Go's programs accept `proxy:3128`, too. */
function addScheme(address: string): string {
  return address.includes('://') ? address : `http://${address}`
}

/**
 * Whether requests to a URL bypass the proxy. `list` is the value of `NO_PROXY`: entries separated by commas or spaces. An entry
 * is a domain (with its subdomains), an IP address or range (`10.0.0.0/8`), each with or without a port, or `*` for everything.
 * Requests to this machine always bypass the proxy, as in Go's programs.
 */
export function isProxyBypassed(url: URL, list: string): boolean {
  const host = normalizeHost(url.hostname)
  if (isLoopbackHost(host)) return true
  const port = url.port || DEFAULT_PORTS[url.protocol]
  return splitNoProxy(list).some(entry => matchesEntry(entry, host, port))
}

function splitNoProxy(list: string): string[] {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

function matchesEntry(entry: string, host: string, port: string | undefined): boolean {
  if (entry === '*') return true
  const { name, entryPort } = splitHostAndPort(entry)
  if (entryPort !== undefined && entryPort !== port) return false
  const range = parseIpRange(name)
  if (range) return isIP(host) !== 0 && isInRange(host, range)
  const domain = name.replace(/^\*?\./, '')
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`))
}

/** The last colon of an IPv6 address starts a port only if the address is in brackets. */
function splitHostAndPort(entry: string): { name: string; entryPort: string | undefined } {
  if (isIP(entry) === 6 || isIP(entry.replace(/\/\d+$/, '')) === 6)
    return { name: entry, entryPort: undefined }
  const [, name = entry, entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return { name: normalizeHost(name), entryPort }
}

/** Reads an IP address or a range in CIDR notation. */
function parseIpRange(name: string): BlockList | undefined {
  const [address = '', bits] = name.split('/')
  const version = isIP(address)
  if (version === 0) return undefined
  const maxLength = version === 4 ? 32 : 128
  if (bits !== undefined && !/^\d+$/.test(bits)) return undefined
  const length = Number(bits ?? maxLength)
  if (length > maxLength) return undefined
  const range = new BlockList()
  range.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6')
  return range
}

const PROXY_VARIABLE_NAME = /^(https?|all|no)_proxy$/i

/** The environment variables that a child process needs to use the same proxies. */
export function networkVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set = Object.entries(env).filter(([name, value]) => PROXY_VARIABLE_NAME.test(name) && value)
  return Object.fromEntries(set) as Record<string, string>
}

/**
 * Translates the variables for @actions/http-client 4.0.1 and the Azure SDK. Both do not know `ALL_PROXY` as it is used here,
 * addresses without a scheme, or blanks in `NO_PROXY`. The Azure SDK prefers upper case, ignores `*`, and matches subdomains only
 * after a leading dot. IP ranges, and ports in the Azure SDK, cannot be translated. Returns `{}` if no variable is set.
 */
export function packageProxyVariables(env: Env): Record<string, string | undefined> {
  if (Object.keys(networkVariables(env)).length === 0) return {}
  const entries = splitNoProxy(env.no_proxy || env.NO_PROXY || '')
  const proxyOf = (protocol: string): string | undefined => {
    const variable = entries.includes('*') ? undefined : findProxyVariable(protocol, env)
    return variable && addScheme(env[variable] ?? '')
  }
  const names = entries.map(entry => entry.replace(/^\*?\./, '')).filter(name => !['', '*'].includes(name))
  return {
    ...bothCases('https_proxy', proxyOf('https:')),
    ...bothCases('http_proxy', proxyOf('http:')),
    ...bothCases('all_proxy', undefined),
    ...bothCases('no_proxy', names.flatMap(name => [name, `.${name}`]).join(',') || undefined),
  }
}

function bothCases(name: string, value: string | undefined): Record<string, string | undefined> {
  return { [name]: value, [name.toUpperCase()]: value }
}

/** A proxy cannot be reached, or refuses to connect to the server. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly proxy: WebProxy
  /**
   * The system error's code if there was no connection, `TIMEOUT`, `PROXY_BUSY` for a transient status, or `PROXY_REFUSED` for
   * any other one.
   */
  readonly code: string | undefined
  /** The status of the proxy's response. */
  readonly status: number | undefined

  constructor(
    proxy: WebProxy,
    problem: string,
    { code, status, cause }: { code?: string | undefined; status?: number; cause?: unknown },
  ) {
    super(`the proxy ${proxy.url.origin} ${problem}`, cause === undefined ? undefined : { cause })
    this.proxy = proxy
    this.code = code
    this.status = status
  }
}

export function proxyStatusError(proxy: WebProxy, status: number): ProxyError {
  const code = TRANSIENT_STATUSES.has(status) ? 'PROXY_BUSY' : 'PROXY_REFUSED'
  const statusLine = `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  return new ProxyError(proxy, `answers ${statusLine}`, { code, status })
}

export function proxyConnectionError(proxy: WebProxy, error: Error): ProxyError {
  if (error instanceof ProxyError) return error
  return new ProxyError(proxy, `cannot be reached: ${describeCause(error)}`, {
    code: codeOf(error),
    cause: error,
  })
}
