import type { Host } from '../../host/host.js'
import type { BuildInputs } from '../../input/inputs.js'
import { checkSystems, DEFAULT_ATTRIBUTE } from '../../nix/attribute.js'
import type { Container } from '../../nix/container.js'
import type { FindOptions } from '../../nix/find-options.js'
import { findContainers, type Lookup, lookUpContainers, missingContainers } from '../../nix/flake.js'
import type { Nix } from '../../nix/nix.js'
import type { System } from '../../oci/system.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { isFileName } from '../../util/file-name.js'
import { passOver } from './pass-over.js'

type Asked = Pick<BuildInputs, 'flake' | 'containers' | 'attribute'>

/** The containers to build for every system, found with one evaluation for each system. One that fails ends the others. */
export async function discover(
  nix: Nix,
  systems: readonly System[],
  inputs: Asked,
  host: Host,
  signal: AbortSignal,
): Promise<Container[]> {
  const found = await forEach(systems, inputs, signal, async options => ({
    options,
    ...(await findContainers(nix, options)),
  }))
  await passOver(nix, found, host)
  const none = found.find(({ containers }) => containers.length === 0)
  if (none !== undefined) throw noImages(inputs.flake, none.options.system)
  return checked(found.flatMap(({ containers }) => containers))
}

/**
 * As `discover`, but systems may have nothing, which is told, and nothing is ready to be built. Throws a `UserError` for named
 * containers that no system has, and for an attribute that was given and is there for none.
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
  const absent = absences(looked)
  const isGiven = inputs.attribute.text !== DEFAULT_ATTRIBUTE
  if (isGiven && absent[0] !== undefined && absent.length === looked.length) throw absent[0]
  const there = looked.flatMap(({ found, options }) =>
    found.kind === 'found' ? [{ ...found, options }] : [],
  )
  await passOver(nix, there, host)
  for (const { found, options } of looked) tellFound(found, options, host)
  return checked(there.flatMap(({ containers }) => containers))
}

interface Looked {
  readonly options: FindOptions
  readonly found: Lookup
}

function absences(looked: readonly Looked[]): UserError[] {
  return looked.flatMap(({ found }) => (found.kind === 'absent' ? [found.error] : []))
}

async function forEach<T>(
  systems: readonly System[],
  { flake, containers, attribute }: Asked,
  signal: AbortSignal,
  task: (options: FindOptions) => Promise<T>,
): Promise<T[]> {
  checkSystems(attribute, systems)
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
  const [absent] = absences(looked)
  return absent ?? new UserError(`There is no ${missing.join(', ')}, since there are no systems`)
}

function tellFound(found: Lookup, { flake, system }: FindOptions, host: Host): void {
  if (found.kind === 'absent') {
    host.log.info(`${found.error.message}, so nothing is built for ${system}`)
    return
  }
  if (found.missing.length > 0) host.log.info(`There is no ${found.missing.join(', ')} for ${system}`)
  else if (found.containers.length === 0) host.log.info(noImages(flake, system).message)
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
