import { chmod, readdir, readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { isProgramFor, isStaticProgram } from '../../image/elf.js'
import type { Bytes } from '../../image/format/bytes.js'
import { type Digest, digestOf, Hasher } from '../../oci/digest.js'
import type { System } from '../../oci/platform.js'
import { describeWriteError, findWritableFolder, PartFile } from '../../util/files.js'

/**
 * Interpreters for later runs: a folder for each origin, with files named by QEMU's name, each next to a file with its digest.
 */
export interface QemuStore {
  /** The folder for tools. Created if it is missing. */
  readonly tools: string
  /** A temporary folder, used if `tools` is not writable. */
  readonly temp: string
  /** The system that the interpreters run on. */
  readonly machine: System
}

/** Finds a saved interpreter that is unchanged and usable. The newest matching origin is preferred, by the order of names. */
export async function findSavedQemu(
  system: System,
  { tools, machine }: Pick<QemuStore, 'tools' | 'machine'>,
  isOrigin: (name: string) => boolean,
): Promise<string | undefined> {
  const origins = await readdir(join(tools, QEMU_FOLDER)).catch((): string[] => [])
  for (const origin of origins.filter(isOrigin).sort().reverse()) {
    const file = join(tools, QEMU_FOLDER, origin, `qemu-${qemuNameOf(system)}`)
    if ((await matchesChecksum(file)) && (await isUsableQemu(file, machine))) return file
  }
  return undefined
}

/**
 * Saves an interpreter and returns its path. Returns `undefined` if the bytes are not a static program for this machine. The file
 * is written atomically, so several processes may save the same interpreter. Throws a `UserError` if the disk is full.
 *
 * @param origin the name of the package or image, used as the name of a folder
 */
export async function saveQemu(
  system: System,
  { tools, temp, machine }: QemuStore,
  origin: string,
  bytes: Bytes,
): Promise<string | undefined> {
  const path = join(QEMU_FOLDER, folderNameOf(origin))
  const folder = await findWritableFolder(join(tools, path), join(temp, path))
  try {
    return await writeQemu(join(folder, `qemu-${qemuNameOf(system)}`), bytes, machine)
  } catch (error) {
    throw describeWriteError('QEMU', folder, error)
  }
}

async function writeQemu(file: string, bytes: Bytes, machine: System): Promise<string | undefined> {
  const part = await PartFile.create(dirname(file))
  const hasher = new Hasher()
  try {
    for await (const chunk of bytes) {
      hasher.update(chunk)
      await part.write(chunk)
    }
    await part.close()
    if (!(await isUsableQemu(part.path, machine))) return undefined
    await chmod(part.path, 0o755)
    await part.rename(file)
    await writeChecksum(file, hasher.digest())
    return file
  } finally {
    await part.discard()
  }
}

const QEMU_FOLDER = 'qemu'

/** A colon ends the path in a binfmt_misc registration. apt writes a colon as `%3a` in file names. */
function folderNameOf(origin: string): string {
  return origin.replace(/%3a/gi, '-').replace(/[^\w.+~-]/g, '-')
}

async function isUsableQemu(file: string, machine: System): Promise<boolean> {
  return (await isStaticProgram(file)) && (await isProgramFor(file, machine))
}

/** Writes the digest of a file next to it. */
async function writeChecksum(file: string, digest: Digest): Promise<void> {
  const part = await PartFile.create(dirname(file))
  try {
    await part.write(Buffer.from(digest))
    await part.close()
    await part.rename(checksumFileOf(file))
  } finally {
    await part.discard()
  }
}

/** Tells if a file matches its digest. After a power failure, a file can have its name but not all of its content. */
async function matchesChecksum(file: string): Promise<boolean> {
  try {
    return digestOf(await readFile(file)) === (await readFile(checksumFileOf(file), 'utf8'))
  } catch {
    return false
  }
}

function checksumFileOf(file: string): string {
  return `${file}.digest`
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
