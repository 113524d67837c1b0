import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mapLimit } from '../util/async.js'
import { UserError } from '../util/error.js'
import { readOutput } from '../util/exec.js'
import { exists, PartFile, shortHashOf } from '../util/files.js'
import type { Nix } from './nix.js'

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
  update(found: readonly StorePath[], options: UpdateOptions): Promise<CacheContent>
}

interface Prepared {
  /** How many paths it has. */
  readonly paths: number
  /** How many it said it had, and had not. */
  readonly broken: number
}

export interface UpdateOptions {
  readonly maxBytes: number
  /** Whether a path that the cache has is in use now. */
  isUsed(path: string): Promise<boolean>
  readonly dump: Dump
}

export interface CacheContent {
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

export function openLocalCache(folder: string): LocalCache {
  return {
    uri: `${pathToFileURL(folder)}?trusted=1&priority=1`,
    async prepare() {
      const { entries, broken } = await tidy(folder)
      return { paths: entries.length, broken }
    },
    update: (found, options) => updateCache(folder, found, options),
  }
}

async function tidy(folder: string): Promise<{ entries: Entry[]; broken: number }> {
  await mkdir(join(folder, 'nar'), { recursive: true })
  const file = join(folder, 'nix-cache-info')
  if (!(await exists(file))) await writeFile(file, 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 1\n')
  const entries = await entriesOf(folder)
  return { entries, broken: await sweep(folder, entries) }
}

async function updateCache(
  folder: string,
  infos: readonly StorePath[],
  { maxBytes, isUsed, dump }: UpdateOptions,
): Promise<CacheContent> {
  const now = Date.now()
  const { entries: all } = await tidy(folder)
  const entries = await mapLimit(all, FILES_AT_ONCE, entry => touch(folder, entry, now, isUsed))
  const known = new Set(entries.map(({ path }) => path))
  const found = infos.filter(({ path }) => !known.has(path)).map(info => ofInfo(info, now))
  const { selected, bytes } = chooseForCache<Found>([...entries, ...found], maxBytes)
  const old = selected.filter(({ info }) => info === undefined)
  // Before anything is written, so that there is room.
  await sweep(folder, old)
  try {
    for (const { info } of selected) if (info) await addEntry(folder, info, dump)
  } catch (error) {
    await sweep(folder, old)
    throw error
  }
  return { paths: selected.length, bytes, fingerprint: fingerprintOf(selected) }
}

/** Notes that an entry is in use, where it is, also for later runs. */
async function touch(
  folder: string,
  entry: Entry,
  now: number,
  isUsed: UpdateOptions['isUsed'],
): Promise<Entry> {
  if (!(await isUsed(entry.path))) return entry
  await utimes(join(folder, entry.file), new Date(now), new Date(now))
  return { ...entry, lastUsed: now }
}

function ofInfo(info: StorePath, used: number): Found {
  const { path, references, narSize: size } = info
  return { file: `${hashPartOf(path)}.narinfo`, path, nar: narFile(info), size, references, lastUsed, info }
}

function fingerprintOf(entries: readonly Entry[]): string {
  const names = entries.map(({ file }) => file).sort()
  return shortHashOf(names.join('\n'))
}

/** A path in a folder of the form of a binary cache. */
interface Entry extends CacheCandidate {
  /** The name of the file that describes it. */
  readonly file: string
}

/** Gives the serialisation of a path. */
type Dump = (path: string) => AsyncIterable<Buffer>

/** What a folder has. Entries that are not whole are no entries. */
async function entriesOf(folder: string): Promise<Entry[]> {
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
  return { file, path, nar, size, references, lastUsed: (await stat(join(folder, file))).mtimeMs }
}

function hasSize(file: string, size: number): Promise<boolean> {
  return stat(file).then(
    found => found.size === size,
    () => false,
  )
}

/** Removes all but these entries, and the content that none of them names; gives how many entries that were. */
async function sweep(folder: string, kept: readonly Entry[]): Promise<number> {
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
async function addEntry(folder: string, info: StorePath, dump: Dump): Promise<void> {
  if (!(await hasSize(join(folder, narFile(info)), info.narSize)))
    await writeNar(folder, info, dump(info.path))
  // Last, because it is what makes the path be there.
  await writeFile(join(folder, `${hashPartOf(info.path)}.narinfo`), formatNarinfo(info))
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

/** A path that a cache has or could take in. */
export interface CacheCandidate {
  readonly path: string
  /** The file with its content, which paths of equal content share. */
  readonly nar: string
  /** Of that file, in bytes. */
  readonly size: number
  /** Store paths, its own perhaps among them. */
  readonly references: readonly string[]
  /** When it was last of use, in milliseconds. */
  readonly lastUsed: number
}

interface CacheSelection<T> {
  readonly selected: readonly T[]
  /** That their content takes. */
  readonly bytes: number
}

/**
 * Chooses what a cache of so many bytes keeps: what was used last comes first, small before large, so that the most paths are kept.
 * Each comes with those that it refers to, since it is of no use without them; what it refers to that is no candidate is in
 * other caches.
 */
export function chooseForCache<T extends CacheCandidate>(
  candidates: readonly T[],
  most: number,
): CacheSelection<T> {
  const known = new Map(candidates.map(each => [each.path, each]))
  const kept = new Set<T>()
  const nars = new Map<string, number>()
  let bytes = 0
  for (const candidate of [...known.values()].sort((a, b) => b.lastUsed - a.lastUsed || a.size - b.size)) {
    const missing = [...closureOf(candidate, known)].filter(each => !kept.has(each))
    const more = new Map(missing.filter(({ nar }) => !nars.has(nar)).map(({ nar, size }) => [nar, size]))
    const size = [...more.values()].reduce((sum, each) => sum + each, 0)
    if (bytes + size > most) continue
    for (const each of missing) kept.add(each)
    for (const entry of more) nars.set(...entry)
    bytes += size
  }
  return { selected: [...kept], bytes }
}

function closureOf<T extends CacheCandidate>(start: T, known: ReadonlyMap<string, T>): Set<T> {
  const closure = new Set([start])
  // A set that grows is walked to its end.
  for (const { references } of closure) {
    for (const path of references) {
      const found = known.get(path)
      if (found) closure.add(found)
    }
  }
  return closure
}

/** What a store knows of one of its paths. */
export interface StorePath {
  readonly path: string
  /** Of its serialisation (NAR), as Nix wrote it: `sha256-…` or `sha256:…`. */
  readonly narHash: string
  /** In bytes. */
  readonly narSize: number
  /** Store paths, its own perhaps among them. */
  readonly references: readonly string[]
  readonly deriver?: string | undefined
  readonly signatures: readonly string[]
  /** Says how the path follows from its content, where it does. */
  readonly ca?: string | undefined
}

/** The 32 characters that tell store paths apart. */
export function hashPartOf(path: string): string {
  return basename(path).slice(0, 32)
}

/** The name of an uncompressed serialisation within a binary cache. */
function narFile(info: Pick<StorePath, 'narHash'>): string {
  return `nar/${hexOfHash(info.narHash)}.nar`
}

/** What a binary cache says of a path that it has uncompressed. The format is that of `nix copy --to file://…`. */
export function formatNarinfo(info: StorePath): string {
  const hash = `sha256:${hexOfHash(info.narHash)}`
  const lines = [
    `StorePath: ${info.path}`,
    `URL: ${narFile(info)}`,
    'Compression: none',
    `FileHash: ${hash}`,
    `FileSize: ${info.narSize}`,
    `NarHash: ${hash}`,
    `NarSize: ${info.narSize}`,
    `References: ${info.references.map(path => basename(path)).join(' ')}`,
    ...(info.deriver === undefined ? [] : [`Deriver: ${basename(info.deriver)}`]),
    ...info.signatures.map(signature => `Sig: ${signature}`),
    ...(info.ca === undefined ? [] : [`CA: ${info.ca}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** Nix's own Base32: no e, o, t, u, and the last digit stands first. */
const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'

/** The bytes, as hex, that `length` bytes of Nix's Base32 stand for. Throws an `Error` for anything else. */
export function hexOfNix32(text: string, length = 32): string {
  const digits = [...text].map(char => ALPHABET.indexOf(char))
  if (digits.includes(-1) || digits.length !== Math.ceil((length * 8) / 5))
    throw new Error(`${JSON.stringify(text)} is no hash of ${length} bytes in Base32`)
  const value = digits.reduce((sum, digit) => sum * 32n + BigInt(digit), 0n)
  const bytes = Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
  return bytes.reverse().toString('hex')
}

/** A SHA-256 as hex, from any of the ways in which Nix writes one: `sha256-<Base64>`, or `sha256:` and Base32 or hex. */
export function hexOfHash(text: string): string {
  const [, form = '', value = ''] = /^sha256([-:])(\S+)$/.exec(text) ?? []
  if (form === '-') return checked(Buffer.from(value, 'base64').toString('hex'), text)
  return checked(value.length === 52 ? hexOfNix32(value) : value.toLowerCase(), text)
}

function checked(hex: string, text: string): string {
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw new Error(`${JSON.stringify(text)} is no SHA-256`)
}

/** A store path's serialisation (NAR), as it is written. Throws a `UserError` after the last bytes when it is not whole. */
export async function* dumpPath(nix: Nix, path: string): AsyncGenerator<Buffer> {
  const child = nix.start(['store', 'dump-path', path])
  child.stderr?.resume()
  yield* readOutput(
    child,
    nix.command,
    code => new UserError(`Nix could not read ${path}: exit code ${code}`),
  )
}
