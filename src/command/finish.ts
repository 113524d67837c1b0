import type { Host } from '../host/host.js'
import { stopDaemon } from '../install/daemon.js'
import { messageOf } from '../util/error.js'
import { exec } from '../util/exec.js'
import { within } from '../util/within.js'
import { readUnfinished, type Save, type Unfinished } from './unfinished.js'

/** Larger caches take minutes on a slow day; a job must end. */
const LONGEST_SAVING_MS = 10 * 60_000

/**
 * What comes after the job, or undoes `setup`: stops the daemon that was started, removes the files with secrets, and saves what
 * was left to be saved. No trouble here is more than a warning, since the job's work is done.
 */
export async function finish(host: Host, longestSaving = LONGEST_SAVING_MS): Promise<void> {
  const unfinished = await readUnfinished(host.kept).catch((error): Unfinished => {
    host.log.warning(`What is left to do cannot be read: ${messageOf(error)}`)
    return { saves: [] }
  })
  const careful = (what: string, task: () => unknown): Promise<void> =>
    Promise.resolve()
      .then(task)
      .then(
        () => {},
        error => host.log.warning(`${what}: ${messageOf(error)}`),
      )
  const { daemon, saves } = unfinished
  if (daemon) {
    await careful('The Nix daemon could not be stopped', async () => {
      const gone = await stopDaemon(daemon, { exec, uid: process.getuid?.() })
      if (!gone) throw new Error(`process ${daemon.pid} still runs`)
    })
  }
  await careful('Private files could not be removed', () => host.kept.remove())
  await careful('The cache could not be saved', () => saveAll(host, saves, longestSaving))
}

/** A client that hangs is left behind: the process ends without it. */
async function saveAll(host: Host, saves: readonly Save[], longest: number): Promise<void> {
  const { cache } = host
  if (cache === undefined || cache.readOnly) return
  let late = false
  const saving = async (): Promise<void> => {
    for (const { path, key } of saves) if (!late) await cache.save(path, key)
  }
  await within(longest, saving(), () => {
    late = true
    return new Error(`it took longer than ${longest / 1000} s`)
  })
}
