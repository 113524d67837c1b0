import type { ImageUser } from './image-user.js'
import type { SandboxOwner } from './sandbox-command.js'

/** Absolute paths of programs of this machine. */
export interface SandboxTools {
  readonly env: string
  readonly setpriv: string
  readonly unshare: string
}

/** A command in the files of an image. */
export interface ImageSandbox {
  readonly owner: SandboxOwner
  /** Starts a program as root: `sudo -n`, or nothing. Only for the owner `root`. */
  readonly asRoot: readonly string[]
  readonly tools: SandboxTools
  /** Has the files of the image in `root`, and an empty folder `scratch`. The command changes nothing in it. */
  readonly folder: string
  readonly user: ImageUser
  /** Entries `NAME=value`. */
  readonly env: readonly string[]
  /** The program `env` of the image. Needed if `env` has variables that `obeysVariable` names. */
  readonly envProgram?: string | undefined
  readonly workingDir: string
  /** The command uses the network of this machine. Otherwise, it has none. */
  readonly network: boolean
  readonly command: readonly string[]
}

/**
 * Returns the command line that runs a program of an image in new namespaces. Its root folder is an overlay: what it writes is in
 * memory, and ends with it. It sees nothing of this machine but its kernel: a new `/proc`, a few devices, and no environment. It
 * has a `/tmp`, also if the image has none. It cannot get privileges. All its processes end with it, and also if standard input
 * of the command closes. The exit code is the program's, 126 if it cannot be executed, and 127 if it does not exist.
 */
export function makeImageSandboxCommand(sandbox: ImageSandbox): [string, ...string[]] {
  const { owner, asRoot, tools, folder, network } = sandbox
  const parts = [
    ...(owner === 'root' ? asRoot : []),
    tools.unshare,
    ...(owner === 'root' ? [] : ['--user', '--map-root-user']),
    ...['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'],
    ...(network ? [] : ['--net']),
    ...['sh', '-c', PREPARE, 'sh', folder, keepsNamespace(sandbox) ? 'move' : 'stay'],
    ...makeProgram(sandbox),
  ]
  return parts as [string, ...string[]]
}

/**
 * Whether a program of this machine obeys a variable (`ld.so(8)`, `setlocale(3)`). With these, it would load libraries and data
 * of the image before it is in the sandbox. So a program of the image sets them.
 */
export function obeysVariable(entry: string): boolean {
  return /^(LD_|GLIBC_|GCONV_PATH=|LOCPATH=|LOCALE_ARCHIVE|NLSPATH=|LANGUAGE=)/.test(entry)
}

/** A user namespace of a user has only one id. A program with another id gets a second one, in which it has that id. */
function keepsNamespace({ owner, user }: ImageSandbox): boolean {
  return owner === 'root' || user.uid === 0
}

/** What Docker gives to a container, without the right to create devices. */
const CAPABILITIES = [
  '-all',
  ...['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'],
  ...['net_bind_service', 'net_raw', 'sys_chroot', 'audit_write', 'setfcap'],
].join(',+')

function makeProgram(sandbox: ImageSandbox): string[] {
  const { owner, tools, user, workingDir, command, envProgram } = sandbox
  const { uid, gid, groups } = user
  const entries = sandbox.env.filter(entry => /^[^=\0-][^=\0]*=[^\0]*$/.test(entry))
  const environment = entries.filter(entry => !obeysVariable(entry))
  const others = entries.filter(obeysVariable)
  const limits = ['--inh-caps=-all', `--bounding-set=${CAPABILITIES}`]
  const ids = [`--regid=${gid}`, groups.length > 0 ? `--groups=${groups.join(',')}` : '--clear-groups']
  return [
    ...[tools.env, '-i', ...environment, tools.setpriv, '--no-new-privs'],
    ...(keepsNamespace(sandbox) ? limits : []),
    ...(owner === 'root' ? ids : []),
    tools.unshare,
    ...(keepsNamespace(sandbox) ? [] : ['--user', `--map-user=${uid}`, `--map-group=${gid}`]),
    ...(owner === 'root' && uid !== 0 ? [`--setuid=${uid}`] : []),
    ...['--root=.', `--wd=${workingDir}`, '--'],
    ...(envProgram !== undefined && others.length > 0 ? [envProgram, ...others] : []),
    ...command,
  ]
}

/**
 * Process 1 of the sandbox, as root of its namespaces. When it ends, the kernel kills all other processes of the sandbox. A
 * program that may call `chroot` must not find a way out of its root folder: so the root folder is moved over the root of the
 * mount namespace. A program in a second user namespace may not call it, and cannot be created after the move.
 */
const PREPARE = `set -eu
exec 3<&0 </dev/null
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
ulimit -c 0
# Without -n, it may try to write to a list of mounts in /etc or /run.
mount() { command mount -n "$@"; }
cd "$1"
move=$2
shift 2
mount -t tmpfs -o mode=755,nosuid,nodev none scratch
mkdir scratch/upper scratch/work scratch/root
exec 4>scratch/code 5<scratch/code
mount -t overlay -o lowerdir=root,upperdir=scratch/upper,workdir=scratch/work none scratch/root
cd scratch/root
mount -t proc -o nosuid,nodev,noexec none proc
for name in acpi asound bus fs irq scsi sys sysrq-trigger; do
  [ -e proc/$name ] || continue
  mount --bind proc/$name proc/$name
  mount -o remount,bind,ro,nosuid,nodev,noexec proc/$name
done
for name in kcore keys latency_stats sched_debug timer_list timer_stats; do
  [ ! -f proc/$name ] || mount --bind /dev/null proc/$name
done
mount -t tmpfs -o mode=755,nosuid,noexec none dev
for name in null zero full random urandom; do
  : >dev/$name
  mount --bind /dev/$name dev/$name
done
mkdir -m 1777 dev/shm
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec none dev/shm
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
[ -e tmp ] || [ -L tmp ] || mkdir -m 1777 tmp
hostname localhost >/dev/null 2>&1 || true
ip link set lo up >/dev/null 2>&1 || true
[ $move = stay ] || mount --move . /
trap 'read -r code <&5 || code=137; exit $code' TERM
set +e
{
  exec 3<&- 5<&-
  "$@" 4>&- &
  # Without the shell's message about a program that a signal has ended.
  exec 2>/dev/null
  wait $!
  echo $? >&4
  kill -TERM 1
} &
exec 2>/dev/null
# The program can kill every process but this one.
read -r line <&3
exit 137`
