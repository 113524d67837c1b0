import type { Log } from '../../host/host.js'
import { cacheTrouble } from '../../nix/cache-trouble.js'

/** Reads Nix's log for caches that turn out to be of no use, and warns of each once. The build goes on without them. */
export function cacheTroubles(log: Pick<Log, 'warning'>): (line: string) => void {
  const told = new Set<string>()
  return line => {
    const trouble = cacheTrouble(line)
    if (trouble === undefined) return
    const text = `The cache ${trouble.cache} was of no use: ${trouble.what}`
    if (!told.has(text)) log.warning(text)
    told.add(text)
  }
}
