import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mapLimit } from '../util/async.js'
import { exists } from '../util/files.js'
import { shortHash } from '../util/short-hash.js'
import { chooseForCache } from './cache-choice.js'
import { addEntry, type Dump, type Entry, entriesOf, sweep } from './cache-folder.js'
import { hashPart, narFile, type StorePath } from './narinfo.js'

/**
 * A folder that Nix can take paths from, in the format of its binary caches. Unlike a store that `nix copy` writes to, it need
 * not hold what its paths refer to: other caches have that.
 */
export interface LocalCache {
  /** For the setting `extra-substituters`: paths from it need no signature, since it is this machine's own. */
  readonly uri: string
  /**
   * Makes the folder, and removes from it what is not whole, which a build could stumble over. To be called before Nix is told
   * of it: a daemon would make what is missing as root's, which this user could not write to.
   */
  prepare(): Promise<Prepared>
  /**
   * Takes in paths that were found, and removes others, the longest unused first, so that it never has more than `most` bytes.
   * When one cannot be read, none is taken in.
   */
  renew(found: readonly StorePath[], options: RenewOptions): Promise<Content>
}

interface Prepared {
  /** How many paths it has. */
  readonly paths: number
  /** How many it said it had, and had not. */
  readonly broken: number
}

export interface RenewOptions {
  readonly most: number
  /** Whether a path that the cache has is in use now. */
  isUsed(path: string): Promise<boolean>
  readonly dump: Dump
}

export interface Content {
  readonly paths: number
  readonly bytes: number
  /** Changes when what is in it changes. */
  readonly fingerprint: string
}

/** An entry, or one that is to be. */
interface Found extends Entry {
  readonly info?: StorePath
}

const FILES_AT_ONCE = 8

export function localCache(folder: string): LocalCache {
  return {
    uri: `${pathToFileURL(folder)}?trusted=1&priority=1`,
    async prepare() {
      const { entries, broken } = await tidy(folder)
      return { paths: entries.length, broken }
    },
    renew: (found, options) => renew(folder, found, options),
  }
}

async function tidy(folder: string): Promise<{ entries: Entry[]; broken: number }> {
  await mkdir(join(folder, 'nar'), { recursive: true })
  const file = join(folder, 'nix-cache-info')
  if (!(await exists(file))) await writeFile(file, 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 1\n')
  const entries = await entriesOf(folder)
  return { entries, broken: await sweep(folder, entries) }
}

async function renew(
  folder: string,
  infos: readonly StorePath[],
  { most, isUsed, dump }: RenewOptions,
): Promise<Content> {
  const now = Date.now()
  const { entries: all } = await tidy(folder)
  const entries = await mapLimit(all, FILES_AT_ONCE, entry => touch(folder, entry, now, isUsed))
  const known = new Set(entries.map(({ path }) => path))
  const found = infos.filter(({ path }) => !known.has(path)).map(info => ofInfo(info, now))
  const { kept, bytes } = chooseForCache<Found>([...entries, ...found], most)
  const old = kept.filter(({ info }) => info === undefined)
  // Before anything is written, so that there is room.
  await sweep(folder, old)
  try {
    for (const { info } of kept) if (info) await addEntry(folder, info, dump)
  } catch (error) {
    await sweep(folder, old)
    throw error
  }
  return { paths: kept.length, bytes, fingerprint: fingerprintOf(kept) }
}

/** Notes that an entry is in use, where it is, also for later runs. */
async function touch(
  folder: string,
  entry: Entry,
  now: number,
  isUsed: RenewOptions['isUsed'],
): Promise<Entry> {
  if (!(await isUsed(entry.path))) return entry
  await utimes(join(folder, entry.file), new Date(now), new Date(now))
  return { ...entry, used: now }
}

function ofInfo(info: StorePath, used: number): Found {
  const { path, references, narSize: size } = info
  return { file: `${hashPart(path)}.narinfo`, path, nar: narFile(info), size, references, used, info }
}

function fingerprintOf(entries: readonly Entry[]): string {
  const names = entries.map(({ file }) => file).sort()
  return shortHash(names.join('\n'))
}
