import type { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { parseJson } from '../util/json.js'
import { type Container, parseContainer } from './container.js'
import {
  describeEvaluationFailure,
  describeMissingAttribute,
  describeMissingNames,
  describeMissingOutput,
  describeNonDerivation,
} from './describe-error.js'
import { type FlakeAnswer, parseAnswer, type Query, writeAnswerFunction } from './evaluation.js'
import {
  attributeOf,
  checkFlakeRef,
  type FindOptions,
  formatAttribute,
  resolveTemplate,
} from './flake-ref.js'
import { lastErrorOf } from './log.js'
import { hasSince, type Nix } from './nix.js'

export interface FoundContainers {
  /** In the order of their names, or in the order in which they were named. */
  readonly containers: readonly Container[]
  /** Attributes that could not be evaluated, and may be images or not; only when every image was asked for. */
  readonly skipped: readonly string[]
}

/** What a flake has for a system, where it need not have anything. */
export type OptionalContainers =
  /** Nothing is where the containers would be; `error` says so in words. */
  | { readonly kind: 'absent'; readonly error: UserError }
  | (FoundContainers & {
      readonly kind: 'found'
      /** Those of the named ones that are not there. */
      readonly missing: readonly string[]
    })

/** As `lookUpContainers`, but what is not there is a `UserError`. */
export async function evaluateContainers(nix: Nix, options: FindOptions): Promise<FoundContainers> {
  const found = await evaluateOptionalContainers(nix, options)
  if (found.kind === 'absent') throw found.error
  if (found.missing.length > 0) throw await describeMissingContainers(nix, options, found.missing)
  return { containers: found.containers, skipped: found.skipped }
}

/**
 * Evaluates a flake once for a system and gives its containers; nothing is built. Evaluation is pure, and settings that
 * the flake brings along are not accepted. Throws a `UserError` for a flake that is not there or does not evaluate,
 * and for named containers that are no derivations.
 */
export async function evaluateOptionalContainers(
  nix: Nix,
  options: FindOptions,
): Promise<OptionalContainers> {
  await checkFlakeRef(options.flake, options.cwd)
  const path = resolveTemplate(options.attribute, options.system)
  const names = options.names.length === 0 ? null : [...new Set(options.names)]
  const answer = await ask(nix, options, { ...path, names })
  if (answer.kind === 'absent')
    return { kind: 'absent', error: describeMissingAttribute(options, path, answer) }
  if (answer.kind === 'no attribute') return { kind: 'absent', error: describeMissingOutput(options, path) }
  const [other] = Object.entries(answer.others)
  if (other !== undefined) throw describeNonDerivation(options, path, other)
  const containers = answer.containers.map(each => {
    const attribute = attributeOf(path, String(each.name))
    return parseContainer(each, { system: options.system, attribute })
  })
  return {
    kind: 'found',
    containers: names === null ? withoutAliases(containers) : containers,
    skipped: answer.skipped,
    missing: answer.missing,
  }
}

/** `default` is as a rule another name for one of the others. */
function withoutAliases(containers: readonly Container[]): Container[] {
  const others = new Set(containers.filter(each => each.name !== 'default').map(each => each.derivation))
  return containers.filter(each => each.name !== 'default' || !others.has(each.derivation))
}

/** Says that containers are missing, and what is there instead, which takes another evaluation. */
export async function describeMissingContainers(
  nix: Nix,
  options: FindOptions,
  names: readonly string[],
): Promise<UserError> {
  return describeMissingNames(options, names, await imageNames(nix, options))
}

/** For an error message only, so that a flake that cannot be listed is no further failure. */
async function imageNames(nix: Nix, options: FindOptions): Promise<readonly string[]> {
  try {
    const { containers } = await evaluateContainers(nix, { ...options, names: [] })
    return containers.map(container => container.name)
  } catch {
    return []
  }
}

/** Not even the first part of the way is there, which Nix tells us in its own words. */
interface NoAttribute {
  readonly kind: 'no attribute'
}

/** One evaluation, or two where the flake cannot be read without writing. Throws a `UserError` when it does not evaluate. */
async function ask(nix: Nix, options: FindOptions, query: Query): Promise<FlakeAnswer | NoAttribute> {
  const readOnly = options.readOnly ? ['--read-only'] : []
  const quick = await evaluate(nix, options, query, ...readOnly)
  const isWhole = quick.code === 0 || !options.readOnly || !needsWriting(quick)
  const [result, how] = isWhole ? [quick, readOnly] : [await evaluate(nix, options, query), []]
  if (result.code === 0) return parseAnswer(parseJson(result.stdout, "Nix's answer"))
  if (/does not provide attribute/.test(lastErrorOf(result))) return { kind: 'no attribute' }
  const trace = () => evaluate(nix, options, query, ...how, '--show-trace')
  throw await describeEvaluationFailure(options, query, result, trace)
}

/** What a flake builds or writes to read it is not in a store that is only read; all versions have the same word for that. */
function needsWriting(failed: ExecResult): boolean {
  return /\bis not valid\b/.test(lastErrorOf(failed))
}

function evaluate(
  nix: Nix,
  options: FindOptions,
  query: Query,
  ...more: readonly string[]
): Promise<ExecResult> {
  const [root = ''] = query.before
  const installable = `${options.flake}#${absolute(nix)}${formatAttribute([root])}`
  return nix.run(['eval', '--json', installable, '--apply', writeAnswerFunction(query), ...more], {
    cwd: options.cwd,
    ...(options.onLine && { onErrorLine: options.onLine }),
    ...(options.signal && { signal: options.signal }),
  })
}

/** A leading dot keeps Nix from looking under `packages` and `legacyPackages` first; it came with 2.19. */
function absolute({ version }: Nix): string {
  return hasSince(version, 2, 19) ? '.' : ''
}
