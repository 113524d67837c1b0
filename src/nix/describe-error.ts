import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type FileLocation, UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { exists, pathWithin } from '../util/files.js'
import type { FlakeAnswer, Query } from './evaluation.js'
import {
  type AttributePath,
  attributeOf,
  type FindOptions,
  findLocalFolder,
  formatAttribute,
  resolveTemplate,
  suggestFolder,
} from './flake-ref.js'
import { lastErrorOf, stripControlCodes } from './log.js'

/** The ways to build for a system that this machine is not of. */
export const OTHER_SYSTEM_HINT =
  'use a runner of that system (on GitHub, runs-on: ubuntu-24.04-arm for aarch64-linux), ' +
  'or a remote builder in the setting builders, ' +
  'or QEMU: install qemu-user-static (Debian and Ubuntu) and leave emulation on'

const MISMATCH = /a '[^']*' with features \{[^}]*\} is required to build|Required system: '/

/** Whether Nix failed because it cannot build for a system at all. */
export function isSystemMismatch(words: string): boolean {
  return MISMATCH.test(words)
}

/** Whether a build ran and failed by itself, so that it would fail again. */
export function isBuilderFailure(words: string): boolean {
  return /\bbuilder (for '[^']*' )?failed\b|hash mismatch in fixed-output/.test(words)
}

const NOT_TRUSTED =
  'The Nix daemon takes the setting extra-platforms from trusted users only. Add yourself to trusted-users in ' +
  '/etc/nix/nix.conf, or set extra-platforms there, and restart the daemon.'

/** What we can add to Nix's own words about a failure; the first that fits is given. */
const EXPLANATIONS: readonly { readonly said: RegExp; readonly hint: string }[] = [
  { said: /ignoring the client-specified setting 'extra-platforms'/, hint: NOT_TRUSTED },
  { said: MISMATCH, hint: `Nix cannot build for that system here: ${OTHER_SYSTEM_HINT}.` },
  {
    said: /Exec format error/,
    hint: `This machine cannot run programs of that system: ${OTHER_SYSTEM_HINT}.`,
  },
  {
    said: /cannot perform a sandboxed build/,
    hint:
      'This environment, a container perhaps, allows no sandbox. Put `sandbox = false` into the configuration of Nix, ' +
      'or run the container with more rights.',
  },
  {
    said: /No space left on device/,
    hint: 'Free some space for the Nix store, or give it a larger disk.',
  },
]

/** How Nix, old and new, tells that it could not get a flake or one of its inputs. */
const FETCHING = [
  /while fetching the input '/,
  /unable to download '/,
  /cannot find flake '/,
  /program 'git' failed/,
  /input '.*' is unsupported/,
  /flake\.nix' does not exist/,
  /does not contain a '\/?flake\.nix'/,
  // Evaluation reads from the store alone.
  /getting status of '(?!\/nix\/store\/)/,
  /getting status of '.*\/flake\.nix'/,
]

const EVALUATING = /… while (evaluating|calling) /

/** Whether a flake was not fetched, and so not evaluated either. */
function isFetchFailure(words: string): boolean {
  return FETCHING.some(said => said.test(words)) && !EVALUATING.test(words)
}

/**
 * What to do about a failure, from what Nix said and the options that it was given; `undefined` where its words stand for
 * themselves.
 */
export function findHint(words: string, options: readonly string[] = []): string | undefined {
  // Not every version says that it ignored the setting.
  if (options.includes('extra-platforms') && MISMATCH.test(words)) return NOT_TRUSTED
  return EXPLANATIONS.find(({ said }) => said.test(words))?.hint
}

/** A place in a file of Nix's, as Nix names it. */
interface TraceLocation {
  /** The path within its flake or source tree, or an absolute one. */
  readonly path: string
  readonly line: number
  readonly column: number
  /** What stands in that line, where Nix shows it. */
  readonly text: string | undefined
}

/** `at /path/flake.nix:12:5:`, `at «github:a/b»/flake.nix:12:5`; not `«string»`, which is no file. */
const PLACE = /\bat («[^»\n]*»\/|\/nix\/store\/[0-9a-z]{32}-[^/\n]+\/|\/)([^:\n]+):(\d+):(\d+)\b/

/** How many lines below a place the line that it means may be shown. */
const SHOWN_WITHIN = 6

/**
 * The places that Nix names in its plain words, the nearest to the cause first. Old versions put the trace behind the error, the
 * nearest first; new ones put it before, the nearest last, with the error's own place behind it.
 */
export function parseTraceLocations(words: string): TraceLocation[] {
  const lines = words.split(/\r?\n/)
  const cause = lines.findLastIndex(line => /^\s*error: \S/.test(line))
  const places = lines.flatMap((_, n) => placeAt(lines, n))
  const before = places.filter(({ said }) => said < cause)
  const behind = places.filter(({ said }) => said >= cause)
  return [...behind, ...before.reverse()].map(({ place }) => place)
}

function placeAt(lines: readonly string[], said: number): { said: number; place: TraceLocation }[] {
  const found = PLACE.exec(lines[said] ?? '')
  if (!found) return []
  const [, start = '', rest = '', line = '', column = ''] = found
  const path = start === '/' ? `/${rest}` : rest
  const text = shownLine(lines.slice(said + 1, said + 1 + SHOWN_WITHIN), line)
  return [{ said, place: { path, line: Number(line), column: Number(column), text } }]
}

/** Nix shows the lines around a place, each behind its number. */
function shownLine(lines: readonly string[], number: string): string | undefined {
  for (const line of lines) {
    const [, found, text] = /^\s*(\d+)\|(?: (.*))?$/.exec(line) ?? []
    if (found === number) return text ?? ''
  }
  return undefined
}

/**
 * Where in the user's own files a failed evaluation has its cause. Nix leaves out a part of its trace, and with it the place of what was
 * thrown, unless it is asked for all; so it is, where that may help.
 */
export async function locateCause(
  said: Pick<ExecResult, 'stderr'>,
  trace: () => Promise<Pick<ExecResult, 'stderr'>>,
  flake: string,
  cwd: string,
): Promise<FileLocation | undefined> {
  const place = await findUserLocation(stripControlCodes(said.stderr), flake, cwd)
  const isCut = said.stderr.includes('--show-trace') && findLocalFolder(flake, cwd) !== undefined
  if (place !== undefined || !isCut) return place
  return findUserLocation(stripControlCodes((await trace()).stderr), flake, cwd)
}

/**
 * Where in the user's own files a failure has its cause: the place in Nix's words that is nearest to it and lies in the flake. A
 * path in the store may be of another source, so the line must be the one that Nix shows. `undefined` when there is none.
 */
export async function findUserLocation(
  words: string,
  flake: string,
  cwd: string,
): Promise<FileLocation | undefined> {
  const folder = findLocalFolder(flake, cwd)
  if (folder === undefined) return undefined
  const folders = await sourceFolders(folder)
  for (const named of parseTraceLocations(words)) {
    for (const each of folders) {
      const file = resolve(each, named.path)
      if (pathWithin(folders.at(-1) ?? each, file) !== undefined && (await shows(file, named))) {
        return { file, line: named.line, column: named.column }
      }
    }
  }
  return undefined
}

/** A flake's paths begin at its own folder, or at the work tree that it is in. */
async function sourceFolders(folder: string): Promise<string[]> {
  const folders = [folder]
  for (let each = folder; dirname(each) !== each; each = dirname(each)) {
    if (each !== folder) folders.push(each)
    if (await exists(join(each, '.git'))) return folders
  }
  return [folder]
}

async function shows(file: string, { line, text }: TraceLocation): Promise<boolean> {
  if (text === undefined) return false
  const content = await readFile(file, 'utf8').catch(() => '')
  return content.split(/\r?\n/)[line - 1]?.trim() === text.trim()
}

/** The candidate that `text` is most likely a slip of, if any is near enough. */
export function suggestName(text: string, candidates: readonly string[]): string | undefined {
  const near = candidates.map(candidate => ({ candidate, steps: distance(text, candidate) }))
  const [best] = near.sort((a, b) => a.steps - b.steps)
  return best !== undefined && best.steps <= Math.max(1, Math.floor(text.length / 3))
    ? best.candidate
    : undefined
}

/** How many letters to add, drop or change, upper and lower case being the same (Levenshtein). */
function distance(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()]
  let row = Array.from({ length: to.length + 1 }, (_, n) => n)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const change = (row[j] ?? 0) + (letter === to[j] ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

const NAME_THEM = 'If this is not about an image, name the containers that you want.'

/** The flake, or what was asked of it, does not evaluate; with the place in the user's own files where there is one. */
export async function describeEvaluationFailure(
  options: FindOptions,
  query: Query,
  result: ExecResult,
  trace: () => Promise<ExecResult>,
): Promise<UserError> {
  const words = lastErrorOf(result)
  const unfetched = isFetchFailure(stripControlCodes(result.stderr))
  const folder = unfetched ? await suggestFolder(options.flake, options.cwd) : undefined
  const where = query.names?.map(name => attributeOf(query, name)).join(', ') ?? formatAttribute(query.before)
  const guess = unfetched || query.names !== null ? undefined : NAME_THEM
  return new UserError(`Nix could not evaluate ${where} of the flake ${options.flake}:\n${words}`, {
    hint: folder === undefined ? (findHint(words) ?? guess) : `If you mean the folder, write ${folder}.`,
    location: unfetched ? undefined : await locateCause(result, trace, options.flake, options.cwd),
  })
}

/** The flake has not even the outermost part of the attribute. */
export function describeMissingOutput(
  { flake, attribute }: FindOptions,
  { before }: AttributePath,
): UserError {
  return new UserError(`The flake ${flake} has no ${formatAttribute(before.slice(0, 1))}`, {
    hint: `The attribute ${attribute.text} says where to look.`,
  })
}

/** The way to the containers ends early. */
export function describeMissingAttribute(
  options: FindOptions,
  path: AttributePath,
  at: Extract<FlakeAnswer, { kind: 'absent' }>,
): UserError {
  const where = formatAttribute(path.before.slice(0, Math.max(1, path.before.indexOf(at.part))))
  const there = at.siblings.length > 0 ? `: ${where} has ${at.siblings.join(', ')}` : ''
  const lookedAt = `The attribute ${options.attribute.text} says where to look.`
  if (at.part !== options.system) {
    return new UserError(`The flake ${options.flake} has no ${where}.${at.part}${there}`, { hint: lookedAt })
  }
  return new UserError(`The flake ${options.flake} has nothing for ${options.system}${there}`, {
    hint: `Name the systems that the flake is made for. ${lookedAt}`,
  })
}

/** Named containers are not there; `there` are the images that are. */
export function describeMissingNames(
  options: FindOptions,
  names: readonly string[],
  there: readonly string[],
): UserError {
  const path = resolveTemplate(options.attribute, options.system)
  const attributes = names.map(name => attributeOf(path, name)).join(', ')
  const guess = names.map(name => suggestName(name, there)).find(Boolean)
  const images = there.length > 0 ? `Its images are: ${there.join(', ')}.` : 'It has no images there.'
  return new UserError(`The flake ${options.flake} has no ${attributes}`, {
    hint: guess === undefined ? images : `Did you mean ${guess}? ${images}`,
  })
}

/** What was named is something else. */
export function describeNonDerivation(
  options: FindOptions,
  path: AttributePath,
  [name, type]: [string, string],
): UserError {
  return new UserError(
    `${attributeOf(path, name)} of the flake ${options.flake} is no derivation but of the type ${type}`,
    {
      hint: 'A container is a derivation that builds an image, as dockerTools.buildLayeredImage makes one.',
    },
  )
}
