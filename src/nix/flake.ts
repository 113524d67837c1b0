import type { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { parseJson } from '../util/json.js'
import {
  attributeOf,
  checkFlakeRef,
  type FindOptions,
  formatAttribute,
  resolveTemplate,
} from './check-flake-ref.js'
import { type Container, parseContainer } from './container.js'
import {
  describeEvaluationFailure,
  describeMissingAttribute,
  describeMissingNames,
  describeMissingOutput,
  describeNonDerivation,
} from './describe-failure-with-hint.js'
import { type FlakeAnswer, parseAnswer, type Query, writeAnswerFunction } from './evaluation.js'
import { hasSince, type Nix } from './nix.js'
import { lastErrorOf } from './parse-log-lines.js'

export interface FoundContainers {
  /** Sorted by name, or in the order of `FindOptions.names`. */
  readonly containers: readonly Container[]
  /** Attributes that could not be evaluated and may be images. Empty if `FindOptions.names` is not empty. */
  readonly skipped: readonly string[]
}

/** The containers of a flake for one system. There may be no containers. */
export type OptionalContainers =
  /** The attribute that should contain the containers does not exist. `error` describes what is missing. */
  | { readonly kind: 'absent'; readonly error: UserError }
  | (FoundContainers & {
      readonly kind: 'found'
      /** The elements of `FindOptions.names` that do not exist. */
      readonly missing: readonly string[]
    })

/** Like `evaluateOptionalContainers`, but throws a `UserError` if something is missing. */
export async function evaluateContainers(nix: Nix, options: FindOptions): Promise<FoundContainers> {
  const found = await evaluateOptionalContainers(nix, options)
  if (found.kind === 'absent') throw found.error
  if (found.missing.length > 0) throw await describeMissingContainers(nix, options, found.missing)
  return { containers: found.containers, skipped: found.skipped }
}

/**
 * Evaluates a flake once for a system and returns its containers. Does not build them. Evaluation is pure, and settings of the
 * flake (`nixConfig`) are not accepted. Throws a `UserError` if the flake does not exist or does not evaluate, or if a selected
 * container is not a derivation.
 */
export async function evaluateOptionalContainers(
  nix: Nix,
  options: FindOptions,
): Promise<OptionalContainers> {
  await checkFlakeRef(options.flake, options.cwd)
  const path = resolveTemplate(options.attribute, options.system)
  const names = options.names.length === 0 ? null : [...new Set(options.names)]
  const answer = await queryFlake(nix, options, { ...path, names })
  if (answer.kind === 'absent') {
    return { kind: 'absent', error: describeMissingAttribute(options, path, answer) }
  }
  if (answer.kind === 'missing output') {
    return { kind: 'absent', error: describeMissingOutput(options, path) }
  }
  const [nonDerivation] = Object.entries(answer.others)
  if (nonDerivation !== undefined) throw describeNonDerivation(options, path, nonDerivation)
  const containers = answer.containers.map(container => {
    const attribute = attributeOf(path, String(container.name))
    return parseContainer(container, { system: options.system, attribute })
  })
  return {
    kind: 'found',
    containers,
    skipped: answer.skipped,
    missing: answer.missing,
  }
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

/** The first part of the attribute does not exist. Nix reports this itself. */
interface MissingOutput {
  readonly kind: 'missing output'
}

/**
 * Runs one evaluation, or two if `readOnly` is set and the flake cannot be evaluated without writing to the store. Throws a
 * `UserError` if the flake does not evaluate.
 */
async function queryFlake(
  nix: Nix,
  options: FindOptions,
  query: Query,
): Promise<FlakeAnswer | MissingOutput> {
  const readOnly = options.readOnly ? ['--read-only'] : []
  const first = await runEval(nix, options, query, ...readOnly)
  const isFinal = first.code === 0 || !options.readOnly || !needsWriting(first)
  const [result, flags] = isFinal ? [first, readOnly] : [await runEval(nix, options, query), []]
  if (result.code === 0) return parseAnswer(parseJson(result.stdout, "Nix's answer"))
  if (/does not provide attribute/.test(lastErrorOf(result))) return { kind: 'missing output' }
  const trace = () => runEval(nix, options, query, ...flags, '--show-trace')
  throw await describeEvaluationFailure(options, query, result, trace)
}

/**
 * True if an evaluation with `--read-only` failed because the flake reads a path that it builds or writes (import from
 * derivation) and that is therefore not in the store. All versions of Nix use the same words.
 */
function needsWriting(failed: ExecResult): boolean {
  return /\bis not valid\b/.test(lastErrorOf(failed))
}

function runEval(
  nix: Nix,
  options: FindOptions,
  query: Query,
  ...flags: readonly string[]
): Promise<ExecResult> {
  const [output = ''] = query.before
  const installable = `${options.flake}#${attributePrefixOf(nix)}${formatAttribute([output])}`
  return nix.run(['eval', '--json', installable, '--apply', writeAnswerFunction(query), ...flags], {
    cwd: options.cwd,
    ...(options.onLine && { onErrorLine: options.onLine }),
    ...(options.signal && { signal: options.signal }),
  })
}

/** Since Nix 2.19, a leading dot disables the search in `packages` and `legacyPackages`. */
function attributePrefixOf({ version }: Nix): string {
  return hasSince(version, 2, 19) ? '.' : ''
}
