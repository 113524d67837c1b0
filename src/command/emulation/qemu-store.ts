import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { Bytes } from '../../image/format/bytes.js'
import { isProgramFor, isStaticProgram } from '../../image/programs/elf.js'
import { type Digest, digestOf, Hasher, hexOf } from '../../oci/digest.js'
import type { System } from '../../oci/platform.js'
import { describeWriteError, PartFile } from '../../util/files.js'
import { ToolCache, type ToolCacheOptions, toolVersionOf } from '../../util/tool-cache.js'

/**
 * Interpreters for later runs. The tool cache has one tool for each, `qemu-aarch64`: a folder with the program of this name, and
 * with its digest in the file `qemu-aarch64.digest`.
 */
export interface QemuStore extends ToolCacheOptions {
  /** The system that the interpreters run on. */
  readonly machine: System
}

/**
 * Finds a saved interpreter that is unchanged and usable. The newest matching version is preferred.
 *
 * @param isWanted checks a version of the tool cache
 */
export async function findSavedQemu(
  system: System,
  store: QemuStore,
  isWanted: (version: string) => boolean,
): Promise<string | undefined> {
  const name = toolNameOf(system)
  const cache = new ToolCache(store)
  const versions = await cache.findVersions(name)
  for (const version of versions.filter(isWanted)) {
    const folder = await cache.find(name, version)
    if (folder !== undefined && (await hasUsableQemu(folder, name, store.machine))) return join(folder, name)
  }
  return undefined
}

/**
 * Saves an interpreter and returns its path, which is in the temporary folder if the tool cache is not writable. Returns
 * `undefined` if the bytes are not a static program for this machine. Throws a `UserError` if the disk is full.
 *
 * @param version made by `toolVersionOf`
 */
export async function saveQemu(
  system: System,
  store: QemuStore,
  version: string,
  bytes: Bytes,
): Promise<string | undefined> {
  const name = toolNameOf(system)
  const folder = await mkdtemp(join(store.temp, 'qemu-'))
  const isValid = (saved: string): Promise<boolean> => hasUsableQemu(saved, name, store.machine)
  let isNeeded = false
  try {
    await writeQemu(join(folder, name), bytes)
    if (!(await isValid(folder))) return undefined
    const saved = await new ToolCache(store).save({ name, version, isValid }, folder)
    isNeeded = saved === undefined
    return join(saved ?? folder, name)
  } catch (error) {
    throw describeWriteError('QEMU', folder, error)
  } finally {
    if (!isNeeded) await rm(folder, { recursive: true, force: true })
  }
}

async function writeQemu(file: string, bytes: Bytes): Promise<void> {
  const part = await PartFile.create(dirname(file))
  const hasher = new Hasher()
  try {
    for await (const chunk of bytes) {
      hasher.update(chunk)
      await part.write(chunk)
    }
    await part.close()
    await chmod(part.path, 0o755)
    await part.rename(file)
    await writeFile(digestFileOf(file), hasher.digest())
  } finally {
    await part.discard()
  }
}

/** Checks the digest too: after a power failure, a file can have its name but not all of its content. */
async function hasUsableQemu(folder: string, name: string, machine: System): Promise<boolean> {
  const file = join(folder, name)
  return (await matchesDigest(file)) && (await isStaticProgram(file)) && (await isProgramFor(file, machine))
}

async function matchesDigest(file: string): Promise<boolean> {
  try {
    return digestOf(await readFile(file)) === (await readFile(digestFileOf(file), 'utf8')).trim()
  } catch {
    return false
  }
}

function digestFileOf(file: string): string {
  return `${file}.digest`
}

/** The version under which the tool cache has an interpreter from an image. Other versions are from packages. */
export function imageVersionOf(digest: Digest): string {
  return toolVersionOf(IMAGE_KIND, hexOf(digest))
}

export function isImageVersion(version: string): boolean {
  return version.startsWith(`0.0.0-${IMAGE_KIND}-`)
}

const IMAGE_KIND = 'sha256'

function toolNameOf(system: System): string {
  return `qemu-${qemuNameOf(system)}`
}

/** QEMU's name of each system's processor. */
const QEMU_NAMES: Readonly<Record<System, string>> = {
  'x86_64-linux': 'x86_64',
  'aarch64-linux': 'aarch64',
  'armv7l-linux': 'arm',
  'armv6l-linux': 'arm',
  'i686-linux': 'i386',
  'powerpc64le-linux': 'ppc64le',
  's390x-linux': 's390x',
  'riscv64-linux': 'riscv64',
}

export function qemuNameOf(system: System): string {
  return QEMU_NAMES[system]
}

/** Finds a static QEMU for a system on PATH. It needs no libraries, so it can run in a sandbox. */
export async function findQemuOnPath(system: System, path: string): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(Boolean)
  const names = [`qemu-${qemuNameOf(system)}-static`, `qemu-${qemuNameOf(system)}`]
  for (const file of folders.flatMap(folder => names.map(name => join(folder, name)))) {
    if (await isStaticProgram(file)) return file
  }
  return undefined
}
