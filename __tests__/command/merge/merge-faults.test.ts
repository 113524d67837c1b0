import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createCommitHistory, decideTags } from '../../../src/command/merge/decide-tags.js'
import { collectContainers, openArchives } from '../../../src/command/merge/group-by-container.js'
import { merge } from '../../../src/command/merge/merge.js'
import { prepareIndexes } from '../../../src/command/merge/prepare-indexes.js'
import { LayerProver } from '../../../src/command/merge/prove-layers.js'
import { sendIndexes, setTags } from '../../../src/command/merge/push-index.js'
import { assignDestinations, resolveDestinations } from '../../../src/command/shared/destinations.js'
import { findArchives } from '../../../src/command/shared/find-archives.js'
import { gitFactsOf, githubOf } from '../../../src/command/shared/git.js'
import type { Merged } from '../../../src/command/shared/merge-result.js'
import { ProvedLayers } from '../../../src/command/shared/proof-record.js'
import type { Digest } from '../../../src/oci/digest.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { TestClock } from '../../registry/fixture.js'
import { archiveOf, containerOf } from '../../support/archives.js'
import { shaOf } from '../../support/github-state.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

const signal = new AbortController().signal

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
})
afterEach(() => rig.close())

const warnings = (): string[] => rig.hosts.at(-1)?.logged.filter(line => line.startsWith('warning:')) ?? []

describe('a registry that does not allow listing tags', () => {
  test.each([401, 403])('with status %i causes one warning, and everything is pushed', async status => {
    await rig.build('one', { version: '1.2.3' })
    rig.registry.fault({ path: /tags\/list/, times: 100, action: { kind: 'status', status } })
    const [merged] = await merge(rig.request(), rig.runOf('first'))
    for (const tag of ['1.2.3', '1.2', '1', 'latest', 'main'])
      expect([tag, rig.tag(tag)]).toEqual([tag, merged?.digest])
    expect(warnings()).toEqual([expect.stringMatching(/No permission to list the tags of .*o\/one/)])
  })

  test('does not prevent the comparison with the image that a tag points to', async () => {
    await rig.build('one', { version: '1.2.4' })
    const [newer] = await merge(rig.request(), rig.runOf('first'))
    rig.registry.fault({ path: /tags\/list/, times: 100, action: { kind: 'status', status: 403 } })
    await rig.build('one', { version: '1.2.3' })
    await merge(rig.request(), rig.runOf('second'))
    expect(rig.tag('latest')).toBe(newer?.digest)
  })

  test('fails the run with another status, before anything is uploaded', async () => {
    await rig.build('one', { version: '1.2.3' })
    rig.registry.fault({ path: /tags\/list/, times: 100, action: { kind: 'status', status: 400 } })
    await expect(merge(rig.request(), rig.runOf('first'))).rejects.toThrow(/400/)
    expect(rig.registry.requests('PUT', /./)).toEqual([])
  })

  test('does not delay an abort if it does not respond', async () => {
    await rig.build('one', { version: '1.2.3' })
    const stop = new AbortController()
    rig.registry.fault({ path: /tags\/list/, times: 100, action: { kind: 'stall' } })
    rig.registry.onRequest = (_, path) => {
      if (path.includes('tags/list')) setTimeout(() => stop.abort(new Error('interrupted')), 20)
    }
    const host = { ...rig.runOf('first'), signal: stop.signal }
    await expect(merge(rig.request(), host)).rejects.toThrow('interrupted')
    expect(rig.registry.requests('PUT', /./)).toEqual([])
  }, 1000)
})

describe('a tag that another run moves right after it was set', () => {
  let client: RegistryClient
  beforeEach(() => {
    client = new RegistryClient({ clock: new TestClock() })
  })
  afterEach(() => client.close())

  /** Runs the steps of a merge with a client that does not wait between retries. */
  async function run(commit: string) {
    const host = rig.runOf(commit)
    const inputs = rig.request()
    const git = gitFactsOf(undefined, host)
    const { log } = host
    const files = await findArchives(rig.folder, { artifacts: undefined, defaultFolder: 'archives', log })
    const source = { archives: await openArchives(files, { areNamed: false, signal }), plan: undefined }
    const { systems } = inputs
    const containers = await collectContainers(source, {
      systems,
      ownRepositoriesOf: () => [],
      client,
      signal,
    })
    const destinations = assignDestinations(containers, resolveDestinations(inputs, host, git.ref), 'owner')
    const [index] = prepareIndexes(destinations, { inputs, gitOf: () => git, client, signal, log })
    if (!index) throw new Error('nothing to merge')
    const history = createCommitHistory((await githubOf(inputs, host))?.repository)
    const prover = new LayerProver(containers, { packed: new ProvedLayers(), signal, log })
    const context = { history, overwrite: false, force: false, prover, log, signal }
    const decided = { ...(await decideTags(index, context)), sboms: [], attestations: [] }
    const [sent] = await sendIndexes([decided], host, () => prover.finish())
    if (!sent) throw new Error('nothing was sent')
    return setTags(sent, context)
  }

  /** Pushes a version, and removes its tags. */
  async function pushWithoutTags(version: string, commit: string): Promise<Merged | undefined> {
    await rig.build('one', { version })
    const [merged] = await merge(rig.request(), rig.runOf(commit))
    rig.registry.repository('o/one').tags.clear()
    return merged
  }

  function moveTag(tag: string, to: Digest | undefined): void {
    rig.registry.onTag = (repository, set) => {
      if (set === tag && to) queueMicrotask(() => rig.registry.repository(repository).tags.set(tag, to))
    }
  }

  test('to a newer version is reported without an error', async () => {
    const newer = await pushWithoutTags('1.2.4', 'second')
    await rig.build('one', { version: '1.2.3' })
    moveTag('latest', newer?.digest)
    const { merged, attempts } = await run('third')
    expect(attempts).toMatchObject([{ done: true }])
    const name = `${rig.registry.host}/o/one:latest`
    expect(merged.pushed[0]?.left).toEqual([{ tag: name, why: 'it points to the newer version 1.2.4' }])
    expect(merged.pushed[0]?.tags).not.toContain(name)
    expect(rig.tag('latest')).toBe(newer?.digest)
    expect(rig.tag('main')).toBe(merged.digest)
  })

  test('to a later commit of the branch is reported without an error', async () => {
    const later = await pushWithoutTags('1.2.4', 'third')
    await rig.build('one', { version: '1.2.3' })
    moveTag('main', later?.digest)
    const { merged, attempts } = await run('second')
    expect(attempts).toMatchObject([{ done: true }])
    expect(merged.pushed[0]?.left.map(({ tag }) => tag)).toEqual([`${rig.registry.host}/o/one:main`])
  })

  test.each(['latest', 'main'])('back to an older image (%s) is an error', async tag => {
    const older = await pushWithoutTags('1.2.2', 'first')
    await rig.build('one', { version: '1.2.3' })
    moveTag(tag, older?.digest)
    const { merged, attempts } = await run('second')
    const message = `${rig.registry.host}/o/one:${tag} was set to ${merged.digest}, but points to ${older?.digest}`
    expect(attempts).toMatchObject([{ done: false, error: { message } }])
  })
})

describe('during the push of another run', () => {
  /** Runs a merge with its own folder of archives. */
  async function run(commit: string, description: string): Promise<Merged | undefined> {
    const archives = join(rig.folder, commit)
    mkdirSync(archives)
    await archiveOf(archives, containerOf('one', 'x86_64-linux', { version: 'x', description }))
    rig.github.state.refs.set('refs/heads/main', { type: 'commit', sha: shaOf(commit) })
    const [merged] = await merge(rig.request({ archives }), rig.runOf(commit))
    return merged
  }

  /** Runs a task after all tags were read, and before any is set. */
  function duringPush(task: () => Promise<unknown>): void {
    let isBegun = false
    rig.registry.onRequest = async method => {
      if (method !== 'HEAD' || isBegun) return
      isBegun = true
      await task()
    }
  }

  test('a tag that an older run moves back is set again', async () => {
    const first = await run('first', 'A')
    const moved: unknown[] = []
    duringPush(async () => moved.push((await run('second', 'B'))?.digest, rig.tag('main')))
    await run('third', 'A')
    expect(moved[0]).toBe(moved[1])
    expect(moved[0]).not.toBe(first?.digest)
    expect(rig.tag('main')).toBe(first?.digest)
  })

  test('a branch tag of a later run that reused an unchanged image is not changed', async () => {
    const first = await run('first', 'A')
    duringPush(async () => expect((await run('third', 'A'))?.digest).toBe(first?.digest))
    const second = await run('second', 'B')
    expect(second?.digest).not.toBe(first?.digest)
    expect(rig.tag('main')).toBe(first?.digest)
    expect(second?.pushed[0]?.left.map(({ tag }) => tag)).toContain(`${rig.registry.host}/o/one:main`)
  })
})

test('many containers share few connections', async () => {
  const names = Array.from({ length: 12 }, (_, n) => `c${n}`)
  for (const name of names) await rig.build(name, { version: '1.2.3' }, ['x86_64-linux'])
  const merged = await merge(rig.request(), rig.runOf('first'))
  expect(merged).toHaveLength(12)
  const ports = new Set(rig.registry.log.map(({ port }) => port))
  // The check of the registry; then four containers at once, each with four tags and the list of tags.
  expect(ports.size).toBeLessThanOrEqual(1 + 4 * 5)
  expect(ports.size).toBeGreaterThan(1)
})
