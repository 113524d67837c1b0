import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Identifies a process. Another process can get the same PID later, but with another start time. */
export interface ProcessId {
  readonly pid: number
  /** In clock ticks since the machine started. */
  readonly startTime: string
}

/** Returns `undefined` if there is no such process, or if it is a zombie. */
export async function readProcess(pid: number, procfs = '/proc'): Promise<ProcessId | undefined> {
  const process = await readProcessStat(pid, procfs)
  return process && { pid, startTime: process.startTime }
}

/** True if this process is still running, and its PID does not belong to another one. */
export async function isRunning({ pid, startTime }: ProcessId, procfs = '/proc'): Promise<boolean> {
  return (await readProcessStat(pid, procfs))?.startTime === startTime
}

/** Returns a process and all its descendants, or an empty list if the process has ended. */
export async function listProcessTree(head: ProcessId, procfs = '/proc'): Promise<ProcessId[]> {
  if (!(await isRunning(head, procfs))) return []
  const pids = (await readdir(procfs)).filter(name => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map(pid => readProcessStat(Number(pid), procfs)))
  const processes = stats.filter(Boolean)
  const descendantsOf = (pid: number): ProcessId[] =>
    processes.flatMap(process => (process?.parent === pid ? [process, ...descendantsOf(process.pid)] : []))
  return [head, ...descendantsOf(head.pid)]
}

/** Returns the nearest ancestor of a process with the name of a program, or `undefined` if there is none. */
export async function findAncestor(
  pid: number,
  program: string,
  procfs = '/proc',
): Promise<ProcessId | undefined> {
  const process = await readProcessStat(pid, procfs)
  if (process === undefined || process.parent === 0) return undefined
  const parent = await readProcessStat(process.parent, procfs)
  if (parent?.name !== program) return findAncestor(process.parent, program, procfs)
  return { pid: parent.pid, startTime: parent.startTime }
}

interface ProcessStat extends ProcessId {
  readonly parent: number
  /** The first 15 bytes of the program's name. */
  readonly name: string
}

/** The name in parentheses may contain any character, so fields are counted from its end (proc_pid_stat(5)). */
async function readProcessStat(pid: number, procfs: string): Promise<ProcessStat | undefined> {
  const stat = await readFile(join(procfs, String(pid), 'stat'), 'latin1').catch(() => '')
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTime = rest[17]
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
  return { pid, startTime, parent: Number(parent), name }
}
