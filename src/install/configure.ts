import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import type { ChangeRecorder, SettingsChange, UsersChange } from './machine-record.js'

/** How Nix is set up on a machine. */
export interface MachineSetup {
  readonly mode: 'daemon' | 'single-user'
  /** The trusted user of the daemon. */
  readonly user: string
  readonly sandbox: boolean
  /** False if the kernel does not support Nix's system call filter. */
  readonly filterSyscalls: boolean
  /** A program to use as /bin/sh in the sandbox, if Nix may not include one. */
  readonly shell?: string | undefined
}

interface SettingsTarget {
  /** The folder /etc. */
  readonly etc: string
  readonly privileges: Privileges
  /** Records the changes before they are made. */
  readonly recorder?: ChangeRecorder | undefined
}

/**
 * Writes the system's settings for Nix, and the users that builds run as. Can be repeated. Throws a `UserError` if a file
 * cannot be written.
 */
export async function writeSettings(
  { etc, privileges, recorder }: SettingsTarget,
  machine: MachineSetup,
  jobs: number,
): Promise<void> {
  const read = (name: string): Promise<string> => readFile(join(etc, name), 'utf8').catch(() => '')
  const group = await read('group')
  const users = planBuildUsers(group, await read('passwd'), Math.max(jobs, 8))
  const { defaults, required } = makeSettings(machine)
  const settings = [defaults.join('\n'), required.join('\n')] as const
  if (recorder !== undefined)
    await recorder.add({
      settings: await describeSettingsChange(etc, settings, privileges),
      ...(users && { users: describeUsersChange(users, group) }),
    })
  const texts = [...settings, users?.passwd ?? '', users?.group ?? '']
  const result = await runAsRoot(privileges, 'sh', ['-c', CONFIGURE_SCRIPT, 'configure', etc, ...texts])
  if (result.code === 0) return
  throw new UserError(`Nix's settings could not be written to ${etc}: ${result.stderr.trim()}`)
}

async function describeSettingsChange(
  etc: string,
  [defaults, required]: readonly [string, string],
  privileges: Privileges,
): Promise<SettingsChange> {
  const folder = join(etc, 'nix')
  const conf = join(folder, 'nix.conf')
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), 'utf8').catch(() => undefined)
  const describe = async (name: string, text: string) => {
    const before = await read(name)
    return [name, { ...(before !== undefined && { before }), after: `${text}\n` }] as const
  }
  return {
    hadFolder: await exists(folder),
    hadConf: await exists(conf),
    hadIncludes: await hasIncludes(conf, privileges),
    files: Object.fromEntries([
      await describe(DEFAULTS_FILE, defaults),
      await describe(REQUIRED_FILE, required),
    ]),
  }
}

/** Only root may be able to read nix.conf, because it may contain secrets. */
async function hasIncludes(conf: string, privileges: Privileges): Promise<boolean> {
  if (!(await exists(conf))) return false
  const text = await readFile(conf, 'utf8').catch(() => undefined)
  if (text !== undefined) return text.split('\n').includes(INCLUDE_LINES[1])
  return (await runAsRoot(privileges, 'grep', ['-qxF', INCLUDE_LINES[1], conf])).code === 0
}

function describeUsersChange({ passwd, group }: BuildUsers, groupFile: string): UsersChange {
  const before = groupFile.split('\n').find(line => line.startsWith(`${BUILD_GROUP}:`))
  return {
    passwd: passwd.split('\n').filter(Boolean),
    hadLineEnd: !passwd.startsWith('\n'),
    group: { ...(before !== undefined && { before }), after: group },
  }
}

/** True if an earlier run set up Nix with a daemon on this machine. */
export function isConfigured(root = '/'): Promise<boolean> {
  return exists(join(root, 'etc/nix', REQUIRED_FILE))
}

/** The group of the users that builds run as. */
export const BUILD_GROUP = 'nixbld'

/**
 * These settings have their own files, so that existing files of an administrator need not be edited. The last value of a
 * setting is used. So the defaults are included before the administrator's settings, and the required settings after them.
 */
const DEFAULTS_FILE = 'nix-multiarch.conf'
const REQUIRED_FILE = 'nix-multiarch-needed.conf'

/** The first and the last line of nix.conf. */
export const INCLUDE_LINES = [`!include ${DEFAULTS_FILE}`, `!include ${REQUIRED_FILE}`] as const

/** Arguments: the folder `etc`, the text of both files, the lines to add to `passwd`, and the line of the group. */
const CONFIGURE_SCRIPT = String.raw`
set -eu
umask 022
etc=$1 defaults=$2 required=$3 users=$4 group=$5
if [ -n "$group" ]; then
  printf '%s' "$users" >>"$etc/passwd"
  if grep -q '^${BUILD_GROUP}:' "$etc/group"
  then sed -i "s|^${BUILD_GROUP}:.*|$group|" "$etc/group"
  else printf '%s\n' "$group" >>"$etc/group"
  fi
fi
mkdir -p "$etc/nix"
printf '%s\n' "$defaults" >"$etc/nix/${DEFAULTS_FILE}"
printf '%s\n' "$required" >"$etc/nix/${REQUIRED_FILE}"
file=$etc/nix/nix.conf
grep -qxF '${INCLUDE_LINES[1]}' "$file" 2>/dev/null || {
  [ -e "$file" ] || : >"$file"
  # It may be a link.
  file=$(readlink -f "$file")
  new=$file.nix-multiarch
  # It may contain secrets, so the new file gets the permissions of the old one.
  cp -p "$file" "$new"
  { echo '${INCLUDE_LINES[0]}'; cat "$file"; printf '\n%s\n' '${INCLUDE_LINES[1]}'; } >"$new"
  mv "$new" "$file"
}
`

/** Lines of nix.conf. */
interface ConfLines {
  /** Other settings of the system override these. */
  readonly defaults: readonly string[]
  /** Builds fail without these. List settings add to the system's values. */
  readonly required: readonly string[]
}

export function makeSettings({ mode, user, sandbox, filterSyscalls, shell }: MachineSetup): ConfLines {
  const sandboxLine = `sandbox = ${sandbox}`
  return {
    defaults: [
      'max-jobs = auto',
      'fallback = true',
      'connect-timeout = 10',
      `build-users-group = ${mode === 'daemon' ? BUILD_GROUP : ''}`.trimEnd(),
      ...(sandbox ? [sandboxLine] : []),
    ],
    required: [
      'extra-experimental-features = nix-command flakes',
      ...(sandbox ? [] : [sandboxLine]),
      ...(filterSyscalls ? [] : ['filter-syscalls = false']),
      ...(shell === undefined ? [] : [`extra-sandbox-paths = /bin/sh=${shell}`]),
      ...(mode === 'daemon' && user !== 'root' ? [`extra-trusted-users = ${user}`] : []),
    ],
  }
}

/** Changes to `/etc/passwd` and `/etc/group`, so that builds of a daemon run as separate users. */
interface BuildUsers {
  /** Lines to append to `passwd`. */
  readonly passwd: string
  /** The line of the group. Replaces an existing one. */
  readonly group: string
}

/**
 * Plans the users `nixbld1` and so on for `count` parallel builds. Existing users are kept, and used IDs are not used
 * again. Returns `undefined` if the group already has members. `group` and `passwd` are the texts of the two files.
 */
export function planBuildUsers(group: string, passwd: string, count: number): BuildUsers | undefined {
  const [, , gid = String(findFreeId(idsOf(group))), members = ''] =
    fieldsOf(group).find(([name]) => name === BUILD_GROUP) ?? []
  if (members.trim() !== '') return undefined
  const existing = new Set(fieldsOf(passwd).map(([name]) => name))
  const names = Array.from({ length: count }, (_, n) => `${BUILD_GROUP}${n + 1}`)
  const usedIds = idsOf(passwd)
  const lines = names
    .filter(name => !existing.has(name))
    .map(name => {
      const uid = findFreeId(usedIds)
      usedIds.add(uid)
      return `${name}:x:${uid}:${gid}:Nix builds as this user:/var/empty:/usr/sbin/nologin\n`
    })
  const newline = passwd === '' || passwd.endsWith('\n') ? '' : '\n'
  return { passwd: newline + lines.join(''), group: `${BUILD_GROUP}:x:${gid}:${names.join(',')}` }
}

function fieldsOf(file: string): string[][] {
  return file.split('\n').map(line => line.split(':'))
}

/** Returns the user or group IDs in `passwd` or `group`. */
function idsOf(file: string): Set<number> {
  return new Set(fieldsOf(file).map(([, , id]) => Number(id)))
}

const FIRST_ID = 30_000

function findFreeId(usedIds: ReadonlySet<number>): number {
  let id = FIRST_ID
  while (usedIds.has(id)) id++
  return id
}
