import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { seeded } from '../__tests__/support/images.js'
import { mapLimit } from '../src/util/async.js'
import { copyTag } from './support/copy-tag.js'
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js'
import { type RealRegistry, startRegistry } from './support/registry.js'
import { type Ended, runCli } from './support/sudden-end.js'
import { type TagState, tagState } from './support/tag-state.js'
import { archivesOf } from './support/versions.js'

const MOMENTS = 100
const AT_ONCE = 2
/** Each so many runs, the next one has to mend what the killed one left. */
const HEAL_EACH = 5
const TAG = 'latest'

let folder: string
let registry: RealRegistry
/** As slow as a registry far away, so that there are moments to choose from. */
let far: FaultProxy
let digests: { old: string | undefined; new: string | undefined }
/** What a run takes that nobody ends, in milliseconds. */
let whole: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'))
  registry = await startRegistry()
  far = await startFaultProxy({ registry: registry.address, latency: 10, rate: 6_000_000 })
  await archivesOf(join(folder, 'old'), { name: 'app', version: '1', layers: [20_000] })
  await archivesOf(join(folder, 'new'), { name: 'app', version: '2', layers: [1_500_000, 800_000, 90_000] })
  for (const version of ['old', 'new']) await merged(version, registry.address, `kill/${version}`)
  const [old, next] = [await stateOf('kill/old'), await stateOf('kill/new')]
  digests = { old: old.digest, new: next.digest }
  expect([...old.faults, ...next.faults]).toEqual([])
  whole = await usualTime()
})
afterAll(async () => {
  await far.stop()
  await registry.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function usualTime(): Promise<number> {
  const times = await mapLimit([1, 2, 3, 4, 5], AT_ONCE, async n => {
    await copyTag(registry.address, 'kill/old', `kill/whole-${n}`, TAG)
    return (await merged('new', far.address, `kill/whole-${n}`)).ms
  })
  return times.sort((a, b) => a - b)[2] as number
}

const stateOf = (repository: string): Promise<TagState> => tagState(`${registry.address}/${repository}`, TAG)

function merge(
  version: string,
  at: string,
  repository: string,
  end?: { signal: NodeJS.Signals; after: number },
): Promise<Ended> {
  const home = join(folder, 'homes', repository)
  mkdirSync(join(home, 'tmp'), { recursive: true })
  const args = ['merge', '--archives', join(folder, version), '--image', `${at}/${repository}`, '--tags', TAG]
  return runCli(args, { env: { HOME: home, TMPDIR: join(home, 'tmp') }, ...(end && { end }) })
}

async function merged(version: string, at: string, repository: string): Promise<Ended> {
  const ended = await merge(version, at, repository)
  expect({ code: ended.code, stderr: ended.code === 0 ? '' : ended.stderr }).toEqual({ code: 0, stderr: '' })
  return ended
}

const leftBy = (repository: string): string[] => readdirSync(join(folder, 'homes', repository, 'tmp'))

interface Killed extends Ended {
  readonly repository: string
  readonly after: number
  readonly state: TagState
  readonly left: readonly string[]
}

async function killedRuns(signal: NodeJS.Signals, seed: number): Promise<Killed[]> {
  const random = seeded(seed)
  // Every third one late, where the tag moves.
  const moments = Array.from({ length: MOMENTS }, (_, n) =>
    Math.round((n % 3 === 0 ? 0.8 + 0.3 * random() : random()) * whole),
  )
  return mapLimit(moments, AT_ONCE, async (after, n) => {
    const repository = `kill/${signal.toLowerCase()}-${n}`
    await copyTag(registry.address, 'kill/old', repository, TAG)
    const ended = await merge('new', far.address, repository, { signal, after })
    return { ...ended, repository, after, state: await stateOf(repository), left: leftBy(repository) }
  })
}

const at = ({ repository, after }: Killed): string =>
  `${repository} after ${after} ms of ${Math.round(whole)}`

describe.each([
  { signal: 'SIGKILL', seed: 1 },
  { signal: 'SIGTERM', seed: 2 },
] as const)('ended by $signal at any moment', ({ signal, seed }) => {
  let runs: readonly Killed[]
  beforeAll(async () => {
    runs = await killedRuns(signal, seed)
    const isNew = runs.filter(({ state }) => state.digest === digests.new)
    const early = runs.filter(({ dying }) => dying !== undefined)
    const longest = Math.round(Math.max(...early.map(({ dying }) => dying ?? 0)))
    console.info(
      `${signal}: ${early.length} of ${runs.length} runs of about ${Math.round(whole)} ms were ended early, the slowest ${longest} ms after the signal; the tag was new ${isNew.length} times`,
    )
  })

  test('the tag is the old image or the new one, and whole', () => {
    const wrong = runs.flatMap(run =>
      [
        ...run.state.faults,
        ...(run.state.digest === digests.old || run.state.digest === digests.new
          ? []
          : [`${run.state.digest}`]),
      ].map(line => `${line}: ${at(run)}`),
    )
    expect(wrong).toEqual([])
    expect(runs.filter(({ state }) => state.digest === digests.old).length).toBeGreaterThan(MOMENTS / 4)
  })

  test('who was not ended has set it', () => {
    const wrong = runs.filter(({ code, state }) => code === 0 && state.digest !== digests.new)
    expect(wrong.map(at)).toEqual([])
  })

  if (signal === 'SIGTERM')
    test('it is over within a second, says so and leaves nothing behind', () => {
      const wrong = runs.flatMap(run => {
        const { dying = 0, stderr, left } = run
        const lines = [
          ...(dying > 1000 ? [`${Math.round(dying)} ms after the signal`] : []),
          ...(isInOrder(run) ? [] : [`ended with ${run.code}: ${stderr}`]),
          ...left,
        ]
        return lines.map(line => `${line}: ${at(run)}`)
      })
      expect(wrong).toEqual([])
    })

  test('the next run mends it', async () => {
    const some = runs.filter((_, n) => n % HEAL_EACH === 0)
    await mapLimit(some, AT_ONCE, async ({ repository }) => {
      await merged('new', registry.address, repository)
      expect(await stateOf(repository)).toMatchObject({ digest: digests.new, faults: [] })
      expect(leftBy(repository)).toEqual([])
    })
  })
})

/** Before the program has begun, the system itself ends it. */
function isInOrder({ code, signal, stderr }: Ended): boolean {
  if (code === 143) return stderr.includes('Ended by SIGTERM')
  return code === 0 || (signal === 'SIGTERM' && stderr === '')
}
