/** Whether a URL's host is this machine: `localhost`, 127/8 or `::1`. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
}

export function sameOrigin(a: URL, b: URL): boolean {
  return a.origin === b.origin
}

/** The address without what may hold secrets: user, password, the query's content and the fragment. */
export function redacted(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
}

/** Docker Hub's names for itself, as found in references and in credential files, to the one in references. */
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

/** One name for each registry: `index.docker.io` is `docker.io`. */
export function canonicalRegistry(registry: string): string {
  const name = registry.toLowerCase()
  return DOCKER_HUB.has(name) ? 'docker.io' : name
}

/** Where a registry's API answers: `https://ghcr.io/`, and Docker Hub's under its other name. */
export function registryUrl(registry: string, protocol: 'https:' | 'http:'): URL {
  const name = canonicalRegistry(registry)
  return new URL(`${protocol}//${name === 'docker.io' ? 'registry-1.docker.io' : name}/`)
}
