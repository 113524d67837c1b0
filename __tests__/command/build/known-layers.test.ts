import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  isThinBuild,
  lookUpPublishedLayers,
  type ReuseInputs,
} from '../../../src/command/build/known-layers.js'
import { merge } from '../../../src/command/merge/merge.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import { BUILD_INPUTS, type BuildInputs } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { parseConfig } from '../../../src/oci/config.js'
import { OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/oci/descriptor.js'
import type { GitRef } from '../../../src/tags/subject.js'
import { containerOf } from '../../support/archives.js'
import { silentHost, testHost } from '../../support/host.js'
import { type MergeRig, mergeRig } from '../merge/merge-rig.js'

const MAIN: GitRef = { kind: 'branch', name: 'main', defaultBranch: 'main' }
const PULL: GitRef = { kind: 'pull-request', name: '7' }

const inputsOf = (
  given: Readonly<Record<string, string>>,
): ReuseInputs & Pick<BuildInputs, 'archiveLayers' | 'force'> =>
  readInputs(BUILD_INPUTS, name => given[name], silentHost)

describe('isThinBuild', () => {
  const image = 'ghcr.io/owner/{name}'

  test.each([
    ['auto', image, MAIN, true],
    ['auto', '', MAIN, false],
    ['auto', image, PULL, false],
    ['full', image, MAIN, false],
    ['thin', image, PULL, true],
  ] as const)('archive-layers: %s, image: %j', (archiveLayers, to, ref, expected) => {
    const host = testHost()
    expect(isThinBuild(inputsOf({ 'archive-layers': archiveLayers, image: to }), ref, host)).toBe(expected)
    host.remove()
  })

  test('is false for a fork, because its archives cannot be pushed', () => {
    const host = testHost({ isFromFork: true })
    expect(isThinBuild(inputsOf({ image }), MAIN, host)).toBe(false)
    host.remove()
  })

  test('is false if nothing is pushed', () => {
    const host = testHost()
    expect(isThinBuild(inputsOf({ image, push: 'false' }), MAIN, host)).toBe(false)
    host.remove()
  })

  test('is false with `force`', () => {
    const host = testHost()
    expect(isThinBuild(inputsOf({ image, 'archive-layers': 'thin', force: 'true' }), MAIN, host)).toBe(false)
    host.remove()
  })

  test('throws a usage error for `thin` without a registry', () => {
    const host = testHost()
    expect(() => isThinBuild(inputsOf({ 'archive-layers': 'thin' }), MAIN, host)).toThrow(
      '`--archive-layers` is `thin`, but `--image` is not set',
    )
    host.remove()
  })
})

describe('lookUpPublishedLayers', () => {
  let rig: MergeRig
  beforeEach(async () => {
    rig = await mergeRig()
  })
  afterEach(() => rig.close())

  const containers = ['x86_64-linux', 'aarch64-linux'] as const
  const find = (image: string) => {
    const found = containers.map(system => containerOf('one', system, { version: '1.3.0' }))
    return lookUpPublishedLayers(found, inputsOf({ image }), MAIN, rig.runOf('second'))
  }

  test('finds layers by diff_id, under a tag that the run would set', async () => {
    await rig.build('one', { version: '1.2.0' })
    await merge(rig.request(), rig.runOf('first'))
    const layers = (await find(`${rig.registry.host}/o/{name}`))('one')
    expect(layers?.repository.reference.repository).toBe('o/one')
    const archived = await openArchive(`${rig.folder}/one-x86_64-linux.oci.tar`)
    const { diffIds } = parseConfig(archived?.config ?? Buffer.alloc(0))
    for (const [n, diffId] of diffIds.entries()) {
      expect(layers?.find(diffId, OCI_LAYER_GZIP)?.digest).toBe(archived?.image.layers[n]?.digest)
      expect(layers?.find(diffId, OCI_LAYER_ZSTD)).toBeUndefined()
    }
  })

  test('shows that it reads the registry, if it is slow', async () => {
    await find(`${rig.registry.host}/o/{name}`)
    const shown =
      rig.hosts.at(-1)?.shown.map(({ title, activity, delayMs }) => [title, activity, delayMs]) ?? []
    expect([...new Set(shown.map(each => each.join(' ')))]).toEqual([
      `${rig.registry.host} comparing images 2000`,
      `${rig.registry.host} reading images 2000`,
    ])
  })

  test('returns only layers that all repositories have', async () => {
    await rig.build('one', { version: '1.2.0' })
    await merge(rig.request(), rig.runOf('first'))
    const both = `${rig.registry.host}/o/{name}\n${rig.registry.host}/p/{name}`
    expect((await find(both))('one')).toBeUndefined()
    await merge(rig.request({ image: both }), rig.runOf('first'))
    expect((await find(both))('one')).toBeDefined()
  })

  test('finds nothing in a new repository, or if the registry fails, with a warning', async () => {
    expect((await find(`${rig.registry.host}/o/{name}`))('one')).toBeUndefined()
    rig.registry.fault({ path: /./, times: 1000, action: { kind: 'status', status: 400 } })
    expect((await find(`${rig.registry.host}/o/{name}`))('one')).toBeUndefined()
    expect(rig.hosts.at(-1)?.logged).toContainEqual(
      expect.stringMatching(/^warning: .*all layers are packed/),
    )
  })
})
