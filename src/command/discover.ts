import type { Host } from '../host/host.js'
import type { BuildInputs } from '../input/inputs.js'
import type { Container } from '../nix/container.js'
import {
  type FindOptions,
  type Found,
  findContainers,
  type Lookup,
  lookUpContainers,
  missingContainers,
} from '../nix/flake.js'
import type { Nix } from '../nix/nix.js'
import type { System } from '../oci/system.js'
import { UserError } from '../util/error.js'
import { isFileName } from '../util/file-name.js'
import { mapLimit } from '../util/limit.js'

type Asked = Pick<BuildInputs, 'flake' | 'containers' | 'attribute'>

/** The containers to build for every system, found with one evaluation for each system. One that fails ends the others. */
export async function discover(
  nix: Nix,
  systems: readonly System[],
  inputs: Asked,
  host: Host,
  signal: AbortSignal,
): Promise<Container[]> {
  const found = await forEach(systems, inputs, signal, async options => {
    const { containers, skipped } = await findContainers(nix, options)
    tellSkipped(skipped, options.system, host)
    if (containers.length === 0) throw noImages(inputs.flake, options.system)
    return containers
  })
  return checked(found.flat())
}

/**
 * As `discover`, but systems may have nothing, which is told, and nothing is ready to be built. Throws a `UserError` for named containers that no system has.
 */
export async function discoverAny(
  nix: Nix,
  systems: readonly System[],
  inputs: Asked,
  host: Host,
  signal: AbortSignal,
): Promise<Container[]> {
  const looked = await forEach(systems, inputs, signal, async options => ({
    options,
    found: await lookUpContainers(nix, { ...options, readOnly: true }),
  }))
  const missing = inputs.containers.filter(name => !looked.some(({ found }) => has(found, name)))
  if (missing.length > 0) throw await nowhere(nix, looked, missing)
  for (const { found, options } of looked) tellFound(found, options, host)
  return checked(looked.flatMap(({ found }) => (found.kind === 'found' ? found.containers : [])))
}

interface Looked {
  readonly options: FindOptions
  readonly found: Lookup
}

async function forEach<T>(
  systems: readonly System[],
  { flake, containers, attribute }: Asked,
  signal: AbortSignal,
  task: (options: FindOptions) => Promise<T>,
): Promise<T[]> {
  const failed = new AbortController()
  const options = {
    flake,
    cwd: process.cwd(),
    names: containers,
    attribute,
    signal: AbortSignal.any([signal, failed.signal]),
  }
  return mapLimit(systems, systems.length, system =>
    task({ ...options, system }).catch(error => {
      failed.abort()
      throw error
    }),
  )
}

function has(found: Lookup, name: string): boolean {
  return found.kind === 'found' && found.containers.some(container => container.name === name)
}

/** Says it of the first system that has anything, which knows what was meant. */
async function nowhere(nix: Nix, looked: readonly Looked[], missing: readonly string[]): Promise<UserError> {
  const there = looked.find(({ found }) => found.kind === 'found')
  if (there !== undefined) return missingContainers(nix, there.options, missing)
  const absent = looked.flatMap(({ found }) => (found.kind === 'absent' ? [found.error] : []))
  return absent[0] ?? new UserError(`There is no ${missing.join(', ')}, since there are no systems`)
}

function tellFound(found: Lookup, { flake, system }: FindOptions, host: Host): void {
  if (found.kind === 'absent') {
    host.log.info(`${found.error.message}, so nothing is built for ${system}`)
    return
  }
  tellSkipped(found.skipped, system, host)
  if (found.missing.length > 0) host.log.info(`There is no ${found.missing.join(', ')} for ${system}`)
  else if (found.containers.length === 0) host.log.info(noImages(flake, system).message)
}

function tellSkipped(skipped: Found['skipped'], system: System, host: Host): void {
  for (const name of skipped) host.log.warning(`${name} for ${system} does not evaluate, so it is left out`)
}

function noImages(flake: string, system: System): UserError {
  return new UserError(`The flake ${flake} has no images for ${system}`, {
    hint: 'An image is known by its imageName, which dockerTools gives it. Name others with `containers`.',
  })
}

/** A container's name becomes a file's and an artifact's. */
function checked(containers: readonly Container[]): Container[] {
  const odd = containers.find(({ name }) => !isFileName(name))
  if (odd === undefined) return [...containers]
  throw new UserError(`The container ${JSON.stringify(odd.name)} cannot give its name to a file`, {
    hint: 'Give it an attribute name of at most 128 letters, digits, _, -, . and +, not beginning with . or -.',
  })
}
