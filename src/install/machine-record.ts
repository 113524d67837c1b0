import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, UserError } from '../util/error.js'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import { isRunning, type ProcessId } from './process-tree.js'

/** A job, or the command `setup`, that uses what was set up on a machine. */
export interface MachineUse {
  /** The private folder of the job. It exists until the job ends. */
  readonly folder: string
  /** The ID of the machine's start, so that a use ends if the power fails. */
  readonly boot: string
  /** The process of GitHub's runner that runs the job, if it is known. */
  readonly worker?: ProcessId | undefined
}

/** The mode of /dev/kvm, in octal digits. It is lost when the machine is shut down. */
export interface KvmChange {
  readonly boot: string
  readonly before: string
  readonly after: string
}

/** The files of Nix's settings in /etc/nix. */
export interface SettingsChange {
  readonly hadFolder: boolean
  /** True if nix.conf existed. */
  readonly hadConf: boolean
  /** True if nix.conf included the files already. */
  readonly hadIncludes: boolean
  /** By name, the text that was written, and the text of the file before, if it existed. */
  readonly files: Readonly<Record<string, { readonly before?: string; readonly after: string }>>
}

/** The users that builds run as. */
export interface UsersChange {
  /** The lines that were added to /etc/passwd. */
  readonly passwd: readonly string[]
  /** True if the last line of /etc/passwd ended with a newline. */
  readonly hadLineEnd: boolean
  /** The line of the group in /etc/group, and the line before, if the group existed. */
  readonly group: { readonly before?: string; readonly after: string }
}

/** Entries of binfmt_misc. They are lost when the machine is shut down. */
export interface InterpretersChange {
  readonly boot: string
  /** The folder of binfmt_misc. */
  readonly folder: string
  readonly wasMounted: boolean
  /** The interpreters by the names of their entries. */
  readonly entries: Readonly<Record<string, string>>
}

/** What was changed on a machine, with the state before. */
export interface MachineChanges {
  readonly kvm?: KvmChange
  readonly settings?: SettingsChange
  readonly users?: UsersChange
  readonly interpreters?: InterpretersChange
}

/** Records changes on a machine before they are made. */
export interface ChangeRecorder {
  add(changes: MachineChanges): Promise<void>
}

/** The content of the record. */
export interface MachineRecord {
  readonly uses: readonly MachineUse[]
  readonly changes: MachineChanges
}

/**
 * The folder of the record, with the files `record.json` and `daemon`. It is next to the files that are changed, because both are
 * lost together, for example in a container.
 */
export function recordFolderOf(root: string): string {
  return join(root, 'etc/nix-multiarch')
}

/** Reads the record of a machine. Returns `undefined` if nothing is recorded. Throws a `UserError` if it is damaged. */
export async function readRecord(root: string): Promise<MachineRecord | undefined> {
  const file = join(recordFolderOf(root), 'record.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const content = asObject(parseJson(text, 'the record'), 'the record')
    for (const use of asArray(content.uses, 'uses')) asString(asObject(use, 'a use').folder, 'folder')
    asObject(content.changes, 'changes')
    return content as unknown as MachineRecord
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, {
      hint: 'It lists what was changed on this machine. Undo the changes, and delete the file.',
      cause: error,
    })
  }
}

/** The file is renamed when it is complete, and is on the disk before the change that it describes. */
const WRITE_SCRIPT = `
set -eu
umask 022
mkdir -p "$1"
printf '%s\\n' "$2" >"$1/record.json.new"
sync "$1/record.json.new" 2>/dev/null || :
mv -f "$1/record.json.new" "$1/record.json"
`

export async function writeRecord(
  root: string,
  record: MachineRecord,
  privileges: Privileges,
): Promise<void> {
  const folder = recordFolderOf(root)
  const args = ['-c', WRITE_SCRIPT, 'record', folder, JSON.stringify(record)]
  const result = await runAsRoot(privileges, 'sh', args)
  if (result.code === 0) return
  throw new UserError(`${folder} cannot be written: ${result.stderr.trim() || `exit code ${result.code}`}`)
}

/** Returns the ID of the machine's start, or '' if it is not known. */
export async function readBootId(procfs = '/proc'): Promise<string> {
  return (await readFile(join(procfs, 'sys/kernel/random/boot_id'), 'utf8').catch(() => '')).trim()
}

/** Returns the uses whose jobs have not ended. */
export async function listLiveUses(uses: readonly MachineUse[], boot: string): Promise<MachineUse[]> {
  const areLive = await Promise.all(uses.map(use => isLive(use, boot)))
  return uses.filter((_, n) => areLive[n])
}

/**
 * A job has ended if the machine was started again, or if the runner's process has ended, or if its folder was removed: GitHub's
 * runner empties its temporary folder before each job.
 */
async function isLive({ folder, boot, worker }: MachineUse, currentBoot: string): Promise<boolean> {
  if (boot !== currentBoot || (worker !== undefined && !(await isRunning(worker)))) return false
  // A folder of another user may not be accessible. Then the job counts as running.
  return stat(folder).then(
    () => true,
    error => !['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? ''),
  )
}

/** Removes what was lost when the machine was shut down. */
export function dropLostChanges(changes: MachineChanges, boot: string): MachineChanges {
  const { kvm, interpreters, ...others } = changes
  return {
    ...others,
    ...(kvm?.boot === boot && { kvm }),
    ...(interpreters?.boot === boot && { interpreters }),
  }
}

/** Adds changes to earlier ones. What was before the first change is kept. */
export function mergeChanges(earlier: MachineChanges, later: MachineChanges): MachineChanges {
  return {
    ...earlier,
    ...later,
    ...(earlier.kvm && { kvm: earlier.kvm }),
    ...(earlier.settings && later.settings && { settings: mergeSettings(earlier.settings, later.settings) }),
    ...(earlier.users && later.users && { users: mergeUsers(earlier.users, later.users) }),
    ...(earlier.interpreters &&
      later.interpreters && {
        interpreters: {
          ...earlier.interpreters,
          entries: { ...later.interpreters.entries, ...earlier.interpreters.entries },
        },
      }),
  }
}

function mergeSettings(earlier: SettingsChange, later: SettingsChange): SettingsChange {
  const files = Object.entries(later.files).map(([name, { after, ...before }]) => {
    const { after: _, ...first } = earlier.files[name] ?? { ...before, after }
    return [name, { ...first, after }]
  })
  return { ...earlier, files: { ...earlier.files, ...Object.fromEntries(files) } }
}

function mergeUsers(earlier: UsersChange, later: UsersChange): UsersChange {
  const { after: _, ...before } = earlier.group
  return {
    hadLineEnd: earlier.hadLineEnd,
    passwd: [...new Set([...earlier.passwd, ...later.passwd])],
    group: { ...before, after: later.group.after },
  }
}
