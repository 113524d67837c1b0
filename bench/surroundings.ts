import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { FOLDER, type Input } from './machine.js'
import { table } from './report.js'
import type { Result } from './rounds.js'
import { median } from './statistics.js'

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

/** The machine and the versions of the programs, as Markdown. */
export function surroundings(inputs: readonly Input[], results: readonly Result[]): string {
  const [cpu] = cpus()
  const facts = [
    ['date', new Date().toISOString().slice(0, 10)],
    ['processor', `${cpus().length} × ${cpu?.model.trim()}`],
    ['memory', `${Math.round(totalmem() / 1e9)} GB`],
    ['kernel', release()],
    ['CPU used by other processes', otherWork(results)],
    ...VERSIONS.map(([program, args]) => [program, versionOf(program, args)]),
    ...inputs
      .filter(({ kind }) => kind === 'image')
      .map(({ system, container, size }) => [`${container} image for ${system}`, megabytes(size)]),
    ...fifty(inputs),
    ['packages in the images', String(packageCount())],
    ...releaseSizes(),
  ]
  return table(['', ''], facts)
}

const megabytes = (size: number): string => `${Math.round(size / 1e6)} MB`

function fifty(inputs: readonly Input[]): string[][] {
  const sizes = inputs.filter(({ kind }) => kind === 'fifty').map(({ size }) => size)
  return [[`${sizes.length} plain images of the fifty containers, each`, megabytes(median(sizes))]]
}

function versionOf(program: string, args: readonly string[]): string {
  const text = execFileSync(program, args, { encoding: 'utf8' })
  return /\d+\.\d+[^\s,]*/.exec(text)?.[0] ?? 'unknown'
}

function packageCount(): string {
  const names = readFileSync(join(FOLDER, 'packages.txt'), 'utf8').trim().split('\n')
  return `${names.length / 2} for each system`
}

function releaseSizes(): string[][] {
  const folder = join(FOLDER, 'release')
  return readdirSync(folder)
    .filter(name => /^nix-.*\.tar\.\w+$/.test(name))
    .map(name => [name, megabytes(statSync(join(folder, name)).size)])
}

/** The share of the CPU time that processes other than contestants and registries used during the timed runs. */
function otherWork(results: readonly Result[]): string {
  const samples = results.flatMap(result => result.samples.flat())
  const sum = (key: 'seconds' | 'otherSeconds' | 'registrySeconds'): number =>
    samples.reduce((total, sample) => total + (sample[key] ?? 0), 0)
  const others = Math.max(0, sum('otherSeconds') - sum('registrySeconds'))
  return `${Math.round((100 * others) / (sum('seconds') * cpus().length))} %`
}
