import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { packArchive } from '../../../src/command/build/pack-archive.js'
import { merge } from '../../../src/command/merge/merge.js'
import type { Merged } from '../../../src/command/shared/merge-result.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import {
  type FoundLayers,
  findPublishedLayers,
  parseTaggedImage,
} from '../../../src/command/shared/published-images.js'
import { openLayout } from '../../../src/image/layout.js'
import { THIN } from '../../../src/oci/annotation-keys.js'
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

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
})
afterEach(() => rig.close())

const layer = (seed: number): TestLayer =>
  layerOf(tarOf([{ name: `file-${seed}`, body: noise(seeded(seed), 100_000) }]))

interface PackOptions {
  readonly published?: FoundLayers | undefined
  readonly level?: number
}

/** Writes one archive for each system. */
async function pack(
  name: string,
  version: string,
  seeds: readonly number[],
  options: PackOptions = {},
): Promise<void> {
  for (const system of BOTH) await packFor(system, name, version, seeds, options)
}

async function packFor(
  system: System,
  name: string,
  version: string,
  seeds: readonly number[],
  options: PackOptions,
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
    await packArchive(container, source, host, { file, encoding: 'gzip', ...options })
  } finally {
    host.remove()
  }
}

const fileOf = (name: string, system: System): string => join(rig.folder, `${name}-${system}.oci.tar`)

const push = async (commit: string, overrides?: Readonly<Record<string, string>>): Promise<Merged> =>
  (await merge(rig.request(overrides), rig.runOf(commit)))[0] as Merged

/** Reads the layers of the image that a tag points to. */
async function publishedLayersOf(tag: string, name = 'one'): Promise<FoundLayers | undefined> {
  const client = new RegistryClient()
  const repository = new Repository(client, parseReference(`${rig.registry.host}/o/${name}`))
  const found = await repository.getManifest(tag)
  return findPublishedLayers([{ repository, indexes: found ? [parseTaggedImage(found)] : [] }], 1)
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

describe('layers that exist in the repository', () => {
  test('are not uploaded again, even if another compressor writes other bytes', async () => {
    await pack('one', '1.0.0', [1, 2, 3], { level: 1 })
    await push('first')
    await pack('one', '1.1.0', [1, 2, 4], { level: 9 })
    const merged = await push('second')
    const [before, after] = [layersAt('1.0.0'), layersAt('1.1.0')]
    for (const n of [0, 1]) {
      expect(after[n]?.slice(0, 2)).toEqual(before[n]?.slice(0, 2))
      expect(after[n]?.[2]).not.toBe(before[n]?.[2])
    }
    // One layer, which both platforms share.
    expect(bytesSent(merged)).toBeLessThan(100_000)
    expect(merged.pushed[0]?.blobs.uploaded).toBe(3)
  })

  test('that two platforms share are one blob', async () => {
    await pack('one', '1.0.0', [1, 2])
    const merged = await push('first')
    expect(layersAt('1.0.0')[0]).toEqual(layersAt('1.0.0')[1])
    // Two layers and two configs.
    expect(merged.pushed[0]?.blobs).toEqual({ uploaded: 4, mounted: 0, existed: 0 })
  })

  test('that containers share are uploaded once', async () => {
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

  test('contains only the layers that the registry does not have', async () => {
    const full = statSync(fileOf('one', 'x86_64-linux')).size
    await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
    const thin = statSync(fileOf('one', 'x86_64-linux')).size
    expect(thin).toBeLessThan(full / 2)
    const layout = await openLayout(fileOf('one', 'x86_64-linux'))
    expect(layout.index.manifests[0]?.annotations?.[THIN]).toBe(
      `${rig.registry.host}/o/one@${rig.tag('latest')}`,
    )
    await expect(openArchive(fileOf('one', 'x86_64-linux'))).rejects.toThrow(/is missing/)
  })

  test('is merged like a full archive', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
    const merged = await push('second')
    expect(merged.pushed[0]?.blobs.uploaded).toBe(3)
    expect(rig.tag('1.1.0')).toBe(merged.digest)
    expect(layersAt('1.1.0')[0]?.slice(0, 2)).toEqual(layersAt('1.0.0')[0]?.slice(0, 2))
    expect(rig.registry.missing('o/one', merged.digest)).toEqual([])
    await pack('one', '1.1.0', [1, 2, 4])
    expect((await push('second')).digest).toBe(merged.digest)
  })

  test.each(Object.entries(KEY_FORMS))('is merged with %s annotation keys', async (_, prefix) => {
    rekeyTags(rig.registry, 'o/one', prefix)
    await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
    for (const system of BOTH) {
      await rekeyArchive(fileOf('one', system), prefix)
      const { manifests } = (await openLayout(fileOf('one', system))).index
      expect(manifests[0]?.annotations?.[`${prefix}thin`]).toBe(
        `${rig.registry.host}/o/one@${rig.tag('1.0.0')}`,
      )
    }
    const merged = await push('second')
    expect(merged.pushed[0]?.blobs.uploaded).toBe(3)
    expect(layersAt('1.1.0')[0]?.slice(0, 2)).toEqual(layersAt('1.0.0')[0]?.slice(0, 2))
    expect(rig.registry.missing('o/one', merged.digest)).toEqual([])
  })

  test('is pushed to another repository, too, by mounting its layers, if the run names both', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
    const { host } = rig.registry
    const merged = await push('second', { image: `${host}/o/{name}\n${host}/other/{name}` })
    expect(merged.pushed[1]?.blobs).toMatchObject({ mounted: 5 })
    expect(rig.registry.missing('other/one', merged.digest)).toEqual([])
  })

  test('is refused if its layers are in another repository of the same registry, which may be private', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
    await expect(push('second', { image: `${rig.registry.host}/other/{name}` })).rejects.toThrow(
      /thin archive with layers in .*\/o\/one, which is not a repository of one in this run/,
    )
    expect(rig.registry.repositories.get('other/one')).toBeUndefined()
  })

  test('gives a complete multi-arch archive', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
    const archive = join(rig.folder, 'one.multi-arch.oci.tar')
    await push('second', { archive, push: 'false' })
    const layout = await openLayout(archive)
    const index = layout.index.manifests[0]
    expect(index).toBeDefined()
    const platforms = JSON.parse(String(index && (await layout.readBlob(index)))).manifests
    for (const each of platforms) expect((await layout.readImage(each)).layers).toHaveLength(3)
  })

  describe('with a layer that was deleted from the registry', () => {
    let missing: Digest
    beforeEach(async () => {
      await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
      missing = layersAt('1.0.0')[0]?.[1] as Digest
      rig.registry.repository('o/one').blobs.delete(missing)
    })

    const refusal = (): RegExp =>
      new RegExp(
        `thin archive, and ${rig.registry.host}/o/one no longer has its layer ${missing}.*archive-layers: full`,
        's',
      )

    test('is rejected, and nothing is uploaded', async () => {
      const before = rig.tag('latest')
      rig.registry.log.length = 0
      await expect(push('second')).rejects.toThrow(refusal())
      expect(rig.registry.requests('PUT', /./)).toEqual([])
      expect(rig.registry.requests('POST', /./)).toEqual([])
      expect(rig.tag('latest')).toBe(before)
    })

    test('is rejected if only an archive is written', async () => {
      const archive = join(rig.folder, 'one.multi-arch.oci.tar')
      await expect(push('second', { archive, push: 'false' })).rejects.toThrow(refusal())
    })
  })

  test('is rejected if its layers are in a registry that is not a destination', async () => {
    await pack('one', '1.1.0', [1, 2, 4], { published: await publishedLayersOf('1.0.0') })
    // The same server under another name is another registry.
    const other = `${rig.registry.host.replace('127.0.0.1', 'localhost')}/o/{name}`
    await expect(push('second', { image: other })).rejects.toThrow(/is a thin archive with layers in/)
  })
})

describe('a registry that lost a layer', () => {
  test('gets the layer again from an archive that contains it', async () => {
    await pack('one', '1.0.0', [1, 2, 3], { level: 1 })
    await push('first')
    rig.registry.repository('o/one').blobs.delete(layersAt('1.0.0')[0]?.[1] as Digest)
    await pack('one', '1.1.0', [1, 2, 4], { level: 9 })
    const merged = await push('second')
    expect(rig.registry.missing('o/one', merged.digest)).toEqual([])
    expect(layersAt('1.1.0')[0]?.[0]).toBe(layersAt('1.0.0')[0]?.[0])
  })

  test('does not fail the run if a config cannot be read', async () => {
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

/** An ELF header for amd64. */
const PROGRAM = Buffer.alloc(64)
PROGRAM.write('\x7fELF\x02\x01\x01', 'latin1')
PROGRAM.writeUInt16LE(2, 16)
PROGRAM.writeUInt16LE(62, 18)

describe('the platform check', () => {
  test('includes layers that were packed for another image', async () => {
    const packed = new KnownLayers()
    const find = (diffId: Digest, type: string) => packed.find(diffId, type)
    const elf = layerOf(tarOf([{ name: 'bin/app', body: PROGRAM, mode: 0o755 }]))
    const host = testHost()
    const packOne = async (system: System) => {
      const source = join(host.temp, `${system}.tar`)
      const { architecture } = platformOf(system)
      writeFileSync(source, dockerArchive(imageOf([elf], architecture, { Cmd: ['/bin/app'] })))
      const file = join(host.temp, `${system}.oci.tar`)
      const options = { file, encoding: 'gzip', findPacked: find } as const
      const { included } = await packArchive(containerOf('one', system), source, host, options)
      packed.add(included.diffIds, included.layers)
    }
    try {
      await packOne('x86_64-linux')
      await expect(packOne('aarch64-linux')).rejects.toThrow(
        /contains 1 program for amd64 and none for arm64/,
      )
    } finally {
      host.remove()
    }
  })
})
