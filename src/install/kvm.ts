import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asRoot, type Rights } from '../util/root.js'

const FOR_ALL = 0o006

/** Lets every user run virtual machines with the kernel's help, as builds that ask for `kvm` do. Never fails. */
export async function openKvm(root: string, rights: Rights): Promise<void> {
  const device = join(root, 'dev/kvm')
  const mode = await stat(device).then(
    stats => stats.mode,
    () => FOR_ALL,
  )
  if ((mode & FOR_ALL) !== FOR_ALL) await asRoot(rights, 'chmod', ['a+rw', device])
}
