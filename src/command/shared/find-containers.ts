import type { Host } from '../../host/host.js'
import type { BuildInputs } from '../../input/inputs.js'
import type { Container } from '../../nix/container.js'
import {
  describeMissingContainers,
  evaluateContainers,
  evaluateOptionalContainers,
  type FoundContainers,
  type OptionalContainers,
} from '../../nix/flake.js'
import { checkSystems, DEFAULT_ATTRIBUTE, type FindOptions } from '../../nix/flake-ref.js'
import type { Nix } from '../../nix/nix.js'
import type { System } from '../../oci/platform.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { isFileName } from '../../util/files.js'
import { joinSignals } from '../../util/signal.js'

type Asked = Pick<BuildInputs, 'flake' | 'containers' | 'attribute'>

/** The containers to build for every system, found with one evaluation for each system. One that fails ends the others. */
export async function findContainers(
  nix: Nix,
  systems: readonly System[],
  inputs: Asked,
  host: Host,
): Promise<Container[]> {
  const found = await forEach(systems, inputs, host.signal, async options => ({
    options,
    ...(await evaluateContainers(nix, options)),
  }))
  await reportSkipped(nix, found, host)
  const none = found.find(({ containers }) => containers.length === 0)
  if (none !== undefined) throw noImages(inputs.flake, none.options.system)
  return checked(found.flatMap(({ containers }) => containers))
}

/**
 * As `discover`, but systems may have nothing, which is told, and nothing is ready to be built. Throws a `UserError` for named
 * containers that no system has, and for an attribute that was given and is there for none.
 */
export async function findOptionalContainers(
  nix: Nix,
  systems: readonly System[],
  inputs: Asked,
  host: Host,
): Promise<Container[]> {
  const looked = await forEach(systems, inputs, host.signal, async options => ({
    options,
    found: await evaluateOptionalContainers(nix, { ...options, readOnly: true }),
  }))
  const missing = inputs.containers.filter(name => !looked.some(({ found }) => has(found, name)))
  if (missing.length > 0) throw await nowhere(nix, looked, missing)
  const absent = absences(looked)
  const isGiven = inputs.attribute.text !== DEFAULT_ATTRIBUTE
  if (isGiven && absent[0] !== undefined && absent.length === looked.length) throw absent[0]
  const there = looked.flatMap(({ found, options }) =>
    found.kind === 'found' ? [{ ...found, options }] : [],
  )
  await reportSkipped(nix, there, host)
  for (const { found, options } of looked) tellFound(found, options, host)
  return checked(there.flatMap(({ containers }) => containers))
}

interface Looked {
  readonly options: FindOptions
  readonly found: OptionalContainers
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
    signal: joinSignals(signal, failed.signal),
  }
  return mapLimit(systems, systems.length, system =>
    task({ ...options, system }).catch(error => {
      failed.abort()
      throw error
    }),
  )
}

function has(found: OptionalContainers, name: string): boolean {
  return found.kind === 'found' && found.containers.some(container => container.name === name)
}

/** Says it of the first system that has anything, which knows what was meant. */
async function nowhere(nix: Nix, looked: readonly Looked[], missing: readonly string[]): Promise<UserError> {
  const there = looked.find(({ found }) => found.kind === 'found')
  if (there !== undefined) return describeMissingContainers(nix, there.options, missing)
  const [absent] = absences(looked)
  return absent ?? new UserError(`There is no ${missing.join(', ')}, since there are no systems`)
}

function tellFound(found: OptionalContainers, { flake, system }: FindOptions, host: Host): void {
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

/** What a flake has for one system. */
interface Evaluated extends FoundContainers {
  readonly options: FindOptions
}

/**
 * Leaves out with a warning what does not evaluate, since it need not be an image. Throws a `UserError` with Nix's words where a
 * container would lose a platform that way, or nothing would be left.
 */
async function reportSkipped(nix: Nix, all: readonly Evaluated[], { log }: Host): Promise<void> {
  const found = all.flatMap(({ containers }) => containers)
  for (const { options, skipped } of all) {
    const lost = found.find(({ name }) => skipped.includes(name))
    if (lost !== undefined) throw await lostPlatform(nix, options, lost)
    const [first] = skipped
    if (first !== undefined && found.length === 0) throw await nothingLeft(nix, options, first)
  }
  for (const { options, skipped } of all)
    for (const name of skipped)
      log.warning(`${name} for ${options.system} does not evaluate, so it is left out`)
}

async function lostPlatform(
  nix: Nix,
  options: FindOptions,
  { name, system }: { readonly name: string; readonly system: string },
): Promise<UserError> {
  const why = await failureOf(nix, options, name)
  return new UserError(
    `${name} would lose ${options.system}, where it does not evaluate, though it does for ${system}${told(why)}`,
    {
      hint: `Repair it, or let the flake not have it for ${options.system} at all.`,
      location: why?.location,
      cause: why,
    },
  )
}

async function nothingLeft(nix: Nix, options: FindOptions, name: string): Promise<UserError> {
  const why = await failureOf(nix, options, name)
  return new UserError(`No image of the flake ${options.flake} evaluates${told(why)}`, {
    hint: why?.hint ?? 'If this is not about an image, name the containers that you want.',
    location: why?.location,
    cause: why,
  })
}

function told(why: UserError | undefined): string {
  return why === undefined ? '' : `. ${why.message}`
}

/** In a listing, Nix does not say why something fails; alone, it does. */
async function failureOf(nix: Nix, options: FindOptions, name: string): Promise<UserError | undefined> {
  try {
    await evaluateContainers(nix, { ...options, names: [name], readOnly: true })
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}
