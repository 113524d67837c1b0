import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { UserError } from '../util/error.js'

export interface LockOptions {
  readonly signal: AbortSignal
  /** Called if another process has the lock. */
  readonly onWait: () => void
  /** The maximum time to wait for the lock, in milliseconds. */
  readonly timeoutMs: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A shorter wait is not reported. */
const WAIT_REPORT_DELAY_MS = 1000

/**
 * Runs a task while this process has the machine-wide lock of a folder, which also excludes processes of other users. The
 * program `flock` holds the lock and ends with this process, so the kernel always releases it. Without `flock`, as on
 * macOS, the task runs without a lock. Throws a `UserError` if the lock is not free in time.
 */
export async function withMachineLock<T>(
  folder: string,
  options: LockOptions,
  task: () => Promise<T>,
): Promise<T> {
  const { PATH } = options.env ?? process.env
  // A folder can be locked with read permission. So users with different permissions share the lock, and no file remains.
  const holder = spawn('flock', [folder, 'sh', '-c', 'echo held; exec cat'], {
    env: { PATH },
    stdio: ['pipe', 'pipe', 'ignore'],
    // Ctrl-C in a terminal must not end it, because the clean-up still needs the lock.
    detached: true,
  })
  const ended = once(holder, 'close').catch(() => {})
  holder.stdin.on('error', () => {})
  try {
    await waitForLock(holder, ended, options)
    return await task()
  } finally {
    holder.stdout.resume()
    holder.stdin.end()
    await ended
  }
}

/** Also resolves if the program ends without the lock, because locking is then not possible. */
async function waitForLock(
  holder: ChildProcessByStdio<Writable, Readable, null>,
  ended: Promise<unknown>,
  { signal, timeoutMs, onWait }: LockOptions,
): Promise<void> {
  const report = setTimeout(onWait, WAIT_REPORT_DELAY_MS)
  const anySignal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    await Promise.race([once(holder.stdout, 'data', { signal: anySignal }), ended])
  } catch {
    holder.kill()
    signal.throwIfAborted()
    throw new UserError(
      `Another process on this machine has been installing Nix for more than ${timeoutMs / 1000} s`,
      {
        hint: 'If that installation hangs, end its process and run this again.',
      },
    )
  } finally {
    clearTimeout(report)
  }
}
