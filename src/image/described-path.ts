import { realpath } from 'node:fs/promises'
import { posix } from 'node:path'
import { codeOf } from '../util/error.js'
import { isStorePath, storePathOf } from './store-paths.js'

/** The place of a file in a Nix store. */
interface StoreLocation {
  /** Empty, or the root of a store that is not in `/nix`. */
  readonly root: string
  /** The store path that contains the file. */
  readonly storePath: string
}

/** Returns the place of a file in a Nix store. Returns `undefined` if the file is not in a store. */
export function findInStore(location: string): StoreLocation | undefined {
  const start = location.lastIndexOf(`${STORE}/`)
  const storePath = start < 0 ? undefined : storePathOf(location.slice(start))
  return storePath === undefined ? undefined : { root: location.slice(0, start), storePath }
}

const STORE = '/nix/store'

/**
 * Returns where a path that an image description names is on this machine. The last part of the path can be a link, which is not
 * followed. Throws an `Error` if the description is in a store and the path is not in this store: the description comes from a
 * flake, which must not copy other files of this machine into an image.
 *
 * @param description the real path of the description on this machine
 */
export async function locateDescribedPath(path: string, description: string): Promise<string> {
  const store = findInStore(description)
  if (store === undefined) return path
  if (storePathOf(path) === undefined || !path.startsWith('/') || posix.normalize(path) !== path)
    throw createOutsideError(path)
  const location = store.root + path
  if (!isStorePath(path)) await checkInside(posix.dirname(location), store, path)
  return location
}

/** Like `locateDescribedPath`, for a file that is read: if it is a link, its target must be in the store, too. */
export async function locateDescribedFile(path: string, description: string): Promise<string> {
  const location = await locateDescribedPath(path, description)
  const store = findInStore(description)
  return store === undefined ? location : checkInside(location, store, path)
}

/** Returns the real path of a file. Throws an `Error` if it is not in the store. */
async function checkInside(location: string, { root }: StoreLocation, path: string): Promise<string> {
  const [target, store] = await Promise.all([resolveLinks(location, path), resolveLinks(root + STORE, path)])
  if (!target.startsWith(`${store}/`)) throw createOutsideError(path)
  return target
}

async function resolveLinks(location: string, path: string): Promise<string> {
  try {
    return await realpath(location)
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? new Error(`it names ${path}, which does not exist`) : error
  }
}

function createOutsideError(path: string): Error {
  return new Error(
    `it names ${JSON.stringify(path)}, which is not in the Nix store. Only store paths are packed`,
  )
}
