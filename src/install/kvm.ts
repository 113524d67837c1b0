import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { asRoot, type Rights } from '../util/as-root.js'
import { exists } from '../util/file.js'

/** Lets every user run virtual machines with the kernel's help, as builds that ask for `kvm` do. Never fails. */
export async function openKvm(root: string, rights: Rights): Promise<void> {
  const device = join(root, 'dev/kvm')
  if (!(await exists(device)) || (await isOpen(device))) return
  await asRoot(rights, 'chmod', ['a+rw', device])
}

function isOpen(device: string): Promise<boolean> {
  return access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}
