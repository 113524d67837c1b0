import { join } from 'node:path'
import { isSetUp } from './configure.js'
import { answers, PATIENCE_MS, socketIn } from './daemon-socket.js'

/** Whether an earlier run has set Nix up on this machine, and its daemon is gone: stopped, or the machine was. */
export async function waitsForDaemon(root = '/'): Promise<boolean> {
  return (await isSetUp(root)) && !(await answers(socketIn(join(root, 'nix')), PATIENCE_MS))
}
