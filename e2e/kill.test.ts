import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { seeded } from '../__tests__/support/images.js'
import { mapLimit } from '../src/util/async.js'
import { copyTag } from './support/copy-tag.js'
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'
import { type ProgramResult, runCli } from './support/run-program.js'
import { type TagState, tagState } from './support/tag-state.js'
import { archivesOf } from './support/versions.js'

const MOMENTS = 100
const AT_ONCE = 2
/** After every fifth killed run, a complete push is tested. */
const RETRY_EACH = 5
const TAG = 'latest'

let folder: string
let registry: RegistryProcess
/** A slow connection to the registry, so that a push takes long enough to be ended in all its phases. */
let slowProxy: FaultProxy
let digests: { old: string | undefined; new: string | undefined }
/** The duration of a run that is not ended, in milliseconds. */
let usualMs: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'))
  registry = await startRegistry()
  slowProxy = await startFaultProxy({ registry: registry.address, latency: 10, rate: 6_000_000 })
  await archivesOf(join(folder, 'old'), { name: 'app', version: '1', layers: [20_000] })
  await archivesOf(join(folder, 'new'), { name: 'app', version: '2', layers: [1_500_000, 800_000, 90_000] })
  for (const version of ['old', 'new']) await mergeSucceeds(version, registry.address, `kill/${version}`)
  const [old, next] = [await stateOf('kill/old'), await stateOf('kill/new')]
  digests = { old: old.digest, new: next.digest }
  expect([...old.faults, ...next.faults]).toEqual([])
  usualMs = await usualTime()
})
afterAll(async () => {
  await slowProxy.stop()
  await registry.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function usualTime(): Promise<number> {
  const times = await mapLimit([1, 2, 3, 4, 5], AT_ONCE, async n => {
    await copyTag(registry.address, 'kill/old', `kill/whole-${n}`, TAG)
    return (await mergeSucceeds('new', slowProxy.address, `kill/whole-${n}`)).ms
  })
  return times.sort((a, b) => a - b)[2] as number
}

const stateOf = (repository: string): Promise<TagState> => tagState(`${registry.address}/${repository}`, TAG)

function merge(
  version: string,
  at: string,
  repository: string,
  end?: { signal: NodeJS.Signals; after: number },
): Promise<ProgramResult> {
  const home = join(folder, 'homes', repository)
  mkdirSync(join(home, 'tmp'), { recursive: true })
  const args = ['merge', '--archives', join(folder, version), '--image', `${at}/${repository}`, '--tags', TAG]
  return runCli(args, { env: { HOME: home, TMPDIR: join(home, 'tmp') }, ...(end && { end }) })
}

async function mergeSucceeds(version: string, at: string, repository: string): Promise<ProgramResult> {
  const ended = await merge(version, at, repository)
  expect({ code: ended.code, stderr: ended.code === 0 ? '' : ended.stderr }).toEqual({ code: 0, stderr: '' })
  return ended
}

const temporaryFilesOf = (repository: string): string[] =>
  readdirSync(join(folder, 'homes', repository, 'tmp'))

interface KilledRun extends ProgramResult {
  readonly repository: string
  readonly after: number
  readonly state: TagState
  readonly left: readonly string[]
}

async function runAndKill(signal: NodeJS.Signals, seed: number): Promise<KilledRun[]> {
  const random = seeded(seed)
  // End every third run late, near the moment at which the tag is set.
  const moments = Array.from({ length: MOMENTS }, (_, n) =>
    Math.round((n % 3 === 0 ? 0.8 + 0.3 * random() : random()) * usualMs),
  )
  return mapLimit(moments, AT_ONCE, async (after, n) => {
    const repository = `kill/${signal.toLowerCase()}-${n}`
    await copyTag(registry.address, 'kill/old', repository, TAG)
    const ended = await merge('new', slowProxy.address, repository, { signal, after })
    return {
      ...ended,
      repository,
      after,
      state: await stateOf(repository),
      left: temporaryFilesOf(repository),
    }
  })
}

const at = ({ repository, after }: KilledRun): string =>
  `${repository} after ${after} ms of ${Math.round(usualMs)}`

describe.each([
  { signal: 'SIGKILL', seed: 1 },
  { signal: 'SIGTERM', seed: 2 },
] as const)('ended by $signal at any moment', ({ signal, seed }) => {
  let runs: readonly KilledRun[]
  beforeAll(async () => {
    runs = await runAndKill(signal, seed)
    const isNew = runs.filter(({ state }) => state.digest === digests.new)
    const early = runs.filter(({ msAfterSignal }) => msAfterSignal !== undefined)
    const longest = Math.round(Math.max(...early.map(({ msAfterSignal }) => msAfterSignal ?? 0)))
    console.info(
      `${signal}: ${early.length} of ${runs.length} runs of about ${Math.round(usualMs)} ms were ended early, the slowest ${longest} ms after the signal; the tag was new ${isNew.length} times`,
    )
  })

  test('the tag is the complete old image or the complete new image', () => {
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

  test('a run that succeeded has set the tag', () => {
    const wrong = runs.filter(({ code, state }) => code === 0 && state.digest !== digests.new)
    expect(wrong.map(at)).toEqual([])
  })

  if (signal === 'SIGTERM')
    test('it ends within a second, prints a message and leaves no temporary files', () => {
      const wrong = runs.flatMap(run => {
        const { msAfterSignal = 0, stderr, left } = run
        const lines = [
          ...(msAfterSignal > 1000 ? [`${Math.round(msAfterSignal)} ms after the signal`] : []),
          ...(isExpectedEnd(run) ? [] : [`ended with ${run.code}: ${stderr}`]),
          ...left,
        ]
        return lines.map(line => `${line}: ${at(run)}`)
      })
      expect(wrong).toEqual([])
    })

  test('the next run succeeds', async () => {
    const some = runs.filter((_, n) => n % RETRY_EACH === 0)
    await mapLimit(some, AT_ONCE, async ({ repository }) => {
      await mergeSucceeds('new', registry.address, repository)
      expect(await stateOf(repository)).toMatchObject({ digest: digests.new, faults: [] })
      expect(temporaryFilesOf(repository)).toEqual([])
    })
  })
})

/**
 * Before the program has installed its signal handler, the signal ends it without a message. When its work is done, Node.js
 * removes the handler, and the signal can end it during its last milliseconds.
 */
function isExpectedEnd({ code, signal, stderr, state }: KilledRun): boolean {
  if (code === 143) return stderr.includes('Stopped by SIGTERM')
  const isDone = state.digest === digests.new && stderr.includes(`${TAG} (amd64, arm64`)
  return code === 0 || (signal === 'SIGTERM' && (stderr === '' || isDone))
}
