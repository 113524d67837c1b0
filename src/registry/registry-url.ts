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
