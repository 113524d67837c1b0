import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, type ExecResult, exec, keepLastLines, MAX_STDERR_BYTES } from '../util/exec.js'
import { exists } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import { type Container, chooseStream, derivationsOf } from './container.js'
import { findHint } from './find-failure-hint.js'
import { isAtLeast, type Nix } from './nix.js'
import {
  isSameCache,
  lastErrorOf,
  lastLinesOf,
  parseCacheProblem,
  stripControlCodes,
} from './parse-log-lines.js'
import { type BuildProgress, createBuildLogReader, JSON_LOG_OPTIONS, lacksJsonLog } from './read-build-log.js'
import { parseStoreUri } from './store-uri.js'

export interface BuildOptions {
  /** Options for the command line of Nix, as returned by `prepareSystem`. */
  readonly options?: readonly string[]
  /** Called with each line of Nix's log. */
  readonly onLine?: (line: string) => void
  readonly onProgress?: (progress: BuildProgress) => void
  readonly signal?: AbortSignal
}

/** Builds a container, or downloads it from a cache, and returns its path. Throws a `UserError` if this fails. */
export async function buildContainer(
  nix: Nix,
  container: Container,
  options: BuildOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runBuild(nix, container, options, JSON_LOG_OPTIONS)
  if (code !== 0) throw describeBuildFailure(container, stderr, options.options ?? [])
  return join(nix.storeRoot ?? '/', outputPathOf(container, parseBuildOutputs(stdout)))
}

const LOG_LIMITS = { count: 5000, characters: MAX_STDERR_BYTES }

/** Runs `nix build`. Its log is JSON, from which the text is made. A Nix without this format runs again, with its usual log. */
async function runBuild(
  nix: Nix,
  container: Container,
  { options = [], onLine, onProgress, signal }: BuildOptions,
  logOptions: readonly string[],
): Promise<ExecResult> {
  const lines = keepLastLines(LOG_LIMITS)
  const onErrorLine = createBuildLogReader({
    onLine(line) {
      lines.push(line)
      onLine?.(line)
    },
    ...(onProgress && { onProgress }),
  })
  const flags = ['--no-link', '--json', '--print-build-logs', ...options, ...logOptions]
  const result = await nix.run(['build', ...flags, installableOf(nix, container)], {
    onErrorLine,
    ...(signal && { signal }),
  })
  const text = lines.readLines()
  if (result.code !== 0 && logOptions.length > 0 && text.some(lacksJsonLog))
    return runBuild(nix, container, { options, ...(onLine && { onLine }), ...(signal && { signal }) }, [])
  return { ...result, stderr: text.join('\n') }
}

/** Since Nix 2.13, `^` selects an output. In older versions, the path of a derivation means all its outputs. */
function installableOf(nix: Nix, { derivation, output }: Container): string {
  return isAtLeast(nix.version, 2, 13) ? `${derivation}^${output}` : derivation
}

/** Parses the output of `nix build --json`: for each derivation, its outputs by name. */
export function parseBuildOutputs(json: string): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const entries = asArray(parseJson(json, "Nix's list of builds"), "Nix's list of builds")
  return new Map(
    entries.map(value => {
      const entry = asObject(value, 'a build')
      return [asString(entry.drvPath, 'drvPath'), asObject(entry.outputs, 'outputs')]
    }),
  )
}

function outputPathOf(
  { derivation, output }: Container,
  built: ReturnType<typeof parseBuildOutputs>,
): string {
  return asString(built.get(derivation)?.[output], `the output ${output} of ${derivation}`)
}

function describeBuildFailure(
  { name, attribute }: Container,
  stderr: string,
  options: readonly string[],
): UserError {
  const hint = findHint(stripControlCodes(stderr), options)
  return new UserError(`${name} (${attribute}) could not be built:\n${lastLinesOf({ stderr })}`, { hint })
}

interface MissingDerivationsOptions {
  /** The store URI of the cache to check. Nix's configured caches are also used. */
  readonly cache: string
  /** A folder for a temporary store that contains only derivations. */
  readonly folder: string
  readonly exec?: Exec
  readonly signal?: AbortSignal
}

/**
 * Finds, for each container, the derivations that a machine with an empty store would have to build. Does not check whether paths
 * are signed by a trusted key. Throws a `UserError` if the cache cannot be read.
 */
export async function findMissingDerivations(
  nix: Nix,
  containers: readonly Container[],
  options: MissingDerivationsOptions,
): Promise<readonly (readonly string[])[]> {
  const address = parseStoreUri(options.cache)
  const cache = address.text
  // Nix silently ignores a cache whose folder does not exist.
  if (address.kind === 'folder' && !(await exists(address.path)))
    throw describeUnreadableCache(cache, `there is no folder ${address.path}`)
  return withTemporaryStore(options, async store => {
    const context = { ...options, nix, cache, store }
    const derivations = [...new Set(containers.flatMap(derivationsOf))]
    // A dry run needs the derivations in the store that it uses.
    await runNix(['copy', '--derivation', '--no-check-sigs', '--to', store, ...derivations], context)
    const missing: string[][] = []
    for (const container of containers) missing.push(await findFewestMissing(container, context))
    return missing
  })
}

interface CheckContext extends MissingDerivationsOptions {
  readonly nix: Nix
  /** The path of the temporary store. */
  readonly store: string
}

/** If a container can also be built as a stream, only one of the two is needed. */
async function findFewestMissing(container: Container, context: CheckContext): Promise<string[]> {
  const image = await runDryRun(container, context)
  if (image.length === 0 || container.stream === undefined) return image
  const stream = await runDryRun(chooseStream(container), context)
  return stream.length < image.length ? stream : image
}

/** Disables Nix's cache of narinfo lookups, because paths may have been pushed after an earlier lookup. */
const NO_LOOKUP_CACHE = [
  '--option',
  'narinfo-cache-negative-ttl',
  '0',
  '--option',
  'narinfo-cache-positive-ttl',
  '0',
]

async function runDryRun(container: Container, context: CheckContext): Promise<string[]> {
  const { nix, store, cache } = context
  const flags = ['--dry-run', '--no-link', '--store', store, ...NO_LOOKUP_CACHE]
  const substituters = ['--option', 'extra-substituters', cache]
  const stderr = await runNix(['build', ...flags, ...substituters, installableOf(nix, container)], context)
  const problem = stderr.split('\n').find(line => isSameCache(parseCacheProblem(line)?.cache, cache))
  if (problem === undefined) return parseDryRun(stderr)
  throw describeUnreadableCache(cache, stripControlCodes(problem).trim())
}

function describeUnreadableCache(cache: string, reason: string): UserError {
  return new UserError(`The cache ${cache} cannot be read: ${reason}`, {
    hint: `Check the URL. If the cache requires credentials, set ${nameInput('netrc')}.`,
  })
}

/** Parses the derivations that `nix build --dry-run` would build, from its standard error, in build order. */
export function parseDryRun(stderr: string): string[] {
  const lines = stripControlCodes(stderr).split(/\r?\n/)
  const heading = lines.findIndex(line => /^th(is derivation|ese \d+ derivations) will be built:/.test(line))
  if (heading < 0) return []
  const rest = lines.slice(heading + 1)
  const end = rest.findIndex(line => !/^ {2}\/\S+\.drv$/.test(line))
  return rest.slice(0, end < 0 ? undefined : end).map(line => line.trim())
}

async function runNix(args: readonly string[], { nix, cache, signal }: CheckContext): Promise<string> {
  const result = await nix.run(args, signal ? { signal } : {})
  if (result.code === 0) return result.stderr
  throw new UserError(`Nix could not read the cache ${cache}:\n${lastErrorOf(result)}`)
}

async function withTemporaryStore<T>(
  { folder, exec: run = exec }: MissingDerivationsOptions,
  task: (store: string) => Promise<T>,
): Promise<T> {
  const store = await mkdtemp(join(folder, 'store-'))
  try {
    return await task(store)
  } finally {
    // Store paths are read-only, and only root can remove the content of a read-only folder.
    await run('chmod', ['-R', 'u+w', store]).catch(() => {})
    await rm(store, { recursive: true, force: true })
  }
}
