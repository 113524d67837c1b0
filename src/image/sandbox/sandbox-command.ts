import { randomUUID } from 'node:crypto'
import { exec } from '../../util/exec.js'

/** Whose namespaces contain the sandbox: those of root, or those that a user creates in a user namespace. */
export type SandboxOwner = 'root' | 'user'

export interface Sandbox {
  readonly owner: SandboxOwner
  /** Starts a program as root: `sudo -n`, or nothing. Only for the owner `root`. */
  readonly asRoot: readonly string[]
  /** The user and group id that the program runs as. */
  readonly id: number
  /** An empty folder. Only inside of the sandbox, the root folder of the program is mounted on it. */
  readonly mountPoint: string
  /** The folders that the program can read. It sees no others. */
  readonly readable: readonly string[]
  /** The static shell to show as `/bin/sh`, as in the sandbox of Nix. */
  readonly shell?: string | undefined
}

/**
 * Returns the command line that runs a program in a sandbox, without the program and its arguments. It needs the programs
 * `unshare` and `setpriv` of util-linux, and `chroot`.
 *
 * The program has no user, environment, process, network or file in common with this process: it runs as an unused user, in new
 * namespaces, in a root folder that contains only `readable`, a new `/proc`, a few devices and an empty `/tmp`. It cannot get
 * privileges. All its processes end with it, and also if standard input of the command closes. The exit code is the program's.
 * It is 127 if the sandbox works and the program does not exist.
 */
export function makeSandboxCommand({
  owner,
  asRoot,
  id,
  mountPoint,
  readable,
  shell,
}: Sandbox): [string, ...string[]] {
  const parts = [
    ...(owner === 'root' ? asRoot : []),
    'unshare',
    ...(owner === 'root' ? [] : ['--user', '--map-root-user']),
    ...['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child'],
    ...['sh', '-c', SCRIPTS[owner], 'sh', String(id), mountPoint, shell ?? '', ...readable, '--'],
  ]
  return parts as [string, ...string[]]
}

/** The exit code if the sandbox works and the program does not exist. */
const NO_PROGRAM = 127

/** Exit code of the shell scripts if a program that they need is missing. Not used by `unshare`, `setpriv` and `chroot`. */
const NO_TOOL = 99

/**
 * Process 1 of the sandbox, as root of its namespaces. When it ends, the kernel kills all other processes of the sandbox. Only
 * process 1 has the pipe of standard input, and the program cannot send signals to processes of root.
 */
const PREPARE = `set -eu
exec 3<&0 </dev/null
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
ulimit -c 0
find() { command -v "$1" || exit ${NO_TOOL}; }
id=$1 root=$2 shell=$3
shift 3
mount -t tmpfs -o mode=755,nosuid,nodev none "$root"
cd "$root"
mkdir bin dev etc proc tmp
mount -t tmpfs -o mode=1777,nosuid,nodev none tmp
while [ "$1" != -- ]; do
  mkdir -p ".$1"
  mount --rbind "$1" ".$1"
  mount -o remount,bind,ro,nosuid,nodev ".$1"
  shift
done
shift
if [ -n "$shell" ] && [ ! -e bin/sh ]; then
  : >bin/sh
  mount --bind "$shell" bin/sh
  mount -o remount,bind,ro,nosuid,nodev bin/sh
fi
mount -t proc -o nosuid,nodev,noexec none proc
for device in null zero full random urandom; do
  : >dev/$device
  mount --bind /dev/$device dev/$device
done
ln -s /proc/self/fd dev/fd
printf 'root:x:0:0::/:/noshell\\nnixbld:x:%s:%s::/:/noshell\\n' "$id" "$id" >etc/passwd
printf 'root:x:0:\\nnixbld:!:%s:\\n' "$id" >etc/group
mount -o remount,bind,ro,nosuid,nodev .
env=$(find env)
setpriv=$(find setpriv)
chroot=$(find chroot)
unshare=$(find unshare)
run() {
  "$env" -i HOME=/homeless-shelter PATH=/path-not-set TMPDIR=/tmp NIX_STORE=/nix/store "$setpriv" --no-new-privs "$@"
}
trap 'exit 137' TERM
{ read -r line <&3 || true; kill -TERM 1; } &
`

const END = ` 3<&- &
set +e
wait $!
exit $?`

/**
 * A user namespace has only one user, and a program of its root would keep all privileges in it. So the program gets another
 * user namespace: a new program without the user id 0 loses all privileges.
 */
const SCRIPTS: Readonly<Record<SandboxOwner, string>> = {
  root: `${PREPARE}
run --inh-caps=-all --bounding-set=-all,+setuid,+setgid,+sys_chroot \\
  "$chroot" --userspec="$id:$id" --groups= . "$@"${END}`,
  user: `${PREPARE}run "$unshare" --user --map-user="$id" --map-group="$id" --root=. --wd=/ "$@"${END}`,
}

/** Creates the sandbox, for a program that does not exist. Creating it is the only reliable test. */
export async function canCreateSandbox([command, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
    const options = { clean: true, ownGroup: true, endsWithInput: true, signal }
    return (await exec(command, [...args, `/${randomUUID()}`], options)).code === NO_PROGRAM
  } catch {
    return false
  }
}

const PROBE_TIMEOUT_MS = 10_000
