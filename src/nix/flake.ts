import { withoutPlatformSuffix } from '../oci/platform.js'
import { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { isFileName } from '../util/files.js'
import { parseJson } from '../util/json.js'
import { type AttributePath, attributeOf, formatAttribute, resolveTemplate } from './attribute-template.js'
import { checkFlakeRef, type FindOptions, locateFlakeForNix } from './check-flake-ref.js'
import { type Container, parseContainer } from './container.js'
import {
  describeEvaluationFailure,
  describeMissingAttribute,
  describeMissingNames,
  describeMissingOutput,
  describeNonDerivation,
  isTransientFailure,
  summarizeEvaluationFailure,
} from './describe-failure-with-hint.js'
import { type EvaluationFailure, evaluateInSteps } from './evaluate-in-steps.js'
import {
  type AbsentAnswer,
  createStepReader,
  type FlakeAnswer,
  type FoundAnswer,
  parseAnswer,
  parseDeeperImages,
  type Query,
  type Step,
  writeAnswerFunction,
} from './evaluation.js'
import { requiredSystemOf } from './find-failure-hint.js'
import { hasSince, type Nix } from './nix.js'
import { lastErrorOf } from './parse-log-lines.js'

export interface FoundContainers {
  /** Sorted by name, or in the order of `FindOptions.names`. */
  readonly containers: readonly Container[]
  /** Attributes that could not be evaluated and may be images. Empty if `FindOptions.names` is not empty. */
  readonly skipped: readonly SkippedAttribute[]
  /** Attributes that only a machine of another system can evaluate. Empty if `FindOptions.prepare` is set. */
  readonly deferred: readonly DeferredAttribute[]
  /** Names of sets that are not derivations and may contain images. Empty if `FindOptions.names` is not empty. */
  readonly sets: readonly string[]
  /** Why nothing is known about packages, although `FindOptions.packages` is set: the first line of Nix's error. */
  readonly packagesError?: string
}

/** An attribute that could not be evaluated. */
export interface SkippedAttribute {
  readonly name: string
  /** The first line of Nix's error. `undefined` if the evaluation caught the error, which loses its message. */
  readonly reason: string | undefined
  /** Why this machine cannot build what the evaluation needs. */
  readonly preparationError?: UserError
}

/** An attribute whose evaluation has to build a derivation (import from derivation) for another system. */
export interface DeferredAttribute {
  readonly name: string
  /** The system of a machine that can build it. */
  readonly machine: string
}

/** The containers of a flake for one system. There may be no containers. */
export type OptionalContainers =
  /** The attribute that should contain the containers does not exist. `error` describes what is missing. */
  | { readonly kind: 'absent'; readonly error: UserError }
  /** Not even the names are known: only a machine of another system can evaluate them. `error` is Nix's error. */
  | { readonly kind: 'deferred'; readonly machine: string; readonly error: UserError }
  | (FoundContainers & {
      readonly kind: 'found'
      /** The elements of `FindOptions.names` that do not exist. */
      readonly missing: readonly string[]
    })

/** Like `evaluateOptionalContainers`, but throws a `UserError` if something is missing. */
export async function evaluateContainers(nix: Nix, options: FindOptions): Promise<FoundContainers> {
  const found = await evaluateOptionalContainers(nix, options)
  if (found.kind !== 'found') throw found.error
  if (found.missing.length > 0) throw await describeMissingContainers(nix, options, found.missing)
  return found
}

/**
 * Evaluates a flake for a system and returns its containers. Does not build them. Evaluation is pure, and settings of the
 * flake (`nixConfig`) are not accepted. If `names` is empty, an attribute that does not evaluate is skipped. Throws a
 * `UserError` if the flake does not exist or does not evaluate, or if a selected container is not a derivation.
 */
export async function evaluateOptionalContainers(
  nix: Nix,
  options: FindOptions,
): Promise<OptionalContainers> {
  await checkFlakeRef(options.flake, options.cwd)
  const path = resolveTemplate(options.attribute, options.system)
  const answer = await queryWithPackages(
    new FlakeEvaluation(nix, options),
    options,
    queryOf(path, options.names),
  )
  if (answer.kind === 'absent') {
    return { kind: 'absent', error: describeMissingAttribute(options, path, answer) }
  }
  if (answer.kind === 'missing output') {
    return { kind: 'absent', error: describeMissingOutput(options, path) }
  }
  if (answer.kind === 'deferred') return answer
  const [nonDerivation] = Object.entries(answer.others)
  if (nonDerivation !== undefined) throw describeNonDerivation(options, path, nonDerivation)
  const containers = answer.containers.map(container => {
    const attribute = attributeOf(path, String(container.name))
    const { packages } = answer
    return {
      ...parseContainer(container, { system: options.system, attribute }),
      ...(packages && { packages }),
    }
  })
  const { skipped, deferred, sets, missing, packagesError } = answer
  const found = {
    kind: 'found',
    containers,
    skipped,
    deferred,
    sets,
    missing,
    ...(packagesError !== undefined && { packagesError }),
  } as const
  return path.fixed ? selectFixed(found, path, options) : found
}

/** Without `{name}` in the attribute, the only name is empty. */
function queryOf(path: AttributePath, names: readonly string[]): Query {
  if (path.fixed) return { ...path, names: [''] }
  return { ...path, names: names.length === 0 ? null : [...new Set(names)] }
}

/** Gives the container of an attribute without `{name}` a name, and leaves it out if another one is selected. */
function selectFixed(
  found: Extract<OptionalContainers, { kind: 'found' }>,
  path: AttributePath,
  { names, system }: FindOptions,
): OptionalContainers {
  const last = withoutPlatformSuffix(path.prefix, system)
  const rename = <T extends { readonly name: string; readonly imageName?: string }>(each: T): T => {
    const name = each.imageName?.split('/').at(-1)
    return { ...each, name: name !== undefined && isFileName(name) ? name : last }
  }
  const isSelected = ({ name }: { readonly name: string }): boolean =>
    names.length === 0 || names.includes(name)
  const containers = found.containers.map(rename).filter(isSelected)
  const deferred = found.deferred.map(rename)
  const isThere = (name: string): boolean => [...containers, ...deferred].some(each => each.name === name)
  return { ...found, containers, deferred, missing: names.filter(name => !isThere(name)) }
}

/** Describes missing containers. Evaluates the flake again to list the images that exist. */
export async function describeMissingContainers(
  nix: Nix,
  options: FindOptions,
  names: readonly string[],
): Promise<UserError> {
  return describeMissingNames(options, names, await listImageNames(nix, options))
}

/** Returns an empty list on failure, because the list is only part of another error message. */
async function listImageNames(nix: Nix, options: FindOptions): Promise<readonly string[]> {
  try {
    const { containers } = await evaluateContainers(nix, { ...options, names: [] })
    return containers.map(container => container.name)
  } catch {
    return []
  }
}

/** Images that are one level deeper than the containers, with their full attributes. */
export interface DeeperImages {
  /** The name of the set. */
  readonly set: string
  readonly images: readonly string[]
}

/** Looks for images in sets. Returns an empty list if the evaluation fails, because the images are only for a message. */
export async function findDeeperImages(
  nix: Nix,
  options: FindOptions,
  sets: readonly string[],
): Promise<DeeperImages[]> {
  const path = resolveTemplate(options.attribute, options.system)
  const query: Query = { ...path, names: sets, deeper: true }
  const result = await new FlakeEvaluation(nix, options).run(query)
  if (result.code !== 0) return []
  const images = parseDeeperImages(parseJson(result.stdout, "Nix's answer"))
  return [...images].map(([set, names]) => ({ set, images: names }))
}

/** Evaluates one attribute alone, and returns why it fails, or `undefined` if it does not fail. */
export async function explainFailure(
  nix: Nix,
  options: FindOptions,
  name: string,
): Promise<string | undefined> {
  const query = queryOf(resolveTemplate(options.attribute, options.system), [name])
  const result = await new FlakeEvaluation(nix, options).run(query)
  return result.code === 0 ? undefined : summarizeEvaluationFailure(result)
}

/** The first part of the attribute does not exist. Nix reports this itself. */
interface MissingOutput {
  readonly kind: 'missing output'
}

type EvaluatedAnswer =
  | AbsentAnswer
  | MissingOutput
  | Extract<OptionalContainers, { kind: 'deferred' }>
  | (Omit<FoundAnswer, 'skipped'> & Pick<FoundContainers, 'skipped' | 'deferred' | 'packagesError'>)

/**
 * Asks for packages in the same evaluation, if the options ask for them. An error in a package must not fail the containers:
 * after a failure, the containers are evaluated without packages, and then the packages without other attributes.
 */
async function queryWithPackages(
  evaluation: FlakeEvaluation,
  options: FindOptions,
  query: Query,
): Promise<EvaluatedAnswer> {
  if (!options.packages) return queryFlake(evaluation, options, query)
  const all = await evaluation.run({ ...query, packages: 'siblings' })
  if (all.code === 0) return withoutFailures(parseAnswer(parseJson(all.stdout, "Nix's answer")))
  const answer = await queryFlake(evaluation, options, query)
  if (answer.kind !== 'found') return answer
  const names = answer.containers.map(({ name }) => String(name))
  if (names.length === 0) return answer
  const rest = await evaluation.run({ ...query, names, packages: 'values' })
  if (rest.code !== 0) return { ...answer, packages: [], packagesError: summarizeEvaluationFailure(rest) }
  const found = parseAnswer(parseJson(rest.stdout, "Nix's answer"))
  return { ...answer, packages: found.kind === 'found' ? (found.packages ?? []) : [] }
}

/**
 * Runs one evaluation. If it fails, evaluates the names one after the other. Throws a `UserError` if the flake does not
 * evaluate, or a name of `query.names`.
 */
async function queryFlake(
  evaluation: FlakeEvaluation,
  options: FindOptions,
  query: Query,
): Promise<EvaluatedAnswer> {
  const result = await evaluation.run(query)
  if (result.code === 0) return withoutFailures(parseAnswer(parseJson(result.stdout, "Nix's answer")))
  if (/does not provide attribute/.test(lastErrorOf(result))) return { kind: 'missing output' }
  const fail = (failed: ExecResult, about = query) =>
    describeEvaluationFailure(options, about, failed, () => evaluation.trace(about))
  const machine = requiredSystemOf(lastErrorOf(result))
  if (isTransientFailure(result) || (query.names !== null && machine === undefined)) throw await fail(result)
  const stepwise = await evaluateInSteps(query, (part, onStep) => evaluation.run(part, onStep))
  if ('answer' in stepwise) {
    const { answer, failures } = stepwise
    return addFailures(answer, failures, { query, fail, preparationError: evaluation.preparationError })
  }
  if (evaluation.preparationError !== undefined) throw evaluation.preparationError
  const stopped = requiredSystemOf(lastErrorOf(stepwise.result))
  if (stopped === undefined || stepwise.name !== undefined) throw await fail(stepwise.result)
  return { kind: 'deferred', machine: stopped, error: await fail(stepwise.result) }
}

function withoutFailures(answer: FlakeAnswer): EvaluatedAnswer {
  if (answer.kind === 'absent') return answer
  return { ...answer, skipped: answer.skipped.map(name => ({ name, reason: undefined })), deferred: [] }
}

interface FailureContext {
  readonly query: Query
  readonly fail: (result: ExecResult, query: Query) => Promise<UserError>
  readonly preparationError: UserError | undefined
}

/** Adds the names that failed. A name that was selected must not fail. */
async function addFailures(
  answer: FoundAnswer,
  failures: readonly EvaluationFailure[],
  { query, fail, preparationError }: FailureContext,
): Promise<EvaluatedAnswer> {
  const deferred: DeferredAttribute[] = []
  const skipped: SkippedAttribute[] = answer.skipped.map(name => ({ name, reason: undefined }))
  for (const { name, result } of failures) {
    const machine = requiredSystemOf(lastErrorOf(result))
    if (machine !== undefined && preparationError !== undefined) {
      if (query.names !== null) throw preparationError
      skipped.push({ name, reason: preparationError.message, preparationError })
    } else if (machine !== undefined) deferred.push({ name, machine })
    else if (query.names !== null || isTransientFailure(result))
      throw await fail(result, { ...query, names: [name] })
    else skipped.push({ name, reason: summarizeEvaluationFailure(result) })
  }
  const sorted = skipped.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { ...answer, skipped: sorted, deferred }
}

/**
 * The evaluations of one flake for one system. An evaluation that has to write to the store, or to build for another system, is
 * repeated with what it needs, and later ones start with it.
 */
class FlakeEvaluation {
  readonly #nix: Nix
  readonly #options: FindOptions
  #readOnly: boolean
  #preparedOptions: readonly string[] = []
  readonly #preparedSystems = new Set<string>()
  /** Why this machine could not be prepared. */
  preparationError: UserError | undefined

  constructor(nix: Nix, options: FindOptions) {
    this.#nix = nix
    this.#options = options
    this.#readOnly = options.readOnly === true
  }

  /** @param onStep is called with each step of the last repetition only */
  async run(query: Query, onStep?: (step: Step) => void): Promise<ExecResult> {
    for (;;) {
      const steps: Step[] = []
      const result = await this.#runOnce(query, [], step => steps.push(step))
      if (result.code === 0 || !(await this.#prepareFor(result))) {
        for (const step of steps) onStep?.(step)
        return result
      }
    }
  }

  /** Repeats the last evaluation of a query to get its full trace. */
  trace(query: Query): Promise<ExecResult> {
    return this.#runOnce(query, ['--show-trace'])
  }

  /** Prepares for what a failed evaluation needs. Returns false if this is not possible, or was done already. */
  async #prepareFor(failed: ExecResult): Promise<boolean> {
    const error = lastErrorOf(failed)
    if (this.#readOnly && needsWriting(error)) {
      this.#readOnly = false
      return true
    }
    const system = requiredSystemOf(error)
    const { prepare } = this.#options
    if (system === undefined || prepare === undefined || this.#preparedSystems.has(system)) return false
    this.#preparedSystems.add(system)
    try {
      this.#preparedOptions = mergeExtraPlatforms(this.#preparedOptions, await prepare(system))
      return true
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      this.preparationError = new UserError(
        `${error.message}. The evaluation of the flake has to build for it (import from derivation)`,
        { hint: error.hint, cause: error },
      )
      return false
    }
  }

  #runOnce(
    query: Query,
    flags: readonly string[],
    onStep: (step: Step) => void = () => {},
  ): Promise<ExecResult> {
    const { signal, onLine } = this.#options
    const isOld = !hasSince(this.#nix.version, 2, 19)
    const { flake, cwd } = locateFlakeForNix(this.#options.flake, this.#options.cwd, isOld)
    const [output = ''] = query.before
    const installable = `${flake}#${attributePrefixOf(this.#nix)}${formatAttribute([output])}`
    const readOnly = this.#readOnly ? ['--read-only'] : []
    const own = ['eval', '--json', installable, '--apply', writeAnswerFunction(query)]
    return this.#nix.run([...own, ...readOnly, ...this.#preparedOptions, ...flags], {
      cwd,
      onErrorLine: createStepReader(onStep, onLine),
      ...(signal && { signal }),
    })
  }
}

/** The option of a second system contains the configured platforms, and not the first system. */
function mergeExtraPlatforms(earlier: readonly string[], later: readonly string[]): readonly string[] {
  const index = later.indexOf('extra-platforms') + 1
  const before = earlier.indexOf('extra-platforms') + 1
  if (index === 0 || before === 0) return [...earlier, ...later]
  const platforms = new Set(`${earlier[before]} ${later[index]}`.split(' ').filter(Boolean))
  return later.with(index, [...platforms].join(' '))
}

/**
 * True if an evaluation with `--read-only` failed because the flake reads a path that it builds or writes (import from
 * derivation) and that is therefore not in the store. The second message is for a derivation that is in the store, but its
 * output is not. All versions of Nix use the same words.
 */
function needsWriting(error: string): boolean {
  return /\bis not valid\b|no write access to the Nix store/.test(error)
}

/** Since Nix 2.19, a leading dot disables the search in `packages` and `legacyPackages`. */
function attributePrefixOf({ version }: Nix): string {
  return hasSince(version, 2, 19) ? '.' : ''
}
