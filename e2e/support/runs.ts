import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ResultsServiceStandIn, startResultsService } from '../../__tests__/support/results-service.js'
import type { BuiltArchive } from '../../src/command/shared/build-report.js'
import { type JobOptions, type JobResult, type JobStep, runJob, type StepResult } from './action.js'
import { textInImage } from './archive.js'
import { type Machine, type MachineOptions, openMachine, ROOT, TOOLS } from './machine.js'
import { serveRelease } from './release.js'

/** Systems that the fixture has images for, this machine's own first. */
export const SYSTEMS = ['x86_64-linux', 'aarch64-linux'] as const

/** Where nobody has put Nix; the second as on Ubuntu 24.04. */
export const BARE: MachineOptions = { bare: true }
export const BARE_RUNNER: MachineOptions = { bare: true, user: 'runner', sudo: true, noUserns: true }
/** Where Nix is, and quick to begin. */
export const WITH_NIX: MachineOptions = { nix: 'current' }

export interface Settings {
  /** Another one is another part. */
  readonly part?: string
  /** Lines for the shell that makes the image `one`, or `two`. */
  readonly one?: string
  readonly two?: string
}

export interface Run extends Partial<Omit<JobOptions, 'machine'>> {
  readonly settings?: Settings
  readonly inputs?: Readonly<Record<string, string>>
  /** Steps after the one that builds. */
  readonly later?: readonly JobStep[]
}

/** A run of the build action that is over. */
export interface Ended extends JobResult {
  readonly machine: Machine
  /** The workflow run, as the service knows it. */
  readonly run: string
  readonly main: StepResult
  readonly post: StepResult
  readonly built: readonly BuiltArchive[]
  /** All that the action said. */
  readonly log: string
}

/** Runs of the build action on `fixtures/runner`, each on a machine that has never been used. */
export interface Runs {
  readonly folder: string
  /** RUNNER_TEMP, the same for all as on GitHub, since caches go by it. What was in it is gone when a run begins. */
  readonly temp: string
  newService(): Promise<ResultsServiceStandIn>
  newMachine(): Machine
  /** A copy of the fixture, as a flake reference. */
  flake(settings?: Settings): string
  /** Builds for this machine's own system if no other is asked for. */
  build(run: Run & { readonly service: ResultsServiceStandIn }): Promise<Ended>
  removeMachines(): void
  close(): Promise<void>
}

export async function openRuns(): Promise<Runs> {
  const folder = openFolder(join(TOOLS, 'machines/runs-'))
  const temp = join(folder, 'temp')
  const release = await serveRelease()
  const services: ResultsServiceStandIn[] = []
  const machines: Machine[] = []
  let count = 0
  const runs: Runs = {
    folder,
    temp,
    async newService() {
      const started = await startResultsService()
      services.push(started)
      return started
    },
    newMachine() {
      const machine = openMachine()
      machines.push(machine)
      return machine
    },
    flake: settings => copyFixture(folder, settings),
    async build({ settings, inputs, later = [], ...options }) {
      const machine = runs.newMachine()
      const run = `run-${++count}`
      const job = { machine, temp, ids: { run }, on: WITH_NIX, ...options }
      rmSync(job.temp, { recursive: true, force: true })
      const given = {
        flake: runs.flake(settings),
        systems: SYSTEMS[0],
        'nix-url': release.url,
        'nix-sha256': release.sha256,
        // No public cache can be reached from here.
        'nix-conf': 'substituters =',
        ...inputs,
      }
      return ended({ machine, run }, await runJob(job, [{ action: '.', inputs: given }, ...later]))
    },
    removeMachines() {
      for (const machine of machines.splice(0)) machine.remove()
    },
    async close() {
      runs.removeMachines()
      rmSync(folder, { recursive: true, force: true })
      await release.close()
      for (const service of services) await service.close()
    },
  }
  return runs
}

function ended(around: Pick<Ended, 'machine' | 'run'>, result: JobResult): Ended {
  const [main, post] = [result.steps[0], result.posts[0]]
  if (main === undefined || post === undefined) throw new Error('the action did not run')
  const log = [main, post].map(({ stdout, stderr }) => stdout + stderr).join('')
  return {
    ...result,
    ...around,
    main,
    post,
    log,
    built: JSON.parse(main.outputs.json ?? '[]') as BuiltArchive[],
  }
}

/** That every user can read. */
export function openFolder(prefix: string): string {
  mkdirSync(dirname(prefix), { recursive: true })
  const folder = mkdtempSync(prefix)
  chmodSync(folder, 0o755)
  return folder
}

function copyFixture(folder: string, settings: Settings = {}): string {
  const flake = openFolder(join(folder, 'flake-'))
  cpSync(join(ROOT, 'e2e/fixtures/runner'), flake, { recursive: true })
  for (const system of SYSTEMS)
    cpSync(join(TOOLS, 'static', system, 'busybox'), join(flake, 'bin', system, 'busybox'))
  writeFileSync(join(flake, 'settings.json'), JSON.stringify({ part: '1', one: '', two: '', ...settings }))
  return `path:${flake}`
}

/** When the part was made that an image holds: no two builds of it say the same. */
export function madeIn({ built }: Ended, container = 'one'): Promise<string> {
  const found = built.find(each => each.container === container)
  if (found === undefined) throw new Error(`${container} was not built`)
  return textInImage(found.file, 'made')
}

/** The names of what a machine's store has of the fixture, derivations left out. */
export function inStoreOf(machine: Machine, { bare }: MachineOptions): string[] {
  return readdirSync(join(machine.folder, bare ? 'root/nix/store' : 'nix/store'))
    .map(name => name.slice(33))
    .filter(name => /^(part-\d+|one\.tar|two\.tar)$/.test(name))
    .sort()
}
