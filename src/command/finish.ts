import type { Host } from '../host/host.js'
import { messageOf } from '../util/error.js'
import { within } from '../util/within.js'
import { endDaemon } from './end-daemon.js'
import { readUnfinished, type Save, type Unfinished } from './unfinished.js'

/** Larger caches take minutes on a slow day; a job must end. */
const LONGEST_SAVING_MS = 10 * 60_000

/**
 * What comes after the job, or undoes `setup`: removes the files with secrets, which nothing may come before, stops the daemon
 * that was started, and saves what was left to be saved. No trouble here is more than a warning, since the job's work is
 * done. Tells whether nothing is left to do.
 */
export async function finish(host: Host, longestSaving = LONGEST_SAVING_MS): Promise<boolean> {
  let done = true
  const careful = async <T>(what: string, task: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await task()
    } catch (error) {
      done = false
      host.log.warning(`${what}: ${messageOf(error)}`)
      return undefined
    }
  }
  const read = (): Promise<Unfinished> => readUnfinished(host.kept)
  const unfinished = await careful('What is left to do cannot be read', read)
  await careful('Private files could not be removed', () => host.kept.remove())
  const { daemon, saves } = unfinished ?? { saves: [] }
  if (daemon) {
    const ended = await careful('The Nix daemon could not be stopped', () => endDaemon(daemon, host))
    done &&= ended === true
  }
  await careful('The cache could not be saved', () => saveAll(host, saves, longestSaving))
  return done
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
