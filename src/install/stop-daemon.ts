import { systemClock } from '../http/clock.js'
import { asRoot, type Rights } from '../util/root.js'
import { familyOf, isRunning, type ProcessId } from './process-table.js'

const POLL_MS = 10

/** Clients of ours that have just ended may take so long to be noticed. */
const NOTICE_MS = 1500

/** Whether others have work for a daemon: it has a process for each who is connected. */
export async function isInUse(daemon: ProcessId, patience = NOTICE_MS): Promise<boolean> {
  const deadline = Date.now() + patience
  while ((await familyOf(daemon)).length > 1) {
    if (Date.now() > deadline) return true
    await systemClock.sleep(POLL_MS * 5)
  }
  return false
}

/** How long it may take to leave in order, and then to be gone when it is made to. */
const LEAVE_MS = 3000
const GONE_MS = 1000

/**
 * Stops a daemon of ours with all that it has started, which is in sessions of its own. One that has gone, or whose number
 * has been given to another process, is no failure. Takes four seconds at most; tells whether all are gone.
 */
export async function stopDaemon(daemon: ProcessId, rights: Rights): Promise<boolean> {
  const family = await familyOf(daemon)
  for (const [signal, patience] of [
    ['TERM', LEAVE_MS],
    ['KILL', GONE_MS],
  ] as const) {
    const left = await stillRunning(family)
    if (left.length === 0) return true
    await asRoot(rights, 'sh', ['-c', `kill -${signal} ${left.map(({ pid }) => pid).join(' ')}`])
    if (await allEnd(left, patience)) return true
  }
  return false
}

async function allEnd(family: readonly ProcessId[], patience: number): Promise<boolean> {
  const deadline = Date.now() + patience
  while ((await stillRunning(family)).length > 0) {
    if (Date.now() > deadline) return false
    await systemClock.sleep(POLL_MS)
  }
  return true
}

async function stillRunning(family: readonly ProcessId[]): Promise<ProcessId[]> {
  const run = await Promise.all(family.map(member => isRunning(member)))
  return family.filter((_, n) => run[n])
}
