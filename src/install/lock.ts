import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { UserError } from '../util/error.js'

export interface LockOptions {
  readonly signal: AbortSignal
  /** Told when somebody else is at it. */
  readonly onWait: () => void
  /** Milliseconds after which nothing more is waited for. */
  readonly timeoutMs: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** For how long nobody needs to hear of waiting. */
const UNNOTICED_MS = 1000

/**
 * Runs a task while no other process of this machine, whoever it belongs to, runs one under the lock on the same folder. The
 * lock is the kernel's, held by a program that ends with us in any case, so none is ever left behind. Where there is no
 * program `flock`, as on a Mac, the task runs without. Throws a `UserError` when others take too long.
 */
export async function withMachineLock<T>(
  folder: string,
  options: LockOptions,
  task: () => Promise<T>,
): Promise<T> {
  const { PATH } = options.env ?? process.env
  // Reading is enough to lock a folder, so that users with different rights find the same lock, and leave no file.
  const holder = spawn('flock', [folder, 'sh', '-c', 'echo held; exec cat'], {
    env: { PATH },
    stdio: ['pipe', 'pipe', 'ignore'],
    // What a terminal's Ctrl-C begins is cleaned up under the lock.
    detached: true,
  })
  const ended = once(holder, 'close').catch(() => {})
  holder.stdin.on('error', () => {})
  try {
    await held(holder, ended, options)
    return await task()
  } finally {
    holder.stdout.resume()
    holder.stdin.end()
    await ended
  }
}

/** Resolves also when the program ends without a lock: there is none to be had then. */
async function held(
  holder: ChildProcessByStdio<Writable, Readable, null>,
  ended: Promise<unknown>,
  { signal, timeoutMs, onWait }: LockOptions,
): Promise<void> {
  const noticed = setTimeout(onWait, UNNOTICED_MS)
  const enough = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    await Promise.race([once(holder.stdout, 'data', { signal: enough }), ended])
  } catch {
    holder.kill()
    signal.throwIfAborted()
    throw new UserError(`Another process of this machine has held it up for ${timeoutMs / 1000} s`, {
      hint: 'See whether an installation of Nix hangs, and end it.',
    })
  } finally {
    clearTimeout(noticed)
  }
}
