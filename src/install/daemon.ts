import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../http/retry.js'
import { UserError } from '../util/error.js'
import { type Privileges, runAsRoot } from '../util/root.js'
import { isConfigured } from './configure.js'

/** A daemon that we started, and so may stop; plain data, to be written down until then. */
export interface Daemon extends ProcessId {
  /** Where it writes what it has to say. */
  readonly log: string
}

interface DaemonOptions {
  /** The folder with `nix-daemon`. */
  readonly bin: string
  /** Nix's folder, `/nix`. */
  readonly folder: string
  /** Variables that it gets beside a handful; values stay out of arguments. */
  readonly variables: Readonly<Record<string, string>>
  readonly rights: Privileges
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
  const result = await runAsRoot(rights, 'sh', args, { input })
  const started = result.code === 0 ? await readProcess(Number(result.stdout.trim())) : undefined
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

/** Clients of ours that have just ended may take so long to be noticed. */
const NOTICE_MS = 1500

/** Whether others have work for a daemon: it has a process for each who is connected. */
export async function isInUse(daemon: ProcessId, timeoutMs = NOTICE_MS): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while ((await listProcessTree(daemon)).length > 1) {
    if (Date.now() > deadline) return true
    await systemClock.sleep(POLL_MS * 5)
  }
  return false
}

/** How long it may take to leave in order, and then to be gone when it is made to. */
const LEAVE_MS = 3000
const GONE_MS = 1000

/**
 * Stops a daemon of ours with all that it has started, which is in sessions of its own. One that has gone, or whose number
 * has been given to another process, is no failure. Takes four seconds at most; tells whether all are gone.
 */
export async function stopDaemon(daemon: ProcessId, rights: Privileges): Promise<boolean> {
  const family = await listProcessTree(daemon)
  for (const [signal, patience] of [
    ['TERM', LEAVE_MS],
    ['KILL', GONE_MS],
  ] as const) {
    const left = await stillRunning(family)
    if (left.length === 0) return true
    await runAsRoot(rights, 'sh', ['-c', `kill -${signal} ${left.map(({ pid }) => pid).join(' ')}`])
    if (await allEnd(left, patience)) return true
  }
  return false
}

async function allEnd(family: readonly ProcessId[], patience: number): Promise<boolean> {
  const deadline = Date.now() + patience
  while ((await stillRunning(family)).length > 0) {
    if (Date.now() > deadline) return false
    await systemClock.sleep(POLL_MS)
  }
  return true
}

async function stillRunning(family: readonly ProcessId[]): Promise<ProcessId[]> {
  const run = await Promise.all(family.map(member => isRunning(member)))
  return family.filter((_, n) => run[n])
}

/** The first words of a client and of the daemon, each a number of 64 bits (worker protocol, libstore). */
const GREETING = Buffer.from('6378696e00000000', 'hex')
const ANSWER = Buffer.from('6f69786400000000', 'hex')

/** For how long a daemon that takes a connection may keep silent before it counts as none. */
const PATIENCE_MS = 5000

/** Where the daemon of a Nix listens, by Nix's folder. */
function socketIn(folder: string): string {
  return join(folder, 'var/nix/daemon-socket/socket')
}

/**
 * Whether a Nix daemon answers at a socket. It does so only when it has opened the store, which makes a fresh one
 * ready for many clients at once.
 */
function answers(socket: string, patienceMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket)
    let heard = Buffer.alloc(0)
    const end = (ready: boolean): void => {
      connection.destroy()
      resolve(ready)
    }
    connection.setTimeout(patienceMs, () => end(false))
    connection.on('error', () => end(false))
    connection.on('close', () => end(false))
    connection.on('connect', () => connection.write(GREETING))
    connection.on('data', chunk => {
      heard = Buffer.concat([heard, chunk])
      if (heard.length >= ANSWER.length) end(heard.subarray(0, ANSWER.length).equals(ANSWER))
    })
  })
}

/** A process that is told from a later one with the same number by when it began. */
interface ProcessId {
  readonly pid: number
  /** In the kernel's ticks since the machine started. */
  readonly startTime: string
}

interface Running extends ProcessId {
  readonly parent: number
}

/** `undefined` where there is no such process, or it has ended and only waits to be looked after. */
export async function readProcess(pid: number, procfs = '/proc'): Promise<ProcessId | undefined> {
  return running(pid, procfs)
}

/** Whether that very process still runs. */
export async function isRunning({ pid, startTime }: ProcessId, procfs = '/proc'): Promise<boolean> {
  return (await running(pid, procfs))?.startTime === startTime
}

/** A process with its children and theirs; nothing where it has ended. */
export async function listProcessTree(head: ProcessId, procfs = '/proc'): Promise<ProcessId[]> {
  if (!(await isRunning(head, procfs))) return []
  const names = (await readdir(procfs)).filter(name => /^\d+$/.test(name))
  const all = (await Promise.all(names.map(name => running(Number(name), procfs)))).filter(Boolean)
  const childrenOf = (pid: number): ProcessId[] =>
    all.flatMap(process => (process?.parent === pid ? [process, ...childrenOf(process.pid)] : []))
  return [head, ...childrenOf(head.pid)]
}

/** The name, in brackets, may hold anything, so fields count from its end (proc_pid_stat(5)). */
async function running(pid: number, procfs: string): Promise<Running | undefined> {
  const stat = await readFile(join(procfs, String(pid), 'stat'), 'latin1').catch(() => '')
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTime = rest[17]
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined
  return { pid, startTime, parent: Number(parent) }
}

/** Whether an earlier run has set Nix up on this machine, and its daemon is gone: stopped, or the machine was. */
export async function isDaemonStopped(root = '/'): Promise<boolean> {
  return (await isConfigured(root)) && !(await answers(socketIn(join(root, 'nix')), PATIENCE_MS))
}
