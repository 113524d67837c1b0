import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mapLimit } from '../util/async.js'
import { PartFile } from '../util/part-file.js'
import type { Candidate } from './cache-choice.js'
import { hashPart, narFile, narinfo, type StorePath } from './narinfo.js'
import { hexOfHash } from './nix32.js'

/** A path in a folder of the form of a binary cache. */
export interface Entry extends Candidate {
  /** The name of the file that describes it. */
  readonly file: string
}

/** Gives the serialisation of a path. */
export type Dump = (path: string) => AsyncIterable<Buffer>

const FILES_AT_ONCE = 8

/** What a folder has. Entries that are not whole are no entries. */
export async function entriesOf(folder: string): Promise<Entry[]> {
  const entries = await mapLimit(await narinfosIn(folder), FILES_AT_ONCE, file => readEntry(folder, file))
  return entries.filter(entry => entry !== undefined)
}

async function readEntry(folder: string, file: string): Promise<Entry | undefined> {
  const text = await readFile(join(folder, file), 'utf8')
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const [path, nar, size] = [field('StorePath'), field('URL'), Number(field('NarSize') || Number.NaN)]
  // What would lead out of the folder is not ours.
  if (path === '' || !/^nar\/[^/]+$/.test(nar) || !(await hasSize(join(folder, nar), size))) return undefined
  const names = field('References').split(' ').filter(Boolean)
  const references = names.map(name => join(dirname(path), name))
  return { file, path, nar, size, references, used: (await stat(join(folder, file))).mtimeMs }
}

function hasSize(file: string, size: number): Promise<boolean> {
  return stat(file).then(
    found => found.size === size,
    () => false,
  )
}

/** Removes all but these entries, and the content that none of them names; gives how many entries that were. */
export async function sweep(folder: string, kept: readonly Entry[]): Promise<number> {
  const files = new Set(kept.map(({ file }) => file))
  const gone = (await narinfosIn(folder)).filter(name => !files.has(name))
  for (const name of gone) await rm(join(folder, name), { force: true })
  const nars = new Set(kept.map(({ nar }) => nar))
  for (const name of await readdir(join(folder, 'nar')))
    if (!nars.has(`nar/${name}`)) await rm(join(folder, 'nar', name), { recursive: true, force: true })
  return gone.length
}

async function narinfosIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(name => name.endsWith('.narinfo'))
}

/** Writes a path that is not there yet, and its content unless another path of the same content has brought it. */
export async function addEntry(folder: string, info: StorePath, dump: Dump): Promise<void> {
  if (!(await hasSize(join(folder, narFile(info)), info.narSize)))
    await writeNar(folder, info, dump(info.path))
  // Last, because it is what makes the path be there.
  await writeFile(join(folder, `${hashPart(info.path)}.narinfo`), narinfo(info))
}

async function writeNar(folder: string, info: StorePath, content: AsyncIterable<Buffer>): Promise<void> {
  const part = await PartFile.create(join(folder, 'nar'))
  try {
    const hash = createHash('sha256')
    for await (const chunk of content) {
      hash.update(chunk)
      await part.write(chunk)
    }
    if (hash.digest('hex') !== hexOfHash(info.narHash))
      throw new Error(`${info.path} is not what the store says of it`)
    await part.close()
    await part.rename(join(folder, narFile(info)))
  } finally {
    await part.discard()
  }
}
