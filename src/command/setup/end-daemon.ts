import { stat } from 'node:fs/promises'
import type { Host } from '../../host/host.js'
import type { Daemon } from '../../install/daemon.js'
import { isInUse, stopDaemon } from '../../install/stop-daemon.js'
import { messageOf } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import type { Rights } from '../../util/root.js'
import { within } from '../../util/within.js'
import { leaveUnfinished } from './unfinished.js'

const STOP_MS = 10_000

/**
 * Stops a daemon of ours, unless others of the machine build with it. Takes ten seconds at most, whatever sudo does; tells
 * whether it has ended. One that goes on is remembered on a person's machine, where it can be tried again.
 */
export async function endDaemon(daemon: Daemon, host: Host, patience = STOP_MS): Promise<boolean> {
  const tooLong = (): Error => new Error(`it took longer than ${patience / 1000} s`)
  const goesOn = await within(patience, end(daemon), tooLong).catch((error: Error) => error)
  if (goesOn === undefined) return true
  const again = host.kind === 'local'
  if (again) await leaveUnfinished(host.kept, { daemon })
  if (goesOn === 'in use')
    host.log.info(`The Nix daemon goes on, since others build with it${again ? WHEN_IDLE : ''}`)
  else host.log.warning(`The Nix daemon could not be stopped: ${messageOf(goesOn)}${again ? RETRY : ''}`)
  return false
}

const WHEN_IDLE = '. Run `nix-multiarch stop` again when they are done'
const RETRY = '. Run `sudo -v`, then `nix-multiarch stop` again'

/** `undefined` when it has ended. */
async function end(daemon: Daemon): Promise<'in use' | undefined> {
  if (await isInUse(daemon)) return 'in use'
  if (await stopDaemon(daemon, await rightsOver(daemon))) return undefined
  throw new Error(`process ${daemon.pid} still runs`)
}

/** A daemon is root's as a rule, and this user's own where there is no root. */
async function rightsOver({ pid }: Daemon): Promise<Rights> {
  const uid = process.getuid?.()
  const owner = await stat(`/proc/${pid}`).catch(() => undefined)
  return { exec, uid, own: owner?.uid === uid }
}
