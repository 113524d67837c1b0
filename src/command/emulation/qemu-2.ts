import { delimiter, join } from 'node:path'
import { isStaticProgram } from '../../image/elf-2.js'
import type { System } from '../../oci/system.js'

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

export function qemuName(system: System): string {
  return QEMU_NAMES[system]
}

/** A QEMU for a system's programs on PATH that can run in a sandbox, because it needs no libraries. */
export async function findQemu(system: System, path: string): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(Boolean)
  const names = [`qemu-${qemuName(system)}-static`, `qemu-${qemuName(system)}`]
  for (const file of folders.flatMap(folder => names.map(name => join(folder, name)))) {
    if (await isStaticProgram(file)) return file
  }
  return undefined
}
