import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { System } from '../oci/platform.js'
import { UsageError, UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import type { AttributeTemplate } from './attribute-template.js'

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

/** True for a name such as `nixpkgs`, which Nix looks up in its registry of flakes. */
export function isBareName(ref: string): boolean {
  return /^[^./:?][^:?]*$/.test(ref)
}

/** Nix treats a bare name such as `tools` as a registry entry. If a folder with this name has a flake, returns `./tools`. */
export async function suggestFolder(ref: string, cwd: string): Promise<string | undefined> {
  return isBareName(ref) && (await exists(join(cwd, ref, 'flake.nix'))) ? `./${ref}` : undefined
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
  /** The folder of a flake in a commit, as the parameter `dir` says. Missing for a flake in a work tree. */
  readonly dir?: string
  /** The parameter `submodules`. */
  readonly hasSubmodules?: true
  /** For `path:`, Nix copies the folder, whether Git tracks its files or not. */
  readonly isCopied?: true
}

/** Returns `undefined` if the flake is not a local path. */
export function findLocalSource(flake: string, cwd: string): LocalSource | undefined {
  const local = parseLocalFlake(flake, cwd)
  if (local === undefined) return undefined
  // For `path:`, the parameter `rev` is only a claim: the files of the folder are built.
  if (flake.startsWith('path:')) return { folder: local.folder, isCopied: true }
  const parameters = new URLSearchParams(flake.split('?')[1] ?? '')
  const [ref, commit] = [parameters.get('ref'), parameters.get('rev')]
  return {
    folder: local.folder,
    ...(ref && { ref }),
    ...(commit && { commit }),
    ...(local.flakeFile === 'in a commit' && { dir: parameters.get('dir') ?? '' }),
    ...(/^(1|true)$/.test(parameters.get('submodules') ?? '') && { hasSubmodules: true }),
  }
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
  if (url?.[1] === 'git+file:' || (isPath && (parameters.has('ref') || parameters.has('rev')))) {
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
  /** Also describes the packages to which the images lead (`Container.packages`). */
  readonly packages?: boolean
  /** Called with each line that Nix logs, for example while it fetches inputs. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}
