import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { codeOf } from '../util/error.js'
import { openFile, readHead } from './format/file-bytes.js'
import { encodingOf, HEAD } from './format/magic.js'
import { scanTar } from './format/tar-scan.js'

/** The files of an image layout (OCI image-spec, image-layout.md). */
export const LAYOUT_FILE = 'oci-layout'
export const INDEX_FILE = 'index.json'
export const BLOBS = 'blobs/sha256'

/** Bytes that lie in a file: all of a layout folder's, a part of an archive. */
export interface Slice {
  readonly path: string
  readonly offset: number
  readonly size: number
}

export function openSlice({ path, offset, size }: Slice): Readable {
  if (size === 0) return Readable.from([])
  return openFile(path, { start: offset, end: offset + size - 1 })
}

/** The files of a layout folder or archive by name. Throws an `Error` that says what is wrong with it. */
export async function layoutFiles(path: string): Promise<ReadonlyMap<string, Slice>> {
  const files = (await stat(path)).isDirectory() ? await filesOfFolder(path) : await filesOfArchive(path)
  for (const name of [LAYOUT_FILE, INDEX_FILE]) if (!files.has(name)) throw new Error(`it has no ${name}`)
  return files
}

async function filesOfFolder(folder: string): Promise<Map<string, Slice>> {
  const blobs = (await listing(join(folder, BLOBS))).map(name => `${BLOBS}/${name}`)
  const top = (await listing(folder)).filter(name => name === LAYOUT_FILE || name === INDEX_FILE)
  const files = new Map<string, Slice>()
  for (const name of [...top, ...blobs]) {
    const path = join(folder, name)
    files.set(name, { path, offset: 0, size: (await stat(path)).size })
  }
  return files
}

/** A layout without blobs needs no folder for them. */
async function listing(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function filesOfArchive(path: string): Promise<Map<string, Slice>> {
  const compression = encodingOf(await readHead(path, HEAD))
  if (compression !== 'none') throw new Error(`it is compressed with ${compression}; decompress it first`)
  const files = new Map<string, Slice>()
  for (const entry of await scanTar(path)) {
    if (entry.kind !== 'file') continue
    if (files.has(entry.name)) throw new Error(`it holds ${entry.name} twice`)
    files.set(entry.name, { path, offset: entry.offset, size: entry.size })
  }
  return files
}
