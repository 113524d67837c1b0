import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { translateSources } from './translate.js'

export interface Measured {
  /** What the task returned, or its error as `name: message`. */
  readonly outcome: string
  readonly ms: number
  /** The peak resident memory of the process, in bytes. */
  readonly peak: number
}

/** Our sources in a separate process, whose memory is measured. */
export interface MeasuredProcess {
  run(...args: readonly string[]): Promise<Measured>
  remove(): Promise<void>
}

/**
 * Prepares a process that runs a task.
 *
 * @param code a module that has imported what it needs from `./src` and exports the function `task`, which gets the arguments of
 *   `run` and returns a text
 */
export async function prepareProcess(code: string): Promise<MeasuredProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'measured-'))
  await translateSources(folder, ['src'])
  await writeFile(join(folder, 'task.js'), code)
  await writeFile(join(folder, 'main.js'), MAIN)
  return {
    async run(...args) {
      const { NODE_OPTIONS: _, ...env } = process.env
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.js'), ...args], {
        env,
      })
      return JSON.parse(stdout)
    },
    remove: () => rm(folder, { recursive: true }),
  }
}

// Linux starts `maxRSS` of a child with the memory of its parent, which can be more than the peak of the child.
const MAIN = `
import { readFile } from 'node:fs/promises'
import { task } from './task.js'
const started = Date.now()
const outcome = await task(...process.argv.slice(2)).catch(error => error.name + ': ' + error.message)
const ms = Date.now() - started
const status = await readFile('/proc/self/status', 'utf8').catch(() => '')
const [, highest = process.resourceUsage().maxRSS] = /^VmHWM:\\s*(\\d+) kB$/m.exec(status) ?? []
process.stdout.write(JSON.stringify({ outcome, ms, peak: highest * 1024 }), () => process.exit())
`
