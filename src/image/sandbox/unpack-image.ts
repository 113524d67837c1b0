import {
  chmodSync,
  closeSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blob } from '../../oci/descriptor.js'
import { openVerified } from '../../oci/verify.js'
import { codeOf } from '../../util/error.js'
import { ByteReader, openLazily } from '../format/bytes.js'
import { decodeDetected } from '../format/decompress.js'
import { readRawMembers, type TarOwner } from '../format/tar.js'
import { ImageTree, type TreeFile, type TreeFolder, type TreeNode } from './image-tree.js'

/** An image whose files are known, and whose file contents are stored. */
export interface UnpackedImage {
  readonly tree: ImageTree
  /** The path of a file's content. */
  pathOf(file: TreeFile): string
}

/** The uncompressed files of all layers together, in bytes. */
const MAX_CONTENT = 256 * 1024 ** 3

/**
 * Reads the layers of an image. Contents of files are stored under numbers, so no name in a layer reaches the file system here.
 * Throws an `Error` if a layer is damaged, or has a name that cannot exist in an image.
 */
export async function readImageFiles(
  layers: readonly Blob[],
  folder: string,
  signal: AbortSignal,
): Promise<UnpackedImage> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const tree = new ImageTree()
  const pathOf = ({ content }: TreeFile): string => join(folder, String(content))
  let size = 0
  for (const [n, layer] of layers.entries()) {
    const input = new ByteReader(decodeDetected(openLazily(() => openVerified(layer))))
    try {
      for await (const member of readRawMembers(input)) {
        signal.throwIfAborted()
        const file = tree.add(member, n + 1)
        if (file === undefined) continue
        size += member.size
        if (size > MAX_CONTENT) throw new Error(`its files have more than ${MAX_CONTENT} bytes`)
        await storeContent(pathOf(file), input.take(member.size))
      }
      // Read to the end: a layer is verified only there.
      for await (const _ of input.readRest());
    } finally {
      await input.close()
    }
  }
  return { tree, pathOf }
}

/** Synchronous, because an image can have a hundred thousand small files. */
async function storeContent(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  const file = openSync(path, 'wx', 0o600)
  try {
    for await (const chunk of content) for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
  } finally {
    closeSync(file)
  }
}

/**
 * Creates the files of an image in an empty folder. Their contents are moved there. Symbolic links are created last, so nothing
 * is written through a link. Set-user-id bits are left out, and this user may always write to a folder, so that it can remove it.
 * Files keep their owner only if this process is root.
 */
export function createImageFiles({ tree, pathOf }: UnpackedImage, folder: string): void {
  const isRoot = process.getuid?.() === 0
  const created = new Map<TreeFile, string>()
  const links: { readonly path: string; readonly target: string; readonly owner: TarOwner }[] = []
  const create = (node: TreeNode, path: string): void => {
    if (node.kind === 'link') {
      links.push({ path, target: node.target, owner: node.owner })
    } else if (node.kind === 'folder') {
      mkdirSync(path, { mode: 0o700 })
      createEntries(node, path)
    } else {
      const first = created.get(node)
      if (first !== undefined) {
        linkSync(first, path)
        return
      }
      renameSync(pathOf(node), path)
      if (isRoot) setOwner(path, node.owner)
      chmodSync(path, node.mode & 0o777)
      created.set(node, path)
    }
  }
  const createEntries = (node: TreeFolder, path: string): void => {
    for (const [name, entry] of node.entries) create(entry, join(path, name))
    if (isRoot) setOwner(path, node.owner)
    chmodSync(path, (node.mode & 0o1777) | 0o700)
  }
  create(tree.root, folder)
  for (const { path, target, owner } of links) {
    symlinkSync(target, path)
    if (isRoot) setOwner(path, owner)
  }
}

/** In a user namespace, root cannot give a file to every user. */
function setOwner(path: string, { uid, gid }: TarOwner): void {
  try {
    lchownSync(path, uid, gid)
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'ERR_OUT_OF_RANGE'].includes(codeOf(error) ?? '')) throw error
  }
}

/** Removes what `readImageFiles` and `createImageFiles` wrote. */
export async function removeImageFiles(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
