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
import { lastErrorOf } from './log.js'
import { hasSince, MAX_PATHS_PER_CALL, type Nix } from './nix.js'

interface BuiltHereOptions {
  readonly exec?: Exec
  readonly signal?: AbortSignal
}

/**
 * What was built for derivations and came from no cache: they themselves, and all that they are built with, as far as it is
 * in the store. Without sources and derivations.
 */
export async function findLocallyBuiltPaths(
  nix: Nix,
  derivations: readonly string[],
  options: BuiltHereOptions = {},
): Promise<StorePath[]> {
  if (derivations.length === 0) return []
  const paths = await closureOf(nix, derivations, options)
  const { signal } = options
  const known = await readPathInfo(nix, paths, signal ? { signal } : {})
  return known.filter(isFromHere).map(({ ultimate, ...path }) => path)
}

/**
 * Nix notes what it built itself. It does not for what a remote builder built for it, or came from a cache that needs no
 * signatures: those are told from what came from other caches by having none, and from sources by not following from content.
 */
function isFromHere({ ultimate, signatures, ca, deriver }: PathInfo): boolean {
  return ultimate || (signatures.length === 0 && ca === undefined && deriver !== undefined)
}

/** Only the older program can ask for the outputs of all that a derivation is built with. */
async function closureOf(
  nix: Nix,
  derivations: readonly string[],
  { exec = realExec, signal }: BuiltHereOptions,
): Promise<string[]> {
  const args = ['--query', '--requisites', '--include-outputs', ...derivations]
  const result = await exec(join(dirname(nix.command), 'nix-store'), args, signal ? { signal } : {})
  if (result.code !== 0) throw new UserError(`Nix did not tell what was built:\n${lastErrorOf(result)}`)
  return result.stdout.split('\n').filter(path => path !== '' && !path.endsWith('.drv'))
}

interface PathInfo extends StorePath {
  /** It was built here, and did not come from elsewhere. */
  readonly ultimate: boolean
}

/** What a store knows of its paths; those that it does not have are left out. They are no derivations. */
export async function readPathInfo(
  nix: Nix,
  paths: readonly string[],
  options: { readonly store?: string; readonly signal?: AbortSignal } = {},
): Promise<PathInfo[]> {
  const known: PathInfo[] = []
  for (let at = 0; at < paths.length; at += MAX_PATHS_PER_CALL) {
    known.push(...(await askFor(nix, paths.slice(at, at + MAX_PATHS_PER_CALL), options)))
  }
  return known
}

async function askFor(
  nix: Nix,
  paths: readonly string[],
  { store, signal }: { readonly store?: string; readonly signal?: AbortSignal },
): Promise<PathInfo[]> {
  const where = store === undefined ? [] : ['--store', store]
  let said = ''
  for (const format of formatsOf(nix)) {
    const args = ['path-info', '--json', ...format, ...where, ...paths]
    const result = await nix.run(args, signal ? { signal } : {})
    if (result.code === 0) return parsePathInfo(result.stdout)
    said ||= lastErrorOf(result)
    if (!/json-format|JSON format/.test(result.stderr)) break
  }
  throw new UserError(`Nix did not tell about the paths in its store:\n${said}`)
}

/** From 2.34 on Nix wants to be told which form to write, and may drop the older one. */
function formatsOf({ version }: Nix): string[][] {
  return hasSince(version, 2, 33) ? [['--json-format', '1'], ['--json-format', '2'], []] : [[]]
}

/** Reads each form that `nix path-info --json` has had: a list, an object by path, and one with the store's folder beside it. */
export function parsePathInfo(json: string): PathInfo[] {
  const answer = parseJson(json, "Nix's answer")
  if (Array.isArray(answer)) {
    const all = answer.map(each => asObject(each, 'a path'))
    return all.filter(it => it.valid !== false).map(it => parseOne(asString(it.path, 'path'), it, ''))
  }
  const it = asObject(answer, "Nix's answer")
  if (it.info === undefined) return byPath(it, '')
  return byPath(asObject(it.info, 'info'), asString(it.storeDir, 'storeDir'))
}

function byPath(all: JsonObject, folder: string): PathInfo[] {
  const valid = Object.entries(all).filter(([, it]) => it !== null)
  return valid.map(([path, it]) => parseOne(path, asObject(it, path), folder))
}

function parseOne(path: string, it: JsonObject, folder: string): PathInfo {
  const deriver = asOptionalString(it.deriver, 'deriver')
  const ca = contentAddress(it.ca)
  return {
    path: join(folder, path),
    narHash: asString(it.narHash, 'narHash'),
    narSize: asCount(it.narSize, 'narSize'),
    references: asStrings(it.references, 'references').map(each => join(folder, each)),
    ...(deriver !== undefined && { deriver: join(folder, deriver) }),
    signatures: asArray(it.signatures ?? [], 'signatures').map(each => asString(each, 'a signature')),
    ...(ca !== undefined && { ca }),
    ultimate: it.ultimate === true,
  }
}

const METHODS: Readonly<Record<string, string>> = {
  flat: 'fixed:',
  nar: 'fixed:r:',
  text: 'text:',
  git: 'fixed:git:',
}

/** A text since ever; the newest form has it in two parts. */
function contentAddress(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return asOptionalString(value, 'ca')
  const { method, hash } = asObject(value, 'ca')
  const prefix = METHODS[asString(method, 'method')]
  return prefix === undefined ? undefined : `${prefix}${asString(hash, 'hash').replace('-', ':')}`
}
