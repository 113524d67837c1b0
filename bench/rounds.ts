import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, type Input, REPOSITORY } from './machine.js'
import { startRegistry } from './registry.js'
import { serveRelease } from './release.js'
import type { Contestant, Scenario } from './scenario.js'
import { prepare, type Sample, takeTurn, type World } from './turn.js'

export interface Result {
  readonly scenario: Scenario
  /** The samples of each contestant, in the scenario's order. */
  readonly samples: readonly (readonly Sample[])[]
}

/** The contestants take turns, and each round starts with another one, so that temporary load affects all of them. */
export async function play(
  scenario: Scenario,
  inputs: readonly Input[],
  runs: number,
  say: (text: string) => void,
): Promise<Result> {
  const { contestants, registry: kind } = scenario
  const kept = kind === 'kept' ? startRegistry() : undefined
  const release = scenario.release ? await serveRelease() : undefined
  const variables = {
    ...variablesOf(inputs),
    ...(kept && { REGISTRY: kept.address }),
    ...release?.variables,
  }
  const world: World = { variables, services: new Map(), registry: kept, filled: new Map() }
  const samples: Sample[][] = contestants.map(() => [])
  try {
    await prepare(scenario, world)
    for (let round = 0; round < runs * (scenario.timesRuns ?? 1); round++) {
      for (let turn = 0; turn < contestants.length; turn++) {
        const at = (round + turn) % contestants.length
        const contestant = contestants[at] as Contestant
        const sample = await takeTurn(contestant, kind, world)
        samples[at]?.push(sample)
        say(`${scenario.name} ${round + 1}: ${contestant.name}: ${sample.seconds.toFixed(3)} s`)
      }
    }
  } finally {
    kept?.stop()
    release?.close()
    for (const service of world.services.values()) await service.close()
    for (const folder of world.filled.values()) rmSync(folder, { recursive: true, force: true })
  }
  return { scenario, samples }
}

/** Variables for scripts: the flakes, the docker-archives and the folder that `before` filled. */
function variablesOf(inputs: readonly Input[]): Record<string, string> {
  const path = (kind: string, system: string, container: string): string =>
    inputs.find(it => it.kind === kind && it.system === system && it.container === container)?.path ?? ''
  return {
    FLAKE: `path:${join(FOLDER, 'image')}`,
    AMD64_TAR: path('image', 'x86_64-linux', 'plain'),
    ARM64_TAR: path('image', 'aarch64-linux', 'plain'),
    AMD64_TAR_GZ: path('image', 'x86_64-linux', 'gzip'),
    ARM64_TAR_GZ: path('image', 'aarch64-linux', 'gzip'),
    REBUILT_FLAKE: `path:${join(FOLDER, 'rebuilt')}`,
    CHANGED_FLAKE: `path:${join(FOLDER, 'changed')}`,
    AMD64_CHANGED: path('changed', 'x86_64-linux', 'plain'),
    ARM64_CHANGED: path('changed', 'aarch64-linux', 'plain'),
    FIFTY_FLAKE: `path:${join(FOLDER, 'fifty')}`,
    FIFTY: join(FOLDER, 'fifty-archives'),
    STREAM: join(FOLDER, 'stream'),
    STREAM_SCRIPT: join(REPOSITORY, 'e2e/fixtures/stream/stream.py'),
    REPOSITORY,
    KEPT: join(FOLDER, 'runs/kept'),
  }
}
