/** Docker Hub's names, as found in references and in credential files. */
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

/** One name for each registry, in lower case: `docker.io` for `index.docker.io`. */
export function canonicalRegistry(registry: string): string {
  const name = registry.toLowerCase()
  return DOCKER_HUB.has(name) ? 'docker.io' : name
}

/** The base URL of a registry's API: `https://ghcr.io/`. Docker Hub's API is at `registry-1.docker.io`. */
export function registryUrl(registry: string, protocol: 'https:' | 'http:'): URL {
  const name = canonicalRegistry(registry)
  return new URL(`${protocol}//${name === 'docker.io' ? 'registry-1.docker.io' : name}/`)
}

/**
 * A URL that a registry named, with https if it names plain HTTP on the host that was asked with https: behind a proxy that ends
 * TLS, a registry may not know its own protocol. Also the other way round.
 *
 * @param asked the URL that was requested
 */
export function withOwnProtocol(named: URL, asked: URL): URL {
  // Behind some proxies, Nexus names `null://` (sonatype/nexus-public#580). The protocol of such a URL cannot be set.
  if (named.host === asked.host) return new URL(`${named.pathname}${named.search}`, asked)
  const isPlainCopy = named.protocol === 'http:' && named.hostname === asked.hostname && named.port === ''
  if (!isPlainCopy) return named
  const url = new URL(named)
  url.protocol = asked.protocol
  return url
}

/** Like `withOwnProtocol`, also with the port that was asked if the URL names none: a registry may not know its port. */
export function withOwnOrigin(named: URL, asked: URL): URL {
  if (named.hostname !== asked.hostname || named.port !== '') return withOwnProtocol(named, asked)
  const url = new URL(named)
  url.protocol = asked.protocol
  url.port = asked.port
  return url
}
