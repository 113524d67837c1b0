import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Check } from './check.js'
import { FOLDER, freshFolder, settle } from './machine.js'
import { type Cost, measure } from './measure.js'
import { openPlace, type Place } from './place.js'
import { startRegistry } from './registry.js'
import { type ResultsService, startResultsService } from './results-service.js'
import type { Contestant, Scenario } from './scenario.js'

/** One timed run. */
export interface Sample extends Cost {
  /** Of the archive that was left, in bytes. */
  readonly size?: number
}

/** What a scenario's runs share. */
export interface World {
  /** What scripts know. */
  readonly variables: Readonly<Record<string, string>>
  /** Of the contestants that keep one through all rounds. */
  readonly services: Map<Contestant, ResultsService>
}

/** What is run once before the rounds, untimed: the scenario's script, then each contestant's. */
export async function prepare({ before, contestants }: Scenario, world: World): Promise<void> {
  const kept = join(FOLDER, 'runs/kept')
  rmSync(kept, { recursive: true, force: true })
  mkdirSync(kept, { recursive: true })
  if (before !== undefined) await measure(before, freshFolder(), world.variables)
  for (const contestant of contestants) {
    if (contestant.service === 'kept') world.services.set(contestant, await startResultsService())
    if (contestant.before === undefined) continue
    await run({ ...contestant, script: contestant.before }, freshFolder(), {
      ...world.variables,
      ...world.services.get(contestant)?.variables,
    })
  }
}

/** One timed run, checked. With `fresh` there is an empty registry. */
export async function takeTurn(contestant: Contestant, fresh: boolean, world: World): Promise<Sample> {
  const folder = freshFolder()
  const registry = fresh ? startRegistry() : undefined
  const empty = contestant.service === 'fresh' ? await startResultsService() : undefined
  const service = empty ?? world.services.get(contestant)
  const address = registry?.address ?? world.variables.REGISTRY ?? ''
  try {
    return await run(
      contestant,
      folder,
      { ...world.variables, ...service?.variables, REGISTRY: address },
      place => contestant.check({ folder, registry: address, place }),
    )
  } finally {
    await empty?.close()
    registry?.stop()
  }
}

/** Runs the script where the contestant wants to have it; the check comes before that is taken away. */
async function run(
  { place: standing, script }: Contestant,
  folder: string,
  variables: Readonly<Record<string, string>>,
  check: (place: Place | undefined) => ReturnType<Check> = async () => ({}),
): Promise<Sample> {
  const place = standing && (await openPlace(standing, folder))
  try {
    settle()
    const cost = await measure(script, folder, { ...variables, ...place?.variables }, place?.prefix)
    return { ...cost, ...(await check(place)) }
  } finally {
    await place?.close()
  }
}
