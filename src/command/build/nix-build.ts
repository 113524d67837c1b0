import type { Log } from '../../host/host.js'
import { type Container, chooseStream } from '../../nix/container.js'
import { isBuilderFailure } from '../../nix/describe-error.js'
import { type CacheProblemKind, isSameCache, parseCacheProblem, stripControlCodes } from '../../nix/log.js'
import type { Nix } from '../../nix/nix.js'
import { type BuildOptions, buildContainer } from '../../nix/realise.js'
import { messageOf, UserError } from '../../util/error.js'
import { keepLastLines } from '../../util/exec.js'

/** Nix knows what to do about the others. */
const FAILS: readonly CacheProblemKind[] = ['unreachable', 'refused', 'incomplete', 'no-cache']

interface GoingOnOptions extends BuildOptions {
  /** Addresses of caches beside those that Nix is set up with. */
  readonly extraCaches?: readonly string[]
}

/**
 * Builds a container and gives the path where it lies. Old versions of Nix crash when a cache fails in the midst of it; so
 * when the build fails and some caches did as well, it is done once more without them.
 */
export async function buildGoingOn(
  nix: Nix,
  container: Container,
  log: Pick<Log, 'warning'>,
  { extraCaches = [], ...options }: GoingOnOptions = {},
): Promise<string> {
  const failed = new Set<string>()
  const onLine = (line: string): void => {
    const trouble = parseCacheProblem(line)
    if (trouble && FAILS.includes(trouble.kind)) failed.add(trouble.cache)
    options.onLine?.(line)
  }
  const others = options.options ?? []
  try {
    const all = { ...options, options: [...others, ...extraOptions(extraCaches)], onLine }
    return await buildContainer(nix, container, all)
  } catch (error) {
    const isWell = (cache: string): boolean => ![...failed].some(named => isSameCache(named, cache))
    const own = nix.settings.substituters
    const isTheirs = error instanceof UserError && !isBuilderFailure(messageOf(error))
    if (!isTheirs || [...own, ...extraCaches].every(isWell)) throw error
    log.warning(`${container.name} for ${container.system}: built again without ${[...failed].join(', ')}`)
    const ownWell = own.every(isWell) ? [] : ['--option', 'substituters', own.filter(isWell).join(' ')]
    // Caches of the options come on top.
    const without = [...ownWell, ...others, ...extraOptions(extraCaches.filter(isWell))]
    return buildContainer(nix, container, { ...options, options: without })
  }
}

/** What such a cache says that it has and cannot give is built: that it was restored does not mean that it is whole. */
function extraOptions(caches: readonly string[]): string[] {
  if (caches.length === 0) return []
  return ['--option', 'extra-substituters', caches.join(' '), '--option', 'fallback', 'true']
}

/** What Nix says while it builds one container. */
export interface BuildLog {
  push(line: string): void
  /** The last of it. */
  lines(): string[]
  /** Whether Nix built the image, and did not have it. */
  built(): boolean
}

/** As much as somebody may want to scroll through. */
const BOUNDS = { count: 2000, characters: 1_000_000 }

export function buildLog(container: Container): BuildLog {
  const kept = keepLastLines(BOUNDS)
  const derivations = [container.derivation, chooseStream(container).derivation]
  let built = false
  return {
    push(line) {
      kept.push(line)
      const said = stripControlCodes(line)
      built ||= /^\s*building '/.test(said) && derivations.some(each => said.includes(each))
    },
    lines: kept.lines,
    built: () => built,
  }
}

/** Reads Nix's log for caches that turn out to be of no use, and warns of each once. The build goes on without them. */
export function cacheTroubles(log: Pick<Log, 'warning'>): (line: string) => void {
  const told = new Set<string>()
  return line => {
    const trouble = parseCacheProblem(line)
    if (trouble === undefined) return
    const text = `The cache ${trouble.cache} was of no use: ${trouble.description}`
    if (!told.has(text)) log.warning(text)
    told.add(text)
  }
}
