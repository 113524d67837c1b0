import type { Host } from '../host/host.js'
import type { BuildInputs } from '../input/inputs.js'
import type { Container } from '../nix/container.js'
import { findContainers } from '../nix/flake.js'
import type { Nix } from '../nix/nix.js'
import type { System } from '../oci/system.js'
import { UserError } from '../util/error.js'
import { isFileName } from '../util/file-name.js'
import { mapLimit } from '../util/limit.js'

/** The containers to build for every system, found with one evaluation for each system. One that fails ends the others. */
export async function discover(
  nix: Nix,
  systems: readonly System[],
  inputs: Pick<BuildInputs, 'flake' | 'containers' | 'attribute'>,
  host: Host,
  signal: AbortSignal,
): Promise<Container[]> {
  const failed = new AbortController()
  const perSystem = async (system: System): Promise<readonly Container[]> => {
    const options = {
      flake: inputs.flake,
      cwd: process.cwd(),
      system,
      names: inputs.containers,
      attribute: inputs.attribute,
      signal: AbortSignal.any([signal, failed.signal]),
    }
    const { containers, skipped } = await findContainers(nix, options)
    for (const name of skipped) host.log.warning(`${name} for ${system} does not evaluate, so it is left out`)
    if (containers.length === 0) throw noImages(inputs.flake, system)
    return containers
  }
  const found = await mapLimit(systems, systems.length, system =>
    perSystem(system).catch(error => {
      failed.abort()
      throw error
    }),
  )
  const containers = found.flat()
  for (const { name } of containers) refuseOddName(name)
  return containers
}

function noImages(flake: string, system: System): UserError {
  return new UserError(`The flake ${flake} has no images for ${system}`, {
    hint: 'An image is known by its imageName, which dockerTools gives it. Name others with `containers`.',
  })
}

/** A container's name becomes a file's and an artifact's. */
function refuseOddName(name: string): void {
  if (isFileName(name)) return
  throw new UserError(`The container ${JSON.stringify(name)} cannot give its name to a file`, {
    hint: 'Give it an attribute name of at most 128 letters, digits, _, -, . and +, not beginning with . or -.',
  })
}
