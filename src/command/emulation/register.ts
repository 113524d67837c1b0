import { join } from 'node:path'
import type { System } from '../../oci/system.js'
import { UserError } from '../../util/error.js'
import type { ExecResult } from '../../util/exec.js'
import { exists } from '../../util/files.js'
import { asRoot, type Rights } from '../../util/root.js'
import { registration } from './binfmt.js'
import { qemuName } from './qemu-2.js'

/**
 * Tells the kernel to run a system's programs under a static QEMU, until the machine stops. Somebody else registering
 * the same at the same time is no failure. Throws a `UserError` when it is not allowed.
 */
export async function registerQemu(
  system: System,
  interpreter: string,
  folder: string,
  rights: Rights,
): Promise<void> {
  const file = join(folder, 'register')
  if (!(await exists(file))) await mount(folder, rights)
  const line = registration(`nix-multiarch-${qemuName(system)}`, system, interpreter)
  const result = await asRoot(rights, 'tee', [file], { input: line })
  if (result.code === 0 || /File exists/.test(result.stderr)) return
  throw refused(`QEMU for ${system} could not be registered in ${file}`, result)
}

/**
 * Throws a `UserError` where this machine would not let anything be registered: what is costly to get need not be got there.
 * Mounts binfmt_misc where it is not.
 */
export async function checkRegistrable(system: System, folder: string, rights: Rights): Promise<void> {
  const file = join(folder, 'register')
  if (!(await exists(file))) await mount(folder, rights)
  const result = await asRoot(rights, 'test', ['-w', file])
  if (result.code !== 0) throw refused(`QEMU for ${system} cannot be registered in ${file}`, result)
}

async function mount(folder: string, rights: Rights): Promise<void> {
  const result = await asRoot(rights, 'mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder])
  if (await exists(join(folder, 'register'))) return
  throw refused(`binfmt_misc could not be mounted on ${folder}`, result)
}

function refused(what: string, result: ExecResult): UserError {
  return new UserError(`${what}: ${result.stderr.trim() || `exit code ${result.code}`}`, {
    hint: 'It takes root. Run this as root, or install the package qemu-user-static (Debian and Ubuntu), which registers QEMU itself.',
  })
}
