import { dirname, join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, exec as realExec } from '../util/exec.js'
import {
  asArray,
  asCount,
  asObject,
  asOptionalString,
  asString,
  asStrings,
  type JsonObject,
  parseJson,
} from '../util/json.js'
import type { StorePath } from './local-cache.js'
import { batchPaths, hasSince, type Nix } from './nix.js'
import { lastErrorOf } from './parse-log-lines.js'

interface LocallyBuiltOptions {
  readonly exec?: Exec
  readonly signal?: AbortSignal
}

/**
 * Finds the store paths that were built locally and not downloaded from a cache. Searches the outputs of `derivations` and all
 * their build dependencies that are in the store, without sources and derivations. Throws a `UserError` if Nix fails.
 */
export async function findLocallyBuiltPaths(
  nix: Nix,
  derivations: readonly string[],
  options: LocallyBuiltOptions = {},
): Promise<StorePath[]> {
  const infos = await readBuildClosure(nix, derivations, options)
  return infos.filter(isLocallyBuilt).map(({ ultimate, ...path }) => path)
}

/**
 * Reads the properties of the outputs and sources of `derivations` and of all their build dependencies that are in the store.
 * Throws a `UserError` if Nix fails.
 */
export async function readBuildClosure(
  nix: Nix,
  derivations: readonly string[],
  options: LocallyBuiltOptions = {},
): Promise<PathInfo[]> {
  if (derivations.length === 0) return []
  const paths = await queryBuildClosure(nix, derivations, options)
  const { signal } = options
  return readPathInfo(nix, paths, signal ? { signal } : {})
}

/**
 * Nix sets `ultimate` for paths that it built itself. It does not set it for paths from a remote builder or from a cache
 * without signatures. Those paths have no signature, unlike paths from other caches, and no content address, unlike sources.
 */
function isLocallyBuilt({ ultimate, signatures, ca, deriver }: PathInfo): boolean {
  return ultimate || (signatures.length === 0 && ca === undefined && deriver !== undefined)
}

/** Uses `nix-store`, because no subcommand of `nix` lists the outputs of all build dependencies. */
async function queryBuildClosure(
  nix: Nix,
  derivations: readonly string[],
  { exec = realExec, signal }: LocallyBuiltOptions,
): Promise<string[]> {
  const args = ['--query', '--requisites', '--include-outputs', ...derivations]
  const result = await exec(join(dirname(nix.command), 'nix-store'), args, signal ? { signal } : {})
  if (result.code !== 0) throw new UserError(`Nix could not list the built paths:\n${lastErrorOf(result)}`)
  return result.stdout.split('\n').filter(path => path !== '' && !path.endsWith('.drv'))
}

export interface PathInfo extends StorePath {
  /** True if the path was built by this Nix, and not copied from another store. */
  readonly ultimate: boolean
}

interface PathInfoOptions {
  readonly store?: string
  /** Also reads the properties of all paths that the paths refer to. */
  readonly recursive?: boolean
  /** The paths are derivations. By default, none of them is. */
  readonly derivations?: boolean
  readonly signal?: AbortSignal
}

/** Reads the properties of `paths`. Skips paths that are not in the store. */
export async function readPathInfo(
  nix: Nix,
  paths: readonly string[],
  options: PathInfoOptions = {},
): Promise<PathInfo[]> {
  const infos: PathInfo[] = []
  for (const batch of batchPaths(paths)) infos.push(...(await queryPathInfo(nix, batch, options)))
  return infos
}

async function queryPathInfo(
  nix: Nix,
  paths: readonly string[],
  { store, recursive = false, derivations = false, signal }: PathInfoOptions,
): Promise<PathInfo[]> {
  const storeArgs = [
    ...(recursive ? ['--recursive'] : []),
    ...(derivations ? ['--derivation'] : []),
    ...(store === undefined ? [] : ['--store', store]),
  ]
  let firstError = ''
  for (const format of jsonFormatsOf(nix)) {
    const args = ['path-info', '--json', ...format, ...storeArgs, ...paths]
    const result = await nix.run(args, signal ? { signal } : {})
    if (result.code === 0) return parsePathInfo(result.stdout)
    firstError ||= lastErrorOf(result)
    if (!/json-format|JSON format/.test(result.stderr)) break
  }
  throw new UserError(`Nix could not read the properties of store paths:\n${firstError}`)
}

/** Since 2.34 Nix expects `--json-format`, and a later version may remove format 1. */
function jsonFormatsOf({ version }: Nix): string[][] {
  return hasSince(version, 2, 33) ? [['--json-format', '1'], ['--json-format', '2'], []] : [[]]
}

/**
 * Parses every format of `nix path-info --json`: a list (before 2.19), an object by path, and an object with `info` and
 * `storeDir` whose paths are relative to `storeDir`.
 */
export function parsePathInfo(json: string): PathInfo[] {
  const answer = parseJson(json, "Nix's answer")
  if (Array.isArray(answer)) {
    const entries = answer.map(entry => asObject(entry, 'a path'))
    const valid = entries.filter(entry => entry.valid !== false)
    return valid.map(entry => parsePathEntry(asString(entry.path, 'path'), entry, ''))
  }
  const object = asObject(answer, "Nix's answer")
  if (object.info === undefined) return parsePathMap(object, '')
  return parsePathMap(asObject(object.info, 'info'), asString(object.storeDir, 'storeDir'))
}

function parsePathMap(entries: JsonObject, storeDir: string): PathInfo[] {
  const valid = Object.entries(entries).filter(([, entry]) => entry !== null)
  return valid.map(([path, entry]) => parsePathEntry(path, asObject(entry, path), storeDir))
}

function parsePathEntry(path: string, entry: JsonObject, storeDir: string): PathInfo {
  const deriver = asOptionalString(entry.deriver, 'deriver')
  const ca = parseContentAddress(entry.ca)
  return {
    path: join(storeDir, path),
    narHash: asString(entry.narHash, 'narHash'),
    narSize: asCount(entry.narSize, 'narSize'),
    references: asStrings(entry.references, 'references').map(reference => join(storeDir, reference)),
    ...(deriver !== undefined && { deriver: join(storeDir, deriver) }),
    signatures: asArray(entry.signatures ?? [], 'signatures').map(value => asString(value, 'a signature')),
    ...(ca !== undefined && { ca }),
    ultimate: entry.ultimate === true,
  }
}

const CA_PREFIXES: Readonly<Record<string, string>> = {
  flat: 'fixed:',
  nar: 'fixed:r:',
  text: 'text:',
  git: 'fixed:git:',
}

/** A content address is a string in JSON format 1, and an object with `method` and `hash` in format 2. */
function parseContentAddress(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return asOptionalString(value, 'ca')
  const { method, hash } = asObject(value, 'ca')
  const prefix = CA_PREFIXES[asString(method, 'method')]
  return prefix === undefined ? undefined : `${prefix}${asString(hash, 'hash').replace('-', ':')}`
}
