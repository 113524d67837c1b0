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
 * A folder in the format of Nix's binary caches, which Nix can substitute paths from. Unlike a cache that `nix copy` writes to,
 * it may omit references of its paths, because other caches have them.
 */
export interface LocalCache {
  /** For the setting `extra-substituters`. Paths from this cache need no signature, because this machine wrote it. */
  readonly uri: string
  /**
   * Creates the folder, and removes incomplete entries, which could make a build fail. Call it before Nix uses the URI: otherwise
   * the daemon creates missing files as root, and this user cannot write to them.
   */
  prepare(): Promise<PrepareResult>
  /**
   * Adds `paths` and removes the least recently used entries, so that the cache has at most `maxBytes`. If a path cannot be read,
   * no path is added.
   */
  update(paths: readonly StorePath[], options: UpdateOptions): Promise<CacheContent>
}

interface PrepareResult {
  /** The number of paths in the cache. */
  readonly paths: number
  /** The number of incomplete entries that were removed. */
  readonly broken: number
}

export interface UpdateOptions {
  readonly maxBytes: number
  /** True if a path in the cache is used by the current build. */
  isUsed(path: string): Promise<boolean>
  readonly dump: Dump
}

/** Returns the NAR of a store path. */
type Dump = (path: string) => AsyncIterable<Buffer>

export interface CacheContent {
  readonly paths: number
  readonly bytes: number
  /** Changes if the set of paths changes. */
  readonly fingerprint: string
}

const MAX_OPEN_FILES = 8

export function openLocalCache(folder: string): LocalCache {
  return {
    uri: `${pathToFileURL(folder)}?trusted=1&priority=1`,
    async prepare() {
      const { entries, broken } = await prepareFolder(folder)
      return { paths: entries.length, broken }
    },
    update: (paths, options) => updateCache(folder, paths, options),
  }
}

async function prepareFolder(folder: string): Promise<{ entries: Entry[]; broken: number }> {
  await mkdir(join(folder, 'nar'), { recursive: true })
  const file = join(folder, 'nix-cache-info')
  if (!(await exists(file))) await writeFile(file, 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 1\n')
  const entries = await readEntries(folder)
  return { entries, broken: await removeOtherEntries(folder, entries) }
}

async function updateCache(
  folder: string,
  paths: readonly StorePath[],
  { maxBytes, isUsed, dump }: UpdateOptions,
): Promise<CacheContent> {
  const now = Date.now()
  const { entries } = await prepareFolder(folder)
  const existing = await mapLimit(entries, MAX_OPEN_FILES, entry => touchIfUsed(folder, entry, now, isUsed))
  const existingPaths = new Set(existing.map(({ path }) => path))
  const added = paths.filter(({ path }) => !existingPaths.has(path)).map(info => newEntryOf(info, now))
  const { selected, bytes } = chooseForCache<Entry>([...existing, ...added], maxBytes)
  const retained = selected.filter(({ unwritten }) => unwritten === undefined)
  // Removes entries before it writes new ones, so that the disk has room for them.
  await removeOtherEntries(folder, retained)
  try {
    for (const { unwritten } of selected) if (unwritten) await addEntry(folder, unwritten, dump)
  } catch (error) {
    await removeOtherEntries(folder, retained)
    throw error
  }
  return { paths: selected.length, bytes, fingerprint: fingerprintOf(selected) }
}

/** Records the use of an entry in the modification time of its file, for later runs. */
async function touchIfUsed(
  folder: string,
  entry: Entry,
  now: number,
  isUsed: UpdateOptions['isUsed'],
): Promise<Entry> {
  if (!(await isUsed(entry.path))) return entry
  await utimes(join(folder, entry.file), new Date(now), new Date(now))
  return { ...entry, lastUsed: now }
}

/** A path in the cache, or a path to write. */
interface Entry extends CacheCandidate {
  /** The name of its narinfo file. */
  readonly file: string
  /** Set if the entry is not in the cache yet. */
  readonly unwritten?: StorePath
}

function newEntryOf(info: StorePath, now: number): Entry {
  const { path, references, narSize: size } = info
  return {
    file: narinfoFileOf(path),
    path,
    nar: narFileOf(info),
    size,
    references,
    lastUsed: now,
    unwritten: info,
  }
}

function fingerprintOf(entries: readonly Entry[]): string {
  const files = entries.map(({ file }) => file).sort()
  return shortHashOf(files.join('\n'))
}

/** Reads the complete entries of a cache. */
async function readEntries(folder: string): Promise<Entry[]> {
  const entries = await mapLimit(await listNarinfos(folder), MAX_OPEN_FILES, file => readEntry(folder, file))
  return entries.filter(entry => entry !== undefined)
}

async function readEntry(folder: string, file: string): Promise<Entry | undefined> {
  const text = await readFile(join(folder, file), 'utf8')
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const [path, nar, size] = [field('StorePath'), field('URL'), Number(field('NarSize') || Number.NaN)]
  // The URL must not point to a file outside the folder.
  if (path === '' || !/^nar\/[^/]+$/.test(nar) || !(await hasSize(join(folder, nar), size))) return undefined
  const names = field('References').split(' ').filter(Boolean)
  const references = names.map(name => join(dirname(path), name))
  return { file, path, nar, size, references, lastUsed: (await stat(join(folder, file))).mtimeMs }
}

function hasSize(file: string, size: number): Promise<boolean> {
  return stat(file).then(
    stats => stats.size === size,
    () => false,
  )
}

/** Removes all entries except `retained`, and all NARs that no retained entry uses. Returns the number of removed entries. */
async function removeOtherEntries(folder: string, retained: readonly Entry[]): Promise<number> {
  const files = new Set(retained.map(({ file }) => file))
  const removed = (await listNarinfos(folder)).filter(name => !files.has(name))
  for (const name of removed) await rm(join(folder, name), { force: true })
  const nars = new Set(retained.map(({ nar }) => nar))
  for (const name of await readdir(join(folder, 'nar')))
    if (!nars.has(`nar/${name}`)) await rm(join(folder, 'nar', name), { recursive: true, force: true })
  return removed.length
}

async function listNarinfos(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(name => name.endsWith('.narinfo'))
}

/** Writes a new path. Its NAR is not written again if another path has the same content. */
async function addEntry(folder: string, info: StorePath, dump: Dump): Promise<void> {
  if (!(await hasSize(join(folder, narFileOf(info)), info.narSize)))
    await writeNar(folder, info, dump(info.path))
  // The narinfo is written last, because Nix uses a path as soon as its narinfo exists.
  await writeFile(join(folder, narinfoFileOf(info.path)), formatNarinfo(info))
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
      throw new Error(`the content of ${info.path} does not match its hash in the store`)
    await part.close()
    await part.rename(join(folder, narFileOf(info)))
  } finally {
    await part.discard()
  }
}

/** A path that is in a cache, or can be added to it. */
export interface CacheCandidate {
  readonly path: string
  /** The file with its NAR. Paths with equal content share it. */
  readonly nar: string
  /** The size of the NAR, in bytes. */
  readonly size: number
  /** Store paths. May include the path itself. */
  readonly references: readonly string[]
  /** In milliseconds since 1970. */
  readonly lastUsed: number
}

interface CacheSelection<T> {
  readonly selected: readonly T[]
  /** The total size of their NARs. */
  readonly bytes: number
}

/**
 * Chooses the paths of a cache with at most `maxBytes`: the most recently used paths first, and small paths before large paths,
 * so that many fit. A path is chosen only together with its references among the candidates, because it cannot be used without
 * them. Its other references are in other caches.
 */
export function chooseForCache<T extends CacheCandidate>(
  candidates: readonly T[],
  maxBytes: number,
): CacheSelection<T> {
  const byPath = new Map(candidates.map(candidate => [candidate.path, candidate]))
  const selected = new Set<T>()
  const nars = new Map<string, number>()
  let bytes = 0
  for (const candidate of [...byPath.values()].sort((a, b) => b.lastUsed - a.lastUsed || a.size - b.size)) {
    const closure = [...closureOf(candidate, byPath)].filter(each => !selected.has(each))
    const newNars = new Map(closure.filter(({ nar }) => !nars.has(nar)).map(({ nar, size }) => [nar, size]))
    const newBytes = [...newNars.values()].reduce((sum, size) => sum + size, 0)
    if (bytes + newBytes > maxBytes) continue
    for (const each of closure) selected.add(each)
    for (const nar of newNars) nars.set(...nar)
    bytes += newBytes
  }
  return { selected: [...selected], bytes }
}

function closureOf<T extends CacheCandidate>(start: T, byPath: ReadonlyMap<string, T>): Set<T> {
  const closure = new Set([start])
  // The loop also visits elements that it adds to the set.
  for (const { references } of closure) {
    for (const path of references) {
      const candidate = byPath.get(path)
      if (candidate) closure.add(candidate)
    }
  }
  return closure
}

/** The properties of a path in a store. */
export interface StorePath {
  readonly path: string
  /** The hash of its NAR, as written by Nix: `sha256-…` or `sha256:…`. */
  readonly narHash: string
  /** In bytes. */
  readonly narSize: number
  /** Store paths. May include the path itself. */
  readonly references: readonly string[]
  readonly deriver?: string | undefined
  readonly signatures: readonly string[]
  /** The content address, if the path has one. */
  readonly ca?: string | undefined
}

/** Returns the 32 characters that identify a store path. */
export function hashPartOf(path: string): string {
  return basename(path).slice(0, 32)
}

function narinfoFileOf(path: string): string {
  return `${hashPartOf(path)}.narinfo`
}

/** Returns the name of an uncompressed NAR in a binary cache. */
function narFileOf(info: Pick<StorePath, 'narHash'>): string {
  return `nar/${hexOfHash(info.narHash)}.nar`
}

/** Formats the narinfo of a path with an uncompressed NAR, like `nix copy --to file://…`. */
export function formatNarinfo(info: StorePath): string {
  const hash = `sha256:${hexOfHash(info.narHash)}`
  const lines = [
    `StorePath: ${info.path}`,
    `URL: ${narFileOf(info)}`,
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

/** Converts a SHA-256 to hex. Nix writes hashes as `sha256-` and base64, or as `sha256:` and Nix's Base32 or hex. */
export function hexOfHash(text: string): string {
  const [, separator = '', value = ''] = /^sha256([-:])(\S+)$/.exec(text) ?? []
  if (separator === '-') return checkHex(Buffer.from(value, 'base64').toString('hex'), text)
  return checkHex(value.length === 52 ? hexOfNix32(value) : value.toLowerCase(), text)
}

function checkHex(hex: string, text: string): string {
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw new Error(`${JSON.stringify(text)} is not a SHA-256`)
}

/** Nix's Base32 omits e, o, t and u. The last digit comes first. */
const NIX32_ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'

/** Converts `length` bytes in Nix's Base32 to hex. Throws an `Error` if the text is something else. */
export function hexOfNix32(text: string, length = 32): string {
  const digits = [...text].map(char => NIX32_ALPHABET.indexOf(char))
  if (digits.includes(-1) || digits.length !== Math.ceil((length * 8) / 5))
    throw new Error(`${JSON.stringify(text)} is not a hash of ${length} bytes in Nix's Base32`)
  const value = digits.reduce((sum, digit) => sum * 32n + BigInt(digit), 0n)
  const bytes = Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
  return bytes.reverse().toString('hex')
}

/** Streams the NAR of a store path. Throws a `UserError` after the last bytes if the NAR is not complete. */
export async function* dumpPath(nix: Nix, path: string): AsyncGenerator<Buffer> {
  const child = nix.start(['store', 'dump-path', path])
  child.stderr?.resume()
  yield* readOutput(
    child,
    nix.command,
    code => new UserError(`Nix could not read ${path}: exit code ${code}`),
  )
}
