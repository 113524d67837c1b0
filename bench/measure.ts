import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { busySeconds, loopbackBytes } from './machine.js'

/** The cost of a run, with all programs that the script ran. */
export interface Cost {
  readonly seconds: number
  /** User and system time of all processes. */
  readonly cpuSeconds: number
  /** The memory of the largest process, in bytes. */
  readonly peakMemory: number
  /** Bytes over the network in both directions. */
  readonly traffic: number
  /** CPU time of other processes during the run, including the registry. */
  readonly otherSeconds: number
}

/**
 * Runs a shell script in the subfolder `work` of the folder, with its subfolder `home` as HOME. `prefix` can run it in another
 * namespace. Throws an `Error` with the end of its output if it fails.
 */
export async function measure(
  script: string,
  folder: string,
  variables: Readonly<Record<string, string>>,
  prefix: readonly string[] = [],
): Promise<Cost> {
  const usage = join(folder, 'usage')
  const log = join(folder, 'log')
  const time = ['-f', '%U %S %M', '-o', usage]
  const output = openSync(log, 'w')
  const before = loopbackBytes()
  const busy = busySeconds()
  const began = process.hrtime.bigint()
  const child = spawn('/usr/bin/time', [...time, ...prefix, 'bash', '-euc', script], {
    cwd: join(folder, 'work'),
    env: { ...process.env, HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp'), ...variables },
    stdio: ['ignore', output, output],
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  const traffic = loopbackBytes() - before
  const worked = busySeconds() - busy
  closeSync(output)
  if (code !== 0) throw new Error(`exit code ${code}: ${script}\n${readFileSync(log, 'utf8').slice(-2000)}`)
  const own = readUsage(usage)
  return { seconds, traffic, ...own, otherSeconds: Math.max(0, worked - own.cpuSeconds) }
}

function readUsage(file: string): Pick<Cost, 'cpuSeconds' | 'peakMemory'> {
  const [user, system, kibibytes] = readFileSync(file, 'utf8').trim().split(' ').map(Number)
  return { cpuSeconds: (user ?? 0) + (system ?? 0), peakMemory: (kibibytes ?? 0) * 1024 }
}
