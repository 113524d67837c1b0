import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Found } from './check.js'
import { FOLDER, freshFolder, settle } from './machine.js'
import { type Cost, measure } from './measure.js'
import { openPlace, type Place } from './place.js'
import { type Registry, startRegistry, type Tally } from './registry.js'
import { type ResultsService, startResultsService } from './results-service.js'
import type { Contestant, Scenario } from './scenario.js'

/** A timed run. It has a tally if the scenario has a registry. */
export interface Sample extends Cost, Partial<Tally>, Found {}

/** State that the runs of a scenario share. */
export interface World {
  /** Variables for scripts. */
  readonly variables: Readonly<Record<string, string>>
  /** The cache services of contestants that use one for all rounds. */
  readonly services: Map<Contestant, ResultsService>
  /** The registry for all rounds. */
  readonly registry: Registry | undefined
  /** Folders with the data of the registry at the start of each run. */
  readonly filled: Map<Contestant, string>
}

/** Runs the `before` scripts, untimed: first the scenario's, then each contestant's. */
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

/** Runs a contestant once, timed, and checks the result. */
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

/** Runs the script on the contestant's machine, and the check before that machine is removed. */
async function run(
  { place: user, script }: Contestant,
  folder: string,
  variables: Readonly<Record<string, string>>,
  registry?: Registry,
  check: (place: Place | undefined) => Promise<Found> = async () => ({}),
): Promise<Sample> {
  const place = user && (await openPlace(user, folder))
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
