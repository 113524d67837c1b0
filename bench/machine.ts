import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Where everything lies: see run.sh and input.sh. */
export const FOLDER = process.env.BENCH_FOLDER ?? '.e2e-bench'
export const REPOSITORY = join(import.meta.dirname, '../..')

/** One docker-archive in the Nix store. Sizes are in bytes. */
export interface Input {
  /** `image`, `changed`, or one of the `fifty`. */
  readonly kind: string
  readonly system: string
  readonly container: string
  readonly path: string
  readonly size: number
}

export function readInputs(): Input[] {
  const rows = readFileSync(join(FOLDER, 'images.tsv'), 'utf8').trim().split('\n')
  return rows.map(row => {
    const [kind = '', system = '', container = '', path = '', size] = row.split('\t')
    return { kind, system, container, path, size: Number(size) }
  })
}

/** A folder for one run, with an empty home: nothing that a program remembers from before is there. */
export function freshFolder(): string {
  const folder = join(FOLDER, 'runs/run')
  rmSync(folder, { recursive: true, force: true })
  rmSync(join(FOLDER, 'containers/cache'), { recursive: true, force: true })
  for (const name of ['home', 'tmp', 'work']) mkdirSync(join(folder, name), { recursive: true })
  return folder
}

/** What earlier runs wrote goes to the disk before the next one is timed. */
export function settle(): void {
  execFileSync('sync')
}

/** All bytes that went over the loopback so far, headers and answers included. */
export function loopbackBytes(): number {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find(text => text.trim().startsWith('lo:'))
  return Number(line?.trim().split(/\s+/)[1])
}

/** What all processors together have worked since the start, for everybody, in seconds. */
export function busySeconds(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = first
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) / TICKS
}

/** What one process has worked so far, in seconds. */
export function workedSeconds(pid: number): number {
  const [, text = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user = 0, system = 0] = text.split(' ').slice(11, 13).map(Number)
  return (user + system) / TICKS
}

/** A second in /proc/stat; the same on every Linux. */
const TICKS = 100
