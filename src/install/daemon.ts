import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../http/clock.js'
import { UserError } from '../util/error.js'
import { asRoot, type Rights } from '../util/root.js'
import { answers, PATIENCE_MS, socketIn } from './daemon-socket.js'
import { isRunning, type ProcessId, processOf } from './process-table.js'
import { stopDaemon } from './stop-daemon.js'

/** A daemon that we started, and so may stop; plain data, to be written down until then. */
export interface Daemon extends ProcessId {
  /** Where it writes what it has to say. */
  readonly log: string
}

export interface DaemonOptions {
  /** The folder with `nix-daemon`. */
  readonly bin: string
  /** Nix's folder, `/nix`. */
  readonly folder: string
  /** Variables that it gets beside a handful; values stay out of arguments. */
  readonly variables: Readonly<Record<string, string>>
  readonly rights: Rights
  readonly signal: AbortSignal
}

/** Its own session, so that it outlives whoever started it. */
const START = `
set -eu
umask 022
log=$1 program=$2
mkdir -p "$(dirname "$log")"
while IFS= read -r assignment; do export "$assignment"; done
setsid "$program" </dev/null >"$log" 2>&1 &
echo $!
`

const START_MS = 20_000
const POLL_MS = 10

/**
 * Starts Nix's daemon as root and waits until it answers. Gives `undefined` where one answers already, which is not ours.
 * Throws a `UserError` with its last words when it does not come up.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon | undefined> {
  const { bin, folder, variables, rights, signal } = options
  const socket = socketIn(folder)
  if (await answers(socket, PATIENCE_MS)) return undefined
  const log = join(folder, 'var/log/nix-multiarch/daemon.log')
  const lines = Object.entries(variables).filter(([, value]) => !/[\n\0]/.test(value))
  const input = lines.map(([name, value]) => `${name}=${value}\n`).join('')
  const args = ['-c', START, 'start', log, join(bin, 'nix-daemon')]
  // Not with the signal: what has been started must be known.
  const result = await asRoot(rights, 'sh', args, { input })
  const started = result.code === 0 ? await processOf(Number(result.stdout.trim())) : undefined
  if (started === undefined) throw await notUp(log, result.stderr)
  const daemon = { pid: started.pid, startTime: started.startTime, log }
  try {
    await untilAnswers(daemon, socket, signal)
    return daemon
  } catch (error) {
    await stopDaemon(daemon, rights)
    throw error
  }
}

async function untilAnswers(daemon: Daemon, socket: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_MS
  signal.throwIfAborted()
  while (!(await answers(socket, START_MS))) {
    if (Date.now() > deadline || !(await isRunning(daemon))) throw await notUp(daemon.log, '')
    await systemClock.sleep(POLL_MS, signal)
  }
}

async function notUp(log: string, stderr: string): Promise<UserError> {
  const text = stderr + (await readFile(log, 'utf8').catch(() => ''))
  const last = text.trim().split('\n').slice(-5).join('\n')
  return new UserError(`Nix's daemon did not start: ${last || 'it said nothing'}`)
}
