import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ResultsServiceStandIn, startResultsService } from '../../__tests__/support/results-service.js'
import type { BuiltArchive } from '../../src/command/shared/build-report.js'
import {
  type JobOptions,
  type JobResult,
  type JobStep,
  runJob,
  type StepResult,
  trackFile,
} from './action.js'
import { textInImage } from './archive.js'
import { type Machine, type MachineOptions, openMachine, ROOT, TOOLS } from './machine.js'
import { serveRelease } from './release.js'

/** The systems of the fixture's images. The first is this machine's system. */
export const SYSTEMS = ['x86_64-linux', 'aarch64-linux'] as const

/** Machines without Nix. The second one is like a runner with Ubuntu 24.04. */
export const BARE: MachineOptions = { bare: true }
export const BARE_RUNNER: MachineOptions = { bare: true, user: 'runner', sudo: true, noUserns: true }
/** A machine with Nix, which starts faster. */
export const WITH_NIX: MachineOptions = { nix: 'current' }

export interface Settings {
  /** Another value makes another part. */
  readonly part?: string
  /** Shell commands in the build of the image `one` or `two`. */
  readonly one?: string
  readonly two?: string
}

export interface Run extends Partial<Omit<JobOptions, 'machine'>> {
  readonly settings?: Settings
  readonly inputs?: Readonly<Record<string, string>>
  /** Steps after the build action. */
  readonly later?: readonly JobStep[]
}

/** A finished run of the build action. */
export interface BuildRun extends JobResult {
  readonly machine: Machine
  /** The id of the workflow run for the results service. */
  readonly run: string
  readonly main: StepResult
  readonly post: StepResult
  readonly built: readonly BuiltArchive[]
  /** The output of the action's main and post steps. */
  readonly log: string
}

/** Runs the build action on `fixtures/runner`, each time on a new machine. */
export interface Runs {
  readonly folder: string
  /** RUNNER_TEMP. The same in all runs, as on GitHub, because cache versions depend on it. It is empty when a run starts. */
  readonly temp: string
  newService(): Promise<ResultsServiceStandIn>
  newMachine(): Machine
  /** Copies the fixture and returns its flake reference. */
  flake(settings?: Settings): string
  /** The inputs of a build, with the defaults. */
  inputs(inputs?: Readonly<Record<string, string>>, settings?: Settings): Record<string, string>
  /** Runs a build. Default system: this machine's. */
  build(run: Run & { readonly service: ResultsServiceStandIn }): Promise<BuildRun>
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
    inputs: (inputs, settings) => ({
      flake: runs.flake(settings),
      systems: SYSTEMS[0],
      'nix-url': release.url,
      'nix-sha256': release.sha256,
      // Public binary caches cannot be reached from here.
      'nix-conf': 'substituters =',
      ...inputs,
    }),
    async build({ settings, inputs, later = [], ...options }) {
      const machine = runs.newMachine()
      const run = `run-${++count}`
      const job = { machine, temp, ids: { run }, on: WITH_NIX, ...options }
      rmSync(job.temp, { recursive: true, force: true })
      const step = { action: '.', inputs: runs.inputs(inputs, settings) }
      return buildRun({ machine, run }, await runJob(job, [step, ...later]))
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

function buildRun(around: Pick<BuildRun, 'machine' | 'run'>, result: JobResult): BuildRun {
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

/** Makes a folder that all users can read. */
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
  trackFile(join(flake, 'flake.nix'))
  return `path:${flake}`
}

/** The random id of the part in an image. Each build of the part has another id. */
export function partIdIn({ built }: BuildRun, container = 'one'): Promise<string> {
  const found = built.find(each => each.container === container)
  if (found === undefined) throw new Error(`${container} was not built`)
  return textInImage(found.file, 'made')
}

/** The names of the fixture's store paths in a machine's store, without derivations. */
export function fixturePathsIn(machine: Machine, { bare }: MachineOptions): string[] {
  return readdirSync(join(machine.folder, bare ? 'root/nix/store' : 'nix/store'))
    .map(name => name.slice(33))
    .filter(name => /^(part-\d+|one\.tar|two\.tar)$/.test(name))
    .sort()
}
