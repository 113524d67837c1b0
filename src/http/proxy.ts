import { STATUS_CODES } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { codeOf, UserError } from '../util/error.js'
import { parseUrl } from '../util/text.js'
import { TRANSIENT_STATUSES } from './retry.js'

/** What stands between us and a server because a variable says so. */
export interface WebProxy {
  /** Its own address, without user and password. */
  readonly url: URL
  /** The header for its user and password, where it has some. */
  readonly authorization: string | undefined
  /** The variable that names it. */
  readonly variable: string
}

/** The proxy for an address; `undefined` for none. */
export type ProxyLookup = (url: URL) => WebProxy | undefined

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxy that `https_proxy` or `http_proxy`, in small letters or in capitals, name for an address, unless `no_proxy` excepts it.
 * Throws `UserError` where that is none that we can use.
 */
export function proxyFor(url: URL, env: Env): WebProxy | undefined {
  const variable = findProxyVariable(url, env)
  if (variable === undefined || isProxyBypassed(url, env.no_proxy || env.NO_PROXY || '')) return undefined
  const proxy = parseProxyUrl(variable, env)
  return { url: new URL(proxy.origin), authorization: proxyAuthorization(proxy), variable }
}

/** As `proxyFor`, for one environment. Passwords in it are told before anything else. */
export function createProxyLookup(env: Env, onSecret: (value: string) => void = () => {}): ProxyLookup {
  for (const name of PROXY_VARIABLES) {
    const { password = '' } = parseUrl(addScheme(env[name] ?? '')) ?? {}
    for (const secret of new Set([password, decodePercent(password)])) if (secret !== '') onSecret(secret)
  }
  return url => proxyFor(url, env)
}

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']

function findProxyVariable({ protocol }: URL, env: Env): string | undefined {
  const name = `${protocol.slice(0, -1)}_proxy`
  return [name, name.toUpperCase()].find(variable => env[variable])
}

/** The value is not told when it is wrong, since it may hold a password. */
function parseProxyUrl(variable: string, env: Env): URL {
  const url = parseUrl(addScheme(env[variable] ?? ''))
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url
  const isNone = !url || url.hostname === ''
  throw new UserError(
    isNone
      ? `${variable} does not hold the address of a proxy`
      : `${variable} names a proxy of a kind that cannot be used, ${url.protocol}//`,
    { hint: `Proxies are named as ${variable}=http://host:port, or with https://.` },
  )
}

/** Others take `proxy:3128`, too. */
function addScheme(address: string): string {
  return address.includes('://') ? address : `http://${address}`
}

function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${decodePercent(username)}:${decodePercent(password)}`).toString('base64')}`
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Whether an address is reached without a proxy, as `NO_PROXY` has it: names separated by commas or spaces, each a host (with all
 * below it), an IP address or a range of them (`10.0.0.0/8`), with a port or without, or `*` for everything. What lies on this very
 * machine never needs a proxy, as in Go's programs.
 */
export function isProxyBypassed(url: URL, list: string): boolean {
  const host = normalizeHost(url.hostname)
  if (isLoopbackHost(host)) return true
  const port = url.port || DEFAULT_PORTS[url.protocol]
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some(entry => matchesEntry(entry.toLowerCase(), host, port))
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** An IPv6 address stands in brackets in URLs. */
function normalizeHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isInRange(host, LOOPBACK))
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function matchesEntry(entry: string, host: string, port: string | undefined): boolean {
  if (entry === '*') return true
  const { name, entryPort } = splitHostAndPort(entry)
  if (entryPort !== undefined && entryPort !== port) return false
  const range = parseIpRange(name)
  if (range) return isIP(host) !== 0 && isInRange(host, range)
  const domain = name.replace(/^\*?\./, '')
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`))
}

/** The colons of an IPv6 address are no ports unless it stands in brackets. */
function splitHostAndPort(entry: string): { name: string; entryPort: string | undefined } {
  if (isIP(entry) === 6 || isIP(entry.replace(/\/\d+$/, '')) === 6)
    return { name: entry, entryPort: undefined }
  const [, name = entry, wanted] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return { name: normalizeHost(name), entryPort }
}

/** One IP address or a range of them. */
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

function isInRange(host: string, range: BlockList): boolean {
  return range.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

const PROXY_VARIABLE_NAME = /^(https?|all|no)_proxy$/i

/** What a program needs of our environment to download for us. */
export function networkVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set = Object.entries(env).filter(([name, value]) => PROXY_VARIABLE_NAME.test(name) && value)
  return Object.fromEntries(set) as Record<string, string>
}

/** A proxy that cannot be reached, or that does not lead to where we want. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly proxy: WebProxy
  /** The system's own where there was no connection; else `PROXY_BUSY`, which may pass, or `PROXY_REFUSED`. */
  readonly code: string | undefined
  /** What the proxy answered. */
  readonly status: number | undefined

  constructor(
    proxy: WebProxy,
    says: string,
    of: { code?: string | undefined; status?: number; cause?: unknown },
  ) {
    super(`the proxy ${proxy.url.origin} ${says}`, of.cause === undefined ? undefined : { cause: of.cause })
    this.proxy = proxy
    this.code = of.code
    this.status = of.status
  }
}

export function proxyStatusError(proxy: WebProxy, status: number): ProxyError {
  const code = TRANSIENT_STATUSES.has(status) ? 'PROXY_BUSY' : 'PROXY_REFUSED'
  const words = `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  return new ProxyError(proxy, `answers ${words}`, { code, status })
}

export function proxyConnectionError(proxy: WebProxy, error: Error): ProxyError {
  if (error instanceof ProxyError) return error
  const code = codeOf(error)
  // Where several addresses were tried, the message is empty.
  const reason = error.message || code
  return new ProxyError(proxy, `cannot be reached: ${reason}`, { code, cause: error })
}
