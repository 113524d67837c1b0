import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { LayerProver } from '../../../src/command/merge/prove-layers.js'
import type { ContainerImages, PlatformImage } from '../../../src/command/shared/platform-image.js'
import { ProvedLayers } from '../../../src/command/shared/proof-record.js'
import { type Blob, OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import { platformOf, type System } from '../../../src/oci/platform.js'
import { noise, seeded } from '../../support/images.js'
import { BOTH } from './merge-rig.js'

const contentOf = (name: string): Buffer => Buffer.from(`content of ${name}`)
const diffIdOf = (name: string): Digest => digestOf(contentOf(name))

/** How often each layer was opened. */
const opened = new Map<string, number>()
beforeEach(() => opened.clear())

function layerOf(name: string): Blob {
  const blob = createBlob(gzipSync(contentOf(name)), { mediaType: OCI_LAYER_GZIP })
  const open = () => {
    opened.set(name, (opened.get(name) ?? 0) + 1)
    return blob.open()
  }
  return { ...blob, open }
}

function imageOf(container: string, system: System, names: readonly string[]): PlatformImage {
  const platform = platformOf(system)
  const rootfs = { type: 'layers', diff_ids: names.map(diffIdOf) }
  const config = Buffer.from(JSON.stringify({ ...platform, rootfs }))
  const image = makeImage({ platform, config, layers: names.map(layerOf) })
  const path = `${container}-${system}.tar`
  return {
    path,
    container,
    system,
    imageName: container,
    derivation: undefined,
    annotations: {},
    image,
    config,
  }
}

const containerOf = (name: string, ...layers: string[]): ContainerImages => ({
  name,
  imageName: name,
  images: BOTH.map(system => imageOf(name, system, layers)),
  tree: undefined,
  unchanged: false,
})

const log = { info: () => {} }

function proverOf(containers: readonly ContainerImages[], packed = new ProvedLayers(), signal?: AbortSignal) {
  return new LayerProver(containers, { packed, signal: signal ?? new AbortController().signal, log })
}

test('each layer is unpacked once, over containers and platforms', async () => {
  const containers = [containerOf('one', 'base', 'own', 'base'), containerOf('two', 'base')]
  const prover = proverOf(containers)
  for (const container of containers) prover.require(container, new ProvedLayers())
  await prover.finish()
  await prover.finish()
  expect(Object.fromEntries(opened)).toEqual({ base: 1, own: 1 })
})

test('layers that this run has packed, and layers with a record, are not unpacked', async () => {
  const container = containerOf('one', 'packed', 'recorded', 'other')
  const packed = new ProvedLayers().add([diffIdOf('packed')], [layerOf('packed')])
  const prover = proverOf([container], packed)
  prover.require(container, new ProvedLayers().add([diffIdOf('recorded')], [layerOf('recorded')]))
  await prover.finish()
  expect(Object.fromEntries(opened)).toEqual({ other: 1 })
})

test('a record of one container does not cover the layers of another one', async () => {
  const containers = [containerOf('one', 'base'), containerOf('two', 'base')]
  const prover = proverOf(containers)
  prover.require(
    containers[0] as ContainerImages,
    new ProvedLayers().add([diffIdOf('base')], [layerOf('base')]),
  )
  prover.require(containers[1] as ContainerImages, new ProvedLayers())
  await prover.finish()
  expect(opened.get('base')).toBe(1)
})

test('an image with more layers than diff_ids is an error', async () => {
  const container = containerOf('one', 'base')
  const images = container.images.map(each => ({
    ...each,
    image: { ...each.image, layers: [...each.image.layers, layerOf('more')] },
  }))
  const prover = proverOf([{ ...container, images }])
  prover.require({ ...container, images }, new ProvedLayers())
  await expect(prover.finish()).rejects.toThrow(
    'one-x86_64-linux.tar has 2 layers, but its image config has 1 diff_ids',
  )
})

test('an abort ends the work with its reason', async () => {
  const controller = new AbortController()
  const container = containerOf('one', 'base')
  const prover = proverOf([container], undefined, controller.signal)
  controller.abort(new Error('stopped by a signal'))
  prover.require(container, new ProvedLayers())
  await expect(prover.finish()).rejects.toThrow('stopped by a signal')
  expect(opened.size).toBe(0)
})

test('after a failed run, nothing more is unpacked', async () => {
  const container = containerOf('one', 'base')
  const prover = proverOf([container])
  prover.stop()
  prover.require(container, new ProvedLayers())
  await expect(prover.finish()).rejects.toThrow()
  expect(opened.size).toBe(0)
})

describe('a large layer in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prove-layers-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'layer')
  const content = noise(seeded(3), 12 << 20)
  const gzip = gzipSync(content, { level: 0 })

  /** A container of one layer. `written` is in the file, and `read` is what `open` gives. */
  function containerWithFile(diffId: Digest, { written = gzip, read = gzip } = {}): ContainerImages {
    writeFileSync(path, written)
    const blob = createBlob(gzip, { mediaType: OCI_LAYER_GZIP })
    const open = () => {
      opened.set('large', (opened.get('large') ?? 0) + 1)
      return createBlob(read, blob).open()
    }
    const layer = { ...blob, open, file: { path, offset: 0, size: gzip.length } }
    const container = containerOf('one', 'large')
    const images = container.images.slice(0, 1).map(each => {
      const rootfs = { type: 'layers', diff_ids: [diffId] }
      const config = Buffer.from(JSON.stringify({ ...each.image.platform, rootfs }))
      return { ...each, config, image: { ...each.image, layers: [layer] } }
    })
    return { ...container, images }
  }

  async function prove(container: ContainerImages): Promise<void> {
    const prover = proverOf([container])
    prover.require(container, new ProvedLayers())
    await prover.finish().finally(() => prover.stop())
  }

  test('is read once, by a thread', async () => {
    await prove(containerWithFile(digestOf(content)))
    expect(opened.size).toBe(0)
  })

  test('with another diff_id is an error', async () => {
    const claimed = diffIdOf('other')
    await expect(prove(containerWithFile(claimed))).rejects.toThrow(
      `one-x86_64-linux.tar says that its layer ${digestOf(gzip)} has the diff_id ${claimed}, but it has ${digestOf(content)}`,
    )
  })

  test('proves nothing with other bytes than those of its digest', async () => {
    const other = gzipSync(Buffer.from(content).reverse(), { level: 0 })
    const claimed = digestOf(Buffer.from(content).reverse())
    await expect(prove(containerWithFile(claimed, { written: other }))).rejects.toThrow(
      `but it has ${digestOf(content)}`,
    )
    await expect(prove(containerWithFile(claimed, { written: other, read: other }))).rejects.toThrow(
      'but it cannot be unpacked: ',
    )
  })

  test('with the media type of another compression is an error', async () => {
    const container = containerWithFile(digestOf(content))
    const images = container.images.map(each => ({
      ...each,
      image: {
        ...each.image,
        layers: each.image.layers.map(layer => ({ ...layer, mediaType: OCI_LAYER_ZSTD })),
      },
    }))
    await expect(prove({ ...container, images })).rejects.toThrow(
      'but it cannot be unpacked: its compression is gzip, and its media type says zstd',
    )
  })

  test('that zlib accepts but the thread does not is unpacked by zlib', async () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 0x6e, 0])
    const named = Buffer.concat([header, gzip.subarray(10)])
    const container = containerWithFile(digestOf(content), { written: named, read: named })
    const [image] = container.images
    if (!image) throw new Error('no image')
    const layers = image.image.layers.map(layer => ({
      ...layer,
      digest: digestOf(named),
      size: named.length,
      file: { path, offset: 0, size: named.length },
    }))
    await prove({ ...container, images: [{ ...image, image: { ...image.image, layers } }] })
    expect(opened.get('large')).toBe(1)
  })

  test('is not unpacked to its end after an abort', async () => {
    const container = containerWithFile(digestOf(content))
    const controller = new AbortController()
    const prover = proverOf([container], undefined, controller.signal)
    prover.require(container, new ProvedLayers())
    controller.abort(new Error('stopped by a signal'))
    await expect(prover.finish()).rejects.toThrow('stopped by a signal')
    expect(opened.size).toBe(0)
  })
})
