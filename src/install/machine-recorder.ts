import type { Privileges } from '../util/run-as-root.js'
import { type LeaveOptions, type Leaving, leaveMachine } from './leave-machine.js'
import { withMachineLock } from './machine-lock.js'
import {
  type ChangeRecorder,
  dropLostChanges,
  listLiveUses,
  type MachineChanges,
  type MachineRecord,
  type MachineUse,
  mergeChanges,
  readBootId,
  readRecord,
  writeRecord,
} from './machine-record.js'
import { findAncestor } from './process-tree.js'

interface RecorderOptions {
  /** The folder that contains /etc. Default: `/`. */
  readonly root?: string | undefined
  /** The private folder of the job, which exists until the job ends. */
  readonly folder: string
  readonly privileges: Privileges
}

/** The program of GitHub's runner that runs one job. */
const RUNNER_PROGRAM = 'Runner.Worker'

interface LockContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Another process may be downloading Nix over a slow connection. */
const LOCK_TIMEOUT_MS = 15 * 60_000

/** Records, for one job, what is changed on the machine, before it is changed. `join` and `add` need the lock of the machine. */
export class MachineRecorder implements ChangeRecorder {
  readonly root: string
  readonly folder: string
  readonly #privileges: Privileges

  constructor({ root = '/', folder, privileges }: RecorderOptions) {
    this.root = root
    this.folder = folder
    this.#privileges = privileges
  }

  /** Returns whether something is recorded on the machine. */
  async hasRecord(): Promise<boolean> {
    return (await readRecord(this.root)) !== undefined
  }

  /** Runs a task with the lock of the machine. */
  lock<T>({ env, signal }: LockContext, task: () => Promise<T>, timeoutMs = LOCK_TIMEOUT_MS): Promise<T> {
    return withMachineLock(this.root, { env, signal, onWait: () => {}, timeoutMs }, task)
  }

  /** Adds this job to the record, if there is one. Returns whether there is one. */
  async join(): Promise<boolean> {
    if ((await readRecord(this.root)) === undefined) return false
    await this.add({})
    return true
  }

  /** Adds this job and changes to the record. An earlier job that did not undo its changes leaves them to this one. */
  async add(changes: MachineChanges): Promise<void> {
    const boot = await readBootId()
    const before = await readRecord(this.root)
    const uses = await listLiveUses(before?.uses ?? [], boot)
    const isIn = uses.some(({ folder }) => folder === this.folder)
    const record: MachineRecord = {
      uses: isIn ? uses : [...uses, await this.#describeUse(boot)],
      changes: mergeChanges(dropLostChanges(before?.changes ?? {}, boot), changes),
    }
    if (JSON.stringify(record) === JSON.stringify(before)) return
    await writeRecord(this.root, record, this.#privileges)
  }

  /** Ends the use of the machine by this job. See `leaveMachine`. */
  leave(options: Pick<LeaveOptions, 'persist' | 'canRepeat'>): Promise<Leaving> {
    return leaveMachine({ ...options, root: this.root, folder: this.folder, privileges: this.#privileges })
  }

  async #describeUse(boot: string): Promise<MachineUse> {
    const worker = await findAncestor(process.pid, RUNNER_PROGRAM)
    return { folder: this.folder, boot, ...(worker && { worker }) }
  }
}
