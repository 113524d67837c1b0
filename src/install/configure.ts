import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { asRoot, type Rights } from '../util/root.js'
import { type Machine, settingsFor } from './conf.js'
import { BUILD_GROUP, buildUsers } from './users.js'

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
export async function configure(etc: string, machine: Machine, jobs: number, rights: Rights): Promise<void> {
  const read = (name: string): Promise<string> => readFile(join(etc, name), 'utf8').catch(() => '')
  const users = buildUsers(await read('group'), await read('passwd'), Math.max(jobs, 8))
  const { defaults, needed } = settingsFor(machine)
  const settings = [defaults.join('\n'), needed.join('\n')]
  const texts = [...settings, users?.passwd ?? '', users?.group ?? '']
  const result = await asRoot(rights, 'sh', ['-c', SCRIPT, 'configure', etc, ...texts])
  if (result.code === 0) return
  throw new UserError(`Nix's settings could not be written to ${etc}: ${result.stderr.trim()}`)
}

/** Whether an earlier run has set Nix up on this machine, for a daemon. */
export function isSetUp(root = '/'): Promise<boolean> {
  return exists(join(root, 'etc/nix', NEEDED))
}
