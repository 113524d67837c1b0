import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'
import { type ByteString, compareByteStrings, toBytes } from '../format/byte-string.js'
import type { MemberKind } from '../format/write-tar-header.js'

/** A file, a folder or a symbolic link in a store path. */
export interface StoreFile {
  /** The absolute path, without the root of the store: `/nix/store/…`. */
  readonly path: ByteString
  /** The path on this machine. It differs from `path` if the store has another root. */
  readonly location: Buffer
  readonly kind: MemberKind
  /** The permissions, with the set-uid, set-gid and sticky bits: the lowest twelve bits. */
  readonly mode: number
  /** In bytes; 0 for folders and links. */
  readonly size: number
  /** Of a link; otherwise empty. */
  readonly target: ByteString
}

/**
 * Yields a store path, and everything below it: a folder before its content, the names of each folder in the order of their
 * bytes. Links are not followed, and a store path can be a link or a file itself. Throws an `Error` that names a file that
 * cannot be in a store, such as a socket.
 *
 * @param root the root of the store, for stores that are not in `/nix`
 * @param compare another order of the names in a folder
 */
export function* walkStorePath(
  path: ByteString,
  root = '',
  compare: (a: ByteString, b: ByteString) => number = compareByteStrings,
): Generator<StoreFile> {
  const file = readStoreFile(path, root)
  yield file
  if (file.kind !== 'folder') return
  const names = readdirSync(file.location, { encoding: 'latin1' }).sort(compare)
  for (const name of names) yield* walkStorePath(`${path}/${name}`, root, compare)
}

/** Whether Nix adds suffixes to names on this machine, because its file systems ignore case. */
export const HAS_CASE_HACK = process.platform === 'darwin'

/** Names that are equal without case get it from the second on: `readme~nix~case~hack~1`. */
const CASE_HACK_SUFFIX = /~nix~case~hack~[^/]*/g

/** Returns a path without the suffixes of Nix. They are not part of what Nix recorded. */
export function removeCaseHack(path: ByteString): ByteString {
  return path.replace(CASE_HACK_SUFFIX, '')
}

/** Reads the properties of one file. */
export function readStoreFile(path: ByteString, root = ''): StoreFile {
  const location = Buffer.concat([Buffer.from(root), toBytes(path)])
  const stats = lstatSync(location)
  const kind = kindOf(stats)
  if (kind === undefined)
    throw new Error(
      `${toBytes(path)} is neither a file nor a folder nor a link, so it cannot be in a Nix store`,
    )
  return {
    path,
    location,
    kind,
    mode: stats.mode & 0o7777,
    size: kind === 'file' ? stats.size : 0,
    target: kind === 'link' ? readlinkSync(location, { encoding: 'latin1' }) : '',
  }
}

function kindOf(stats: Stats): MemberKind | undefined {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  return stats.isSymbolicLink() ? 'link' : undefined
}
