import { join } from 'node:path'
import { isSetUp } from './configure.js'
import { answers } from './daemon-socket.js'

const PATIENCE_MS = 1000

/** Whether an earlier run has set Nix up on this machine, and its daemon is gone: stopped, or the machine was. */
export async function waitsForDaemon(root = '/'): Promise<boolean> {
  if (!(await isSetUp(root))) return false
  return !(await answers(join(root, 'nix/var/nix/daemon-socket/socket'), PATIENCE_MS))
}
