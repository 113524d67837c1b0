import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bytes } from '../image/bytes.js'
import { isProgramFor, isStaticProgram } from '../nix/elf.js'
import { qemuName } from '../nix/qemu.js'
import type { System } from '../oci/system.js'
import { PartFile } from '../util/part-file.js'

/** Interpreters that are kept from run to run: in a folder for each origin, under QEMU's own name. */
export interface QemuShelf {
  /** The folder for tools; made where it is missing. */
  readonly tools: string
  /** What the interpreters themselves run on. */
  readonly machine: System
}

/** An interpreter that is kept and can be registered, from the first fitting origin. */
export async function findKept(
  system: System,
  { tools, machine }: QemuShelf,
  isOrigin: (name: string) => boolean,
): Promise<string | undefined> {
  const origins = await readdir(join(tools, FOLDER)).catch((): string[] => [])
  for (const origin of origins.filter(isOrigin).sort().reverse()) {
    const file = join(tools, FOLDER, origin, `qemu-${qemuName(system)}`)
    if (await isUsable(file, machine)) return file
  }
  return undefined
}

/**
 * Keeps an interpreter, and gives its path; `undefined` when the bytes are no static program of this machine. It is there as a
 * whole or not at all, also where others do the same at the same time.
 *
 * @param origin a name for a folder
 */
export async function keepQemu(
  system: System,
  { tools, machine }: QemuShelf,
  origin: string,
  bytes: Bytes,
): Promise<string | undefined> {
  const folder = join(tools, FOLDER, folderName(origin))
  const part = await PartFile.create(folder)
  try {
    for await (const chunk of bytes) await part.write(chunk)
    await part.close()
    if (!(await isUsable(part.path, machine))) return undefined
    await chmod(part.path, 0o755)
    const file = join(folder, `qemu-${qemuName(system)}`)
    await part.rename(file)
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
