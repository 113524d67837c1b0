import type { Log } from '../host/host.js'
import { type BuildOptions, buildContainer } from '../nix/build.js'
import { cacheTrouble, sameCache, type Trouble } from '../nix/cache-trouble.js'
import type { Container } from '../nix/container.js'
import { failedByItself } from '../nix/explain.js'
import type { Nix } from '../nix/nix.js'
import { messageOf, UserError } from '../util/error.js'

/** Nix knows what to do about the others. */
const FAILS: readonly Trouble[] = ['unreachable', 'refused', 'incomplete', 'no-cache']

/**
 * Builds a container and gives the path where it lies. Old versions of Nix crash when a cache fails in the midst of it; so
 * when the build fails and some caches did as well, it is done once more without them.
 */
export async function buildGoingOn(
  nix: Nix,
  container: Container,
  log: Pick<Log, 'warning'>,
  options: BuildOptions = {},
): Promise<string> {
  const failed = new Set<string>()
  const onLine = (line: string): void => {
    const trouble = cacheTrouble(line)
    if (trouble && FAILS.includes(trouble.kind)) failed.add(trouble.cache)
    options.onLine?.(line)
  }
  try {
    return await buildContainer(nix, container, { ...options, onLine })
  } catch (error) {
    const all = nix.settings.substituters
    const rest = all.filter(cache => ![...failed].some(named => sameCache(named, cache)))
    const isTheirs = error instanceof UserError && !failedByItself(messageOf(error))
    if (!isTheirs || rest.length === all.length) throw error
    log.warning(`${container.name} for ${container.system}: built again without ${[...failed].join(', ')}`)
    // Caches of the options come on top.
    const without = ['--option', 'substituters', rest.join(' '), ...(options.options ?? [])]
    return buildContainer(nix, container, { ...options, options: without })
  }
}
