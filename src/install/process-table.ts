import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A process that is told from a later one with the same number by when it began. */
export interface ProcessId {
  readonly pid: number
  /** In the kernel's ticks since the machine started. */
  readonly startTime: string
}

interface Running extends ProcessId {
  readonly parent: number
}

/** `undefined` where there is no such process, or it has ended and only waits to be looked after. */
export async function processOf(pid: number, procfs = '/proc'): Promise<ProcessId | undefined> {
  return running(pid, procfs)
}

/** Whether that very process still runs. */
export async function isRunning({ pid, startTime }: ProcessId, procfs = '/proc'): Promise<boolean> {
  return (await running(pid, procfs))?.startTime === startTime
}

/** A process with its children and theirs; nothing where it has ended. */
export async function familyOf(head: ProcessId, procfs = '/proc'): Promise<ProcessId[]> {
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
