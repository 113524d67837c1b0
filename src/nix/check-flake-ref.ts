import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { cpuOf, isSystem, platformOf, SYSTEMS, type System } from '../oci/platform.js'
import { UsageError, UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { nameInput } from '../util/input-name.js'

/**
 * Checks a flake reference before it is passed to Nix: it must not look like an option or contain `#`, and a local flake must
 * have a `flake.nix`. Nix checks other references (`github:owner/name`, `nixpkgs`). Throws a `UserError`.
 */
export async function checkFlakeRef(ref: string, cwd: string): Promise<void> {
  if (ref === '' || ref.startsWith('-')) {
    throw new UsageError(`${JSON.stringify(ref)} is not a flake reference`, {
      hint: 'Write a folder such as . or ./folder, or a URL such as github:owner/name.',
    })
  }
  if (ref.includes('#')) {
    throw new UsageError(`The flake reference ${ref} contains a #`, {
      hint:
        `Set ${nameInput('flake')} to the part before the #, and ${nameInput('containers')} or ` +
        `${nameInput('attribute')} to the part after it.`,
    })
  }
  const local = parseLocalFlake(ref, cwd)
  if (local !== undefined) await checkLocalFlake(ref, local)
}

/** Nix treats a bare name such as `tools` as a registry entry. If a folder with this name has a flake, returns `./tools`. */
export async function suggestFolder(ref: string, cwd: string): Promise<string | undefined> {
  const isBare = /^[^./:?][^:?]*$/.test(ref)
  return isBare && (await exists(join(cwd, ref, 'flake.nix'))) ? `./${ref}` : undefined
}

/** Returns the folder of a local flake; its `flake.nix` may be in a parent folder. Returns `undefined` if it is not local. */
export function findLocalFolder(ref: string, cwd: string): string | undefined {
  const dir = new URLSearchParams(ref.split('?')[1] ?? '').get('dir') ?? ''
  const local = parseLocalFlake(ref, cwd)
  return local && resolve(local.folder, local.flakeFile === 'in a commit' ? dir : '')
}

/** Where the sources of a local flake are: in a work tree, or in a commit of its repository. */
export interface LocalSource {
  readonly folder: string
  /** The branch or tag of the parameter `ref`. */
  readonly ref?: string
  /** The commit of the parameter `rev`. */
  readonly commit?: string
}

/** Returns `undefined` if the flake is not a local path. */
export function findLocalSource(flake: string, cwd: string): LocalSource | undefined {
  const local = parseLocalFlake(flake, cwd)
  if (local === undefined) return undefined
  const parameters = new URLSearchParams(flake.split('?')[1] ?? '')
  const [ref, commit] = [parameters.get('ref'), parameters.get('rev')]
  return { folder: local.folder, ...(ref && { ref }), ...(commit && { commit }) }
}

/** A flake on this machine. */
interface LocalFlake {
  readonly folder: string
  /** The folder without the parameter `dir`. */
  readonly base: string
  /** Where Nix looks for `flake.nix`. A file in a commit is not checked here. */
  readonly flakeFile: 'in the folder' | 'in the folder or its parents' | 'in a commit'
}

const URL_PREFIX = /^(path:|git\+file:)(?:\/\/)?/

/** Returns `undefined` if the reference is not a local path. */
function parseLocalFlake(ref: string, cwd: string): LocalFlake | undefined {
  const [path = '', query = ''] = ref.split('?')
  const url = URL_PREFIX.exec(path)
  const isPath = /^[./]/.test(path)
  if (url === null && !isPath) return undefined
  const parameters = new URLSearchParams(query)
  const base = findFolder(path.replace(URL_PREFIX, ''), url === null ? 'path' : 'url', cwd)
  if (url?.[1] === 'git+file:' || parameters.has('ref') || parameters.has('rev')) {
    return { folder: base, base, flakeFile: 'in a commit' }
  }
  const folder = resolve(base, parameters.get('dir') ?? '')
  const searchesParents = url === null && !parameters.has('dir')
  return { folder, base, flakeFile: searchesParents ? 'in the folder or its parents' : 'in the folder' }
}

/**
 * Returns the folder of a path. In a URL, `%20` is a blank; in a path such as `./a%20b`, it is part of the name. If that folder
 * does not exist, but the one of the other reading does, that one is meant: old versions of Nix do not decode URLs.
 */
function findFolder(path: string, kind: 'path' | 'url', cwd: string): string {
  const [literal, decoded] = [resolve(cwd, path), resolve(cwd, decodePath(path))]
  const [first, second] = kind === 'url' ? [decoded, literal] : [literal, decoded]
  return !existsSync(first) && existsSync(second) ? second : first
}

/** Characters that all versions of Nix read in the same way, in paths and in URLs. */
const PLAIN_PATH = /^[\w./~+=-]*$/

/**
 * Returns the reference of a flake, and the folder to call Nix in. Versions of Nix differ in which characters a path may contain,
 * and in whether `%20` is decoded, so Nix is called inside of a folder whose path has such characters.
 *
 * @param isOld Nix 2.18 or older, which puts the path of a Git work tree into a URL without encoding it
 */
export function locateFlakeForNix(
  flake: string,
  cwd: string,
  isOld: boolean,
): { readonly flake: string; readonly cwd: string } {
  const [path = '', query] = splitOnce(flake, '?')
  const local = parseLocalFlake(flake, cwd)
  if (local === undefined || (PLAIN_PATH.test(path.replace(URL_PREFIX, '')) && PLAIN_PATH.test(local.base)))
    return { flake, cwd }
  const [, prefix = ''] = URL_PREFIX.exec(path) ?? []
  const suffix = query === undefined ? '' : `?${query}`
  const root = prefix === '' && isOld ? findGitRoot(local.base) : undefined
  if (root === undefined) return { flake: `${prefix}.${suffix}`, cwd: local.base }
  const parameters = new URLSearchParams(query)
  const dir = relative(root, resolve(local.base, parameters.get('dir') ?? ''))
  if (dir !== '') parameters.set('dir', dir)
  if (existsSync(join(root, '.git/shallow'))) parameters.set('shallow', '1')
  // Nix decodes %20, but not +.
  const text = parameters.toString().replaceAll('+', '%20')
  return { flake: `git+file:.${text === '' ? '' : `?${text}`}`, cwd: root }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const index = text.indexOf(separator)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}

function findGitRoot(folder: string): string | undefined {
  return withParents(folder).find(each => existsSync(join(each, '.git')))
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

async function checkLocalFlake(ref: string, { folder, flakeFile }: LocalFlake): Promise<void> {
  const hint = `Set ${nameInput('flake')} to the folder that contains flake.nix.`
  if (!(await exists(folder))) {
    throw new UserError(`The flake ${ref} does not exist: there is no folder ${folder}`, { hint })
  }
  if (flakeFile === 'in a commit') return
  const folders = flakeFile === 'in the folder' ? [folder] : withParents(folder)
  for (const each of folders) if (await exists(join(each, 'flake.nix'))) return
  throw new UserError(`There is no flake.nix in ${folder}`, { hint })
}

function withParents(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...withParents(parent)]
}

/** Where a flake defines its containers, for example `packages.{system}.{name}`. */
export interface AttributeTemplate {
  readonly text: string
  /** At most one line for each system, and at most one for all others. At least one. */
  readonly lines: readonly TemplateLine[]
}

interface TemplateLine {
  /** The system that the line is for. Without it, the line is for all systems without another line. */
  readonly system?: System
  readonly text: string
  readonly parts: readonly string[]
}

export const DEFAULT_ATTRIBUTE = 'packages.{system}.{name}'

const PLACEHOLDERS = ['{name}', '{system}', '{cpu}', '{architecture}']

/**
 * Parses an attribute template, or lines `system=template` for templates that differ by system. Its parts are separated by dots,
 * and each is bare or in double quotes. It contains `{name}` once and not in the first part; if it is for one platform, it may
 * be the attribute of one container, without `{name}`. `{system}` (`aarch64-linux`), `{cpu}` (`aarch64`) and `{architecture}`
 * (`arm64`) are optional. Throws a `UsageError`.
 */
export function parseAttributeTemplate(text: string): AttributeTemplate {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(parseTemplateLine)
  if (lines.length === 0) throw createTemplateError(text, 'it must consist of names separated by dots')
  const second = lines.find(({ system }, n) => lines.findIndex(other => other.system === system) < n)
  if (second !== undefined) {
    const whose =
      second.system === undefined ? 'two lines without a system' : `two lines for ${second.system}`
    throw createTemplateError(text, `it has ${whose}`)
  }
  return { text, lines }
}

function parseTemplateLine(line: string): TemplateLine {
  const [, word, text = line] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? []
  if (word !== undefined && !isSystem(word))
    throw createTemplateError(line, `${word} is not a system; known systems: ${SYSTEMS.join(', ')}`)
  const unknown = (text.match(/\{[^}]*\}/g) ?? []).find(each => !PLACEHOLDERS.includes(each))
  if (unknown !== undefined)
    throw createTemplateError(line, `${unknown} is neither {name} nor {system}, {cpu} or {architecture}`)
  const parts = splitAttribute(text)
  if (parts === undefined) throw createTemplateError(line, 'it must consist of names separated by dots')
  const count = text.split('{name}').length - 1
  const isForOnePlatform = word !== undefined || /\{(cpu|architecture)\}/.test(text)
  if (count > 1 || (count === 0 && !(isForOnePlatform && parts.length > 1)))
    throw createTemplateError(line, 'it must contain {name} once')
  if (parts[0]?.includes('{name}')) throw createTemplateError(line, '{name} cannot be in the first part')
  return { ...(word !== undefined && { system: word }), text, parts }
}

function createTemplateError(text: string, reason: string): UsageError {
  return new UsageError(`${JSON.stringify(text)} is not an attribute template: ${reason}`, {
    hint:
      `Write it as ${DEFAULT_ATTRIBUTE}, with {name} for the container, and {system} (aarch64-linux), {cpu} (aarch64) or ` +
      '{architecture} (arm64) for the system. If systems differ, write a line for each, for example ' +
      'aarch64-linux=packages.x86_64-linux.{name}-{cpu}.',
  })
}

/** Throws a `UsageError` if a system has no attribute, or if more than one system would get the same one. */
export function checkSystems(template: AttributeTemplate, systems: readonly System[]): void {
  const attributes = new Map<string, System>()
  for (const system of systems) {
    const attribute = attributeTextFor(template, system)
    if (attribute === undefined) {
      throw new UsageError(`${nameInput('attribute')} has no line for ${system}`, {
        hint:
          `Add a line ${system}=…, or a line without a system for all others, or set ${nameInput('systems')} to the ` +
          'systems that have a line.',
      })
    }
    const other = attributes.get(attribute)
    if (other !== undefined && other !== system) {
      throw new UsageError(`The attribute ${attribute} is the same for ${other} and ${system}`, {
        hint:
          `Add {system}, {cpu} or {architecture} to ${nameInput('attribute')}, or set ${nameInput('systems')} to the one ` +
          'system that the attribute is for.',
      })
    }
    attributes.set(attribute, system)
  }
}

/** Returns the template for a system with all placeholders but `{name}` replaced. */
export function attributeTextFor(template: AttributeTemplate, system: System): string | undefined {
  const line = findLine(template, system)
  return line && replaceSystem(line.text, system)
}

function findLine({ lines }: AttributeTemplate, system: System): TemplateLine | undefined {
  return lines.find(line => line.system === system) ?? lines.find(line => line.system === undefined)
}

function replaceSystem(text: string, system: System): string {
  return text
    .replaceAll('{system}', system)
    .replaceAll('{cpu}', cpuOf(system))
    .replaceAll('{architecture}', platformOf(system).architecture)
}

/** Splits `a."b.c".d` into its three parts. Returns `undefined` if the text is not an attribute path. */
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

/** An attribute template for one system, split at `{name}`. */
export interface AttributePath {
  /** The parts from the flake's outputs to the set that contains the containers. At least one part. */
  readonly before: readonly string[]
  /** The text before and after `{name}` within its part. */
  readonly prefix: string
  readonly suffix: string
  /** The parts from the named attribute to the derivation. */
  readonly after: readonly string[]
  /** True if the template has no `{name}`: `prefix` is the last part, and the name of the container is not in the attribute. */
  readonly fixed?: true
}

/** The template must have a line for the system (`checkSystems`). */
export function resolveTemplate(template: AttributeTemplate, system: System): AttributePath {
  const parts = (findLine(template, system)?.parts ?? []).map(part => replaceSystem(part, system))
  const nameIndex = parts.findIndex(part => part.includes('{name}'))
  if (nameIndex < 0)
    return { before: parts.slice(0, -1), prefix: parts.at(-1) ?? '', suffix: '', after: [], fixed: true }
  const [prefix = '', suffix = ''] = parts[nameIndex]?.split('{name}') ?? []
  return { before: parts.slice(0, nameIndex), prefix, suffix, after: parts.slice(nameIndex + 1) }
}

/** Returns the attribute of one container, as written after the `#` of a flake reference. */
export function attributeOf(path: AttributePath, name: string): string {
  const part = path.fixed ? path.prefix : `${path.prefix}${name}${path.suffix}`
  return formatAttribute([...path.before, part, ...path.after])
}

/** Joins parts to an attribute path, with quotes if needed. */
export function formatAttribute(parts: readonly string[]): string {
  return parts.map(part => (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(part) ? part : `"${part}"`)).join('.')
}

/** Which containers to find in a flake. */
export interface FindOptions {
  /** A flake reference: `.`, `./folder`, `path:…`, `github:owner/name`, `git+file:…`. */
  readonly flake: string
  /** The folder that a relative flake reference is resolved against. */
  readonly cwd: string
  readonly system: System
  /** The names of the containers. Empty: all images of the flake for the system. */
  readonly names: readonly string[]
  readonly attribute: AttributeTemplate
  /**
   * Does not write derivations to the store, which is the slowest part of an evaluation. The containers can then not be built.
   */
  readonly readOnly?: boolean
  /**
   * Prepares this machine to build for a system that an evaluation needs (import from derivation), and returns the options of
   * Nix for it. Throws a `UserError` if it cannot. If it is missing, such containers are left to another machine.
   */
  readonly prepare?: (system: string) => Promise<readonly string[]>
  /** Called with each line that Nix logs, for example while it fetches inputs. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}
