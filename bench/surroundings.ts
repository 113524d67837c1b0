import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { FOLDER, type Input } from './machine.js'
import { table } from './report.js'

const VERSIONS: readonly (readonly [string, readonly string[]])[] = [
  ['nix-multiarch', ['--version']],
  ['node', ['--version']],
  ['nix', ['--version']],
  ['skopeo', ['--version']],
  ['podman', ['--version']],
  ['crane', ['version']],
  ['oras', ['version']],
  ['docker-registry', ['--version']],
]

/** The load of the last minute, which tells a reader how much else went on. */
export const load = (): string => (loadavg()[0] ?? 0).toFixed(2)

/** Where and with what was measured, as Markdown. `began` is the load before. */
export function surroundings(inputs: readonly Input[], began: string): string {
  const [cpu] = cpus()
  const facts = [
    ['date', new Date().toISOString().slice(0, 10)],
    ['processor', `${cpus().length} × ${cpu?.model.trim()}`],
    ['memory', `${Math.round(totalmem() / 1e9)} GB`],
    ['kernel', release()],
    ['load before, after', `${began}, ${load()}`],
    ...VERSIONS.map(([program, args]) => [program, versionOf(program, args)]),
    ...inputs.map(({ system, container, size }) => [
      `${container} image for ${system}`,
      `${Math.round(size / 1e6)} MB`,
    ]),
    ['packages in the images', String(packageCount())],
  ]
  return table(['', ''], facts)
}

function versionOf(program: string, args: readonly string[]): string {
  const text = execFileSync(program, args, { encoding: 'utf8' })
  return /\d+\.\d+[^\s,]*/.exec(text)?.[0] ?? 'it does not tell'
}

function packageCount(): string {
  const names = readFileSync(join(FOLDER, 'packages.txt'), 'utf8').trim().split('\n')
  return `${names.length / 2} for each system`
}
