import type { Host } from '../../host/host.js'
import { within } from '../../util/within.js'
import { careful } from '../shared/careful.js'
import { endDaemon } from './end-daemon.js'
import { readUnfinished, type Save } from './unfinished.js'

/** Larger caches take minutes on a slow day; a job must end. */
const LONGEST_SAVING_MS = 10 * 60_000

/**
 * What comes after the job, or undoes `setup`: removes the files with secrets, which nothing may come before, stops the daemon
 * that was started, and saves what was left to be saved. No trouble here is more than a warning, since the job's work is
 * done. Tells whether nothing is left to do.
 */
export async function finish(host: Host, longestSaving = LONGEST_SAVING_MS): Promise<boolean> {
  const { kept, log } = host
  const unfinished = await careful('What is left to do cannot be read', log, () => readUnfinished(kept))
  const removed = await careful('Private files could not be removed', log, async () => {
    kept.remove()
    return true
  })
  const { daemon, saves } = unfinished ?? { saves: [] }
  const ended =
    daemon === undefined ||
    (await careful('The Nix daemon could not be stopped', log, () => endDaemon(daemon, host)))
  const saved = await careful('The cache could not be saved', log, async () => {
    await saveAll(host, saves, longestSaving)
    return true
  })
  return [unfinished, removed, ended, saved].every(Boolean)
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
