import { basename } from 'node:path'
import type { Host } from '../host/host.js'
import type { CacheInputs } from '../input/inputs.js'
import type { Container } from '../nix/container.js'
import type { Nix } from '../nix/nix.js'
import { findMissingDerivations } from '../nix/realise.js'
import { detectSystem } from '../nix/system.js'
import { UsageError, UserError } from '../util/error.js'
import { pluralize } from '../util/text.js'
import { push, targetsOf } from './build/push-to-caches.js'
import { type ReadyNix, readyForBuild } from './setup/ready-nix.js'
import { findContainers } from './shared/find-containers.js'

type CacheRequest = Omit<CacheInputs, 'json' | 'verbose'>

/** Says what a cache lacks of the containers, or pushes what was built for them and says what it lacks then. */
export async function cacheCommand(
  verb: 'check' | 'push',
  inputs: CacheRequest,
  host: Host,
): Promise<CacheCheck[]> {
  const { store } = inputs
  const targets = targetsOf({ ...inputs, cachix: store === undefined ? inputs.cachix : [], pushTo: store })
  const isNamed = store !== undefined || inputs.cachix.length > 0
  if (!isNamed) throw new UsageError(`\`cache ${verb}\` needs \`cachix\` or \`store\``)
  if (verb === 'push' && Object.keys(targets).length === 0) throw cannotPush(inputs.cachix[0])
  const { nix, offered } = await readyForBuild(inputs, host)
  const address = store ?? addressOf(inputs.cachix[0], offered)
  const systems = inputs.systems.length > 0 ? inputs.systems : [detectSystem()]
  const containers = await findContainers(nix, systems, inputs, host)
  if (verb === 'push') await push(nix, containers, targets, host, { signal: host.signal })
  return checkCache(nix, containers, address, host)
}

export const cacheLines = cacheCheckText

/** Those that cannot be asked are left out of what is offered, and another one would tell nothing of the first. */
function addressOf(name: string | undefined, { cachix }: ReadyNix['offered']): string {
  const found = cachix.find(cache => cache.name === name)
  if (found) return found.uri
  throw new UserError(`The Cachix cache ${name} cannot be asked what it has`, {
    hint: 'The warning above says why. Of several names the first is the one that is checked and pushed to.',
  })
}

function cannotPush(name: string | undefined): UsageError {
  return new UsageError(`Nothing says that we may push to the Cachix cache ${name}`, {
    hint: 'Set CACHIX_AUTH_TOKEN or CACHIX_SIGNING_KEY in the environment.',
  })
}

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
): Promise<CacheCheck[]> {
  const all = await findMissingDerivations(nix, containers, { cache, folder: host.temp, signal: host.signal })
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
  return [`${label}: ${pluralize(lacking.length, 'derivation')} would be built`, ...lines].join('\n')
}
