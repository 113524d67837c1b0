import { dirname, join, resolve } from 'node:path'
import type { System } from '../oci/platform.js'
import { UsageError, UserError } from '../util/error.js'
import { exists } from '../util/files.js'

/** A flake on this machine. */
interface LocalFlake {
  readonly folder: string
  /** Where Nix looks for `flake.nix`: here, here and in the folders above, or in a commit that we do not read. */
  readonly flakeFile: 'here' | 'upwards' | 'committed'
}

/**
 * Checks a flake reference before Nix sees it: it is no option and has no `#`, and a local one has a `flake.nix`.
 * Anything else (`github:owner/name`, `nixpkgs`) is Nix's to judge. Throws a `UserError`.
 */
export async function checkFlakeRef(ref: string, cwd: string): Promise<void> {
  if (ref === '' || ref.startsWith('-')) throw new UsageError(`${JSON.stringify(ref)} is no flake reference`)
  if (ref.includes('#')) {
    throw new UsageError(`The flake reference ${ref} has a #`, {
      hint: 'Give the part before the # as the flake, and the part behind it as containers or as the attribute.',
    })
  }
  const local = localFlake(ref, cwd)
  if (local !== undefined) await checkLocal(ref, local)
}

/** The folder that a bare name such as `tools` may have been meant for, as Nix wants it written: `./tools`. */
export async function suggestFolder(ref: string, cwd: string): Promise<string | undefined> {
  const isBare = /^[^./:?][^:?]*$/.test(ref)
  return isBare && (await exists(join(cwd, ref, 'flake.nix'))) ? `./${ref}` : undefined
}

/** The folder that a reference names, in which its `flake.nix` lies or above it; `undefined` when it names none of this machine. */
export function findLocalFolder(ref: string, cwd: string): string | undefined {
  const dir = new URLSearchParams(ref.split('?')[1] ?? '').get('dir') ?? ''
  const local = localFlake(ref, cwd)
  return local && resolve(local.folder, local.flakeFile === 'committed' ? dir : '')
}

/** `undefined` when the reference names no folder of this machine. */
function localFlake(ref: string, cwd: string): LocalFlake | undefined {
  const [path = '', query = ''] = ref.split('?')
  const url = /^(path|git\+file):(?:\/\/)?(.*)$/.exec(path)
  const isPath = /^[./]/.test(path)
  if (url === null && !isPath) return undefined
  const asked = new URLSearchParams(query)
  if (url?.[1] === 'git+file' || asked.has('ref') || asked.has('rev')) {
    return { folder: resolve(cwd, decode(url?.[2] ?? path)), flakeFile: 'committed' }
  }
  const folder = resolve(cwd, decode(url?.[2] ?? path), asked.get('dir') ?? '')
  return { folder, flakeFile: url === null && !asked.has('dir') ? 'upwards' : 'here' }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

async function checkLocal(ref: string, { folder, flakeFile }: LocalFlake): Promise<void> {
  const hint = 'Give the folder that holds flake.nix.'
  if (!(await exists(folder))) {
    throw new UserError(`The flake ${ref} does not exist: there is no ${folder}`, { hint })
  }
  if (flakeFile === 'committed') return
  const folders = flakeFile === 'here' ? [folder] : [...upwards(folder)]
  for (const each of folders) if (await exists(join(each, 'flake.nix'))) return
  throw new UserError(`There is no flake.nix in ${folder}`, { hint })
}

function* upwards(folder: string): Generator<string> {
  yield folder
  if (dirname(folder) !== folder) yield* upwards(dirname(folder))
}

/** Where a flake has its containers, as in `packages.{system}.{name}`. */
interface AttributeTemplate {
  readonly text: string
  readonly parts: readonly string[]
}

/** An attribute template for one system, cut at the part that holds `{name}`. */
export interface AttributePath {
  /** From the flake's outputs to what holds the containers; at least one part. */
  readonly before: readonly string[]
  /** What stands around the name in its own part. */
  readonly prefix: string
  readonly suffix: string
  /** From what is named to the derivation. */
  readonly after: readonly string[]
}

export const DEFAULT_ATTRIBUTE = 'packages.{system}.{name}'

/**
 * Reads a template: parts divided by dots, each bare or in double quotes, `{name}` once and not in the first part,
 * `{system}` anywhere or nowhere. Throws a `UsageError` that says what is wrong.
 */
export function parseAttributeTemplate(text: string): AttributeTemplate {
  const bad = (why: string): UsageError =>
    new UsageError(`${JSON.stringify(text)} is no attribute template: ${why}`, {
      hint: `Write it as ${DEFAULT_ATTRIBUTE}, with {name} for the container and {system} for the system.`,
    })
  const unknown = /\{(?!name\}|system\})[^}]*\}/.exec(text)
  if (unknown) throw bad(`${unknown[0]} is neither {name} nor {system}`)
  const parts = splitAttribute(text)
  if (parts === undefined) throw bad('its parts are not names divided by dots')
  const named = parts.filter(part => part.includes('{name}'))
  if (named.length !== 1 || named[0]?.split('{name}').length !== 2) throw bad('it must hold {name} once')
  if (parts[0]?.includes('{name}')) throw bad('{name} cannot stand in the first part')
  return { text, parts }
}

/** Throws a `UsageError` when several systems would get one and the same container. */
export function checkSystems({ text }: AttributeTemplate, systems: readonly string[]): void {
  if (systems.length < 2 || text.includes('{system}')) return
  throw new UsageError(`The attribute ${text} is the same for ${systems.join(' and ')}`, {
    hint: 'Write {system} where the system stands in it, or name the one that it is for, with `systems`.',
  })
}

/** `a."b.c".d` as its three parts; `undefined` when it is no attribute path. */
export function splitAttribute(text: string): string[] | undefined {
  const parts: string[] = []
  const part = /(?:"([^"]*)"|([^".\s]+))(\.|$)/y
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (match === null) return undefined
    parts.push(match[1] ?? match[2] ?? '')
    if (part.lastIndex === text.length) return match[3] === '.' ? undefined : parts
  }
  return undefined
}

/** The template's path for a system. */
export function resolveTemplate(template: AttributeTemplate, system: string): AttributePath {
  const parts = template.parts.map(part => part.replaceAll('{system}', system))
  const at = parts.findIndex(part => part.includes('{name}'))
  const [prefix = '', suffix = ''] = parts[at]?.split('{name}') ?? []
  return { before: parts.slice(0, at), prefix, suffix, after: parts.slice(at + 1) }
}

/** The attribute of one container, as one writes it after a flake's `#`. */
export function attributeOf(path: AttributePath, name: string): string {
  return formatAttribute([...path.before, `${path.prefix}${name}${path.suffix}`, ...path.after])
}

/** Parts as an attribute path, those that need it in quotes. */
export function formatAttribute(parts: readonly string[]): string {
  return parts.map(part => (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(part) ? part : `"${part}"`)).join('.')
}

/** Which containers of a flake are looked for. */
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
