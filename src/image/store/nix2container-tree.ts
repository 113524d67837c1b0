import { readdirSync } from 'node:fs'
import { type ByteString, compareByteStrings, toByteString, toBytes } from '../format/byte-string.js'
import { cleanPath, encodeGoTarHeader, type GoTarMember } from '../format/go-tar.js'
import { type GoPatterns, GoTemplate } from './go-pattern.js'
import type { Nix2containerPath, PathPermissions } from './nix2container-document.js'
import { HAS_CASE_HACK, readStoreFile, removeCaseHack, type StoreFile, walkStorePath } from './store-files.js'
import type { StoreTarMember } from './store-tar-source.js'

/** Where the files of a layer are, and what its description needs to be read. */
export interface TreeOptions {
  /** The root of the store, for stores that are not in `/nix`. */
  readonly storeRoot: string
  /** Simple patterns are missing. */
  readonly patterns: GoPatterns
  /** Whether names have the suffixes of Nix (`removeCaseHack`). Default: true on macOS. */
  readonly hasCaseHack?: boolean
  /** The largest number of names and folders that patterns can make. Default: `MAX_PLACES`. */
  readonly maxPlaces?: number
}

/**
 * Yields the members of the layer that nix2container makes from store paths: all files as one tree, the names of each folder in
 * the order of their bytes. Folders above the store paths are added. Throws an `Error` if two files of one name differ.
 */
export function* listTreeMembers(
  paths: readonly Nix2containerPath[],
  options: TreeOptions,
): Generator<StoreTarMember> {
  const reader = new TreeReader(options)
  const root = new Place()
  for (const [order, path] of paths.entries()) yield* reader.addPath(root, path, order)
  yield* reader.list(root, undefined)
}

/** Whether a path is read as it is found, or moved as a whole: no pattern has to be compiled for it. */
export function isMovedSimply(path: Nix2containerPath): boolean {
  return findSimpleTarget(path) !== undefined
}

/** `PATH_MAX` of Linux, without the zero byte at the end. */
const MAX_NAME_BYTES = 4095

/** They need 1 GB of memory. A name that a pattern makes can have two thousand of them. */
const MAX_PLACES = 3_000_000

/** A folder such as `bin` can be in each store path of a layer. */
const MAX_SOURCES = 10_000

const NO_MEMBER: StoreTarMember = { header: Buffer.alloc(0) }

/** A name in the layer. There can be a million in memory, so a place without children has no map. */
class Place {
  #children: Map<ByteString, Place> | undefined
  #sources: readonly Source[] = []

  /** Of a folder, by name. */
  get children(): ReadonlyMap<ByteString, Place> {
    return this.#children ?? NO_CHILDREN
  }

  /** What gets this name, in the order of the description. */
  listSources(): readonly Source[] {
    return this.#sources.toSorted((a, b) => a.origin.order - b.origin.order)
  }

  getChild(name: ByteString): Place {
    this.#children ??= new Map()
    return getOrCreate(this.#children, name)
  }

  /** Throws an `Error` if too many files get this name: each takes longer than the one before. */
  addSource(source: Source): void {
    if (this.#sources.length === MAX_SOURCES)
      throw new Error(
        `more than ${MAX_SOURCES} files get one name in a layer, for example ${toBytes(source.path)}`,
      )
    // `push` would reserve memory for more.
    this.#sources = [...this.#sources, source]
  }
}

const NO_CHILDREN: ReadonlyMap<ByteString, Place> = new Map()

/** A file of a store path that gets a name in the layer. */
interface Source {
  /** In the store. */
  readonly path: ByteString
  readonly origin: Origin
  /** Whether it is a member of the layer. The root of a store path is not, if it is moved to the root of the image. */
  readonly isMember: boolean
}

/** What the files of a store path have in common. */
interface Origin {
  readonly from: Nix2containerPath
  /** The position of the store path in the description. */
  readonly order: number
  /** Whether all files below a file have the same names below its place. */
  readonly hasContent: boolean
}

class TreeReader {
  readonly #options: TreeOptions
  readonly #hasCaseHack: boolean
  #places = 0

  constructor(options: TreeOptions) {
    this.#options = options
    this.#hasCaseHack = options.hasCaseHack ?? HAS_CASE_HACK
  }

  /** Yields no members, but after each file, because patterns can take long. */
  *addPath(root: Place, from: Nix2containerPath, order: number): Generator<StoreTarMember> {
    const path = toByteString(from.path)
    const target = findSimpleTarget(from)
    if (target !== undefined) {
      const origin = { from, order, hasContent: true }
      this.#placeAt(root, target || '/').addSource({ path, origin, isMember: target !== '' })
      return
    }
    const origin = { from, order, hasContent: false }
    const rename = this.#makeRename(from)
    for (const file of walkStorePath(path, this.#options.storeRoot)) {
      const name = rename(this.#removeCaseHack(file.path))
      if (name !== '')
        this.#placeAt(root, cleanPath(name)).addSource({ path: file.path, origin, isMember: true })
      yield NO_MEMBER
    }
  }

  /** @param path cleaned; it can be relative */
  #placeAt(root: Place, path: ByteString): Place {
    if (path.length > MAX_NAME_BYTES)
      throw new Error(`a file gets a name of ${path.length} bytes, and Linux permits ${MAX_NAME_BYTES}`)
    let place = root
    for (const name of path === '/' ? [''] : path.split('/')) {
      if (!place.children.has(name)) this.#places++
      place = place.getChild(name)
    }
    const { maxPlaces = MAX_PLACES } = this.#options
    if (this.#places > maxPlaces)
      throw new Error(`regular expressions move more than ${maxPlaces} files and folders`)
    return place
  }

  #makeRename({ rewrite }: Nix2containerPath): (path: ByteString) => ByteString {
    if (!rewrite) return path => path
    const pattern = this.#options.patterns.get(rewrite.regex)
    const template = new GoTemplate(rewrite.replacement)
    return path => pattern.replaceAll(path, template)
  }

  #removeCaseHack(path: ByteString): ByteString {
    return this.#hasCaseHack ? removeCaseHack(path) : path
  }

  /** @param name that of the place; `undefined` for the place above all names */
  *list(place: Place, name?: ByteString): Generator<StoreTarMember> {
    const found = place.listSources().map(source => ({
      source,
      file: readStoreFile(source.path, this.#options.storeRoot),
    }))
    const member = this.#chooseMember(found, name ?? '')
    const children = this.#listChildren(place, found)
    if (member) yield member
    else if (children.length > 0 && name !== undefined) yield { header: encodeGoTarHeader(makeFolder(name)) }
    for (const [childName, child] of children) yield* this.list(child, joinName(name, childName))
  }

  /** The last of several files with one name is used. Throws an `Error` if they differ. */
  #chooseMember(found: readonly FoundSource[], name: ByteString): StoreTarMember | undefined {
    const members = found.filter(({ source }) => source.isMember)
    members.reduce((before, each) => checkSame(before, each, name), members[0] as FoundSource)
    const last = members.at(-1)
    if (!last) return undefined
    const { kind, size, target } = last.file
    const header = encodeGoTarHeader({ ...this.#ownersOf(last), name, kind, size, target })
    return kind === 'file' ? { header, file: last.file } : { header }
  }

  /** If several rules match, the last one counts. */
  #ownersOf({ source: { origin, path }, file: { kind, mode } }: FoundSource): Owners {
    return origin.from.perms
      .filter(({ regex }) => this.#options.patterns.get(regex).matches(path))
      .reduce(changeOwners, { ...ROOT, mode: kind === 'link' ? 0o777 : mode })
  }

  /** The names are not added to the place: a layer can have a million. */
  #listChildren(
    { children }: Place,
    found: readonly FoundSource[],
  ): readonly (readonly [name: ByteString, place: Place])[] {
    const all = new Map(children)
    for (const { source, file } of found) {
      if (!source.origin.hasContent || file.kind !== 'folder') continue
      for (const entry of readdirSync(file.location, { encoding: 'latin1' })) {
        const place = getOrCreate(all, this.#removeCaseHack(entry))
        place.addSource({ path: `${source.path}/${entry}`, origin: source.origin, isMember: true })
      }
    }
    return [...all].sort(([a], [b]) => compareByteStrings(a, b))
  }
}

interface FoundSource {
  readonly source: Source
  readonly file: StoreFile
}

/** Returns the second file. Throws an `Error` if they differ in what nix2container compares. */
function checkSame(before: FoundSource, after: FoundSource, name: ByteString): FoundSource {
  const [a, b] = [before.file, after.file]
  const difference =
    a.kind !== b.kind
      ? 'kinds'
      : a.mode !== b.mode
        ? 'permissions'
        : a.size !== b.size
          ? 'sizes'
          : isChanged(before.source, after.source)
            ? 'perms'
            : undefined
  if (difference === undefined) return after
  throw new Error(
    `two files get the name ${toBytes(name)} in one layer, and have different ${difference}: ` +
      `${toBytes(a.path)} and ${toBytes(b.path)}`,
  )
}

function isChanged({ origin: { from: before } }: Source, { origin: { from: after } }: Source): boolean {
  return before.perms.length > 0 && JSON.stringify(before.perms) !== JSON.stringify(after.perms)
}

type Owners = Pick<GoTarMember, 'mode' | 'uid' | 'gid' | 'uname' | 'gname'>

const ROOT = { uid: 0, gid: 0, uname: 'root', gname: 'root' }

function changeOwners(before: Owners, rule: PathPermissions): Owners {
  return {
    mode: rule.mode ?? before.mode,
    uid: rule.uid,
    gid: rule.gid,
    uname: toByteString(rule.uname) || before.uname,
    gname: toByteString(rule.gname) || before.gname,
  }
}

/** A folder above the store paths. */
function makeFolder(name: ByteString): GoTarMember {
  return { ...ROOT, name, kind: 'folder', mode: 0o755, size: 0, target: '' }
}

function getOrCreate(children: Map<ByteString, Place>, name: ByteString): Place {
  const place = children.get(name) ?? new Place()
  children.set(name, place)
  return place
}

/** The names of a layer begin with a slash if their first part is empty. */
function joinName(folder: ByteString | undefined, name: ByteString): ByteString {
  if (folder === undefined) return name === '' ? '/' : name
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** In a regular expression, each of these characters matches itself. */
const PLAIN_PATH = /^[\w./=-]+$/

/**
 * The name in the layer of a path that is not moved, or moved by the pattern that nix2container itself writes: `^` and the path.
 * All files of the path begin with it, so exactly these bytes are replaced, and nothing has to be matched. Empty: the content of
 * the path is moved to the root, but not the path. `undefined` for other patterns.
 */
function findSimpleTarget({ path, rewrite }: Nix2containerPath): ByteString | undefined {
  if (cleanPath(path) !== path) return undefined
  if (!rewrite) return toByteString(path)
  if (rewrite.regex !== `^${path}` || !PLAIN_PATH.test(path)) return undefined
  const target = new GoTemplate(rewrite.replacement).constant
  const isClean = target === '' || (target !== undefined && target !== '.' && cleanPath(target) === target)
  return isClean ? target : undefined
}
