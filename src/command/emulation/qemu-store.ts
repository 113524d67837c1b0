import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isProgramFor, isStaticProgram } from '../../image/elf-2.js'
import type { Bytes } from '../../image/format/bytes.js'
import { Hasher } from '../../oci/digest.js'
import type { System } from '../../oci/system.js'
import { PartFile } from '../../util/part-file.js'
import { firstWritable, notWritten } from '../../util/writable.js'
import { qemuName } from './qemu-2.js'
import { isAsSealed, seal } from './seal.js'

/**
 * Interpreters that are kept from run to run: in a folder for each origin, under QEMU's own name, each with its digest in a
 * file beside it.
 */
export interface QemuShelf {
  /** The folder for tools; made where it is missing. */
  readonly tools: string
  /** The folder for what need not outlive this; it stands in for one for tools that cannot be written. */
  readonly temp: string
  /** What the interpreters themselves run on. */
  readonly machine: System
}

/** An interpreter that is kept as it was taken and can be registered, from the first fitting origin. */
export async function findKept(
  system: System,
  { tools, machine }: Pick<QemuShelf, 'tools' | 'machine'>,
  isOrigin: (name: string) => boolean,
): Promise<string | undefined> {
  const origins = await readdir(join(tools, FOLDER)).catch((): string[] => [])
  for (const origin of origins.filter(isOrigin).sort().reverse()) {
    const file = join(tools, FOLDER, origin, `qemu-${qemuName(system)}`)
    if ((await isAsSealed(file)) && (await isUsable(file, machine))) return file
  }
  return undefined
}

/**
 * Keeps an interpreter, and gives its path; `undefined` when the bytes are no static program of this machine. It is there as a
 * whole or not at all, also where others do the same at the same time. Throws a `UserError` when the disk is full.
 *
 * @param origin a name for a folder
 */
export async function keepQemu(
  system: System,
  { tools, temp, machine }: QemuShelf,
  origin: string,
  bytes: Bytes,
): Promise<string | undefined> {
  const place = join(FOLDER, folderName(origin))
  const folder = await firstWritable(join(tools, place), join(temp, place))
  try {
    return await keepIn(folder, `qemu-${qemuName(system)}`, machine, bytes)
  } catch (error) {
    throw notWritten('QEMU', folder, error)
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
    await seal(file, hasher.digest())
    return file
  } finally {
    await part.discard()
  }
}

const FOLDER = 'qemu'

/** The kernel takes a colon in a path for the end of it, and apt writes one as `%3a` in a file's name. */
export function folderName(origin: string): string {
  return origin.replace(/%3a/gi, '-').replace(/[^\w.+~-]/g, '-')
}

async function isUsable(file: string, machine: System): Promise<boolean> {
  return (await isStaticProgram(file)) && (await isProgramFor(file, machine))
}
