import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { FOLDER, type Input } from './machine.js'
import { table } from './report.js'
import type { Result } from './rounds.js'

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

/** Where and with what was measured, as Markdown. */
export function surroundings(inputs: readonly Input[], results: readonly Result[]): string {
  const [cpu] = cpus()
  const facts = [
    ['date', new Date().toISOString().slice(0, 10)],
    ['processor', `${cpus().length} × ${cpu?.model.trim()}`],
    ['memory', `${Math.round(totalmem() / 1e9)} GB`],
    ['kernel', release()],
    ['processors taken by other work', otherWork(results)],
    ...VERSIONS.map(([program, args]) => [program, versionOf(program, args)]),
    ...inputs.map(({ system, container, size }) => [
      `${container} image for ${system}`,
      `${Math.round(size / 1e6)} MB`,
    ]),
    ['packages in the images', String(packageCount())],
    ...releaseSizes(),
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

function releaseSizes(): string[][] {
  const folder = join(FOLDER, 'release')
  return readdirSync(folder)
    .filter(name => /^nix-.*\.tar\.\w+$/.test(name))
    .map(name => [name, `${Math.round(statSync(join(folder, name)).size / 1e6)} MB`])
}

/** The share of the processors that others had while something was timed; with a registry it cannot be told apart. */
function otherWork(results: readonly Result[]): string {
  const samples = results
    .filter(({ scenario }) => scenario.registry === undefined)
    .flatMap(result => result.samples.flat())
  const sum = (key: 'seconds' | 'otherSeconds'): number =>
    samples.reduce((total, sample) => total + sample[key], 0)
  if (samples.length === 0) return 'not known'
  return `${Math.round((100 * sum('otherSeconds')) / (sum('seconds') * cpus().length))} %`
}
