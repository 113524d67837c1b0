import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exists } from '../util/file.js'
import { mapLimit } from '../util/limit.js'
import { PartFile } from '../util/part-file.js'
import { hashPart, narFile, narinfo, type StorePath } from './narinfo.js'
import { hexOfHash } from './nix32.js'

/**
 * A folder that Nix can take paths from, in the format of its binary caches. Unlike a store that `nix copy` writes to, it need
 * not hold what its paths refer to: other caches have that.
 */
export interface LocalCache {
  /** For the setting `extra-substituters`: paths from it need no signature, since it is this machine's own. */
  readonly uri: string
  /**
   * Makes the folder. To be called before Nix is told of it: a daemon would make what is missing as root's, which this user
   * could not write to.
   */
  prepare(): Promise<void>
  /** Adds a path that is not there yet; `dump` gives its serialisation. */
  add(info: StorePath, dump: (path: string) => AsyncIterable<Buffer>): Promise<void>
  /** Names that change when what is in it changes. */
  fingerprint(): Promise<string>
  /** Notes which paths are in use now, and removes others, the longest unused first, until `most` bytes are left. */
  prune(most: number, isUsed: (path: string) => Promise<boolean>): Promise<{ paths: number; bytes: number }>
}

interface Entry {
  readonly file: string
  readonly path: string
  readonly nar: string
  readonly size: number
  readonly used: number
}

const AT_ONCE = 8

export function localCache(folder: string): LocalCache {
  return {
    uri: `${pathToFileURL(folder)}?trusted=1&priority=1`,
    prepare: () => prepare(folder),
    add: (info, dump) => add(folder, info, dump),
    async fingerprint() {
      const names = (await entriesOf(folder)).map(({ file }) => file)
      return createHash('sha256').update(names.sort().join('\n')).digest('hex').slice(0, 16)
    },
    prune: (most, isUsed) => prune(folder, most, isUsed),
  }
}

async function prepare(folder: string): Promise<void> {
  await mkdir(join(folder, 'nar'), { recursive: true })
  const file = join(folder, 'nix-cache-info')
  if (!(await exists(file))) await writeFile(file, 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 1\n')
}

async function add(
  folder: string,
  info: StorePath,
  dump: (path: string) => AsyncIterable<Buffer>,
): Promise<void> {
  const file = join(folder, `${hashPart(info.path)}.narinfo`)
  if (await exists(file)) return
  await prepare(folder)
  await writeNar(folder, info, dump(info.path))
  // Last, because it is what makes the path be there.
  await writeFile(file, narinfo(info))
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

async function prune(
  folder: string,
  most: number,
  isUsed: (path: string) => Promise<boolean>,
): Promise<{ paths: number; bytes: number }> {
  const now = Date.now()
  const entries = await mapLimit(await entriesOf(folder), AT_ONCE, async entry => {
    if (!(await isUsed(entry.path))) return entry
    await utimes(join(folder, entry.file), new Date(now), new Date(now))
    return { ...entry, used: now }
  })
  let bytes = 0
  let paths = 0
  // What is used now comes first, small before large: so the most paths are kept.
  for (const entry of entries.sort((a, b) => b.used - a.used || a.size - b.size)) {
    if (bytes + entry.size <= most) {
      bytes += entry.size
      paths++
    } else await remove(folder, entry)
  }
  return { paths, bytes }
}

async function remove(folder: string, { file, nar }: Entry): Promise<void> {
  await rm(join(folder, file), { force: true })
  await rm(join(folder, nar), { force: true })
}

/** Entries that are not whole are no entries. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder).catch((): string[] => [])).filter(name => name.endsWith('.narinfo'))
  const entries = await mapLimit(names, AT_ONCE, async file => {
    const text = await readFile(join(folder, file), 'utf8')
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
    const { mtimeMs: used } = await stat(join(folder, file))
    return { file, path: field('StorePath'), nar: field('URL'), size: Number(field('NarSize')), used }
  })
  return entries.filter(({ path, nar }) => path !== '' && nar !== '')
}
