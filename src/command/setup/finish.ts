import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host, StateFolder } from '../../host/host.js'
import { type Daemon, isInUse, stopDaemon } from '../../install/daemon.js'
import { withTimeout } from '../../util/async.js'
import { messageOf } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import type { Privileges } from '../../util/root.js'
import { warnOnFailure } from '../shared/failures.js'

/** Larger caches take minutes on a slow day; a job must end. */
const LONGEST_SAVING_MS = 10 * 60_000

/**
 * What comes after the job, or undoes `setup`: removes the files with secrets, which nothing may come before, stops the daemon
 * that was started, and saves what was left to be saved. No trouble here is more than a warning, since the job's work is
 * done. Tells whether nothing is left to do.
 */
export async function finish(host: Host, longestSaving = LONGEST_SAVING_MS): Promise<boolean> {
  const { stateFolder, log } = host
  const unfinished = await warnOnFailure('What is left to do cannot be read', log, () =>
    readPostJobState(stateFolder),
  )
  const removed = await warnOnFailure('Private files could not be removed', log, async () => {
    stateFolder.remove()
    return true
  })
  const { daemon, saves } = unfinished ?? { saves: [] }
  const ended =
    daemon === undefined ||
    (await warnOnFailure('The Nix daemon could not be stopped', log, () => stopStartedDaemon(daemon, host)))
  const saved = await warnOnFailure('The cache could not be saved', log, async () => {
    await saveAll(host, saves, longestSaving)
    return true
  })
  return [unfinished, removed, ended, saved].every(Boolean)
}

/** A client that hangs is left behind: the process ends without it. */
async function saveAll(host: Host, saves: readonly CacheEntry[], longest: number): Promise<void> {
  const { cache } = host
  if (cache === undefined || cache.readOnly) return
  let late = false
  const saving = async (): Promise<void> => {
    for (const { path, key } of saves) if (!late) await cache.save(path, key)
  }
  await withTimeout(longest, saving(), () => {
    late = true
    return new Error(`it took longer than ${longest / 1000} s`)
  })
}

/** What a command leaves to be done after the job. */
interface PostJobState {
  /** The Nix daemon that was started, which is to be stopped. */
  readonly daemon?: Daemon
  /** Files and folders to be kept for later runs. */
  readonly saves: readonly CacheEntry[]
}

export interface CacheEntry {
  readonly path: string
  readonly key: string
}

const FILE = 'unfinished.json'

export async function readPostJobState(kept: StateFolder): Promise<PostJobState> {
  if (kept.existing === undefined) return { saves: [] }
  const text = await readFile(join(kept.existing, FILE), 'utf8').catch(() => '{}')
  return { saves: [], ...(JSON.parse(text) as Partial<PostJobState>) }
}

/** Adds to what is to be done. Calls must not overlap. */
export async function addPostJobWork(kept: StateFolder, more: Partial<PostJobState>): Promise<void> {
  const before = await readPostJobState(kept)
  const all: PostJobState = { ...before, ...more, saves: [...before.saves, ...(more.saves ?? [])] }
  await writeFile(join(kept.path, FILE), JSON.stringify(all), { mode: 0o600 })
}

const STOP_MS = 10_000

/**
 * Stops a daemon of ours, unless others of the machine build with it. Takes ten seconds at most, whatever sudo does; tells
 * whether it has ended. One that goes on is remembered on a person's machine, where it can be tried again.
 */
export async function stopStartedDaemon(daemon: Daemon, host: Host, patience = STOP_MS): Promise<boolean> {
  const tooLong = (): Error => new Error(`it took longer than ${patience / 1000} s`)
  const goesOn = await withTimeout(patience, end(daemon), tooLong).catch((error: Error) => error)
  if (goesOn === undefined) return true
  const again = host.kind === 'local'
  if (again) await addPostJobWork(host.stateFolder, { daemon })
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
async function rightsOver({ pid }: Daemon): Promise<Privileges> {
  const uid = process.getuid?.()
  const owner = await stat(`/proc/${pid}`).catch(() => undefined)
  return { exec, uid, ownsTarget: owner?.uid === uid }
}
