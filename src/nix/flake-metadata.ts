import { UserError } from '../util/error.js'
import { asObject, asOptionalString, asString, type JsonObject, parseJson } from '../util/json.js'
import { redactAddresses } from '../util/redact-addresses.js'
import { isSriHash } from '../util/sri-hash.js'
import { locateFlakeForNix } from './check-flake-ref.js'
import { hasSince, type Nix } from './nix.js'
import { lastErrorOf } from './parse-log-lines.js'

/** The sources of a flake, or of one of its inputs. */
export interface FlakeSource {
  /** A flake reference: `github:NixOS/nixpkgs/<revision>`. Without secrets, and without the folders of this machine. */
  readonly url: string
  /** As in `flake.lock`: `sha256-…`. */
  readonly narHash?: string
  /** The commit. Missing if the work tree has changes. */
  readonly revision?: string
}

/** An input of a flake. */
export interface FlakeInput extends FlakeSource {
  /** The path of the input in the lock file: `home-manager/nixpkgs`. */
  readonly name: string
}

export interface FlakeMetadata {
  readonly source: FlakeSource
  /** All inputs, also those of inputs, sorted by name. An input that follows another one is not listed. */
  readonly inputs: readonly FlakeInput[]
}

interface MetadataOptions {
  /** The folder that a relative flake reference is resolved against. */
  readonly cwd: string
  readonly signal?: AbortSignal
}

/** Asks Nix for the sources of a flake and of its locked inputs. Does not change the lock file. Throws a `UserError`. */
export async function readFlakeMetadata(
  nix: Nix,
  flake: string,
  { cwd, signal }: MetadataOptions,
): Promise<FlakeMetadata> {
  const located = locateFlakeForNix(flake, cwd, !hasSince(nix.version, 2, 19))
  const args = ['flake', 'metadata', '--json', '--no-write-lock-file', located.flake]
  const result = await nix.run(args, { cwd: located.cwd, ...(signal && { signal }) })
  if (result.code !== 0)
    throw new UserError(`Nix could not read the inputs of the flake ${flake}:\n${lastErrorOf(result)}`)
  return parseFlakeMetadata(result.stdout)
}

/** Parses the output of `nix flake metadata --json`. Throws an `Error` that names the field. */
export function parseFlakeMetadata(json: string): FlakeMetadata {
  const answer = asObject(parseJson(json, "Nix's answer"), "Nix's answer")
  // Old forks name it `lockedUrl` only, and have no `locked`.
  const source = answer.locked === undefined ? { url: cleanUrl(asString(answer.url, 'url')) } : undefined
  return {
    source: source ?? describeLocked(asObject(answer.locked, 'locked')),
    inputs: answer.locks === undefined ? [] : listInputs(asObject(answer.locks, 'locks')),
  }
}

/** Walks the lock file from its root, level by level, so that a node with several parents has its shortest name. */
function listInputs(locks: JsonObject): FlakeInput[] {
  const nodes = asObject(locks.nodes, 'nodes')
  const root = asString(locks.root, 'root')
  const known = new Set([root])
  const found: FlakeInput[] = []
  const queue = [{ key: root, name: '' }]
  // The loop also visits elements that it adds.
  for (const { key, name } of queue) {
    const node = asObject(nodes[key], key)
    if (node.locked !== undefined) found.push({ name, ...describeLocked(asObject(node.locked, key)) })
    for (const [input, target] of Object.entries(asObject(node.inputs ?? {}, 'inputs'))) {
      // A list is the path of the input that it follows.
      if (Array.isArray(target)) continue
      const next = asString(target, input)
      if (known.has(next)) continue
      known.add(next)
      queue.push({ key: next, name: name === '' ? input : `${name}/${input}` })
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function describeLocked(locked: JsonObject): FlakeSource {
  const [narHash, revision] = ['narHash', 'rev'].map(field => asOptionalString(locked[field], field))
  return {
    url: formatLocked(locked),
    ...(narHash !== undefined && isSriHash(narHash) && { narHash }),
    ...(revision !== undefined && { revision }),
  }
}

/** Formats an entry of a lock file as a flake reference, as Nix does, without the attributes that have their own field. */
function formatLocked(locked: JsonObject): string {
  const text = (field: string): string | undefined => asOptionalString(locked[field], field)
  const type = text('type')
  const revision = text('rev')
  const parameters = { dir: text('dir'), host: text('host') }
  switch (type) {
    case 'github':
    case 'gitlab':
    case 'sourcehut': {
      const parts = [text('owner'), text('repo'), revision ?? text('ref')].filter(part => part !== undefined)
      return withParameters(`${type}:${parts.join('/')}`, parameters)
    }
    case 'git':
    case 'hg':
    case 'mercurial': {
      const submodules = locked.submodules === true ? '1' : undefined
      const scheme = type === 'git' ? 'git' : 'hg'
      const url = cleanUrl(`${scheme}+${toUrl(text('url') ?? '')}`)
      return withParameters(url, { dir: parameters.dir, ref: text('ref'), rev: revision, submodules })
    }
    case 'path':
      return withParameters(cleanUrl(`path:${text('path') ?? ''}`), { dir: parameters.dir })
    case 'indirect':
      return `flake:${[text('id'), text('ref'), revision].filter(part => part !== undefined).join('/')}`
    default:
      return withParameters(cleanUrl(text('url') ?? `${type ?? 'unknown'}:`), { dir: parameters.dir })
  }
}

/** Old versions of Nix write the path of a local repository without `file:`. */
function toUrl(url: string): string {
  return url.startsWith('/') ? `file://${url}` : url
}

function withParameters(url: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const [base = '', query = ''] = url.split('?')
  const all = new URLSearchParams(query)
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') all.set(name, value)
  const text = all.toString().replaceAll('%2F', '/')
  return text === '' ? base : `${base}?${text}`
}

/**
 * Removes what may be secret (the user, the password, and parameters such as `token`), and the folders of this machine: a reader
 * cannot use them, and they can contain the name of a user.
 */
export function cleanUrl(url: string): string {
  const [base = '', query = ''] = redactAddresses(url).replace(/#.*$/s, '').split('?')
  const kept = query.split('&').filter(parameter => parameter !== '' && !parameter.includes('…'))
  const local = /^((?:[a-z]+\+)?(?:file|path)):(?:\/\/)?(\/.*)$/.exec(base)
  const place = local === null ? base : `${local[1]}:${local[2]?.split('/').filter(Boolean).at(-1) ?? ''}`
  return kept.length === 0 ? place : `${place}?${kept.join('&')}`
}

/** True if the sources were on the machine of the build: only the hash says which they are. */
export function isLocalSource({ url }: Pick<FlakeSource, 'url'>): boolean {
  return /^((?:[a-z]+\+)?file|path):/.test(url)
}
