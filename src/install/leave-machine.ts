import type { Privileges } from '../util/run-as-root.js'
import {
  dropLostChanges,
  listLiveUses,
  type MachineChanges,
  readBootId,
  readRecord,
  writeRecord,
} from './machine-record.js'
import type { PersistentPart } from './persistent-parts.js'
import { forgetDaemon, readRecordedDaemon } from './start-daemon.js'
import { isInUse, stopDaemon } from './stop-daemon.js'
import { undoChanges } from './undo-changes.js'

export interface LeaveOptions {
  /** The folder that contains /etc and /dev. Default: `/`. */
  readonly root?: string | undefined
  /** The private folder of the job, as in the record. */
  readonly folder: string
  readonly privileges: Privileges
  readonly persist: readonly PersistentPart[]
  /** If other processes use the daemon, the job remains in the record, so that this can be called again. */
  readonly canRepeat: boolean
}

export interface Leaving {
  readonly result: 'undone' | 'used by other jobs' | 'used by other processes'
  /** Descriptions of the changes that were not undone, because another program or a person has modified them. */
  readonly left: readonly string[]
}

/**
 * Ends the use of a machine by a job. If no other job uses it, stops the daemon that was started, and undoes the changes except
 * what persists. Callers need the lock of the machine (`withMachineLock`). Throws an `Error` if something cannot be undone; then
 * the record remains for the next job.
 */
export async function leaveMachine(options: LeaveOptions): Promise<Leaving> {
  const { root = '/', folder, privileges, persist, canRepeat } = options
  const record = await readRecord(root)
  // Another job has taken over the changes of this one, or there were none.
  if (!record?.uses.some(use => use.folder === folder)) return { result: 'undone', left: [] }
  const boot = await readBootId()
  const otherUses = record.uses.filter(use => use.folder !== folder)
  const uses = await listLiveUses(otherUses, boot)
  if (uses.length > 0) {
    await writeRecord(root, { uses, changes: removePersistent(record.changes, persist) }, privileges)
    if (persist.includes('daemon')) await forgetDaemon(root, privileges)
    return { result: 'used by other jobs', left: [] }
  }
  const daemon = persist.includes('daemon') ? undefined : await readRecordedDaemon(root)
  if (daemon !== undefined && (await isInUse(daemon))) {
    if (!canRepeat) await writeRecord(root, { ...record, uses: [] }, privileges)
    return { result: 'used by other processes', left: [] }
  }
  if (daemon !== undefined && !(await stopDaemon(daemon, privileges)))
    throw new Error(`process ${daemon.pid} of the Nix daemon is still running`)
  const changes = removePersistent(dropLostChanges(record.changes, boot), persist)
  return { result: 'undone', left: await undoChanges(root, changes, privileges) }
}

function removePersistent(changes: MachineChanges, persist: readonly PersistentPart[]): MachineChanges {
  const { kvm, interpreters, settings, users } = changes
  return {
    ...(kvm && !persist.includes('kvm') && { kvm }),
    ...(interpreters && !persist.includes('qemu') && { interpreters }),
    ...(!persist.includes('daemon') && { ...(settings && { settings }), ...(users && { users }) }),
  }
}
