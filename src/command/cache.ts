import { basename } from 'node:path'
import type { Host } from '../host/host.js'
import type { CacheInputs } from '../input/input-table.js'
import { type Container, formatContainer } from '../nix/container.js'
import { detectSystem } from '../nix/detect-system.js'
import { findMissingDerivations } from '../nix/missing-derivations.js'
import type { Nix } from '../nix/nix.js'
import { UsageError, UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { pluralize } from '../util/text.js'
import { pushTargetsOf, pushToCaches } from './build/push-to-caches.js'
import { prepareNix, type ReadyNix } from './setup/ready-nix.js'
import { findContainers } from './shared/find-containers.js'

type CacheRequest = Omit<CacheInputs, 'json' | 'quiet' | 'verbose'>

/** The commands `cache check` and `cache push`: pushes the store paths of containers, if asked, and reports what is missing. */
export async function runCacheCommand(
  verb: 'check' | 'push',
  inputs: CacheRequest,
  host: Host,
): Promise<CacheCheck[]> {
  const { store } = inputs
  const targets = pushTargetsOf({
    ...inputs,
    cachix: store === undefined ? inputs.cachix : [],
    pushTo: store,
  })
  const hasCache = store !== undefined || inputs.cachix.length > 0
  if (!hasCache)
    throw new UsageError(`\`cache ${verb}\` needs ${nameInput('cachix')} or ${nameInput('store')}`)
  if (verb === 'push' && Object.keys(targets).length === 0) throw createNoAccessError(inputs.cachix[0])
  const { nix, caches } = await prepareNix(inputs, host)
  const uri = store ?? cachixUriOf(inputs.cachix[0], caches)
  const systems = inputs.systems.length > 0 ? inputs.systems : [detectSystem()]
  const containers = await findContainers(nix, systems, inputs, host)
  if (verb === 'push') await pushToCaches(nix, containers, targets, { host })
  return checkCache(nix, containers, uri, host)
}

/** Returns the URI of the first cache of `cachix`. Throws a `UserError` if it did not answer. */
function cachixUriOf(name: string | undefined, { cachix }: ReadyNix['caches']): string {
  const found = cachix.find(cache => cache.name === name)
  if (found) return found.uri
  throw new UserError(`The Cachix cache ${name} is not available`, {
    hint: `The warning above contains the reason. Only the first name in ${nameInput('cachix')} is checked and pushed to.`,
  })
}

function createNoAccessError(name: string | undefined): UsageError {
  return new UsageError(`No credentials for the Cachix cache ${name}`, {
    hint: `Set ${nameInput('cachix-auth-token')} or ${nameInput('cachix-signing-key')}.`,
  })
}

/** What a cache has of a container. Printed by `cache --json`. */
export interface CacheCheck {
  readonly container: string
  readonly system: string
  readonly derivation: string
  /** True if nothing has to be built with this cache. */
  readonly cached: boolean
  /** The names of the derivations that have to be built, `hash-name.drv`, in build order. */
  readonly lacking: readonly string[]
}

/** Finds the derivations that have to be built with a cache and the caches in Nix's settings. */
export async function checkCache(
  nix: Nix,
  containers: readonly Container[],
  cache: string,
  host: Host,
): Promise<CacheCheck[]> {
  const missing = await findMissingDerivations(nix, containers, {
    cache,
    folder: host.temp,
    signal: host.signal,
  })
  return containers.map(({ name, system, derivation }, n) => {
    const lacking = (missing[n] ?? []).map(path => basename(path))
    return { container: name, system, derivation, cached: lacking.length === 0, lacking }
  })
}

/** One line for each container, followed by one line for each missing derivation. */
export function formatCacheChecks(checks: readonly CacheCheck[]): string {
  return checks.map(formatCacheCheck).join('\n')
}

function formatCacheCheck({ container, system, cached, lacking }: CacheCheck): string {
  const label = formatContainer({ name: container, system })
  if (cached) return `${label}: cached`
  const lines = lacking.map(name => `  ${name}`)
  return [`${label}: ${pluralize(lacking.length, 'derivation')} would be built`, ...lines].join('\n')
}
