import { posix } from 'node:path'
import type { ElfDynamic, ElfFile } from './elf-dynamic.js'
import type { ImageFiles } from './image-files.js'

/** A dynamic loader: it finds the libraries of a program. */
export interface Loader {
  /** As the program names it. */
  readonly path: string
  /** Without symbolic links. */
  readonly realPath: string
  readonly elf: ElfFile
}

/** A program or library in memory. */
export interface LoadedFile {
  /** As the loader opens it. */
  readonly path: string
  /** Without symbolic links. */
  readonly realPath: string
  readonly elf: ElfFile
  /** The file that needs it, if it is a library. */
  readonly neededBy?: LoadedFile
}

/** A library that a loader does not find. */
export interface MissingLibrary {
  readonly name: string
  readonly neededBy: LoadedFile
  /** A file with its name, for another machine. */
  readonly otherMachine?: { readonly path: string; readonly machine: string }
  /** The loader may find it in a way that is not known here. */
  readonly isUncertain: boolean
}

interface SearchOptions {
  readonly files: ImageFiles
  /** Of the process. Paths of libraries can be relative to it. */
  readonly workingDir: string
  /** `LD_LIBRARY_PATH`. */
  readonly libraryPath: readonly string[]
  /** `LD_PRELOAD`. */
  readonly preload: readonly string[]
}

/** Far more than the largest programs need. */
const MAX_LIBRARIES = 5000

/**
 * Finds the libraries of a program, as its loader does, and returns those that it does not find. Returns `undefined` if it is not
 * known how this loader finds them.
 */
export function findMissingLibraries(
  program: LoadedFile,
  loader: Loader,
  options: SearchOptions,
): MissingLibrary[] | undefined {
  const rules = rulesOf(loader)
  return rules && new LibrarySearch(rules, loader, { program, ...options }).run()
}

type Rules = 'glibc' | 'musl'

function rulesOf({ path, realPath }: Loader): Rules | undefined {
  const names = [path, realPath].map(each => posix.basename(each))
  if (names.some(name => name.startsWith('ld-musl-'))) return 'musl'
  // The second name is another one if a program like nix-ld is in the place of the loader.
  return names.every(name => GLIBC_LOADER.test(name)) ? 'glibc' : undefined
}

const GLIBC_LOADER = /^ld(-linux.*|64|-\d[\d.]*)?\.so(\.\d+)?$/

/** Of the drivers for a graphics card, which the runtime mounts. */
const DRIVER_LIBRARY = /^lib(cuda|cudadebugger|nvidia-|nvcuvid|nvoptix|nvidia_|\w+_nvidia|vdpau_nvidia)/

/** Loads libraries breadth-first, in the order of ld.so. */
class LibrarySearch {
  readonly #rules: Rules
  readonly #loader: Loader
  readonly #program: LoadedFile
  readonly #options: SearchOptions
  /** The names and sonames of the files that are loaded. */
  readonly #names = new Set<string>()
  readonly #paths = new Set<string>()
  readonly #queue: LoadedFile[]
  readonly #missing: MissingLibrary[] = []

  constructor(rules: Rules, loader: Loader, options: SearchOptions & { readonly program: LoadedFile }) {
    this.#rules = rules
    this.#program = options.program
    this.#queue = [options.program]
    this.#loader = loader
    this.#options = options
    this.#addNames(posix.basename(loader.path), loader.elf)
    this.#paths.add(loader.realPath)
  }

  run(): MissingLibrary[] {
    // The loader ignores one that it does not find.
    for (const name of this.#options.preload) this.#load(name, this.#program)
    for (let n = 0; n < this.#queue.length && n < MAX_LIBRARIES; n++) {
      const file = this.#queue[n] as LoadedFile
      for (const name of dynamicOf(file)?.needed ?? []) {
        const missing = this.#load(name, file)
        if (missing && !this.#missing.some(each => each.name === name)) this.#missing.push(missing)
      }
    }
    return this.#missing
  }

  #addNames(name: string, { dynamic }: ElfFile): void {
    this.#names.add(name)
    if (typeof dynamic === 'object' && dynamic.soname !== undefined) this.#names.add(dynamic.soname)
  }

  /** Adds a library to the queue. Returns it if it is missing. */
  #load(name: string, neededBy: LoadedFile): MissingLibrary | undefined {
    if (this.#names.has(name) || (this.#rules === 'musl' && MUSL_OWN.test(name))) return undefined
    let isUncertain = DRIVER_LIBRARY.test(name)
    let otherMachine: MissingLibrary['otherMachine']
    for (const path of this.#listCandidates(name, neededBy)) {
      const found = this.#options.files.find(path)
      if (found.kind === 'missing' || found.kind === 'folder') continue
      if (found.kind === 'unknown' || found.file.kind !== 'elf') isUncertain = true
      else if (found.file.elf.machine !== neededBy.elf.machine)
        otherMachine ??= { path: found.path, machine: found.file.elf.machine }
      else {
        this.#add(name, { path, realPath: found.path, elf: found.file.elf, neededBy })
        return undefined
      }
    }
    isUncertain ||= this.#queue.some(({ elf }) => elf.dynamic === 'unknown') || this.#mayBeElsewhere(name)
    return { name, neededBy, isUncertain, ...(otherMachine && { otherMachine }) }
  }

  #add(name: string, file: LoadedFile): void {
    this.#addNames(name, file.elf)
    if (this.#paths.has(file.realPath)) return
    this.#paths.add(file.realPath)
    this.#queue.push(file)
  }

  /** Returns the paths where the loader looks, in its order. */
  #listCandidates(name: string, neededBy: LoadedFile): string[] {
    const paths = this.#listPaths(name, neededBy)
    return paths.map(path => posix.resolve('/', this.#options.workingDir, path))
  }

  #listPaths(name: string, neededBy: LoadedFile): string[] {
    if (name.includes('/')) return expand(name, neededBy)
    if (this.#rules === 'musl') return [...this.#muslFolders(neededBy)].map(each => posix.join(each, name))
    const folders = [...this.#glibcFolders(neededBy)]
    // In each folder, glibc looks into those for newer processors first. Their libraries are the same ones.
    const paths = ['.', ...LEVELS.map(level => `glibc-hwcaps/${level}`)].map(level => `${level}/${name}`)
    return paths.flatMap(path => folders.map(each => posix.join(each, path)))
  }

  /** The order is in ld.so(8). */
  *#glibcFolders(file: LoadedFile): Generator<string> {
    const { runpath } = dynamicOf(file) ?? {}
    if (!runpath) yield* rpathsOf(file)
    for (const folder of this.#options.libraryPath) yield* expand(folder, this.#program)
    for (const folder of runpath ?? []) yield* expand(folder, file)
    yield* this.#systemFolders()
  }

  *#systemFolders(): Generator<string> {
    const { realPath } = this.#loader
    // nixpkgs builds glibc so that it uses only its own folder.
    yield posix.dirname(realPath)
    if (!isInNixStore(realPath)) yield* SYSTEM_FOLDERS
  }

  /** musl treats both kinds of paths alike, and uses those of all files that led to this one. */
  *#muslFolders(file: LoadedFile): Generator<string> {
    yield* this.#options.libraryPath
    for (let each: LoadedFile | undefined = file; each; each = each.neededBy) {
      const { rpath, runpath } = dynamicOf(each) ?? {}
      for (const folder of runpath ?? rpath ?? []) yield* expand(folder, each)
    }
    yield* ['/lib', '/usr/local/lib', '/usr/lib']
  }

  /** Whether a file of the image, which is not read here, can name a folder that has the library. */
  #mayBeElsewhere(name: string): boolean {
    const { path, realPath } = this.#loader
    const { files } = this.#options
    const prefix = posix.dirname(posix.dirname(realPath))
    const ownCache = posix.join(prefix, 'etc/ld.so.cache')
    const pathFile = `etc/${posix.basename(path).replace(/\.so.*$/, '')}.path`
    const caches = isInNixStore(realPath) ? [ownCache] : ['/etc/ld.so.cache', ownCache]
    const lists = this.#rules === 'musl' ? [`/${pathFile}`, posix.join(prefix, pathFile)] : caches
    return lists.some(each => files.find(each).kind !== 'missing') && files.findByName(name) !== undefined
  }
}

/** musl's own library has all of these. */
const MUSL_OWN = /^lib(c|pthread|rt|m|dl|util|xnet)\./

/** Debian has a folder for each machine. A library for another machine is ignored. */
const SYSTEM_FOLDERS = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/lib32', '/usr/lib32'].concat(
  [
    'x86_64-linux-gnu',
    'i386-linux-gnu',
    'aarch64-linux-gnu',
    'arm-linux-gnueabihf',
    'arm-linux-gnueabi',
    'powerpc64le-linux-gnu',
    's390x-linux-gnu',
    'riscv64-linux-gnu',
  ].flatMap(triplet => [`/lib/${triplet}`, `/usr/lib/${triplet}`]),
)

/** Folders for newer processors, in every folder of libraries. */
const LEVELS = ['x86-64-v4', 'x86-64-v3', 'x86-64-v2', 'power10', 'power9', 'z16', 'z15', 'z14', 'z13']

/** The `DT_RPATH` of a file, and of those that led to it. One with a `DT_RUNPATH` has none. */
function* rpathsOf(file: LoadedFile): Generator<string> {
  for (let each: LoadedFile | undefined = file; each; each = each.neededBy) {
    const { rpath, runpath } = dynamicOf(each) ?? {}
    if (!runpath) for (const folder of rpath ?? []) yield* expand(folder, each)
  }
}

/** Replaces `$ORIGIN`, `$LIB` and `$PLATFORM`, which can have more than one value. */
function expand(text: string, { path, realPath }: LoadedFile): string[] {
  const origins = [...new Set([posix.dirname(realPath), posix.dirname(path)])]
  const withOrigin = replaceEach([text], 'ORIGIN', origins)
  return replaceEach(replaceEach(withOrigin, 'LIB', LIB_VALUES), 'PLATFORM', PLATFORM_VALUES)
}

const LIB_VALUES = ['lib', 'lib64', 'lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu']
const PLATFORM_VALUES = ['x86_64', 'haswell', 'aarch64', 'i686', 'v7l', 'v6l', 'powerpc64le']

function replaceEach(texts: readonly string[], name: string, values: readonly string[]): string[] {
  const pattern = new RegExp(`\\$(${name}(?!\\w)|\\{${name}\\})`, 'g')
  return [...new Set(texts.flatMap(text => values.map(value => text.replace(pattern, () => value))))]
}

function dynamicOf({ elf }: LoadedFile): ElfDynamic | undefined {
  return typeof elf.dynamic === 'object' ? elf.dynamic : undefined
}

function isInNixStore(path: string): boolean {
  return path.startsWith('/nix/store/')
}
