import { basename } from 'node:path'
import type { Host } from '../host/host.js'
import type { Container } from '../nix/container.js'
import { lackingIn } from '../nix/dry-run.js'
import type { Nix } from '../nix/nix.js'
import { plural } from '../util/text.js'

/** What of a container is in caches. */
export interface CacheCheck {
  readonly container: string
  readonly system: string
  readonly derivation: string
  /** Nothing would have to be built by somebody who has these caches alone. */
  readonly cached: boolean
  /** What would have to be: the derivations' names, `hash-name.drv`, in the order in which they would be built. */
  readonly lacking: readonly string[]
}

/** Asks a cache, beside those that Nix is set up with, what it has of containers and lacks of what they are built with. */
export async function checkCache(
  nix: Nix,
  containers: readonly Container[],
  cache: string,
  host: Host,
  signal: AbortSignal,
): Promise<CacheCheck[]> {
  const all = await lackingIn(nix, containers, { cache, folder: host.temp, signal })
  return containers.map(({ name, system, derivation }, index) => {
    const lacking = (all[index] ?? []).map(path => basename(path))
    return { container: name, system, derivation, cached: lacking.length === 0, lacking }
  })
}

/** One line for each container, and one below it for each derivation that is lacking. */
export function cacheCheckText(checks: readonly CacheCheck[]): string {
  return checks.map(checkText).join('\n')
}

function checkText({ container, system, cached, lacking }: CacheCheck): string {
  const label = `${container} for ${system}`
  if (cached) return `${label}: cached`
  const lines = lacking.map(name => `  ${name}`)
  return [`${label}: ${plural(lacking.length, 'derivation')} would be built`, ...lines].join('\n')
}
