import type { System } from '../oci/system.js'
import { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { parseJson } from '../util/json.js'
import {
  type AttributePath,
  type AttributeTemplate,
  attributeOf,
  attributePath,
  attributeText,
} from './attribute.js'
import { type Container, parseContainer } from './container.js'
import { type Answer, answerFunction, parseAnswer, type Query } from './evaluation.js'
import { explanationOf, isFetchFailure } from './explain.js'
import { checkFlakeRef, meantFolder } from './flake-ref.js'
import type { Nix } from './nix.js'
import { ownCause } from './own-place.js'
import { suggestion } from './suggest.js'
import { hasSince } from './version.js'
import { lastError, plainText } from './words.js'

export interface FindOptions {
  /** A flake reference: `.`, `./folder`, `path:…`, `github:owner/name`, `git+file:…`. */
  readonly flake: string
  /** Where a relative flake reference starts. */
  readonly cwd: string
  readonly system: System
  /** None asks for every image that the flake has for the system. */
  readonly names: readonly string[]
  readonly attribute: AttributeTemplate
  /** Nothing is to be built afterwards, so derivations need not be written into the store, which takes most of the time. */
  readonly readOnly?: boolean
  /** Called with each line that Nix says on the way, as when it fetches inputs. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

export interface Found {
  /** In the order of their names, or in the order in which they were named. */
  readonly containers: readonly Container[]
  /** Attributes that could not be evaluated, and may be images or not; only when every image was asked for. */
  readonly skipped: readonly string[]
}

/** What a flake has for a system, where it need not have anything. */
export type Lookup =
  /** Nothing is where the containers would be; `error` says so in words. */
  | { readonly kind: 'absent'; readonly error: UserError }
  | (Found & {
      readonly kind: 'found'
      /** Those of the named ones that are not there. */
      readonly missing: readonly string[]
    })

/** As `lookUpContainers`, but what is not there is a `UserError`. */
export async function findContainers(nix: Nix, options: FindOptions): Promise<Found> {
  const found = await lookUpContainers(nix, options)
  if (found.kind === 'absent') throw found.error
  const { containers, skipped, missing } = found
  if (missing.length > 0) throw await missingContainers(nix, options, missing)
  return { containers, skipped }
}

/**
 * Evaluates a flake once for a system and gives its containers; nothing is built. Evaluation is pure, and settings that
 * the flake brings along are not accepted. Throws a `UserError` for a flake that is not there or does not evaluate,
 * and for named containers that are no derivations.
 */
export async function lookUpContainers(nix: Nix, options: FindOptions): Promise<Lookup> {
  await checkFlakeRef(options.flake, options.cwd)
  const path = attributePath(options.attribute, options.system)
  const names = options.names.length === 0 ? null : [...new Set(options.names)]
  const answer = await ask(nix, options, { ...path, names })
  if (answer.kind === 'absent') return { kind: 'absent', error: absent(options, path, answer) }
  if (answer.kind === 'no attribute') return { kind: 'absent', error: noAttribute(options, path) }
  const [other] = Object.entries(answer.others)
  if (other !== undefined) throw notDerivation(options, path, other)
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

/** Not even the first part of the way is there, which Nix tells us in its own words. */
interface NoAttribute {
  readonly kind: 'no attribute'
}

async function ask(nix: Nix, options: FindOptions, query: Query): Promise<Answer | NoAttribute> {
  const quick = options.readOnly ? await evaluate(nix, options, query, '--read-only') : undefined
  // A flake that builds something to read it, for one, needs more. Whatever the trouble was, the whole way tells it best.
  const result = quick?.code === 0 ? quick : await evaluate(nix, options, query)
  if (result.code === 0) return parseAnswer(parseJson(result.stdout, "Nix's answer"))
  if (/does not provide attribute/.test(lastError(result))) return { kind: 'no attribute' }
  throw await evaluationFailure(options, query, result, () => evaluate(nix, options, query, '--show-trace'))
}

function evaluate(
  nix: Nix,
  options: FindOptions,
  query: Query,
  ...more: readonly string[]
): Promise<ExecResult> {
  const [root = ''] = query.before
  const installable = `${options.flake}#${absolute(nix)}${attributeText([root])}`
  return nix.run(['eval', '--json', installable, '--apply', answerFunction(query), ...more], {
    cwd: options.cwd,
    ...(options.onLine && { onErrorLine: options.onLine }),
    ...(options.signal && { signal: options.signal }),
  })
}

/** A leading dot keeps Nix from looking under `packages` and `legacyPackages` first; it came with 2.19. */
function absolute({ version }: Nix): string {
  return hasSince(version, 2, 19) ? '.' : ''
}

const NAME_THEM = 'If this is not about an image, name the containers that you want.'

async function evaluationFailure(
  options: FindOptions,
  query: Query,
  result: ExecResult,
  trace: () => Promise<ExecResult>,
): Promise<UserError> {
  const words = lastError(result)
  const unfetched = isFetchFailure(plainText(result.stderr))
  const folder = unfetched ? await meantFolder(options.flake, options.cwd) : undefined
  const where = query.names?.map(name => attributeOf(query, name)).join(', ') ?? attributeText(query.before)
  const guess = unfetched || query.names !== null ? undefined : NAME_THEM
  return new UserError(`Nix could not evaluate ${where} of the flake ${options.flake}:\n${words}`, {
    hint: folder === undefined ? (explanationOf(words) ?? guess) : `If you mean the folder, write ${folder}.`,
    at: unfetched ? undefined : await ownCause(result, trace, options.flake, options.cwd),
  })
}

function noAttribute({ flake, attribute }: FindOptions, { before }: AttributePath): UserError {
  return new UserError(`The flake ${flake} has no ${attributeText(before.slice(0, 1))}`, {
    hint: `The attribute ${attribute.text} says where to look.`,
  })
}

function absent(
  options: FindOptions,
  path: AttributePath,
  at: Extract<Answer, { kind: 'absent' }>,
): UserError {
  const where = attributeText(path.before.slice(0, Math.max(1, path.before.indexOf(at.part))))
  const there = at.siblings.length > 0 ? `: ${where} has ${at.siblings.join(', ')}` : ''
  const lookedAt = `The attribute ${options.attribute.text} says where to look.`
  if (at.part !== options.system) {
    return new UserError(`The flake ${options.flake} has no ${where}.${at.part}${there}`, { hint: lookedAt })
  }
  return new UserError(`The flake ${options.flake} has nothing for ${options.system}${there}`, {
    hint: `Name the systems that the flake is made for. ${lookedAt}`,
  })
}

/** Says that containers are missing, and what is there instead, which takes another evaluation. */
export async function missingContainers(
  nix: Nix,
  options: FindOptions,
  names: readonly string[],
): Promise<UserError> {
  const path = attributePath(options.attribute, options.system)
  const attributes = names.map(name => attributeOf(path, name)).join(', ')
  const there = await imageNames(nix, options)
  const guess = names.map(name => suggestion(name, there)).find(Boolean)
  const images = there.length > 0 ? `Its images are: ${there.join(', ')}.` : 'It has no images there.'
  return new UserError(`The flake ${options.flake} has no ${attributes}`, {
    hint: guess === undefined ? images : `Did you mean ${guess}? ${images}`,
  })
}

/** For an error message only, so that a flake that cannot be listed is no further failure. */
async function imageNames(nix: Nix, options: FindOptions): Promise<readonly string[]> {
  try {
    const { containers } = await findContainers(nix, { ...options, names: [] })
    return containers.map(container => container.name)
  } catch {
    return []
  }
}

function notDerivation(options: FindOptions, path: AttributePath, [name, type]: [string, string]): UserError {
  return new UserError(
    `${attributeOf(path, name)} of the flake ${options.flake} is no derivation but of the type ${type}`,
    {
      hint: 'A container is a derivation that builds an image, as dockerTools.buildLayeredImage makes one.',
    },
  )
}
