import { BlockList, isIP } from 'node:net'

/**
 * Tells if the host of a URL is this machine: `localhost`, 127/8, `::1`, or an unspecified address (`0.0.0.0`), which connects to
 * this machine too.
 */
export function isLoopback(url: URL): boolean {
  return isLoopbackHost(normalizeHost(url.hostname))
}

/** @param host as returned by `normalizeHost` */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isInRange(host, LOOPBACK))
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('0.0.0.0', 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
LOOPBACK.addAddress('::', 'ipv6')

/** @param host an IP address */
export function isInRange(host: string, range: BlockList): boolean {
  return range.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

/** The host in lower case, without the brackets of an IPv6 address and without a trailing dot. */
export function normalizeHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

export function isSameOrigin(a: URL, b: URL): boolean {
  return a.origin === b.origin
}

/** The URL without parts that may contain secrets: user, password, the query's content and the fragment. */
export function redactUrl(url: URL): string {
  // `origin` is `null` for schemes such as git+https.
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`
}
