import type { RawMember } from '../format/tar.js'
import { storePathOf } from '../store/store-paths.js'
import type { LayerFile, LayerFiles } from './layer-contents.js'

/** How much is kept of one layer. Its files are not known if it has more. */
export interface ScanLimits {
  readonly files: number
  /** The paths and all other texts together, in characters. */
  readonly texts: number
}

/** A whole Debian has 200,000 files. */
const SCAN_LIMITS: ScanLimits = { files: 300_000, texts: 32 << 20 }

/** The files of a layer, as `LayerFiles` describes them, while its tar is read. */
export class FileTable {
  readonly #limits: ScanLimits
  readonly #entries = new Map<string, LayerFile>()
  readonly #removed = new Set<string>()
  readonly #emptied = new Set<string>()
  #texts = 0
  #lastFolder = ''

  constructor(limits = SCAN_LIMITS) {
    this.#limits = limits
  }

  /**
   * Throws an `Error` if the files are too many, or if a name is not a path.
   *
   * @param content of a regular file; without it, the type of the member decides
   */
  add(member: RawMember, content: LayerFile | undefined): void {
    const path = normalizePath(member.name)
    if (path === '') return
    const [folder, name] = splitPath(path)
    if (name === OPAQUE) this.#emptied.add(folder)
    else if (name.startsWith(WHITEOUT)) this.#removed.add(joinPath(folder, name.slice(WHITEOUT.length)))
    else this.#addEntry(path, content ?? this.#toFile(member, path))
    this.#checkLimits(path.length)
  }

  finish(): LayerFiles {
    return { entries: this.#entries, removed: this.#removed, emptied: this.#emptied }
  }

  #toFile({ type, name, mode, link }: RawMember, path: string): LayerFile {
    if (type === '5' || name.endsWith('/')) return { kind: 'folder', isImplicit: false }
    if (type === '2') return { kind: 'link', target: link }
    if (type === '0' || type === '7') return { kind: 'other', isExecutable: (mode & 0o111) !== 0 }
    if (type !== '1') return { kind: 'unknown' }
    const target = normalizePath(link)
    const isLeftOut = isInStore(target) && isInStore(path)
    return (
      this.#entries.get(target) ?? (isLeftOut ? { kind: 'other', isExecutable: false } : { kind: 'unknown' })
    )
  }

  #addEntry(path: string, file: LayerFile): void {
    if (isInStore(path)) {
      if (isLeftOut(path, file)) return
    } else this.#addFolders(splitPath(path)[0])
    // A folder can have more than one header. A later file replaces an earlier one.
    this.#entries.set(path, file)
    this.#texts += textsOf(file)
  }

  /** Adds the folders that have no header, or none yet. */
  #addFolders(folder: string): void {
    if (folder === this.#lastFolder) return
    this.#lastFolder = folder
    for (let each = folder; each !== '' && !this.#entries.has(each); each = splitPath(each)[0]) {
      this.#entries.set(each, { kind: 'folder', isImplicit: true })
      this.#checkLimits(each.length)
    }
  }

  #checkLimits(texts: number): void {
    this.#texts += texts
    const files = this.#entries.size + this.#removed.size + this.#emptied.size
    if (files > this.#limits.files || this.#texts > this.#limits.texts)
      throw new Error('the layer has too many files')
  }
}

/** Names of files that say something about the layers below (OCI image-spec, layer.md). */
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

/** A store path never changes, so only files that can be started, or that lead to them, matter. */
function isLeftOut(path: string, file: LayerFile): boolean {
  if (file.kind === 'other') return !file.isExecutable && !LOADER_FILE.test(path)
  return file.kind === 'folder'
}

/** Files that tell a dynamic loader where libraries are. */
const LOADER_FILE = /\/(ld\.so\.cache|ld-musl-[^/]*\.path)$/

function textsOf(file: LayerFile): number {
  if (file.kind === 'link') return file.target.length
  if (file.kind === 'script') return file.line.length
  if (file.kind !== 'elf') return 0
  const { interpreter = '', dynamic } = file.elf
  if (typeof dynamic === 'string') return interpreter.length
  const { needed, soname = '', rpath = [], runpath = [] } = dynamic
  return [interpreter, soname, ...needed, ...rpath, ...runpath].reduce((sum, text) => sum + text.length, 0)
}

/** Whether a path is a store path, or in one. */
function isInStore(path: string): boolean {
  return path.startsWith('nix/store/') && storePathOf(path) !== undefined
}

/** Part of it is empty, `.` or `..`. */
const HAS_EMPTY_PART = /(^|\/)\.{0,2}(\/|$)/

/** Returns a path without `./`, `//` and slashes at its ends. Throws an `Error` if it contains `..`, which no layer needs. */
function normalizePath(name: string): string {
  if (!HAS_EMPTY_PART.test(name)) return name
  const parts = name.split('/').filter(part => part !== '' && part !== '.')
  if (parts.includes('..')) throw new Error('a name contains ..')
  return parts.join('/')
}

/** `usr/bin/env` gives `usr/bin` and `env`. */
function splitPath(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)]
}

function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
