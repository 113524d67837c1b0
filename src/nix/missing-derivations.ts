import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, type ExecResult, exec } from '../util/exec.js'
import { exists } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { type Container, chooseVariant, derivationsOf, variantsOf } from './container.js'
import { type DryRun, parseDryRun, runDryRun } from './dry-run.js'
import { readPathInfo } from './locally-built-paths.js'
import type { Nix } from './nix.js'
import { isSameCache, lastErrorOf, parseCacheProblem, stripControlCodes } from './parse-log-lines.js'
import { parseStoreUri } from './store-uri.js'

interface MissingDerivationsOptions {
  /** The store URI of the cache to check. Nix's configured caches are also used. */
  readonly cache: string
  /** A folder for a temporary store that contains only derivations. */
  readonly folder: string
  readonly exec?: Exec
  readonly signal?: AbortSignal
}

/**
 * Finds, for each container, the derivations that a machine with an empty store would have to build. Chooses the same variant of
 * a container as a build. Does not check whether paths are signed by a trusted key. Throws a `UserError` if the cache cannot be
 * read.
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
    const copy = ['copy', '--derivation', '--no-check-sigs', '--to', store, ...derivations]
    await checkResult(nix.run(copy, signalOf(options)), cache)
    const variants = containers.map(variantsOf)
    const dryRun = await runInStore(variants.flat(), context)
    const references = await readReferences(dryRun.built, context)
    return variants.map(each => {
      const { derivation } = chooseVariant(each, dryRun.needOf)
      const needed = listReachable(derivation, references)
      return dryRun.built.filter(path => needed.has(path))
    })
  })
}

interface CheckContext extends MissingDerivationsOptions {
  readonly nix: Nix
  /** The path of the temporary store. */
  readonly store: string
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

async function runInStore(containers: readonly Container[], context: CheckContext): Promise<DryRun> {
  const { nix, store, cache } = context
  const options = ['--store', store, ...NO_LOOKUP_CACHE, '--option', 'extra-substituters', cache]
  const result = await checkResult(runDryRun(nix, containers, { options, ...signalOf(context) }), cache)
  const lines = result.stderr.split('\n')
  const problem = lines.find(line => isSameCache(parseCacheProblem(line)?.cache, cache))
  if (problem === undefined) return parseDryRun(result)
  throw describeUnreadableCache(cache, stripControlCodes(problem).trim())
}

function describeUnreadableCache(cache: string, reason: string): UserError {
  return new UserError(`The cache ${cache} cannot be read: ${reason}`, {
    hint: `Check the URL. If the cache requires credentials, set ${nameInput('netrc')}.`,
  })
}

async function checkResult(running: Promise<ExecResult>, cache: string): Promise<ExecResult> {
  const result = await running
  if (result.code === 0) return result
  throw new UserError(`Nix could not read the cache ${cache}:\n${lastErrorOf(result)}`)
}

function signalOf({ signal }: MissingDerivationsOptions): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {}
}

/** Reads which of the derivations refer to each other. */
async function readReferences(
  derivations: readonly string[],
  context: CheckContext,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { nix, store } = context
  const infos = await readPathInfo(nix, derivations, { store, derivations: true, ...signalOf(context) })
  return new Map(infos.map(({ path, references }) => [path, references]))
}

/** Lists a path and what it refers to, directly or not, as far as `references` has it. */
function listReachable(
  path: string,
  references: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const found = new Set<string>([path])
  for (const each of found) for (const reference of references.get(each) ?? []) found.add(reference)
  return found
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
