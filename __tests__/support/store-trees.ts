import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ContentHasher, type ContentSum, type LayerSource } from '../../src/image/format/bytes.js'

/** A file below a folder. A string of bytes has one character for each byte. */
export type TreeEntry =
  | readonly [path: string, kind: 'dir', mode: number]
  | readonly [path: string, kind: 'file', content: string, mode: number]
  /** A hard link to an earlier file of the tree. */
  | readonly [path: string, kind: 'hard', target: string]
  | readonly [path: string, kind: 'link', target: string]

/** Writes the files of a store path. Its folders get their permissions at the end, because they may not be writable. */
export function writeTree(root: string, entries: readonly TreeEntry[]): void {
  const at = (path: string): Buffer => Buffer.from(path === '' ? root : `${root}/${path}`)
  const folders: [path: Buffer, mode: number][] = []
  for (const [path, kind, ...rest] of entries) {
    if (kind === 'dir') {
      mkdirSync(at(path), { recursive: true })
      folders.push([at(path), rest[0] as number])
    } else if (kind === 'link') symlinkSync(Buffer.from(rest[0] as string), at(path))
    else if (kind === 'hard') linkSync(at(rest[0] as string), at(path))
    else {
      writeFileSync(at(path), rest[0] as string)
      chmodSync(at(path), rest[1] as number)
    }
  }
  for (const [path, mode] of folders.reverse()) chmodSync(path, mode)
}

/** Makes all folders writable, so that they can be removed. */
export function makeWritable(folder: string): void {
  if (!lstatSync(folder).isDirectory()) return
  chmodSync(folder, 0o755)
  for (const name of readdirSync(folder)) makeWritable(join(folder, name))
}

export async function hashSource(source: LayerSource): Promise<ContentSum> {
  const hasher = new ContentHasher()
  for await (const chunk of source.readRest()) hasher.add(chunk)
  return hasher.finish()
}

export async function readSource(source: LayerSource): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source.readRest()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
