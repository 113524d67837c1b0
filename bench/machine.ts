import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the benchmark: see run.sh and input.sh. */
export const FOLDER = process.env.BENCH_FOLDER ?? '.e2e-bench'
export const REPOSITORY = join(import.meta.dirname, '../..')

/** A docker-archive in the Nix store. Sizes are in bytes. */
export interface Input {
  /** `image`, `changed` or `fifty`. */
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

/** A folder for a run, with an empty home and without caches. */
export function freshFolder(): string {
  const folder = join(FOLDER, 'runs/run')
  rmSync(folder, { recursive: true, force: true })
  rmSync(join(FOLDER, 'containers/cache'), { recursive: true, force: true })
  for (const name of ['home', 'tmp', 'work']) mkdirSync(join(folder, name), { recursive: true })
  return folder
}

/** Flushes the writes of earlier runs to the disk. */
export function settle(): void {
  execFileSync('sync')
}

/** The number of bytes sent over the loopback so far, including headers and answers. */
export function loopbackBytes(): number {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find(text => text.trim().startsWith('lo:'))
  return Number(line?.trim().split(/\s+/)[1])
}

/** The CPU time of the whole system since it was started, in seconds. */
export function busySeconds(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = first
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) / TICKS
}

/** The CPU time of a process so far, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const [, text = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user = 0, system = 0] = text.split(' ').slice(11, 13).map(Number)
  return (user + system) / TICKS
}

/** USER_HZ: /proc/stat counts in hundredths of a second on all common architectures. */
const TICKS = 100
