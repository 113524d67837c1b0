import { asArray, asObject, asOptionalString, asStrings, type JsonObject, parseJson } from '../util/json.js'
import { locateFlakeForNix } from './check-flake-ref.js'
import { hasSince, type Nix } from './nix.js'
import { PACKAGE_FUNCTIONS } from './package-functions.js'
import { lastErrorOf } from './parse-log-lines.js'
import { encodeNixString, LICENSE_FUNCTIONS, VALUE_FUNCTIONS } from './value-functions.js'

/** Packages that are looked up by their names. */
export interface PackageQuery {
  readonly flake: string
  /** The folder that a relative flake reference is resolved against. */
  readonly cwd: string
  readonly system: string
  /** Names of packages, which are often those of their attributes. */
  readonly names: readonly string[]
  /** Only packages with one of these outputs are returned. */
  readonly paths: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Looks for packages in the package sets that are inputs of a flake, such as nixpkgs. The config of an image can name a program
 * without its value, so the evaluation of the flake does not find that package. A package counts only if it has exactly the
 * store path. Returns the input of `readPackages`. A package set that Nix cannot evaluate has none. Throws its error if no other
 * set has any.
 */
export async function lookUpPackages(nix: Nix, query: PackageQuery): Promise<unknown[]> {
  const found: unknown[] = []
  const failures: unknown[] = []
  for (const set of await findPackageSets(nix, query)) {
    try {
      found.push(...(await lookUpIn(set, nix, query)))
    } catch (error) {
      query.signal.throwIfAborted()
      failures.push(error)
    }
  }
  if (found.length === 0 && failures.length > 0) throw failures[0]
  return found
}

/** Of several versions of nixpkgs. */
const MAX_SETS = 3

/**
 * Returns the flake references of the inputs whose names contain `nixpkgs`, as the lock file has them. Other inputs are not
 * evaluated, because they can be large and have no packages.
 */
async function findPackageSets(nix: Nix, { flake, cwd, signal }: PackageQuery): Promise<string[]> {
  const { flake: reference, cwd: folder } = locateFlakeForNix(flake, cwd, !hasSince(nix.version, 2, 19))
  const result = await nix.run(['flake', 'metadata', '--json', reference], { cwd: folder, signal })
  if (result.code !== 0) throw new Error(lastErrorOf(result))
  const { nodes, root } = asObject(asObject(parseJson(result.stdout, 'metadata'), 'metadata').locks, 'locks')
  const inputs = inputsOf(asObject(nodes, 'nodes'), String(root))
  const names = Object.keys(inputs).filter(name => /nixpkgs/.test(name))
  const references = names.flatMap(name => {
    const node = findNode(asObject(nodes, 'nodes'), String(root), inputs[name])
    return formatLocked(asObject(node?.locked ?? {}, 'locked')) ?? []
  })
  return [...new Set(references)].slice(0, MAX_SETS)
}

function inputsOf(nodes: JsonObject, key: string): JsonObject {
  return asObject(asObject(nodes[key], key).inputs ?? {}, 'inputs')
}

/** An input is the key of a node, or the path to an input that it follows. */
function findNode(nodes: JsonObject, root: string, input: unknown): JsonObject | undefined {
  if (typeof input === 'string') return asObject(nodes[input], input)
  let key: unknown = root
  for (const name of asStrings(input, 'an input')) {
    if (typeof key !== 'string') return undefined
    key = inputsOf(nodes, key)[name]
  }
  return typeof key === 'string' ? asObject(nodes[key], key) : undefined
}

/** Writes a locked input as a flake reference. Returns `undefined` for a kind of input that package sets do not have. */
function formatLocked(locked: JsonObject): string | undefined {
  const text = (key: string): string => asOptionalString(locked[key], key) ?? ''
  const place = placeOf(text)
  if (place === undefined) return undefined
  const isGit = text('type') === 'git'
  const keys = ['dir', 'host', 'narHash', ...(isGit ? ['ref', 'rev'] : [])].filter(key => text(key) !== '')
  const parameters = keys.map(key => `${key}=${encodeURIComponent(text(key))}`)
  return parameters.length === 0 ? place : `${place}${place.includes('?') ? '&' : '?'}${parameters.join('&')}`
}

function placeOf(text: (key: string) => string): string | undefined {
  const type = text('type')
  if (['github', 'gitlab', 'sourcehut'].includes(type))
    return `${type}:${text('owner')}/${text('repo')}/${text('rev')}`
  if (type === 'path') return `path:${text('path')}`
  if (type === 'git') return `git+${text('url')}`
  return type === 'tarball' ? text('url') : undefined
}

async function lookUpIn(set: string, nix: Nix, query: PackageQuery): Promise<readonly unknown[]> {
  const { system, names, paths, signal } = query
  const text = encodeNixString(JSON.stringify({ system, names, paths }))
  const installable = `${set}#${hasSince(nix.version, 2, 19) ? '.' : ''}legacyPackages`
  const apply = `(${LOOKUP_FUNCTION}) (builtins.fromJSON ${text})`
  const result = await nix.run(['eval', '--json', '--read-only', installable, '--apply', apply], { signal })
  if (result.code !== 0) throw new Error(lastErrorOf(result))
  return asArray(parseJson(result.stdout, "Nix's answer"), "Nix's answer")
}

/** The compiler that a wrapper calls has the libraries of its programs. */
const LOOKUP_FUNCTION = `query: root:
let${VALUE_FUNCTIONS}${LICENSE_FUNCTIONS}${PACKAGE_FUNCTIONS}
  packages = root.\${query.system} or { };
  named = derivationsIn 1 (map (name: packages.\${name} or null) query.names);
  found = named ++ derivationsIn 2 (map (value: [ (value.cc or null) (value.libc or null) (value.unwrapped or null) ]) named);
in
filter (about: filter (path: elem path query.paths) about.paths != [ ]) (map describePackage found)`
