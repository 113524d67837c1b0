import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host, StateFolder } from '../../host/host.js'
import type { MachineRecorder } from '../../install/machine-recorder.js'
import type { PersistentPart } from '../../install/persistent-parts.js'
import type { Daemon } from '../../install/start-daemon.js'
import { isInUse, stopDaemon } from '../../install/stop-daemon.js'
import { withTimeout } from '../../util/async.js'
import { messageOf } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import type { Privileges } from '../../util/run-as-root.js'
import { createRecorder } from '../shared/create-recorder.js'
import { warnOnFailure } from '../shared/failures.js'

/** Large caches take minutes over a slow connection. */
const SAVE_TIMEOUT_MS = 10 * 60_000

/**
 * The post step, and the command `stop`: removes the files with secrets, stops the daemon that was started, and saves the caches.
 * The secrets are removed first, even if a later step fails. Every failure is only a warning, because the work of the job is
 * done. Returns true if nothing is left to do.
 */
export async function finish(host: Host, saveTimeoutMs = SAVE_TIMEOUT_MS): Promise<boolean> {
  const { stateFolder, log } = host
  const state = await warnOnFailure('Cannot read the remaining work', log, () =>
    readPostJobState(stateFolder),
  )
  const recorder = createRecorder(host)
  const isRemoved = await warnOnFailure('Cannot remove the files with secrets', log, async () => {
    stateFolder.remove()
    return true
  })
  const { daemon, persist, saves } = state ?? { saves: [] }
  const isStopped =
    daemon === undefined ||
    (await warnOnFailure('Cannot stop the Nix daemon', log, () => stopStartedDaemon(daemon, host)))
  const isUndone =
    recorder === undefined ||
    (await warnOnFailure('Cannot undo the changes on this machine', log, () =>
      undoMachineChanges(recorder, persist ?? [], host),
    ))
  const isSaved = await warnOnFailure('Cannot save the caches', log, async () => {
    await saveCaches(saves, host, saveTimeoutMs)
    return true
  })
  return [state, isRemoved, isStopped, isUndone, isSaved].every(Boolean)
}

/** After the timeout, an upload may still hang, but the process ends without it. */
async function saveCaches(entries: readonly CacheEntry[], { cache }: Host, timeoutMs: number): Promise<void> {
  if (cache === undefined || cache.readOnly) return
  let isTimedOut = false
  const save = async (): Promise<void> => {
    for (const { path, key } of entries) if (!isTimedOut) await cache.save(path, key)
  }
  await withTimeout(timeoutMs, save(), () => {
    isTimedOut = true
    return new Error(`it took longer than ${timeoutMs / 1000} s`)
  })
}

/** The work of the post step. Stored as JSON. */
interface PostJobState {
  /** The Nix daemon to stop, on a machine whose changes are not recorded. */
  readonly daemon?: Daemon
  /** What is not undone. */
  readonly persist?: readonly PersistentPart[]
  /** The cache entries to save. */
  readonly saves: readonly CacheEntry[]
}

/** A file or folder to save in GitHub's cache. */
export interface CacheEntry {
  readonly path: string
  readonly key: string
}

const STATE_FILE = 'unfinished.json'

export async function readPostJobState(folder: StateFolder): Promise<PostJobState> {
  if (folder.existing === undefined) return { saves: [] }
  const text = await readFile(join(folder.existing, STATE_FILE), 'utf8').catch(() => '{}')
  return { saves: [], ...(JSON.parse(text) as Partial<PostJobState>) }
}

/** Adds work for the post step. Calls must not overlap. */
export async function addPostJobWork(folder: StateFolder, work: Partial<PostJobState>): Promise<void> {
  const before = await readPostJobState(folder)
  const state: PostJobState = { ...before, ...work, saves: [...before.saves, ...(work.saves ?? [])] }
  await writeFile(join(folder.path, STATE_FILE), JSON.stringify(state), { mode: 0o600 })
}

/** Another job may be downloading Nix. */
const UNDO_LOCK_TIMEOUT_MS = 60_000

/**
 * Stops the daemon that was started, and undoes the changes on this machine, unless other jobs or processes use it. Returns true
 * if nothing is left to do for this job.
 */
async function undoMachineChanges(
  recorder: MachineRecorder,
  persist: readonly PersistentPart[],
  host: Host,
): Promise<boolean> {
  const { kind, log, stateFolder } = host
  if (!(await recorder.hasRecord())) return true
  const canRepeat = kind === 'local'
  const { result, left } = await recorder
    .lock(host, () => recorder.leave({ persist, canRepeat }), UNDO_LOCK_TIMEOUT_MS)
    .catch(async (error: unknown) => {
      if (canRepeat) await addPostJobWork(stateFolder, {})
      throw error
    })
  for (const each of left) log.warning(`Not undone on this machine: ${each}`)
  if (result === 'used by other jobs')
    log.info('Other jobs use Nix on this machine. The last one undoes the changes on it')
  if (result !== 'used by other processes') return true
  if (canRepeat) await addPostJobWork(stateFolder, {})
  const later = canRepeat ? IN_USE_HINT : '. The next job undoes the changes on this machine'
  log.info(`The Nix daemon is still running, because other processes use it${later}`)
  return false
}

const STOP_TIMEOUT_MS = 10_000

const IN_USE_HINT = '. Run `nix-multiarch stop` again when they have finished'
const FAILURE_HINT = '. Run `sudo -v`, then `nix-multiarch stop` again'

/**
 * Stops a daemon that this program started, unless other processes build with it. Returns true if it has stopped. It has a
 * timeout, because sudo may wait for a password. On a local machine, a daemon that is still running is stored in the state
 * again, so that `stop` can be repeated.
 */
export async function stopStartedDaemon(
  daemon: Daemon,
  host: Host,
  timeoutMs = STOP_TIMEOUT_MS,
): Promise<boolean> {
  const createTimeout = (): Error => new Error(`it took longer than ${timeoutMs / 1000} s`)
  const result = await withTimeout(timeoutMs, stopUnusedDaemon(daemon), createTimeout).catch(
    (error: Error) => error,
  )
  if (result === 'stopped') return true
  const canRepeat = host.kind === 'local'
  if (canRepeat) await addPostJobWork(host.stateFolder, { daemon })
  if (result === 'in use')
    host.log.info(
      `The Nix daemon is still running, because other processes use it${canRepeat ? IN_USE_HINT : ''}`,
    )
  else host.log.warning(`Cannot stop the Nix daemon: ${messageOf(result)}${canRepeat ? FAILURE_HINT : ''}`)
  return false
}

/** Throws an `Error` if the daemon does not stop. */
async function stopUnusedDaemon(daemon: Daemon): Promise<'in use' | 'stopped'> {
  if (await isInUse(daemon)) return 'in use'
  if (await stopDaemon(daemon, await privilegesFor(daemon))) return 'stopped'
  throw new Error(`process ${daemon.pid} is still running`)
}

/** The daemon belongs to root, or to this user if the machine has no root access. */
async function privilegesFor({ pid }: Daemon): Promise<Privileges> {
  const uid = process.getuid?.()
  const owner = await stat(`/proc/${pid}`).catch(() => undefined)
  return { exec, uid, ownsTarget: owner?.uid === uid }
}
