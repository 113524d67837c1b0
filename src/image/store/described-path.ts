import { lstat, readlink, realpath } from 'node:fs/promises'
import { posix, resolve } from 'node:path'
import { codeOf } from '../../util/error.js'
import { truncateText } from '../../util/text.js'
import { isStorePath, STORE, storePathOf } from './store-paths.js'

/** The place of a file in a Nix store. */
interface StoreLocation {
  /** Empty, or the root of a store that is not in `/nix`. */
  readonly root: string
  /** The store path that contains the file. */
  readonly storePath: string
}

/**
 * Returns the place of a file in a Nix store. Returns `undefined` if the file is not in a store. A store path can contain folders
 * with the names of another store: it is the outer one that contains the file.
 */
export function findInStore(location: string): StoreLocation | undefined {
  for (let start = location.indexOf(IN_STORE); start >= 0; start = location.indexOf(IN_STORE, start + 1)) {
    const storePath = storePathOf(location.slice(start))
    if (storePath !== undefined) return { root: location.slice(0, start), storePath }
  }
  return undefined
}

/** Returns the first place in a Nix store that a path leads through: `./result` is a link to a store path. */
export async function findFirstInStore(path: string): Promise<StoreLocation | undefined> {
  let folder = '/'
  let names = resolve(path).split('/').slice(1)
  for (let links = 0; names.length > 0 && links < MAX_LINKS; ) {
    const [name = '', ...rest] = names
    const location = posix.join(folder, name)
    const found = findInStore(location)
    if (found !== undefined) return found
    const target = await readlink(location).catch(() => undefined)
    if (target === undefined) {
      folder = location
      names = rest
    } else {
      links++
      names = [...posix.resolve(folder, target).split('/').slice(1), ...rest]
      folder = '/'
    }
  }
  return undefined
}

/** Linux follows 40, and then fails. */
const MAX_LINKS = 40

const IN_STORE = `${STORE}/`

/**
 * Returns where a path that an image description names is on this machine. The last part of the path can be a link, which is not
 * followed. Throws an `Error` if the path is not a store path, or not in one: the description comes from a flake, which must not
 * copy other files of this machine into an image. A description that is not in a store can also name files in its own folder.
 *
 * @param description the real path of the description
 */
export async function locateDescribedPath(path: string, description: string): Promise<string> {
  const root = findRoot(path, description)
  if (root === undefined) {
    const folder = await resolveLinks(posix.dirname(path), path)
    checkInFolder(posix.join(folder, posix.basename(path)), path, description)
    return checkExists(path, path)
  }
  checkInStore(path)
  const location = root + path
  if (isStorePath(path)) return checkExists(location, path)
  const storePath = storePathOf(path) ?? ''
  const [folder, store] = await Promise.all([
    resolveLinks(posix.dirname(location), path),
    resolveLinks(root + STORE, path),
  ])
  if (isInFolder(folder, store + storePath.slice(STORE.length))) return checkExists(location, path)
  throw new Error(`it names ${quote(path)}, which is behind a link to a file outside of ${storePath}`)
}

/** Like `locateDescribedPath`, for a file that is read: links are followed, but their target must be allowed, too. */
export async function locateDescribedFile(path: string, description: string): Promise<string> {
  const root = findRoot(path, description)
  if (root === undefined) return checkInFolder(await resolveLinks(path, path), path, description)
  checkInStore(path)
  const target = await followInStore(path, root)
  if (target === undefined) throw createOutsideError(path)
  return target
}

/** Returns true for a store path, and for a path in one. */
export function isInStore(path: string): boolean {
  return path.startsWith(IN_STORE) && storePathOf(path) !== undefined && posix.normalize(path) === path
}

/**
 * Returns where a file of the store really is on this machine. Returns `undefined` if its links lead out of the store. Throws an
 * `Error` if it does not exist.
 */
export async function followInStore(path: string, root: string): Promise<string | undefined> {
  const [target, store] = await Promise.all([
    resolveLinks(root + path, path),
    resolveLinks(root + STORE, path),
  ])
  return target.startsWith(`${store}/`) ? target : undefined
}

/** Returns the root of the store that must contain the path. Returns `undefined` for another file of the description's folder. */
function findRoot(path: string, description: string): string | undefined {
  return findInStore(description)?.root ?? (path.startsWith(IN_STORE) ? '' : undefined)
}

/** Returns the real location of a path. Throws an `Error` if it is not in the folder of the description. */
function checkInFolder(location: string, path: string, description: string): string {
  if (posix.normalize(path) === path && isInFolder(location, posix.dirname(description))) return location
  throw new Error(
    `it names ${quote(path)}, which is neither in the Nix store nor in the folder of the description`,
  )
}

function isInFolder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function checkInStore(path: string): void {
  if (!isInStore(path)) throw createOutsideError(path)
}

/** Returns the location of a file or of a link, which may lead to nothing. */
async function checkExists(location: string, path: string): Promise<string> {
  try {
    await lstat(location)
    return location
  } catch (error) {
    throw describeMissing(error, path)
  }
}

async function resolveLinks(location: string, path: string): Promise<string> {
  try {
    return await realpath(location)
  } catch (error) {
    throw describeMissing(error, path)
  }
}

function describeMissing(error: unknown, path: string): unknown {
  return codeOf(error) === 'ENOENT' ? new Error(`it names ${quote(path)}, which does not exist`) : error
}

function createOutsideError(path: string): Error {
  return new Error(`it names ${quote(path)}, which is not in the Nix store. Only store paths are packed`)
}

function quote(path: string): string {
  return JSON.stringify(truncateText(path, 200))
}
