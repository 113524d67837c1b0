import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import { BUILD_GROUP, INCLUDE_LINES } from './configure.js'
import { type MachineChanges, recordFolderOf } from './machine-record.js'

/**
 * Undoes the changes on a machine, and removes the record. A change that another program or a person has modified since is not
 * undone. Returns a description of each such change. Throws a `UserError` if a change cannot be undone; then the record remains.
 */
export async function undoChanges(
  root: string,
  changes: MachineChanges,
  privileges: Privileges,
): Promise<string[]> {
  const args = listSteps(root, changes).flatMap(([name, ...rest]) => [name, String(rest.length), ...rest])
  const result = await runAsRoot(privileges, 'sh', ['-c', UNDO_SCRIPT, 'undo', ...args])
  if (result.code !== 0)
    throw new UserError(
      `The changes on this machine cannot be undone: ${result.stderr.trim() || `exit code ${result.code}`}`,
      { hint: `They are listed in ${recordFolderOf(root)}.` },
    )
  return result.stdout.split('\n').filter(Boolean)
}

/** A function of the script, and its arguments. */
type Step = readonly [name: string, ...args: string[]]

function listSteps(root: string, { kvm, interpreters, settings, users }: MachineChanges): Step[] {
  const etc = join(root, 'etc')
  const steps: Step[] = []
  if (kvm) steps.push(['restore_mode', join(root, 'dev/kvm'), kvm.after, kvm.before])
  for (const [name, interpreter] of Object.entries(interpreters?.entries ?? {}))
    steps.push(['remove_entry', join(interpreters?.folder ?? '', name), interpreter])
  if (interpreters && !interpreters.wasMounted) steps.push(['unmount_entries', interpreters.folder])
  if (settings) {
    const conf = join(etc, 'nix/nix.conf')
    if (!settings.hadIncludes) steps.push(['remove_includes', conf, settings.hadConf ? 'yes' : ''])
    for (const [name, { before, after }] of Object.entries(settings.files))
      steps.push(['restore_file', join(etc, 'nix', name), after, before === undefined ? '' : `=${before}`])
    if (!settings.hadFolder) steps.push(['remove_folder', join(etc, 'nix')])
  }
  if (users) {
    const { before = '', after } = users.group
    steps.push(['restore_group', join(etc, 'group'), after, before])
    const hadLineEnd = users.hadLineEnd ? 'yes' : ''
    if (users.passwd.length > 0)
      steps.push(['remove_users', join(etc, 'passwd'), users.passwd.join('\n'), hadLineEnd])
  }
  return [...steps, ['forget', recordFolderOf(root)]]
}

/**
 * Arguments: steps, each as the name of a function, the number of its arguments, and the arguments. Prints a line for each thing
 * that is not undone. It uses few programs, because some machines have no grep, awk or cmp.
 */
const UNDO_SCRIPT = String.raw`
set -eu
umask 022
nl='
'
left() { printf '%s\n' "$1"; }
# Reads the text of a file into $text, with the newlines at its end.
read_text() {
  text=$(cat "$1" && echo .)
  text=\${text%.}
}
# Replaces the text of a file, and keeps its owner and permissions.
write_text() {
  file=$(readlink -f "$1")
  cp -p "$file" "$file.nix-multiarch"
  printf '%s' "$2" >"$file.nix-multiarch"
  mv -f "$file.nix-multiarch" "$file"
}
# Replaces each line of $text that is one of the lines $1 by $2, or removes it if $2 is empty. Sets $found.
replace_lines() {
  found= rest=$text text=
  while [ -n "$rest" ]; do
    line=\${rest%%"$nl"*}
    case $rest in *"$nl"*) rest=\${rest#*"$nl"} end=$nl ;; *) rest= end= ;; esac
    case "$nl$1$nl" in *"$nl$line$nl"*) ;; *) text=$text$line$end; continue ;; esac
    found=yes
    [ -z "$2" ] || text=$text$2$end
  done
}
restore_mode() {
  [ -e "$1" ] || return 0
  mode=$(stat -c %a "$1")
  if [ "$mode" = "$2" ]; then chmod "$3" "$1"; return; fi
  [ "$mode" = "$3" ] || left "$1 has the mode $mode now"
}
remove_entry() {
  [ -e "$1" ] || return 0
  case "$(cat "$1")$nl" in
    *"interpreter $2$nl"*) echo -1 >"$1" ;;
    *) left "$1 has another interpreter now" ;;
  esac
}
unmount_entries() {
  for entry in "$1"/*; do
    case \${entry##*/} in register | status | '*') ;; *) return 0 ;; esac
  done
  umount "$1" 2>/dev/null || :
}
remove_includes() {
  [ -e "$1" ] || return 0
  first='${INCLUDE_LINES[0]}' last='${INCLUDE_LINES[1]}'
  read_text "$1"
  text=\${text#"$first$nl"}
  case $text in *"$nl$last$nl") text=\${text%"$nl$last$nl"} ;; esac
  replace_lines "$first$nl$last" ''
  if [ -z "$text" ] && [ -z "$2" ]; then rm -f "$1"; else write_text "$1" "$text"; fi
}
restore_file() {
  [ -e "$1" ] || return 0
  read_text "$1"
  if [ "$text" != "$2" ]; then
    [ "$text" = "\${3#=}" ] && [ -n "$3" ] || left "$1 was changed"
  elif [ -n "$3" ]; then write_text "$1" "\${3#=}"
  else rm -f "$1"
  fi
}
remove_folder() { rmdir "$1" 2>/dev/null || :; }
restore_group() {
  read_text "$1"
  case $nl$text in *"$nl""${BUILD_GROUP}:"*) ;; *) return 0 ;; esac
  replace_lines "$2" "$3"
  if [ -n "$found" ]; then write_text "$1" "$text"; return; fi
  case $nl$text in *"$nl\${3:-:}$nl"*) ;; *) left "the group ${BUILD_GROUP} in $1 was changed" ;; esac
}
remove_users() {
  read_text "$1"
  replace_lines "$2" ''
  [ -n "$3" ] || text=\${text%"$nl"}
  [ -z "$found" ] || write_text "$1" "$text"
  rest=$2$nl
  while [ -n "$rest" ]; do
    name=\${rest%%:*} rest=\${rest#*"$nl"}
    case $nl$text in *"$nl$name:"*) left "the user $name in $1 was changed" ;; esac
  done
}
forget() {
  rm -f "$1/daemon" "$1/daemon.new" "$1/record.json.new" "$1/record.json"
  rmdir "$1" 2>/dev/null || :
}
while [ $# -gt 0 ]; do
  step=$1 count=$2
  shift 2
  "$step" "$@"
  shift "$count"
done
`.replaceAll('\\${', '${')
