import type { Host } from '../../host/host.js'
import type { BuildInputs } from '../../input/input-table.js'
import { checkSystems, DEFAULT_ATTRIBUTE, type FindOptions } from '../../nix/check-flake-ref.js'
import type { Container } from '../../nix/container.js'
import {
  describeMissingContainers,
  evaluateContainers,
  evaluateOptionalContainers,
  type FoundContainers,
  type OptionalContainers,
} from '../../nix/flake.js'
import type { Nix } from '../../nix/nix.js'
import type { System } from '../../oci/platform.js'
import { joinSignals } from '../../util/abort-signal.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { isFileName } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { selectDistinct } from './distinct-containers.js'

type FindInputs = Pick<BuildInputs, 'flake' | 'containers' | 'attribute'>

/**
 * Finds the containers to build, with one evaluation for each system. The first failure aborts the other evaluations. Throws a
 * `UserError` if a system has no images.
 */
export async function findContainers(
  nix: Nix,
  systems: readonly System[],
  inputs: FindInputs,
  host: Host,
): Promise<Container[]> {
  const evaluated = await evaluateEach(systems, inputs, host.signal, async options => ({
    options,
    ...(await evaluateContainers(nix, options)),
  }))
  await reportSkipped(nix, evaluated, host)
  const empty = evaluated.find(({ containers }) => containers.length === 0)
  if (empty !== undefined) throw describeNoImages(inputs.flake, empty.options.system)
  return selectContainers(evaluated, inputs, host)
}

/**
 * Like `findContainers`, but a system may have no images, which is logged, and nothing is prepared for a build. Throws a
 * `UserError` if no system has a container of the inputs, or if the `attribute` input exists for no system.
 */
export async function findOptionalContainers(
  nix: Nix,
  systems: readonly System[],
  inputs: FindInputs,
  host: Host,
): Promise<Container[]> {
  const results = await evaluateEach(systems, inputs, host.signal, async options => ({
    options,
    found: await evaluateOptionalContainers(nix, { ...options, readOnly: true }),
  }))
  const missing = inputs.containers.filter(name => !results.some(({ found }) => hasContainer(found, name)))
  if (missing.length > 0) throw await describeMissing(nix, results, missing)
  const absentErrors = absentErrorsOf(results)
  const isCustom = inputs.attribute.text !== DEFAULT_ATTRIBUTE
  if (isCustom && absentErrors[0] !== undefined && absentErrors.length === results.length)
    throw absentErrors[0]
  const evaluated = results.flatMap(({ found, options }) =>
    found.kind === 'found' ? [{ ...found, options }] : [],
  )
  await reportSkipped(nix, evaluated, host)
  for (const { found, options } of results) logMissing(found, options, host)
  return selectContainers(evaluated, inputs, host)
}

/** Runs one task for each system. The first failure aborts the others. */
async function evaluateEach<T>(
  systems: readonly System[],
  { flake, containers, attribute }: FindInputs,
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

/** The result of an optional evaluation for one system. */
interface SystemResult {
  readonly options: FindOptions
  readonly found: OptionalContainers
}

function absentErrorsOf(results: readonly SystemResult[]): UserError[] {
  return results.flatMap(({ found }) => (found.kind === 'absent' ? [found.error] : []))
}

function hasContainer(found: OptionalContainers, name: string): boolean {
  return found.kind === 'found' && found.containers.some(container => container.name === name)
}

/** The names in the error are from the first system that has containers. */
async function describeMissing(
  nix: Nix,
  results: readonly SystemResult[],
  missing: readonly string[],
): Promise<UserError> {
  const first = results.find(({ found }) => found.kind === 'found')
  if (first !== undefined) return describeMissingContainers(nix, first.options, missing)
  const [absentError] = absentErrorsOf(results)
  return absentError ?? new UserError(`Cannot look for ${missing.join(', ')}: no systems are given`)
}

function logMissing(found: OptionalContainers, { flake, system }: FindOptions, host: Host): void {
  const { log } = host
  if (found.kind === 'absent') {
    log.info(`${found.error.message}; nothing is built for ${system}`)
    return
  }
  if (found.missing.length > 0)
    log.info(`The flake ${flake} has no ${found.missing.join(', ')} for ${system}`)
  else if (found.containers.length === 0) log.info(describeNoImages(flake, system).message)
}

function describeNoImages(flake: string, system: System): UserError {
  return new UserError(`The flake ${flake} has no images for ${system}`, {
    hint:
      'Images are detected by the attribute `imageName`, which dockerTools sets. ' +
      `Select other images with ${nameInput('containers')}.`,
  })
}

/** The name of a container becomes part of file and artifact names. */
function selectContainers(
  evaluated: readonly EvaluatedSystem[],
  { containers: names }: FindInputs,
  host: Host,
): Container[] {
  const all = evaluated.flatMap(({ containers }) => containers)
  return checkNames(names.length > 0 ? all : selectDistinct(all, host))
}

function checkNames(containers: readonly Container[]): Container[] {
  const invalid = containers.find(({ name }) => !isFileName(name))
  if (invalid === undefined) return [...containers]
  throw new UserError(`The container name ${JSON.stringify(invalid.name)} cannot be used as a file name`, {
    hint: 'Rename the attribute: at most 128 letters, digits, _, -, . and +, not starting with . or -.',
  })
}

/** The containers of a flake for one system. */
interface EvaluatedSystem extends FoundContainers {
  readonly options: FindOptions
}

/**
 * Warns about attributes that do not evaluate and are skipped: they may not be images. Throws a `UserError` with the message of
 * Nix if a container would lose a platform, or if no image evaluates.
 */
async function reportSkipped(nix: Nix, evaluated: readonly EvaluatedSystem[], host: Host): Promise<void> {
  const found = evaluated.flatMap(({ containers }) => containers)
  for (const { options, skipped } of evaluated) {
    const container = found.find(({ name }) => skipped.includes(name))
    if (container !== undefined) throw await describeLostPlatform(nix, options, container)
    const [first] = skipped
    if (first !== undefined && found.length === 0) {
      const hint = `If this attribute is not an image, select the images with ${nameInput('containers')}.`
      throw await describeNoneEvaluates(nix, options, first, hint)
    }
  }
  for (const { options, skipped } of evaluated)
    for (const name of skipped)
      host.log.warning(`Skipping ${name} for ${options.system}: it does not evaluate`)
}

async function describeLostPlatform(
  nix: Nix,
  options: FindOptions,
  { name, system }: { readonly name: string; readonly system: string },
): Promise<UserError> {
  const cause = await findEvaluationError(nix, options, name)
  return new UserError(
    `${name} evaluates for ${system}, but not for ${options.system}${formatCause(cause)}`,
    {
      hint: `Fix it, or remove the attribute for ${options.system}.`,
      location: cause?.location,
      cause,
    },
  )
}

/** @param hint if the error of Nix has no hint */
async function describeNoneEvaluates(
  nix: Nix,
  options: FindOptions,
  name: string,
  hint: string,
): Promise<UserError> {
  const cause = await findEvaluationError(nix, options, name)
  return new UserError(`No image of the flake ${options.flake} evaluates${formatCause(cause)}`, {
    hint: cause?.hint ?? hint,
    location: cause?.location,
    cause,
  })
}

function formatCause(cause: UserError | undefined): string {
  return cause === undefined ? '' : `. ${cause.message}`
}

/** Evaluates one container alone: the evaluation of all containers catches errors (`tryEval`) and loses their messages. */
async function findEvaluationError(
  nix: Nix,
  options: FindOptions,
  name: string,
): Promise<UserError | undefined> {
  try {
    await evaluateContainers(nix, { ...options, names: [name], readOnly: true })
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}
