import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../http/retry.js'
import { UserError } from '../util/error.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import { recordFolderOf } from './machine-record.js'
import { isRunning, type ProcessId, readProcess } from './process-tree.js'
import { POLL_INTERVAL_MS, stopDaemon } from './stop-daemon.js'

/** A daemon that was started by this project and can be stopped by it. Plain data, so that it can be saved as JSON. */
export interface Daemon extends ProcessId {
  /** The path of its log. */
  readonly log: string
}

interface DaemonOptions {
  /** The folder of the program `nix-daemon`. */
  readonly bin: string
  /** Nix's folder, `/nix`. */
  readonly folder: string
  /** Environment variables to add. */
  readonly variables: Readonly<Record<string, string>>
  readonly privileges: Privileges
  readonly signal: AbortSignal
  /** The folder in which the daemon is recorded, so that another process can stop it. */
  readonly recordFolder?: string | undefined
}

/** Starts the daemon in its own session, so that it does not end with the process that started it. */
const START_SCRIPT = `
set -eu
umask 022
log=$1 program=$2 record=$3
mkdir -p "$(dirname "$log")"
setsid "$program" </dev/null >"$log" 2>&1 &
pid=$!
if [ -n "$record" ] && read -r process <"/proc/$pid/stat"; then
  # The start time is the 20th field after the name, which may contain spaces.
  set -- \${process##*) }
  shift 19
  mkdir -p "$record"
  echo "$pid $1 $log" >"$record/daemon.new"
  mv -f "$record/daemon.new" "$record/daemon"
fi
echo "$pid"
`

const START_TIMEOUT_MS = 20_000

/**
 * Starts the Nix daemon as root and waits until it answers. Returns `undefined` if a daemon answers already. Throws a
 * `UserError` with the end of the daemon's log if it does not start.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon | undefined> {
  const { bin, folder, variables, privileges, signal, recordFolder = '' } = options
  const socket = socketOf(folder)
  if (await isAnswering(socket, ANSWER_TIMEOUT_MS)) return undefined
  const log = join(folder, 'var/log/nix-multiarch/daemon.log')
  const args = ['-c', START_SCRIPT, 'start', log, join(bin, 'nix-daemon'), recordFolder]
  // Does not pass the signal: an abort here would lose the process ID of a daemon that has started.
  const result = await runAsRoot(privileges, 'sh', args, { variables })
  const started = result.code === 0 ? await readProcess(Number(result.stdout.trim())) : undefined
  if (started === undefined) throw await describeStartFailure(log, result.stderr)
  const daemon = { pid: started.pid, startTime: started.startTime, log }
  try {
    await waitUntilReady(daemon, socket, signal)
    return daemon
  } catch (error) {
    await stopDaemon(daemon, privileges)
    throw error
  }
}

async function waitUntilReady(daemon: Daemon, socket: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  signal.throwIfAborted()
  while (!(await isAnswering(socket, START_TIMEOUT_MS))) {
    if (Date.now() > deadline || !(await isRunning(daemon))) throw await describeStartFailure(daemon.log, '')
    await systemClock.sleep(POLL_INTERVAL_MS, signal)
  }
}

async function describeStartFailure(log: string, stderr: string): Promise<UserError> {
  const text = stderr + (await readFile(log, 'utf8').catch(() => ''))
  const lastLines = text.trim().split('\n').slice(-5).join('\n')
  return new UserError(`Nix's daemon did not start: ${lastLines || 'its log is empty'}`)
}

/** Reads which daemon was started on this machine by a job whose changes are recorded. */
export async function readRecordedDaemon(root: string): Promise<Daemon | undefined> {
  const text = await readFile(join(recordFolderOf(root), 'daemon'), 'utf8').catch(() => '')
  const [, pid, startTime, log] = /^(\d+) (\d+) (.+)$/m.exec(text) ?? []
  return log === undefined ? undefined : { pid: Number(pid), startTime: String(startTime), log }
}

/** Removes the record of the daemon, so that no job stops it. */
export async function forgetDaemon(root: string, privileges: Privileges): Promise<void> {
  await runAsRoot(privileges, 'rm', ['-f', join(recordFolderOf(root), 'daemon')])
}

/** True if a Nix daemon answers on this machine. */
export function isDaemonAnswering(root = '/'): Promise<boolean> {
  return isAnswering(socketOf(join(root, 'nix')), ANSWER_TIMEOUT_MS)
}

/** Returns the path of the daemon's socket in Nix's folder. */
function socketOf(folder: string): string {
  return join(folder, 'var/nix/daemon-socket/socket')
}

/** The first messages of a client and of the daemon in the worker protocol (libstore): 64-bit little-endian numbers. */
const CLIENT_MAGIC = Buffer.from('6378696e00000000', 'hex')
const DAEMON_MAGIC = Buffer.from('6f69786400000000', 'hex')

/** A daemon that accepts a connection and does not answer in this time is not used. */
const ANSWER_TIMEOUT_MS = 5000

/**
 * True if a Nix daemon answers on a socket. The daemon opens the store before it answers, and so initializes a new store.
 * After that, clients can connect at the same time.
 */
function isAnswering(socket: string, timeoutMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket)
    let received = Buffer.alloc(0)
    const end = (answers: boolean): void => {
      connection.destroy()
      resolve(answers)
    }
    connection.setTimeout(timeoutMs, () => end(false))
    connection.on('error', () => end(false))
    connection.on('close', () => end(false))
    connection.on('connect', () => connection.write(CLIENT_MAGIC))
    connection.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length < DAEMON_MAGIC.length) return
      end(received.subarray(0, DAEMON_MAGIC.length).equals(DAEMON_MAGIC))
    })
  })
}
