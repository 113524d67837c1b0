import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { packArchive } from '../../../src/command/build/pack.js'
import { merge } from '../../../src/command/merge/merge.js'
import { openArchive } from '../../../src/command/shared/archives.js'
import type { Merged } from '../../../src/command/shared/merge-result.js'
import { type FoundLayers, findPublishedLayers } from '../../../src/command/shared/published.js'
import { openLayout } from '../../../src/image/layout.js'
import { THIN } from '../../../src/oci/annotations.js'
import type { Digest } from '../../../src/oci/digest.js'
import { KnownLayers, parseManifest } from '../../../src/oci/image.js'
import { platformOf, type System } from '../../../src/oci/platform.js'
import { parseReference } from '../../../src/oci/reference.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { Repository } from '../../../src/registry/repository.js'
import { containerOf } from '../../support/archives.js'
import { dockerArchive } from '../../support/docker-archive.js'
import { testHost } from '../../support/host.js'
import { imageOf, layerOf, noise, seeded, type TestLayer, tarOf } from '../../support/images.js'
import { KEY_FORMS, rekeyArchive, rekeyTags } from '../../support/own-keys.js'
import { BOTH, type MergeRig, mergeRig } from './merge-rig.js'

const signal = new AbortController().signal

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
})
afterEach(() => rig.close())

const layer = (seed: number): TestLayer =>
  layerOf(tarOf([{ name: `file-${seed}`, body: noise(seeded(seed), 100_000) }]))

interface Packing {
  readonly there?: FoundLayers | undefined
  readonly level?: number
}

/** Leaves archives of an image with the layers, one archive for each system. */
async function pack(
  name: string,
  version: string,
  seeds: readonly number[],
  how: Packing = {},
): Promise<void> {
  for (const system of BOTH) await packFor(system, name, version, seeds, how)
}

async function packFor(
  system: System,
  name: string,
  version: string,
  seeds: readonly number[],
  how: Packing,
): Promise<void> {
  const host = testHost()
  const container = containerOf(name, system, {
    version,
    derivation: `/nix/store/${'1'.repeat(32)}-${name}-${version}.drv`,
  })
  const image = imageOf(seeds.map(layer), platformOf(system).architecture)
  const source = join(host.temp, 'source.tar')
  writeFileSync(source, dockerArchive(image))
  const file = fileOf(name, system)
  rmSync(file, { force: true })
  try {
    await packArchive(container, source, host, { file, encoding: 'gzip', signal, ...how })
  } finally {
    host.remove()
  }
}

const fileOf = (name: string, system: System): string => join(rig.folder, `${name}-${system}.oci.tar`)

const push = async (commit: string, given?: Readonly<Record<string, string>>): Promise<Merged> =>
  (await merge(rig.request(given), rig.runOf(commit)))[0] as Merged

/** What the repository has of the image that a tag holds. */
async function thereIn(tag: string, name = 'one'): Promise<FoundLayers | undefined> {
  const client = new RegistryClient()
  const repository = new Repository(client, parseReference(`${rig.registry.host}/o/${name}`))
  const { manifests } = rig.indexAt(tag, `o/${name}`)
  return findPublishedLayers([{ repository, manifests }], 1)
}

function layersAt(tag: string, name = 'one'): Digest[][] {
  const { manifests } = rig.registry.repository(`o/${name}`)
  return rig
    .indexAt(tag, `o/${name}`)
    .manifests.map(({ digest }) =>
      parseManifest(manifests.get(digest)?.bytes ?? Buffer.alloc(0)).layers.map(each => each.digest),
    )
}

const bytesSent = (merged: Merged): number => merged.pushed[0]?.bytesSent ?? Number.NaN

describe('layers that the repository has', () => {
  test('are not sent again, whatever bytes another compressor makes of them', async () => {
    await pack('one', '1.0.0', [1, 2, 3], { level: 1 })
    await push('first')
    await pack('one', '1.1.0', [1, 2, 4], { level: 9 })
    const merged = await push('second')
    const [before, after] = [layersAt('1.0.0'), layersAt('1.1.0')]
    for (const n of [0, 1]) {
      expect(after[n]?.slice(0, 2)).toEqual(before[n]?.slice(0, 2))
      expect(after[n]?.[2]).not.toBe(before[n]?.[2])
    }
    // One layer, for both platforms the same.
    expect(bytesSent(merged)).toBeLessThan(100_000)
    expect(merged.pushed[0]?.blobs.uploaded).toBe(3)
  })

  test('a layer of two platforms is one blob', async () => {
    await pack('one', '1.0.0', [1, 2])
    const merged = await push('first')
    expect(layersAt('1.0.0')[0]).toEqual(layersAt('1.0.0')[1])
    // Two layers and two configs.
    expect(merged.pushed[0]?.blobs).toEqual({ uploaded: 4, mounted: 0, existed: 0 })
  })

  test('containers that share layers send them once', async () => {
    await pack('one', '1.0.0', [1, 2, 3], { level: 1 })
    await pack('two', '1.0.0', [1, 2, 4], { level: 9 })
    const merged = await merge(rig.request(), rig.runOf('first'))
    const uploaded = merged.reduce((sum, each) => sum + (each.pushed[0]?.blobs.uploaded ?? 0), 0)
    const mounted = merged.reduce((sum, each) => sum + (each.pushed[0]?.blobs.mounted ?? 0), 0)
    expect({ uploaded, mounted }).toEqual({ uploaded: 8, mounted: 2 })
    expect(layersAt('1.0.0', 'two')[0]?.slice(0, 2)).toEqual(layersAt('1.0.0')[0]?.slice(0, 2))
  })
})

describe('a thin archive', () => {
  beforeEach(async () => {
    await pack('one', '1.0.0', [1, 2, 3])
    await push('first')
  })

  test('names what is there, and carries the rest', async () => {
    const full = statSync(fileOf('one', 'x86_64-linux')).size
    await pack('one', '1.1.0', [1, 2, 4], { there: await thereIn('1.0.0') })
    const thin = statSync(fileOf('one', 'x86_64-linux')).size
    expect(thin).toBeLessThan(full / 2)
    const layout = await openLayout(fileOf('one', 'x86_64-linux'))
    expect(layout.index.manifests[0]?.annotations?.[THIN]).toBe(`${rig.registry.host}/o/one`)
    await expect(openArchive(fileOf('one', 'x86_64-linux'))).rejects.toThrow(/is missing/)
  })

  test('is merged as a full one would be', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { there: await thereIn('1.0.0') })
    const merged = await push('second')
    expect(merged.pushed[0]?.blobs.uploaded).toBe(3)
    expect(rig.tag('1.1.0')).toBe(merged.digest)
    expect(layersAt('1.1.0')[0]?.slice(0, 2)).toEqual(layersAt('1.0.0')[0]?.slice(0, 2))
    expect(rig.registry.missing('o/one', merged.digest)).toEqual([])
    await pack('one', '1.1.0', [1, 2, 4])
    expect((await push('second')).digest).toBe(merged.digest)
  })

  test.each(Object.entries(KEY_FORMS))('is merged with %s keys of ours', async (_, prefix) => {
    rekeyTags(rig.registry, 'o/one', prefix)
    await pack('one', '1.1.0', [1, 2, 4], { there: await thereIn('1.0.0') })
    for (const system of BOTH) {
      await rekeyArchive(fileOf('one', system), prefix)
      const { manifests } = (await openLayout(fileOf('one', system))).index
      expect(manifests[0]?.annotations?.[`${prefix}thin`]).toBe(`${rig.registry.host}/o/one`)
    }
    const merged = await push('second')
    expect(merged.pushed[0]?.blobs.uploaded).toBe(3)
    expect(layersAt('1.1.0')[0]?.slice(0, 2)).toEqual(layersAt('1.0.0')[0]?.slice(0, 2))
    expect(rig.registry.missing('o/one', merged.digest)).toEqual([])
  })

  test('goes to another repository of the registry, too: what it names is mounted', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { there: await thereIn('1.0.0') })
    const merged = await push('second', { image: `${rig.registry.host}/other/{name}` })
    expect(merged.pushed[0]?.blobs).toEqual({ uploaded: 3, mounted: 2, existed: 0 })
    expect(rig.registry.missing('other/one', merged.digest)).toEqual([])
  })

  test('becomes a whole multi-arch archive', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { there: await thereIn('1.0.0') })
    const archive = join(rig.folder, 'one.multi-arch.oci.tar')
    await push('second', { archive, push: 'false' })
    const layout = await openLayout(archive)
    const index = layout.index.manifests[0]
    expect(index).toBeDefined()
    const platforms = JSON.parse(String(index && (await layout.readBlob(index)))).manifests
    for (const each of platforms) expect((await layout.readImage(each)).layers).toHaveLength(3)
  })

  describe('of which a layer is gone', () => {
    let gone: Digest
    beforeEach(async () => {
      await pack('one', '1.1.0', [1, 2, 4], { there: await thereIn('1.0.0') })
      gone = layersAt('1.0.0')[0]?.[1] as Digest
      rig.registry.repository('o/one').blobs.delete(gone)
    })

    const refusal = (): RegExp =>
      new RegExp(
        `thin archive: it names the layer ${gone} of ${rig.registry.host}/o/one, which is gone there.*archives: full`,
        's',
      )

    test('is refused although the tags stand, and nothing is sent', async () => {
      const before = rig.tag('latest')
      rig.registry.log.length = 0
      await expect(push('second')).rejects.toThrow(refusal())
      expect(rig.registry.requests('PUT', /./)).toEqual([])
      expect(rig.registry.requests('POST', /./)).toEqual([])
      expect(rig.tag('latest')).toBe(before)
    })

    test('is refused where only an archive is to be written', async () => {
      const archive = join(rig.folder, 'one.multi-arch.oci.tar')
      await expect(push('second', { archive, push: 'false' })).rejects.toThrow(refusal())
    })
  })

  test('whose layers are where the run does not go is refused', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { there: await thereIn('1.0.0') })
    const other = 'registry.example.org/o/{name}'
    await expect(push('second', { image: other })).rejects.toThrow(/is a thin archive: its layers are in/)
  })
})

describe('a registry that has lost a layer', () => {
  test('gets it again from an archive that carries it, whatever its bytes are now', async () => {
    await pack('one', '1.0.0', [1, 2, 3], { level: 1 })
    await push('first')
    rig.registry.repository('o/one').blobs.delete(layersAt('1.0.0')[0]?.[1] as Digest)
    await pack('one', '1.1.0', [1, 2, 4], { level: 9 })
    const merged = await push('second')
    expect(rig.registry.missing('o/one', merged.digest)).toEqual([])
    expect(layersAt('1.1.0')[0]?.[0]).toBe(layersAt('1.0.0')[0]?.[0])
  })

  test('a config that cannot be read is no reason to fail', async () => {
    await pack('one', '1.0.0', [1, 2, 3])
    await push('first')
    const { manifests } = rig.registry.repository('o/one')
    const [image] = rig.indexAt('1.0.0').manifests
    const { config } = parseManifest(manifests.get(image?.digest as Digest)?.bytes ?? Buffer.alloc(0))
    rig.registry.fault({
      path: new RegExp(config.digest),
      times: 100,
      action: { kind: 'status', status: 403 },
    })
    await pack('one', '1.1.0', [1, 2, 4])
    await push('second')
    expect(rig.tag('latest')).toBe(rig.tag('1.1.0'))
  })
})

/** The beginning of an ELF program for amd64. */
const PROGRAM = Buffer.alloc(64)
PROGRAM.write('\x7fELF\x02\x01\x01', 'latin1')
PROGRAM.writeUInt16LE(2, 16)
PROGRAM.writeUInt16LE(62, 18)

describe('machine code in layers', () => {
  test('that another image of the run has packed counts, too', async () => {
    const packed = new KnownLayers()
    const find = (diffId: Digest, type: string) => packed.find(diffId, type)
    const elf = layerOf(tarOf([{ name: 'bin/app', body: PROGRAM }]))
    const host = testHost()
    const packOne = async (system: System) => {
      const source = join(host.temp, `${system}.tar`)
      writeFileSync(source, dockerArchive(imageOf([elf], platformOf(system).architecture)))
      const file = join(host.temp, `${system}.oci.tar`)
      const how = { file, encoding: 'gzip', signal, packed: find } as const
      const { included } = await packArchive(containerOf('one', system), source, host, how)
      packed.add(included.diffIds, included.layers)
    }
    try {
      await packOne('x86_64-linux')
      await expect(packOne('aarch64-linux')).rejects.toThrow(/holds 1 program for amd64 and none for arm64/)
    } finally {
      host.remove()
    }
  })
})
