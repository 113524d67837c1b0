import { chmod, readdir, readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { isProgramFor, isStaticProgram } from '../../image/elf.js'
import type { Bytes } from '../../image/format/bytes.js'
import { type Digest, digestOf, Hasher } from '../../oci/digest.js'
import type { System } from '../../oci/platform.js'
import { describeWriteError, findWritableFolder, PartFile } from '../../util/files.js'

/**
 * Interpreters that are kept from run to run: in a folder for each origin, under QEMU's own name, each with its digest in a
 * file beside it.
 */
export interface QemuStore {
  /** The folder for tools; made where it is missing. */
  readonly tools: string
  /** The folder for what need not outlive this; it stands in for one for tools that cannot be written. */
  readonly temp: string
  /** What the interpreters themselves run on. */
  readonly machine: System
}

/** An interpreter that is kept as it was taken and can be registered, from the first fitting origin. */
export async function findSavedQemu(
  system: System,
  { tools, machine }: Pick<QemuStore, 'tools' | 'machine'>,
  isOrigin: (name: string) => boolean,
): Promise<string | undefined> {
  const origins = await readdir(join(tools, FOLDER)).catch((): string[] => [])
  for (const origin of origins.filter(isOrigin).sort().reverse()) {
    const file = join(tools, FOLDER, origin, `qemu-${qemuNameOf(system)}`)
    if ((await matchesChecksum(file)) && (await isUsable(file, machine))) return file
  }
  return undefined
}

/**
 * Keeps an interpreter, and gives its path; `undefined` when the bytes are no static program of this machine. It is there as a
 * whole or not at all, also where others do the same at the same time. Throws a `UserError` when the disk is full.
 *
 * @param origin a name for a folder
 */
export async function saveQemu(
  system: System,
  { tools, temp, machine }: QemuStore,
  origin: string,
  bytes: Bytes,
): Promise<string | undefined> {
  const place = join(FOLDER, folderName(origin))
  const folder = await findWritableFolder(join(tools, place), join(temp, place))
  try {
    return await keepIn(folder, `qemu-${qemuNameOf(system)}`, machine, bytes)
  } catch (error) {
    throw describeWriteError('QEMU', folder, error)
  }
}

async function keepIn(
  folder: string,
  name: string,
  machine: System,
  bytes: Bytes,
): Promise<string | undefined> {
  const part = await PartFile.create(folder)
  const hasher = new Hasher()
  try {
    for await (const chunk of bytes) {
      hasher.update(chunk)
      await part.write(chunk)
    }
    await part.close()
    if (!(await isUsable(part.path, machine))) return undefined
    await chmod(part.path, 0o755)
    const file = join(folder, name)
    await part.rename(file)
    await writeChecksum(file, hasher.digest())
    return file
  } finally {
    await part.discard()
  }
}

const FOLDER = 'qemu'

/** The kernel takes a colon in a path for the end of it, and apt writes one as `%3a` in a file's name. */
function folderName(origin: string): string {
  return origin.replace(/%3a/gi, '-').replace(/[^\w.+~-]/g, '-')
}

async function isUsable(file: string, machine: System): Promise<boolean> {
  return (await isStaticProgram(file)) && (await isProgramFor(file, machine))
}

/** Writes down beside a file what it must hash to. */
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

/** Whether a file is as it was sealed: a machine that lost its power may have left its name without all of its content. */
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

/** A QEMU for a system's programs on PATH that can run in a sandbox, because it needs no libraries. */
export async function findQemuOnPath(system: System, path: string): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(Boolean)
  const names = [`qemu-${qemuNameOf(system)}-static`, `qemu-${qemuNameOf(system)}`]
  for (const file of folders.flatMap(folder => names.map(name => join(folder, name)))) {
    if (await isStaticProgram(file)) return file
  }
  return undefined
}
