import { posix } from 'node:path'
import { parseConfig, parseConfigDetails } from '../../oci/config.js'
import { quoteControlCharacters } from '../../util/text.js'
import type { ElfFile } from './elf-dynamic.js'
import { findMissingLibraries, type LoadedFile, type MissingLibrary } from './find-libraries.js'
import { type FoundFile, ImageFiles } from './image-files.js'
import type { LayerContents, LayerFile } from './layer-contents.js'
import { parseScriptLine } from './script-line.js'

/** What the check of an entry point found. */
export interface EntryPointFinding {
  /** `error`: the image cannot start. `unknown`: this was not checked. */
  readonly kind: 'error' | 'warning' | 'unknown'
  /** `/bin/fd → /nix/store/…/bin/fd needs libz.so.1, which is not in the image`. */
  readonly text: string
}

/** How an image starts, as its config says. */
export interface EntryPoint {
  /** The program and its arguments. */
  readonly command: readonly string[]
  readonly env: ReadonlyMap<string, string>
  readonly workingDir: string
  readonly volumes: readonly string[]
}

/** Throws an `Error` that names an invalid field of the config. */
export function entryPointOf(config: Buffer): EntryPoint {
  const { entrypoint, cmd } = parseConfig(config)
  const { env, workingDir, volumes } = parseConfigDetails(config)
  const pairs = env.map(each => /^([^=]*)=?(.*)$/s.exec(each)?.slice(1) as [string, string])
  return { command: [...entrypoint, ...cmd], env: new Map(pairs), workingDir, volumes }
}

/**
 * Checks that the program of an image exists and can be started: its interpreter, its dynamic loader and its libraries exist, and
 * are for the machine of the image. Nothing is run. What a program opens later cannot be known.
 *
 * @param layers lowest first
 * @param architecture OCI's name of the machine
 */
export function checkEntryPoint(
  layers: readonly LayerContents[],
  entryPoint: EntryPoint,
  architecture: string,
): EntryPointFinding[] {
  const [program] = entryPoint.command
  if (!program) return []
  const known = layers.flatMap(({ files }) => files ?? [])
  const files = new ImageFiles(known, entryPoint.volumes)
  const check = new EntryPointCheck(files, entryPoint, architecture)
  check.checkCommand(program, START)
  const { findings } = check
  const unknown = layers.length - known.length
  if (unknown === 0 || findings.length === 0) return findings
  return [{ kind: 'unknown', text: `the files of ${unknown} of ${layers.length} layers are not known` }]
}

/** How the kernel comes to a file. */
interface Way {
  /** The files before. */
  readonly chain: readonly string[]
  /** As what the last file of the chain needs this one: `its interpreter`. */
  readonly need?: string
}

const START: Way = { chain: [] }

/** Set by runtimes if the config has no `PATH`. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The kernel follows fewer, and `env` starts another one. */
const MAX_CHAIN = 16

type FoundProgram = Extract<FoundFile, { readonly kind: 'file' }>

class EntryPointCheck {
  readonly findings: EntryPointFinding[] = []
  readonly #files: ImageFiles
  readonly #entryPoint: EntryPoint
  readonly #architecture: string

  constructor(files: ImageFiles, entryPoint: EntryPoint, architecture: string) {
    this.#files = files
    this.#entryPoint = entryPoint
    this.#architecture = architecture
  }

  /** Checks a program that is found by `PATH`, if its name has no slash. */
  checkCommand(name: string, way: Way): void {
    if (name.includes('/')) {
      this.#checkPath(this.#resolve(name), way)
      return
    }
    const folders = this.#listOf('PATH', ':', DEFAULT_PATH).map(folder => this.#resolve(folder))
    const candidates = folders.map(folder => posix.join(folder, name))
    const found = candidates.map(path => this.#files.find(path))
    const at = found.findIndex(isExecutable)
    if (at >= 0) this.#checkPath(candidates[at] as string, way)
    else if (found.some(({ kind }) => kind === 'unknown'))
      this.#add('unknown', describe(way, name, MAY_EXIST))
    else this.#add('error', describe(way, name, `is in no folder of PATH (${folders.join(', ')})`))
  }

  /** Checks a file that the kernel starts. */
  #checkPath(path: string, way: Way): void {
    const found = this.#files.find(path)
    const problem = describeProblem(found)
    if (found.kind === 'unknown') this.#add('unknown', describe(way, path, MAY_EXIST))
    else if (problem !== undefined || found.kind !== 'file')
      this.#add('error', describe(way, path, `${problem}`))
    else {
      const links = path === found.path ? [path] : [path, found.path]
      const chain = [...way.chain, ...links]
      if (chain.length <= MAX_CHAIN) this.#checkFile(found, { chain })
    }
  }

  #checkFile({ file, path }: FoundProgram, way: Way): void {
    if (file.kind === 'elf') this.#checkElf({ path, realPath: path, elf: file.elf }, way)
    else if (file.kind === 'script') this.#checkScript(file.line, way)
    else this.#add('warning', `${toText(way)} is neither a program for Linux nor a script with #!`)
  }

  #checkScript(line: string, way: Way): void {
    const script = parseScriptLine(line)
    if (script?.interpreter.startsWith('/') !== true) {
      this.#add('unknown', `the interpreter of ${toText(way)} is not an absolute path`)
      return
    }
    const before = this.findings.length
    this.#checkPath(script.interpreter, { ...way, need: 'the interpreter' })
    if (script.program !== undefined && this.findings.length === before)
      this.checkCommand(script.program, { ...way, need: 'the interpreter' })
  }

  #checkElf(program: LoadedFile, way: Way): void {
    const { machine } = program.elf
    const difference = compareMachines(machine, this.#architecture)
    if (difference !== 'none') {
      this.#add(difference, `${toText(way)} is for ${machine}, and the image is for ${this.#architecture}`)
      return
    }
    const { interpreter } = program.elf
    if (interpreter === undefined) return
    const found = this.#files.find(this.#resolve(interpreter))
    const loaderWay = { ...way, need: 'the dynamic loader' }
    const problem = describeProblem(found) ?? describeOtherMachine(found, program.elf)
    if (problem !== undefined) this.#add('error', describe(loaderWay, interpreter, problem))
    else if (found.kind !== 'file' || found.file.kind !== 'elf')
      this.#add('unknown', describe(loaderWay, interpreter, MAY_EXIST))
    else this.#checkLibraries(program, { path: interpreter, realPath: found.path, elf: found.file.elf }, way)
  }

  #checkLibraries(program: LoadedFile, loader: LoadedFile, way: Way): void {
    const missing = findMissingLibraries(program, loader, {
      files: this.#files,
      workingDir: this.#entryPoint.workingDir,
      libraryPath: this.#listOf('LD_LIBRARY_PATH', /[:;]/),
      preload: this.#listOf('LD_PRELOAD', /[ :]/),
    })
    if (missing === undefined)
      this.#add(
        'unknown',
        `the libraries of ${toText(way)}, because ${loader.path} is not a known dynamic loader`,
      )
    for (const library of missing ?? [])
      this.#add(library.isUncertain ? 'unknown' : 'error', describeLibrary(library, way, this.#files))
  }

  #listOf(variable: string, separator: string | RegExp, otherwise = ''): string[] {
    return (this.#entryPoint.env.get(variable) || otherwise).split(separator).filter(Boolean)
  }

  #resolve(path: string): string {
    return posix.resolve('/', this.#entryPoint.workingDir, path)
  }

  #add(kind: EntryPointFinding['kind'], text: string): void {
    this.findings.push({ kind, text })
  }
}

const MAY_EXIST = 'is in a volume, or in a folder that the runtime mounts'

/** The kernel refuses such a file, also for root. */
function describeProblem(found: FoundFile): string | undefined {
  if (found.kind === 'missing') return 'is not in the image'
  if (found.kind === 'folder') return 'is a folder'
  return found.kind === 'file' && !isExecutable(found) ? 'is not executable' : undefined
}

function describeOtherMachine(found: FoundFile, { machine }: ElfFile): string | undefined {
  const isOther = found.kind === 'file' && found.file.kind === 'elf' && found.file.elf.machine !== machine
  return isOther
    ? `is for ${(found.file as LayerFile & { kind: 'elf' }).elf.machine}, and not for ${machine}`
    : undefined
}

function isExecutable(found: FoundFile): boolean {
  return found.kind === 'file' && 'isExecutable' in found.file && found.file.isExecutable
}

/** `/bin/run needs the interpreter /bin/python3, which is not in the image`; without a way, `/bin/run is not in the image`. */
function describe(way: Way, name: string, problem: string): string {
  return way.need === undefined
    ? `${quoteControlCharacters(name)} ${problem}`
    : `${toText(way)} needs ${way.need} ${quoteControlCharacters(name)}, which ${problem}`
}

function describeLibrary(
  { name, neededBy, otherMachine }: MissingLibrary,
  way: Way,
  files: ImageFiles,
): string {
  const chain = [...way.chain]
  for (let file = neededBy; file.neededBy; file = file.neededBy)
    chain.splice(way.chain.length, 0, file.realPath)
  const elsewhere = files.findByName(name)
  const problem = otherMachine
    ? `is only there for ${otherMachine.machine}: ${otherMachine.path}`
    : elsewhere === undefined
      ? 'is not in the image'
      : `is only in ${posix.dirname(elsewhere)}, which the dynamic loader does not search`
  return describe({ chain, need: 'the library' }, name, problem)
}

function toText({ chain }: Way): string {
  return chain.map(quoteControlCharacters).join(' → ')
}

/** Processors can run programs for these machines, too. Not all of those for `arm64` can run `arm`. */
function compareMachines(machine: string, architecture: string): 'none' | 'warning' | 'error' {
  if (machine === architecture || (machine === '386' && architecture === 'amd64')) return 'none'
  const isUnclear = (machine === 'arm' && architecture === 'arm64') || machine.startsWith('machine ')
  return isUnclear ? 'warning' : 'error'
}
