import { systemClock } from '../http/retry.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import { isRunning, listProcessTree, type ProcessId } from './process-tree.js'

/** Time between two looks at processes that are to start or to end. */
export const POLL_INTERVAL_MS = 10

/** The daemon may need this long to notice that a client has ended. */
const CLIENT_END_TIMEOUT_MS = 1500

/** True if the daemon has clients. It has a child process for each of them. */
export async function isInUse(daemon: ProcessId, timeoutMs = CLIENT_END_TIMEOUT_MS): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while ((await listProcessTree(daemon)).length > 1) {
    if (Date.now() > deadline) return true
    await systemClock.sleep(POLL_INTERVAL_MS * 5)
  }
  return false
}

const TERM_TIMEOUT_MS = 3000

const KILL_TIMEOUT_MS = 1000

/**
 * Stops a daemon and its child processes, which have their own sessions. Does nothing if the daemon has ended, also if
 * another process has its process ID now. Takes at most four seconds. Returns false if a process is still running.
 */
export async function stopDaemon(daemon: ProcessId, privileges: Privileges): Promise<boolean> {
  const tree = await listProcessTree(daemon)
  for (const [signal, timeoutMs] of [
    ['TERM', TERM_TIMEOUT_MS],
    ['KILL', KILL_TIMEOUT_MS],
  ] as const) {
    const running = await filterRunning(tree)
    if (running.length === 0) return true
    const pids = running.map(({ pid }) => pid).join(' ')
    await runAsRoot(privileges, 'sh', ['-c', `kill -${signal} ${pids}`])
    if (await waitForExit(tree, timeoutMs)) return true
  }
  return false
}

async function waitForExit(processes: readonly ProcessId[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while ((await filterRunning(processes)).length > 0) {
    if (Date.now() > deadline) return false
    await systemClock.sleep(POLL_INTERVAL_MS)
  }
  return true
}

async function filterRunning(processes: readonly ProcessId[]): Promise<ProcessId[]> {
  const running = await Promise.all(processes.map(process => isRunning(process)))
  return processes.filter((_, index) => running[index])
}
