import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'

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

/**
 * Writes the system's settings for Nix, and the users that builds run as. Can be repeated. Throws a `UserError` if a file
 * cannot be written.
 */
export async function writeSettings(
  etc: string,
  machine: MachineSetup,
  jobs: number,
  privileges: Privileges,
): Promise<void> {
  const read = (name: string): Promise<string> => readFile(join(etc, name), 'utf8').catch(() => '')
  const users = planBuildUsers(await read('group'), await read('passwd'), Math.max(jobs, 8))
  const { defaults, required } = makeSettings(machine)
  const settings = [defaults.join('\n'), required.join('\n')]
  const texts = [...settings, users?.passwd ?? '', users?.group ?? '']
  const result = await runAsRoot(privileges, 'sh', ['-c', CONFIGURE_SCRIPT, 'configure', etc, ...texts])
  if (result.code === 0) return
  throw new UserError(`Nix's settings could not be written to ${etc}: ${result.stderr.trim()}`)
}

/** True if an earlier run set up Nix with a daemon on this machine. */
export function isConfigured(root = '/'): Promise<boolean> {
  return exists(join(root, 'etc/nix', REQUIRED_FILE))
}

const BUILD_GROUP = 'nixbld'

/**
 * These settings have their own files, so that existing files of an administrator need not be edited. The last value of a
 * setting is used. So the defaults are included before the administrator's settings, and the required settings after them.
 */
const DEFAULTS_FILE = 'nix-multiarch.conf'
const REQUIRED_FILE = 'nix-multiarch-needed.conf'

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
grep -qxF '!include ${REQUIRED_FILE}' "$file" 2>/dev/null || {
  new=$file.nix-multiarch
  [ -e "$file" ] || : >"$file"
  # It may contain secrets, so the new file gets the permissions of the old one.
  cp -p "$file" "$new"
  { echo '!include ${DEFAULTS_FILE}'; cat "$file"; printf '\n%s\n' '!include ${REQUIRED_FILE}'; } >"$new"
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
