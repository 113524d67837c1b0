import { join } from 'node:path'
import { FOLDER, type Input, REPOSITORY } from './machine.js'
import { startRegistry } from './registry.js'
import { serveRelease } from './release.js'
import type { Contestant, Scenario } from './scenario.js'
import { prepare, type Sample, takeTurn, type World } from './turn.js'

export interface Result {
  readonly scenario: Scenario
  /** Of each contestant, in the scenario's order. */
  readonly samples: readonly (readonly Sample[])[]
}

/** The contestants take turns, and each round begins with another one, so that what disturbs a while disturbs them all. */
export async function play(
  scenario: Scenario,
  inputs: readonly Input[],
  runs: number,
  say: (text: string) => void,
): Promise<Result> {
  const { contestants, registry: kind } = scenario
  const kept = kind === 'kept' ? startRegistry() : undefined
  const release = scenario.release ? await serveRelease() : undefined
  const variables = { ...variablesOf(inputs, kept?.address), ...release?.variables }
  const world: World = { variables, services: new Map() }
  const samples: Sample[][] = contestants.map(() => [])
  try {
    await prepare(scenario, world)
    for (let round = 0; round < runs * (scenario.timesRuns ?? 1); round++) {
      for (let turn = 0; turn < contestants.length; turn++) {
        const at = (round + turn) % contestants.length
        const contestant = contestants[at] as Contestant
        const sample = await takeTurn(contestant, kind === 'fresh', world)
        samples[at]?.push(sample)
        say(`${scenario.name} ${round + 1}: ${contestant.name}: ${sample.seconds.toFixed(3)} s`)
      }
    }
  } finally {
    kept?.stop()
    release?.close()
    for (const service of world.services.values()) await service.close()
  }
  return { scenario, samples }
}

/** What scripts know: the flake, the four docker-archives, the registry, and the folder that was filled before. */
function variablesOf(inputs: readonly Input[], registry: string | undefined): Record<string, string> {
  const path = (system: string, container: string): string =>
    inputs.find(input => input.system === system && input.container === container)?.path ?? ''
  return {
    FLAKE: `path:${join(FOLDER, 'flake')}`,
    AMD64_TAR: path('x86_64-linux', 'plain'),
    ARM64_TAR: path('aarch64-linux', 'plain'),
    AMD64_TAR_GZ: path('x86_64-linux', 'gzip'),
    ARM64_TAR_GZ: path('aarch64-linux', 'gzip'),
    REPOSITORY,
    KEPT: join(FOLDER, 'runs/kept'),
    ...(registry !== undefined && { REGISTRY: registry }),
  }
}
