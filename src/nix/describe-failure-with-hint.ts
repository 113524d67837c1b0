import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type FileLocation, UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { exists, pathWithin } from '../util/files.js'
import { askIfMeant, findSimilar } from '../util/find-similar.js'
import { nameInput } from '../util/input-name.js'
import { type AttributePath, attributeOf, formatAttribute, resolveTemplate } from './attribute-template.js'
import { type FindOptions, findLocalFolder, isBareName, suggestFolder } from './check-flake-ref.js'
import type { FlakeAnswer, Query } from './evaluation.js'
import { findHint } from './find-failure-hint.js'
import { lastErrorOf, stripControlCodes } from './parse-log-lines.js'

/**
 * Describes a failed evaluation of a flake, with the line of the user's files that caused it, if it can be found. `trace` runs
 * the evaluation again with `--show-trace`.
 */
export async function describeEvaluationFailure(
  options: FindOptions,
  query: Query,
  result: ExecResult,
  trace: () => Promise<ExecResult>,
): Promise<UserError> {
  const error = lastErrorOf(result)
  const isFetch = isFetchFailure(stripControlCodes(result.stderr))
  const folder = isFetch ? await suggestFolder(options.flake, options.cwd) : undefined
  const attributes =
    query.names?.map(name => attributeOf(query, name)).join(', ') ?? formatAttribute(query.before)
  const nameHint = isFetch && isBareName(options.flake) ? describeBareName(options.flake) : undefined
  const hints = [nameHint, await findEvaluationHint(error, options)].filter(hint => hint !== undefined)
  const ownHint = hints.length > 0 ? hints.join(' ') : undefined
  const defaultHint = isFetch || query.names !== null ? undefined : nameContainersHint()
  return new UserError(`Nix could not evaluate ${attributes} of the flake ${options.flake}:\n${error}`, {
    hint: folder === undefined ? (ownHint ?? defaultHint) : `If you mean the folder, write ${folder}.`,
    location: isFetch ? undefined : await locateCause(result, trace, options.flake, options.cwd),
  })
}

function describeBareName(flake: string): string {
  return `Nix looks up ${flake} in its registry of flakes. For a folder, write ./${flake}.`
}

/** Returns what to do about an error of an evaluation, or `undefined` if Nix's message is sufficient. */
export async function findEvaluationHint(
  error: string,
  { flake, cwd }: Pick<FindOptions, 'flake' | 'cwd'>,
): Promise<string | undefined> {
  const submodule = await findSubmodule(error, flake, cwd)
  return submodule === undefined ? findHint(error) : describeSubmodule(submodule)
}

/** Messages of old and new versions of Nix for a path that a flake does not have. Each captures the path in the flake. */
const MISSING_PATHS = [
  /Path '([^']+)' does not exist in Git repository/,
  /'(?:\/nix\/store\/[0-9a-z]{32}-[^/']+|«[^»]*»)\/([^']+)'.*(?:does not exist|No such file)/,
]

/**
 * Finds the submodule of a local flake that contains a path which does not exist, for example
 * `/nix/store/…-source/vendor/lib/x.nix`. Returns `undefined` if the path is in no submodule.
 */
async function findSubmodule(error: string, flake: string, cwd: string): Promise<string | undefined> {
  const missing = MISSING_PATHS.map(pattern => pattern.exec(error)?.[1]).find(path => path !== undefined)
  const folder = findLocalFolder(flake, cwd)
  if (missing === undefined || folder === undefined) return undefined
  for (const source of await findSourceFolders(folder)) {
    const text = await readFile(join(source, '.gitmodules'), 'utf8').catch(() => '')
    const paths = [...text.matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)].map(([, path = '']) => path)
    // Old versions of Nix name the first folder that does not exist.
    const path = paths.find(
      each => `${missing}/`.startsWith(`${each}/`) || `${each}/`.startsWith(`${missing}/`),
    )
    if (path !== undefined) return path
  }
  return undefined
}

function describeSubmodule(path: string): string {
  return (
    `${path} is a Git submodule, and Nix does not copy submodules by default. Write \`inputs.self.submodules = true;\` in the ` +
    `flake (Nix 2.27 and newer), or set ${nameInput('flake')} to \`git+file:.?submodules=1\`. The job has to check it out: ` +
    'submodules: true of actions/checkout, or the input `submodules` of publish.yml.'
  )
}

function nameContainersHint(): string {
  return (
    `If the containers evaluate, set ${nameInput('containers')} to them. If the flake does not support this system, set ` +
    `${nameInput('systems')} to the others.`
  )
}

/** Describes a flake that does not have the first part of the attribute. */
export function describeMissingOutput(
  { flake, attribute }: FindOptions,
  { before }: AttributePath,
): UserError {
  return new UserError(`The flake ${flake} has no ${formatAttribute(before.slice(0, 1))}`, {
    hint: `Set ${nameInput('attribute')} if the containers are not at ${attribute.text}.`,
  })
}

/** Describes a missing part of an attribute path. It is not the first part. */
export function describeMissingAttribute(
  options: FindOptions,
  path: AttributePath,
  { part, siblings }: Extract<FlakeAnswer, { kind: 'absent' }>,
): UserError {
  const parent = formatAttribute(path.before.slice(0, Math.max(1, path.before.indexOf(part))))
  const existing = siblings.length > 0 ? `: ${parent} has ${siblings.join(', ')}` : ''
  const attributeHint = `Set ${nameInput('attribute')} if the containers are not at ${options.attribute.text}.`
  if (part !== options.system) {
    return new UserError(`The flake ${options.flake} has no ${parent}.${part}${existing}`, {
      hint: attributeHint,
    })
  }
  return new UserError(`The flake ${options.flake} has no containers for ${options.system}${existing}`, {
    hint: `Set ${nameInput('systems')} to systems that the flake supports. ${attributeHint}`,
  })
}

/** Describes containers that were selected by name and do not exist. `images` are the names that exist. */
export function describeMissingNames(
  options: FindOptions,
  names: readonly string[],
  images: readonly string[],
): UserError {
  const path = resolveTemplate(options.attribute, options.system)
  const attributes = names.map(name => attributeOf(path, name)).join(', ')
  // `a;b` is two names, and `packages.x86_64-linux.a` ends with one.
  const words = names.flatMap(name => [
    name,
    ...name.split(/[;|]/).flatMap(part => part.split('.').at(-1) ?? []),
  ])
  const question = askIfMeant([...new Set(words.flatMap(word => findSimilar(word, images)))])
  const list = images.length > 0 ? `Its images are: ${images.join(', ')}.` : 'It has no images there.'
  return new UserError(`The flake ${options.flake} has no ${attributes}`, {
    hint: question === undefined ? list : `${question} ${list}`,
  })
}

/** Describes a container that was selected by name and is not a derivation. `type` is its Nix type. */
export function describeNonDerivation(
  options: FindOptions,
  path: AttributePath,
  [name, type]: [name: string, type: string],
): UserError {
  return new UserError(
    `${attributeOf(path, name)} of the flake ${options.flake} is not a derivation (its type is ${type})`,
    {
      hint: 'A container is a derivation that builds an image, for example with dockerTools.buildLayeredImage.',
    },
  )
}

/** Messages of old and new versions of Nix if a flake or one of its inputs cannot be fetched. */
const FETCH_ERRORS = [
  /while fetching the input '/,
  /unable to download '/,
  /cannot find flake '/,
  /program 'git' failed/,
  /input '.*' is unsupported/,
  /flake\.nix' does not exist/,
  /does not contain a '\/?flake\.nix'/,
  // An evaluation reads only from the store, so another path belongs to a fetch.
  /getting status of '(?!\/nix\/store\/)/,
  /getting status of '.*\/flake\.nix'/,
]

const EVALUATION_TRACE = /… while (evaluating|calling) /

/** True if the flake could not be fetched, so that its evaluation did not start. */
function isFetchFailure(output: string): boolean {
  return FETCH_ERRORS.some(pattern => pattern.test(output)) && !EVALUATION_TRACE.test(output)
}

/** True if a later evaluation may succeed: something could not be downloaded, and not because it does not exist (HTTP 4xx). */
export function isTransientFailure(result: Pick<ExecResult, 'stderr'>): boolean {
  const error = lastErrorOf(result)
  if (/unable to download '.*HTTP error 4(?!29|08)/.test(error)) return false
  return /unable to download '/.test(error) || isFetchFailure(stripControlCodes(result.stderr))
}

/** Returns why an attribute does not evaluate: the first line of Nix's error. */
export function summarizeEvaluationFailure(result: Pick<ExecResult, 'stderr'>): string {
  const error = lastErrorOf(result)
  const [first = ''] = error.split('\n')
  const [, why] = /^\s*Reason: (.*)$/m.exec(error) ?? []
  const reason = `${first.replace(/^\s*error: /, '')} ${why ?? ''}`.trim()
  if (reason === '' || /^trace: /.test(reason)) return 'Nix ended without an error message'
  return reason.length > 200 ? `${reason.slice(0, 200)}…` : reason
}

/** True if a builder ran and failed, so that a retry would fail too. */
export function isBuilderFailure(output: string): boolean {
  return /\bbuilder (for '[^']*' )?failed\b|hash mismatch in fixed-output/.test(output)
}

/**
 * Locates the line of the user's files that made an evaluation fail. Without `--show-trace`, Nix shortens its trace and may omit
 * the line. If Nix says so, the evaluation runs again with the full trace.
 */
export async function locateCause(
  failed: Pick<ExecResult, 'stderr'>,
  trace: () => Promise<Pick<ExecResult, 'stderr'>>,
  flake: string,
  cwd: string,
): Promise<FileLocation | undefined> {
  const location = await findUserLocation(stripControlCodes(failed.stderr), flake, cwd)
  const isShortened = failed.stderr.includes('--show-trace') && findLocalFolder(flake, cwd) !== undefined
  if (location !== undefined || !isShortened) return location
  return findUserLocation(stripControlCodes((await trace()).stderr), flake, cwd)
}

/**
 * Finds the location in the user's flake that is nearest to the cause of a failure. Nix prints paths relative to a source,
 * which may be another flake with a file of the same name. Therefore the file's line must equal the line that Nix printed.
 * Returns `undefined` if the flake is not local, or if no location matches.
 */
export async function findUserLocation(
  output: string,
  flake: string,
  cwd: string,
): Promise<FileLocation | undefined> {
  const folder = findLocalFolder(flake, cwd)
  if (folder === undefined) return undefined
  const folders = await findSourceFolders(folder)
  for (const location of parseTraceLocations(output)) {
    for (const source of folders) {
      const file = resolve(source, location.path)
      const isInFlake = pathWithin(folders.at(-1) ?? source, file) !== undefined
      if (isInFlake && (await hasLine(file, location))) {
        return { file, line: location.line, column: location.column }
      }
    }
  }
  return undefined
}

/** A location in a Nix file, as printed by Nix. */
interface TraceLocation {
  /** Absolute, or relative to the flake or source tree. */
  readonly path: string
  readonly line: number
  readonly column: number
  /** The text of the line, if Nix printed it. */
  readonly text: string | undefined
}

/** Matches `at /path/flake.nix:12:5:` and `at «github:a/b»/flake.nix:12:5`, but not `«string»`, which is not a file. */
const LOCATION = /\bat («[^»\n]*»\/|\/nix\/store\/[0-9a-z]{32}-[^/\n]+\/|\/)([^:\n]+):(\d+):(\d+)\b/

/** Nix prints the line of a location within this many lines below it. */
const MAX_SNIPPET_LINES = 6

/**
 * Parses the locations in Nix's output without control codes, with the location nearest to the cause first. Old versions
 * of Nix print the trace after the error, nearest first. New versions print it before the error, nearest last, and print
 * the location of the error itself after the error.
 */
export function parseTraceLocations(output: string): TraceLocation[] {
  const lines = output.split(/\r?\n/)
  const errorLine = lines.findLastIndex(line => /^\s*error: \S/.test(line))
  const locations = lines.flatMap((_, index) => parseLocation(lines, index))
  const before = locations.filter(({ index }) => index < errorLine)
  const after = locations.filter(({ index }) => index >= errorLine)
  return [...after, ...before.reverse()].map(({ location }) => location)
}

function parseLocation(
  lines: readonly string[],
  index: number,
): { index: number; location: TraceLocation }[] {
  const match = LOCATION.exec(lines[index] ?? '')
  if (!match) return []
  const [, source = '', rest = '', line = '', column = ''] = match
  const path = source === '/' ? `/${rest}` : rest
  const text = findSnippetLine(lines.slice(index + 1, index + 1 + MAX_SNIPPET_LINES), line)
  return [{ index, location: { path, line: Number(line), column: Number(column), text } }]
}

/** Nix prints the lines around a location as `12| text`. */
function findSnippetLine(lines: readonly string[], lineNumber: string): string | undefined {
  for (const line of lines) {
    const [, number, text] = /^\s*(\d+)\|(?: (.*))?$/.exec(line) ?? []
    if (number === lineNumber) return text ?? ''
  }
  return undefined
}

/** Returns the folders that a flake's paths may be relative to: the flake's folder, and its parents up to the Git work tree. */
async function findSourceFolders(folder: string): Promise<string[]> {
  const folders = [folder]
  for (let current = folder; dirname(current) !== current; current = dirname(current)) {
    if (current !== folder) folders.push(current)
    if (await exists(join(current, '.git'))) return folders
  }
  return [folder]
}

async function hasLine(file: string, { line, text }: TraceLocation): Promise<boolean> {
  if (text === undefined) return false
  const content = await readFile(file, 'utf8').catch(() => '')
  return content.split(/\r?\n/)[line - 1]?.trim() === text.trim()
}
