import type { Host } from '../host/host.js'
import type { CacheInputs } from '../input/inputs.js'
import { thisMachine } from '../nix/system.js'
import { UsageError, UserError } from '../util/error.js'
import { targetsOf } from './build/push-built.js'
import { push } from './build/push-to-caches.js'
import { type CacheCheck, cacheCheckText, checkCache } from './cache-check.js'
import { type ReadyNix, readyForBuild } from './setup/ready-nix.js'
import { discover } from './shared/find-containers.js'

export type CacheRequest = Omit<CacheInputs, 'json' | 'verbose'>

/** Says what a cache lacks of the containers, or pushes what was built for them and says what it lacks then. */
export async function cacheCommand(
  verb: 'check' | 'push',
  inputs: CacheRequest,
  host: Host,
  signal: AbortSignal,
): Promise<CacheCheck[]> {
  const { store } = inputs
  const targets = targetsOf({ ...inputs, cachix: store === undefined ? inputs.cachix : [], pushTo: store })
  const isNamed = store !== undefined || inputs.cachix.length > 0
  if (!isNamed) throw new UsageError(`\`cache ${verb}\` needs \`cachix\` or \`store\``)
  if (verb === 'push' && Object.keys(targets).length === 0) throw cannotPush(inputs.cachix[0])
  const { nix, offered } = await readyForBuild(inputs, host, signal)
  const address = store ?? addressOf(inputs.cachix[0], offered)
  const systems = inputs.systems.length > 0 ? inputs.systems : [thisMachine()]
  const containers = await discover(nix, systems, inputs, host, signal)
  if (verb === 'push') await push(nix, containers, targets, host, { signal })
  return checkCache(nix, containers, address, host, signal)
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
