import type { Log } from '../../host/host.js'
import { type Container, derivationsOf, formatContainer } from '../../nix/container.js'
import { isBuilderFailure } from '../../nix/describe-failure-with-hint.js'
import type { Nix } from '../../nix/nix.js'
import {
  type CacheProblemKind,
  hasIgnoredKeys,
  isSameCache,
  parseCacheProblem,
  stripControlCodes,
} from '../../nix/parse-log-lines.js'
import { type BuildOptions, buildContainer } from '../../nix/realise.js'
import { messageOf, UserError } from '../../util/error.js'
import { keepLastLines } from '../../util/exec.js'

/** Problems for which a build is retried without the cache. Nix handles the other problems itself. */
const RETRIED_PROBLEMS: readonly CacheProblemKind[] = ['unreachable', 'refused', 'incomplete', 'no-cache']

interface CacheFallbackOptions extends BuildOptions {
  /** Store URIs of binary caches that are used in addition to Nix's settings. */
  readonly extraCaches?: readonly string[]
}

/**
 * Builds a container and returns its store path. Old versions of Nix crash if a cache fails during a build. So if the build fails
 * and a cache had problems, the build is retried once without this cache.
 */
export async function buildWithCacheFallback(
  nix: Nix,
  container: Container,
  log: Pick<Log, 'warning'>,
  { extraCaches = [], ...options }: CacheFallbackOptions = {},
): Promise<string> {
  const failedCaches = new Set<string>()
  const onLine = (line: string): void => {
    const problem = parseCacheProblem(line)
    if (problem && RETRIED_PROBLEMS.includes(problem.kind)) failedCaches.add(problem.cache)
    options.onLine?.(line)
  }
  const nixOptions = options.options ?? []
  try {
    const all = { ...options, options: [...nixOptions, ...extraCacheOptions(extraCaches)], onLine }
    return await buildContainer(nix, container, all)
  } catch (error) {
    const isWorking = (cache: string): boolean =>
      ![...failedCaches].some(failed => isSameCache(failed, cache))
    const configured = nix.settings.substituters
    const mayBeCacheFault = error instanceof UserError && !isBuilderFailure(messageOf(error))
    if (!mayBeCacheFault || [...configured, ...extraCaches].every(isWorking)) throw error
    log.warning(
      `${formatContainer(container)}: the build failed, retrying without ${[...failedCaches].join(', ')}`,
    )
    const substituters = configured.every(isWorking)
      ? []
      : ['--option', 'substituters', configured.filter(isWorking).join(' ')]
    // `extra-substituters` in `nixOptions` adds to `substituters`.
    const working = [...substituters, ...nixOptions, ...extraCacheOptions(extraCaches.filter(isWorking))]
    return buildContainer(nix, container, { ...options, options: working })
  }
}

/** With `fallback`, a path that a cache lists but cannot provide is built: a restored cache may be incomplete. */
export function extraCacheOptions(caches: readonly string[]): string[] {
  if (caches.length === 0) return []
  return ['--option', 'extra-substituters', caches.join(' '), '--option', 'fallback', 'true']
}

/** Nix's log of the build of one container. */
export interface BuildLog {
  push(line: string): void
  /** Returns the last lines. */
  readLines(): string[]
  /** True if Nix built the image. */
  hasBuilt(): boolean
  /** True if Nix copied a path from a binary cache. */
  hasFetched(): boolean
}

const LOG_LIMITS = { count: 2000, characters: 1_000_000 }

export function createBuildLog(container: Container): BuildLog {
  const lastLines = keepLastLines(LOG_LIMITS)
  const derivations = derivationsOf(container)
  let hasBuilt = false
  let hasFetched = false
  return {
    push(line) {
      lastLines.push(line)
      const text = stripControlCodes(line)
      hasFetched ||= /^\s*copying path .+ from /.test(text)
      hasBuilt ||= /^\s*building '/.test(text) && derivations.some(derivation => text.includes(derivation))
    },
    readLines: lastLines.readLines,
    hasBuilt: () => hasBuilt,
    hasFetched: () => hasFetched,
  }
}

const IGNORED_KEYS =
  'The Nix daemon ignored the public keys of the caches, because it accepts them only from trusted users. Paths with a ' +
  'signature of these keys are built instead. Add yourself to trusted-users in /etc/nix/nix.conf, or add the keys to ' +
  'trusted-public-keys there, and restart the daemon'

/** Returns a function that reads lines of Nix's log, and warns once of each problem with a cache. Nix continues the build. */
export function warnOfCacheProblems(log: Pick<Log, 'warning'>): (line: string) => void {
  const warnings = new Set<string>()
  return line => {
    const problem = parseCacheProblem(line)
    if (problem === undefined && !hasIgnoredKeys(line)) return
    const text = problem ? `Problem with the cache ${problem.cache}: ${problem.description}` : IGNORED_KEYS
    if (!warnings.has(text)) log.warning(text)
    warnings.add(text)
  }
}
