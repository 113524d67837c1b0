import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Found } from './check.js'
import { FOLDER, freshFolder, settle } from './machine.js'
import { type Cost, measure } from './measure.js'
import { openPlace, type Place } from './place.js'
import { type Registry, startRegistry, type Tally } from './registry.js'
import { type ResultsService, startResultsService } from './results-service.js'
import type { Contestant, Scenario } from './scenario.js'

/** One timed run. The tally is there where a registry is. */
export interface Sample extends Cost, Partial<Tally>, Found {}

/** What a scenario's runs share. */
export interface World {
  /** What scripts know. */
  readonly variables: Readonly<Record<string, string>>
  /** Of the contestants that keep one through all rounds. */
  readonly services: Map<Contestant, ResultsService>
  /** The one that is kept through all rounds. */
  readonly registry: Registry | undefined
  /** What a registry holds at the begin of each run. */
  readonly filled: Map<Contestant, string>
}

/** What is run once before the rounds, untimed: the scenario's script, then each contestant's. */
export async function prepare({ before, registry, contestants }: Scenario, world: World): Promise<void> {
  const kept = join(FOLDER, 'runs/kept')
  rmSync(kept, { recursive: true, force: true })
  mkdirSync(kept, { recursive: true })
  if (before !== undefined) await measure(before, freshFolder(), world.variables)
  for (const contestant of contestants) {
    if (contestant.service === 'kept') world.services.set(contestant, await startResultsService())
    if (contestant.before !== undefined) await prepareOne(contestant, registry === 'restored', world)
  }
}

async function prepareOne(contestant: Contestant, fills: boolean, world: World): Promise<void> {
  const folder = freshFolder()
  const registry = fills ? startRegistry() : undefined
  try {
    await run({ ...contestant, script: contestant.before ?? '' }, folder, {
      ...world.variables,
      ...world.services.get(contestant)?.variables,
      ...variablesOf(registry),
    })
    if (registry) world.filled.set(contestant, keepFilled(registry, world.filled.size))
  } finally {
    registry?.stop()
  }
}

function keepFilled(registry: Registry, number: number): string {
  const folder = join(FOLDER, `runs/filled-${number}`)
  rmSync(folder, { recursive: true, force: true })
  registry.keep(folder)
  return folder
}

/** One timed run, checked. */
export async function takeTurn(
  contestant: Contestant,
  kind: Scenario['registry'],
  world: World,
): Promise<Sample> {
  const folder = freshFolder()
  const own =
    kind === 'fresh' || kind === 'restored' ? startRegistry(world.filled.get(contestant)) : undefined
  const empty = contestant.service === 'fresh' ? await startResultsService() : undefined
  const service = empty ?? world.services.get(contestant)
  const registry = own ?? world.registry
  try {
    return await run(
      contestant,
      folder,
      { ...world.variables, ...service?.variables, ...variablesOf(registry) },
      registry,
      place => contestant.check({ folder, registry: registry?.address ?? '', place }),
    )
  } finally {
    await empty?.close()
    own?.stop()
  }
}

const variablesOf = (registry: Registry | undefined): Record<string, string> =>
  registry ? { REGISTRY: registry.address } : {}

/** Runs the script where the contestant wants to have it; the check comes before that is taken away. */
async function run(
  { place: standing, script }: Contestant,
  folder: string,
  variables: Readonly<Record<string, string>>,
  registry?: Registry,
  check: (place: Place | undefined) => Promise<Found> = async () => ({}),
): Promise<Sample> {
  const place = standing && (await openPlace(standing, folder))
  try {
    settle()
    const mark = await registry?.mark()
    const cost = await measure(script, folder, { ...variables, ...place?.variables }, place?.prefix)
    const tally = mark && (await registry?.since(mark))
    return { ...cost, ...tally, ...(await check(place)) }
  } finally {
    await place?.close()
  }
}
