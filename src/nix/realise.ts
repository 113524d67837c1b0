import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, exec as realExec } from '../util/exec.js'
import { exists } from '../util/files.js'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import { type Container, chooseStream, derivationsOf } from './container.js'
import { findHint } from './describe-error.js'
import { isSameCache, lastErrorOf, lastLinesOf, parseCacheProblem, stripControlCodes } from './log.js'
import { isAtLeast, type Nix } from './nix.js'
import { parseStoreUri } from './store-uri.js'

export interface BuildOptions {
  /** Options for Nix, as `prepareSystem` gives them. */
  readonly options?: readonly string[]
  /** Called with each line of Nix's log as it comes. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Builds a container, or takes it from a cache, and gives its store path. Throws a `UserError` when that fails. */
export async function buildContainer(
  nix: Nix,
  container: Container,
  { options = [], onLine, signal }: BuildOptions = {},
): Promise<string> {
  const flags = ['--no-link', '--json', '--print-build-logs', ...options]
  const result = await nix.run(['build', ...flags, installableOf(nix, container)], {
    ...(onLine && { onErrorLine: onLine }),
    ...(signal && { signal }),
  })
  if (result.code !== 0) throw buildFailure(container, result.stderr, options)
  return join(nix.storeRoot ?? '/', pathOf(container, parsePaths(result.stdout)))
}

/** From 2.13 on `^` names an output; before, a derivation's path stands for all of its outputs. */
function installableOf(nix: Nix, { derivation, output }: Container): string {
  return isAtLeast(nix.version, 2, 13) ? `${derivation}^${output}` : derivation
}

type Outputs = ReadonlyMap<string, Readonly<Record<string, unknown>>>

function parsePaths(json: string): Outputs {
  const built = asArray(parseJson(json, "Nix's list of what was built"), "Nix's list of what was built")
  return new Map(
    built.map(each => {
      const it = asObject(each, 'what was built')
      return [asString(it.drvPath, 'drvPath'), asObject(it.outputs, 'outputs')]
    }),
  )
}

function pathOf({ derivation, output }: Container, built: Outputs): string {
  return asString(built.get(derivation)?.[output], `the output ${output} of ${derivation}`)
}

function buildFailure({ name, attribute }: Container, stderr: string, options: readonly string[]): UserError {
  const hint = findHint(stripControlCodes(stderr), options)
  return new UserError(`${name} (${attribute}) could not be built:\n${lastLinesOf({ stderr })}`, { hint })
}

interface LackingOptions {
  /** The cache that is asked, beside those that Nix is set up with. */
  readonly cache: string
  /** A folder for a store of derivations that is thrown away. */
  readonly folder: string
  readonly exec?: Exec
  readonly signal?: AbortSignal
}

/**
 * For each container the derivations that somebody would have to build who has nothing but caches. Whether what they have
 * is signed by a trusted key is not checked. Throws a `UserError` when the cache cannot be asked.
 */
export async function findMissingDerivations(
  nix: Nix,
  containers: readonly Container[],
  options: LackingOptions,
): Promise<readonly (readonly string[])[]> {
  const address = parseStoreUri(options.cache)
  const cache = address.text
  // Nix passes over a folder that is not there without a word.
  if (address.kind === 'folder' && !(await exists(address.path)))
    throw unasked(cache, `there is no folder ${address.path}`)
  return withEmptyStore(options, async store => {
    const drvs = [...new Set(containers.flatMap(derivationsOf))]
    // Nix tells what is to be built from derivations that are in the same store.
    await run(nix, ['copy', '--derivation', '--no-check-sigs', '--to', store, ...drvs], options)
    const lacking: string[][] = []
    const ask = (container: Container) => dryRun(nix, store, cache, container, options)
    for (const container of containers) lacking.push(await leastLacking(container, ask))
    return lacking
  })
}

/** An image that offers a stream can be had from either, and only one of the two is built. */
async function leastLacking(
  container: Container,
  ask: (container: Container) => Promise<string[]>,
): Promise<string[]> {
  const own = await ask(container)
  if (own.length === 0 || container.stream === undefined) return own
  const streamed = await ask(chooseStream(container))
  return streamed.length < own.length ? streamed : own
}

/** What was asked for lately may have been pushed since. */
const FRESH = ['--option', 'narinfo-cache-negative-ttl', '0', '--option', 'narinfo-cache-positive-ttl', '0']

async function dryRun(
  nix: Nix,
  store: string,
  cache: string,
  container: Container,
  options: LackingOptions,
): Promise<string[]> {
  const args = ['build', '--dry-run', '--no-link', '--store', store, ...FRESH]
  const stderr = await run(
    nix,
    [...args, '--option', 'extra-substituters', cache, installableOf(nix, container)],
    options,
  )
  const trouble = stderr.split('\n').find(line => isSameCache(parseCacheProblem(line)?.cache, cache))
  if (trouble === undefined) return parseDryRun(stderr)
  throw unasked(cache, stripControlCodes(trouble).trim())
}

function unasked(cache: string, why: string): UserError {
  return new UserError(`The cache ${cache} cannot be asked what it has: ${why}`, {
    hint: 'Check the address, and whether it wants credentials: they belong into netrc.',
  })
}

/** The derivations that a dry run lists as to be built, in the order in which they would be. */
export function parseDryRun(stderr: string): string[] {
  const lines = stripControlCodes(stderr).split(/\r?\n/)
  const from = lines.findIndex(line => /^th(is derivation|ese \d+ derivations) will be built:/.test(line))
  if (from < 0) return []
  const rest = lines.slice(from + 1)
  const to = rest.findIndex(line => !/^ {2}\/\S+\.drv$/.test(line))
  return rest.slice(0, to < 0 ? undefined : to).map(line => line.trim())
}

async function run(nix: Nix, args: readonly string[], { cache, signal }: LackingOptions): Promise<string> {
  const result = await nix.run(args, signal ? { signal } : {})
  if (result.code === 0) return result.stderr
  throw new UserError(`Nix could not ask what the cache ${cache} has:\n${lastErrorOf(result)}`)
}

/** Store paths are read-only, and only root can remove what is. */
async function withEmptyStore<T>(
  { folder, exec = realExec }: LackingOptions,
  task: (store: string) => Promise<T>,
): Promise<T> {
  const store = await mkdtemp(join(folder, 'store-'))
  try {
    return await task(store)
  } finally {
    await exec('chmod', ['-R', 'u+w', store]).catch(() => {})
    await rm(store, { recursive: true, force: true })
  }
}
