import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/root.js'

const BUILD_GROUP = 'nixbld'

const FIRST_ID = 30_000

/** What `/etc/passwd` and `/etc/group` need, so that root's builds can run as users of their own. */
interface BuildUsers {
  /** Appended to the file of users. */
  readonly passwd: string
  /** A whole line, in the place of the group's own where there is one. */
  readonly group: string
}

/**
 * The users that `count` builds at once need, nixbld1 and so on; those that are there already are kept, and numbers
 * that are taken passed over. `undefined` where the group has members already.
 */
export function planBuildUsers(group: string, passwd: string, count: number): BuildUsers | undefined {
  const [, , gid = String(freeId(ids(group))), members = ''] =
    fieldsOf(group).find(([name]) => name === BUILD_GROUP) ?? []
  if (members.trim() !== '') return undefined
  const known = new Set(fieldsOf(passwd).map(([name]) => name))
  const names = Array.from({ length: count }, (_, n) => `${BUILD_GROUP}${n + 1}`)
  const taken = ids(passwd)
  const lines = names
    .filter(name => !known.has(name))
    .map(name => {
      const uid = freeId(taken)
      taken.add(uid)
      return `${name}:x:${uid}:${gid}:Nix builds as this user:/var/empty:/usr/sbin/nologin\n`
    })
  const gap = passwd === '' || passwd.endsWith('\n') ? '' : '\n'
  return { passwd: gap + lines.join(''), group: `${BUILD_GROUP}:x:${gid}:${names.join(',')}` }
}

function fieldsOf(file: string): string[][] {
  return file.split('\n').map(line => line.split(':'))
}

function ids(file: string): Set<number> {
  return new Set(fieldsOf(file).map(([, , id]) => Number(id)))
}

function freeId(taken: ReadonlySet<number>): number {
  let id = FIRST_ID
  while (taken.has(id)) id++
  return id
}

/** What is known of a machine when Nix is set up on it. */
export interface MachineSetup {
  readonly mode: 'daemon' | 'single-user'
  /** Who may tell the daemon what to do. */
  readonly user: string
  readonly sandbox: boolean
  /** The kernel takes Nix's filter of system calls. */
  readonly filterSyscalls: boolean
  /** A program that can be /bin/sh in the sandbox, where Nix itself may have none. */
  readonly shell?: string | undefined
}

/** Lines of a nix.conf. */
interface Settings {
  /** What others set counts before these. */
  readonly defaults: readonly string[]
  /** Without these nothing builds; what they add to stays. */
  readonly needed: readonly string[]
}

/** The settings for a machine. */
export function makeSettings({ mode, user, sandbox, filterSyscalls, shell }: MachineSetup): Settings {
  const sandboxed = `sandbox = ${sandbox}`
  return {
    defaults: [
      'max-jobs = auto',
      'fallback = true',
      'connect-timeout = 10',
      `build-users-group = ${mode === 'daemon' ? BUILD_GROUP : ''}`.trimEnd(),
      ...(sandbox ? [sandboxed] : []),
    ],
    needed: [
      'extra-experimental-features = nix-command flakes',
      ...(sandbox ? [] : [sandboxed]),
      ...(filterSyscalls ? [] : ['filter-syscalls = false']),
      ...(shell === undefined ? [] : [`extra-sandbox-paths = /bin/sh=${shell}`]),
      ...(mode === 'daemon' && user !== 'root' ? [`extra-trusted-users = ${user}`] : []),
    ],
  }
}

/**
 * Our settings have files of their own, so that those of others stay as they are. Nix takes the last word on a setting, so one is
 * read before what an administrator has set, and one behind it, without which nothing would build.
 */
const DEFAULTS = 'nix-multiarch.conf'
const NEEDED = 'nix-multiarch-needed.conf'

/** Arguments: the folder of settings, what goes into our files, users, and the line of their group. */
const SCRIPT = String.raw`
set -eu
umask 022
etc=$1 defaults=$2 needed=$3 users=$4 group=$5
if [ -n "$group" ]; then
  printf '%s' "$users" >>"$etc/passwd"
  if grep -q '^${BUILD_GROUP}:' "$etc/group"
  then sed -i "s|^${BUILD_GROUP}:.*|$group|" "$etc/group"
  else printf '%s\n' "$group" >>"$etc/group"
  fi
fi
mkdir -p "$etc/nix"
printf '%s\n' "$defaults" >"$etc/nix/${DEFAULTS}"
printf '%s\n' "$needed" >"$etc/nix/${NEEDED}"
file=$etc/nix/nix.conf
grep -qxF '!include ${NEEDED}' "$file" 2>/dev/null || {
  new=$file.nix-multiarch
  [ -e "$file" ] || : >"$file"
  # It may hold secrets: the new one is as closed as the old.
  cp -p "$file" "$new"
  { echo '!include ${DEFAULTS}'; cat "$file"; printf '\n%s\n' '!include ${NEEDED}'; } >"$new"
  mv "$new" "$file"
}
`

/** Writes the system's settings for Nix, and the users that root's builds run as. May be repeated. */
export async function writeSettings(
  etc: string,
  machine: MachineSetup,
  jobs: number,
  rights: Privileges,
): Promise<void> {
  const read = (name: string): Promise<string> => readFile(join(etc, name), 'utf8').catch(() => '')
  const users = planBuildUsers(await read('group'), await read('passwd'), Math.max(jobs, 8))
  const { defaults, needed } = makeSettings(machine)
  const settings = [defaults.join('\n'), needed.join('\n')]
  const texts = [...settings, users?.passwd ?? '', users?.group ?? '']
  const result = await runAsRoot(rights, 'sh', ['-c', SCRIPT, 'configure', etc, ...texts])
  if (result.code === 0) return
  throw new UserError(`Nix's settings could not be written to ${etc}: ${result.stderr.trim()}`)
}

/** Whether an earlier run has set Nix up on this machine, for a daemon. */
export function isConfigured(root = '/'): Promise<boolean> {
  return exists(join(root, 'etc/nix', NEEDED))
}
