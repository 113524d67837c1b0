import type { Host } from '../../host/host.js'
import type { BuildInputs } from '../../input/input-table.js'
import {
  attributeOf,
  checkSystems,
  DEFAULT_ATTRIBUTE,
  resolveTemplate,
} from '../../nix/attribute-template.js'
import type { FindOptions } from '../../nix/check-flake-ref.js'
import type { Container } from '../../nix/container.js'
import { findEvaluationHint } from '../../nix/describe-failure-with-hint.js'
import {
  describeMissingContainers,
  evaluateContainers,
  evaluateOptionalContainers,
  explainFailure,
  type OptionalContainers,
  type SkippedAttribute,
} from '../../nix/flake.js'
import type { Nix } from '../../nix/nix.js'
import { SYSTEMS, type System } from '../../oci/platform.js'
import { joinSignals } from '../../util/abort-signal.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { describeDeeperImages } from './deeper-images.js'
import { joinDeferred } from './deferred-containers.js'
import { selectDistinct, selectNamed } from './distinct-containers.js'
import { reportShortenedNames } from './platform-named-containers.js'
import { reportUnusedTags } from './report-unused-tags.js'

type FindInputs = Pick<BuildInputs, 'flake' | 'containers' | 'attribute'> &
  Partial<Pick<BuildInputs, 'tags' | 'version' | 'sbom'>>

/**
 * Finds the containers to build, with one evaluation for each system. The first failure aborts the other evaluations. A system
 * may lack a container, which is logged. Throws a `UserError` if no system has images, or a container of the inputs.
 *
 * @param more how each evaluation prepares this machine to build for another system, and who reads its log
 */
export async function findContainers(
  nix: Nix,
  systems: readonly System[],
  inputs: FindInputs,
  host: Host,
  more: Pick<FindOptions, 'prepare' | 'onLine'> = {},
): Promise<Container[]> {
  const all = await evaluateEach(systems, inputs, host.signal, options =>
    evaluateOptionalContainers(nix, {
      ...options,
      packages: inputs.sbom === true,
      ...more,
    }),
  )
  const results = await checkResults(nix, all, inputs, host)
  await checkDeferred(nix, results)
  const [absentError] = absentErrorsOf(results)
  if (absentError !== undefined && results.every(({ found }) => found.kind === 'absent')) throw absentError
  const containers = selectContainers(results, inputs, host)
  const [first] = results
  if (containers.length === 0 && first !== undefined)
    throw (await describeDeeper(nix, results)) ?? describeNoImages(inputs.flake, first.options.system)
  logMissing(results, message => host.log.warning(message))
  logLacking(results, containers, host)
  logUnknownPackages(results, host)
  reportUnusedTags(containers, inputs, host)
  reportShortenedNames(containers, host)
  return containers
}

/**
 * Like `findContainers`, but there may be no images, which is logged, and nothing is prepared for a build. Throws a `UserError`
 * if no system has a container of the inputs, or if the `attribute` input exists for no system.
 */
export async function findOptionalContainers(
  nix: Nix,
  systems: readonly System[],
  inputs: FindInputs,
  host: Host,
): Promise<Container[]> {
  const all = await evaluateEach(systems, inputs, host.signal, options =>
    evaluateOptionalContainers(nix, { ...options, readOnly: true }),
  )
  const results = await checkResults(nix, all, inputs, host)
  const absentErrors = absentErrorsOf(results)
  const isCustom = inputs.attribute.text !== DEFAULT_ATTRIBUTE
  if (isCustom && absentErrors[0] !== undefined && absentErrors.length === results.length)
    throw absentErrors[0]
  const containers = selectContainers(results, inputs, host)
  const deeper = containers.length === 0 ? await describeDeeper(nix, results) : undefined
  if (deeper !== undefined) throw deeper
  logMissing(results, message => host.log.info(message))
  logLacking(results, containers, host)
  reportUnusedTags(containers, inputs, host)
  reportShortenedNames(containers, host)
  return containers
}

/** Runs one evaluation for each system. The first failure aborts the others. */
async function evaluateEach(
  systems: readonly System[],
  { flake, containers, attribute }: FindInputs,
  signal: AbortSignal,
  evaluate: (options: FindOptions) => Promise<OptionalContainers>,
): Promise<SystemResult[]> {
  checkSystems(attribute, systems)
  const failed = new AbortController()
  const shared = {
    flake,
    cwd: process.cwd(),
    names: containers,
    attribute,
    signal: joinSignals(signal, failed.signal),
  }
  return mapLimit(systems, systems.length, async system => {
    const options = { ...shared, system }
    try {
      return { options, found: await evaluate(options) }
    } catch (error) {
      failed.abort()
      throw error
    }
  })
}

/** The result of an evaluation for one system. */
interface SystemResult {
  readonly options: FindOptions
  readonly found: OptionalContainers
}

/** Omits what does not evaluate. Throws a `UserError` if a selected container exists for no system, or if nothing remains. */
async function checkResults(
  nix: Nix,
  results: readonly SystemResult[],
  { containers: names }: FindInputs,
  host: Host,
): Promise<readonly SystemResult[]> {
  const missing = names.filter(name => !results.some(({ found }) => mayHaveContainer(found, name)))
  if (missing.length > 0) throw await describeMissing(nix, results, missing)
  return omitFailed(nix, results, host)
}

function mayHaveContainer(found: OptionalContainers, name: string): boolean {
  if (found.kind !== 'found') return found.kind === 'deferred'
  return [...found.containers, ...found.deferred].some(each => each.name === name)
}

/** Throws the error of Nix if a container can only be evaluated on a machine of another system. */
async function checkDeferred(nix: Nix, results: readonly SystemResult[]): Promise<void> {
  for (const { found, options } of results) {
    if (found.kind === 'deferred') throw found.error
    const [first] = found.kind === 'found' ? found.deferred : []
    const error = first && (await findEvaluationError(nix, options, first.name))
    if (error !== undefined) throw error
  }
}

function absentErrorsOf(results: readonly SystemResult[]): UserError[] {
  return results.flatMap(({ found }) => (found.kind === 'absent' ? [found.error] : []))
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

/** Logs the systems that have no containers. If all known systems are asked for, only those that have containers matter. */
function logMissing(results: readonly SystemResult[], log: (message: string) => void): void {
  if (results.length === SYSTEMS.length) return
  for (const { found, options } of results) {
    const { flake, system } = options
    if (found.kind === 'absent') log(`${found.error.message}; nothing is built for ${system}`)
    else if (found.kind === 'found' && isEmpty(found)) log(describeNoImages(flake, system).message)
  }
}

function isEmpty(found: Extract<OptionalContainers, { kind: 'found' }>): boolean {
  return found.containers.length === 0 && found.deferred.length === 0 && found.missing.length === 0
}

/** Warns of containers that some systems have and others do not. Their images are for fewer platforms than others. */
function logLacking(results: readonly SystemResult[], containers: readonly Container[], { log }: Host): void {
  if (results.length === SYSTEMS.length) return
  const names = [...new Set(containers.map(({ name }) => name))]
  for (const { found, options } of results) {
    if (found.kind !== 'found' || isEmpty(found)) continue
    const { system, flake } = options
    const lacking = names.filter(
      name => !containers.some(each => each.name === name && each.system === system),
    )
    if (lacking.length === 0) continue
    const path = resolveTemplate(options.attribute, system)
    const attributes = lacking.map(name => attributeOf(path, name)).join(', ')
    log.warning(
      `${lacking.join(', ')}: no image for ${system}, because the flake ${flake} has no ${attributes}. ` +
        'Only its other platforms are built',
    )
  }
}

/** An error in one package hides what the flake says about all of them. */
function logUnknownPackages(results: readonly SystemResult[], { log }: Host): void {
  for (const { found, options } of results)
    if (found.kind === 'found' && found.packagesError !== undefined)
      log.warning(
        `The SBOMs for ${options.system} say less about packages: a package in the flake ${options.flake} does not ` +
          `evaluate: ${found.packagesError}`,
      )
}

function describeNoImages(flake: string, system: System): UserError {
  return new UserError(`The flake ${flake} has no images for ${system}`, {
    hint:
      'Images are detected by the attribute `imageName`, which dockerTools sets. ' +
      `Select other images with ${nameInput('containers')}.`,
  })
}

/** Describes images in sets, which the attribute does not reach. */
async function describeDeeper(nix: Nix, results: readonly SystemResult[]): Promise<UserError | undefined> {
  for (const { found, options } of results) {
    const error =
      found.kind === 'found' && found.sets.length > 0
        ? await describeDeeperImages(nix, options, found.sets)
        : undefined
    if (error !== undefined) return error
  }
  return undefined
}

function selectContainers(
  results: readonly SystemResult[],
  { containers: names, attribute }: FindInputs,
  host: Host,
): Container[] {
  const all = joinDeferred(results, names, host)
  return names.length > 0 ? selectNamed(all) : selectDistinct(all, attribute, host)
}

/**
 * Warns about attributes that do not evaluate and are skipped: they may not be images. Returns the results without the containers
 * that evaluate for some systems only: without a platform, their tags must not move. Throws a `UserError` with the message of Nix
 * if nothing remains.
 */
async function omitFailed(
  nix: Nix,
  results: readonly SystemResult[],
  host: Host,
): Promise<readonly SystemResult[]> {
  const evaluated = results.flatMap(({ found, options }) =>
    found.kind === 'found' ? [{ ...found, options }] : [],
  )
  const images = evaluated.flatMap(({ containers, deferred }) => [...containers, ...deferred])
  const failed = evaluated.flatMap(({ options, skipped }) => skipped.map(each => ({ ...each, options })))
  const lost = new Set(failed.map(({ name }) => name))
  const [first] = failed
  if (first === undefined) return results
  if (images.every(({ name }) => lost.has(name))) {
    const container = evaluated.flatMap(({ containers }) => containers)[0]
    const failure = failed.find(({ name }) => name === container?.name)
    if (container !== undefined && failure !== undefined)
      throw failure.preparationError ?? (await describeLostPlatform(nix, failure.options, container))
    const hint = `If this attribute is not an image, select the images with ${nameInput('containers')}.`
    throw first.preparationError ?? (await describeNoneEvaluates(nix, first.options, first.name, hint))
  }
  for (const each of await explainSkipped(nix, failed)) {
    const isImage = images.some(({ name }) => name === each.name)
    const hint = await findEvaluationHint(each.reason ?? '', each.options)
    host.log.warning(formatSkipped(each, hint, isImage))
  }
  return results.map(result => omitNames(result, lost))
}

function omitNames(result: SystemResult, names: ReadonlySet<string>): SystemResult {
  const { found } = result
  if (found.kind !== 'found') return result
  const [containers, deferred] = [
    found.containers.filter(({ name }) => !names.has(name)),
    found.deferred.filter(({ name }) => !names.has(name)),
  ]
  return { ...result, found: { ...found, containers, deferred } }
}

interface FailedAttribute extends SkippedAttribute {
  readonly options: FindOptions
}

/** Each explanation of an error that was caught costs one evaluation. */
const MAX_EXPLAINED = 4
const EXPLAINED_AT_ONCE = 2

async function explainSkipped(nix: Nix, failed: readonly FailedAttribute[]): Promise<FailedAttribute[]> {
  const caught = failed.filter(({ reason }) => reason === undefined).slice(0, MAX_EXPLAINED)
  return mapLimit(failed, EXPLAINED_AT_ONCE, async each => {
    if (!caught.includes(each)) return each
    return { ...each, reason: await explainFailure(nix, { ...each.options, readOnly: true }, each.name) }
  })
}

/** @param isImage true if it is an image for another system */
function formatSkipped(
  { name, reason, options }: FailedAttribute,
  hint: string | undefined,
  isImage: boolean,
): string {
  const { system } = options
  const why = reason === undefined ? '' : `: ${reason}`
  const advice = isImage
    ? `\nIt is not built for other systems either, because its image would lose a platform. Fix it, or remove the ` +
      `attribute for ${system}.`
    : ''
  return `Skipping ${name} for ${system}: it does not evaluate${why}${hint === undefined ? '' : `\n${hint}`}${advice}`
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
