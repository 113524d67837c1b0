import { BlockList, isIP } from 'node:net'

/**
 * Whether an address is reached without a proxy, as `NO_PROXY` has it: names separated by commas or spaces, each a host (with all
 * below it), an IP address or a range of them (`10.0.0.0/8`), with a port or without, or `*` for everything. What lies on this very
 * machine never needs a proxy, as in Go's programs.
 */
export function needsNoProxy(url: URL, list: string): boolean {
  const host = bare(url.hostname)
  if (isThisMachine(host)) return true
  const port = url.port || DEFAULT_PORTS[url.protocol]
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some(entry => matches(entry.toLowerCase(), host, port))
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** An IPv6 address stands in brackets in URLs. */
function bare(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isWithin(host, LOOPBACK))
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function matches(entry: string, host: string, port: string | undefined): boolean {
  if (entry === '*') return true
  const { name, wanted } = takenApart(entry)
  if (wanted !== undefined && wanted !== port) return false
  const range = rangeOf(name)
  if (range) return isIP(host) !== 0 && isWithin(host, range)
  const domain = name.replace(/^\*?\./, '')
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`))
}

/** The colons of an IPv6 address are no ports unless it stands in brackets. */
function takenApart(entry: string): { name: string; wanted: string | undefined } {
  if (isIP(entry) === 6 || isIP(entry.replace(/\/\d+$/, '')) === 6) return { name: entry, wanted: undefined }
  const [, name = entry, wanted] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return { name: bare(name), wanted }
}

/** One IP address or a range of them. */
function rangeOf(name: string): BlockList | undefined {
  const [address = '', bits] = name.split('/')
  const version = isIP(address)
  if (version === 0) return undefined
  const most = version === 4 ? 32 : 128
  if (bits !== undefined && !/^\d+$/.test(bits)) return undefined
  const length = Number(bits ?? most)
  if (length > most) return undefined
  const range = new BlockList()
  range.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6')
  return range
}

function isWithin(host: string, range: BlockList): boolean {
  return range.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
