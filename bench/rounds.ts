import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, freshFolder, type Input, settle } from './machine.js'
import { type Cost, measure } from './measure.js'
import { type Registry, startRegistry } from './registry.js'
import type { Contestant, Scenario } from './scenario.js'

/** One timed run. */
export interface Sample extends Cost {
  /** Of the archive that was left, in bytes. */
  readonly size?: number
}

export interface Result {
  readonly scenario: Scenario
  /** Of each contestant, in the scenario's order. */
  readonly samples: readonly (readonly Sample[])[]
}

type Variables = Record<string, string>

/** The contestants take turns, and each round begins with another one, so that what disturbs a while disturbs them all. */
export async function play(
  scenario: Scenario,
  inputs: readonly Input[],
  runs: number,
  say: (text: string) => void,
): Promise<Result> {
  const { contestants, registry: kind } = scenario
  const kept = kind === 'kept' ? startRegistry() : undefined
  const variables = variablesOf(inputs, kept?.address)
  const samples: Sample[][] = contestants.map(() => [])
  try {
    await prepare(scenario, variables)
    for (let round = 0; round < runs * (scenario.timesRuns ?? 1); round++) {
      for (let turn = 0; turn < contestants.length; turn++) {
        const at = (round + turn) % contestants.length
        const contestant = contestants[at] as Contestant
        const sample = await takeTurn(contestant, kind === 'fresh', variables)
        samples[at]?.push(sample)
        say(`${scenario.name} ${round + 1}: ${contestant.name}: ${sample.seconds.toFixed(3)} s`)
      }
    }
  } finally {
    kept?.stop()
  }
  return { scenario, samples }
}

async function prepare({ before, contestants }: Scenario, variables: Variables): Promise<void> {
  const kept = join(FOLDER, 'runs/kept')
  rmSync(kept, { recursive: true, force: true })
  mkdirSync(kept, { recursive: true })
  for (const script of [before, ...contestants.map(contestant => contestant.before)]) {
    if (script !== undefined) await measure(script, freshFolder(), variables)
  }
}

async function takeTurn(contestant: Contestant, fresh: boolean, variables: Variables): Promise<Sample> {
  const folder = freshFolder()
  const registry: Registry | undefined = fresh ? startRegistry() : undefined
  const address = registry?.address ?? variables.REGISTRY ?? ''
  try {
    settle()
    const cost = await measure(contestant.script, folder, { ...variables, REGISTRY: address })
    return { ...cost, ...(await contestant.check({ folder, registry: address })) }
  } finally {
    registry?.stop()
  }
}

/** What scripts know: the flake, the four docker-archives, the registry, and the folder that was filled before. */
function variablesOf(inputs: readonly Input[], registry: string | undefined): Variables {
  const path = (system: string, container: string): string =>
    inputs.find(input => input.system === system && input.container === container)?.path ?? ''
  return {
    FLAKE: `path:${join(FOLDER, 'flake')}`,
    AMD64_TAR: path('x86_64-linux', 'plain'),
    ARM64_TAR: path('aarch64-linux', 'plain'),
    AMD64_TAR_GZ: path('x86_64-linux', 'gzip'),
    ARM64_TAR_GZ: path('aarch64-linux', 'gzip'),
    KEPT: join(FOLDER, 'runs/kept'),
    ...(registry !== undefined && { REGISTRY: registry }),
  }
}
