import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { encodeHeader } from '../../src/image/format/write-tar-header.js'
import type { StoreRecords } from '../../src/image/pack-store-image.js'
import { type PackImageOptions, packImage } from '../../src/image/read-image.js'
import type { LayerKey } from '../../src/image/store/layer-key.js'
import { walkStorePath } from '../../src/image/store/store-files.js'
import type { FileLayer, PathsLayer, StoreImage } from '../../src/image/store/store-image.js'
import { StoreTarSource } from '../../src/image/store/store-tar-source.js'
import type { Blob } from '../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../src/oci/digest.js'
import { dockerArchive } from '../support/docker-archive.js'
import { imageOf, layerOf, noise, seeded, tarOf } from '../support/images.js'
import { bytesOf, useFolder } from './fixture.js'

const folder = useFolder()

const pathOf = (letter: string) => `/nix/store/${letter.repeat(32)}-${letter}`
const DESCRIPTION = pathOf('d')

/** The number of times that a layer was read. */
let reads: Map<string, number>

beforeEach(() => {
  reads = new Map()
  for (const letter of ['a', 'b', 'd']) addPath(letter, `content of ${letter}`)
})

function addPath(letter: string, content: string): void {
  mkdirSync(join(folder.path, pathOf(letter)), { recursive: true })
  writeFileSync(join(folder.path, pathOf(letter), 'file'), content)
}

/** A layer of one store path, in a format with fewer rules than real ones. */
function layerFor(letter: string, more: Partial<PathsLayer> = {}): PathsLayer {
  function* members() {
    for (const file of walkStorePath(pathOf(letter), folder.path)) {
      const { mode, size, kind } = file
      const type = kind === 'file' ? ('0' as const) : ('5' as const)
      yield { header: encodeHeader({ name: file.path, type, mode, size }), ...(kind === 'file' && { file }) }
    }
  }
  return {
    kind: 'paths',
    paths: [pathOf(letter)],
    rules: 'test',
    open(onRead) {
      reads.set(letter, (reads.get(letter) ?? 0) + 1)
      return new StoreTarSource(members(), { ...(onRead && { onRead }) })
    },
    ...more,
  }
}

async function diffIdOf(letter: string): Promise<Digest> {
  const chunks: Buffer[] = []
  for await (const chunk of layerFor(letter).open().readRest()) chunks.push(chunk)
  reads.delete(letter)
  return digestOf(Buffer.concat(chunks))
}

const encodeConfig = (diffIds: readonly Digest[]): Buffer =>
  Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } }),
  )

const imageWith = (layers: StoreImage['layers'], more: Partial<StoreImage> = {}): StoreImage => ({
  names: ['hello:1'],
  layers,
  encodeConfig,
  ...more,
})

function pack(image: StoreImage, options: Partial<PackImageOptions> = {}) {
  const path = join(folder.path, DESCRIPTION)
  const source = { kind: 'description' as const, path, read: async () => image }
  return packImage(source, { encoding: 'gzip', directory: folder.layers, ...options })
}

interface Records {
  readonly closure?: ReadonlyMap<string, string> | undefined
  readonly recorded?: ReadonlyMap<string, Digest>
  readonly changed?: readonly string[]
}

/** Records that Nix and earlier images could have. `added` are the keys of this run. */
function recordsWith({ closure, recorded = new Map(), changed = [] }: Records) {
  const added = new Map<LayerKey, Digest>()
  const records: StoreRecords = {
    readClosure: async path => (path === DESCRIPTION ? closure : undefined),
    findDiffId: key => recorded.get(key),
    addDiffId: (key, diffId) => added.set(key, diffId),
    findChangedPaths: async paths => changed.filter(each => paths.includes(each)),
  }
  return { records, added }
}

const CLOSURE = new Map(['a', 'b', 'd'].map(letter => [pathOf(letter), `sha256:${letter}`]))

const knownBlob = (diffId: Digest): Blob => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digestOf(Buffer.from(`blob of ${diffId}`)),
  size: 7,
  open: () => {
    throw new Error('it was read')
  },
})

/** Packs an image once, and returns the keys of its layers with their diff_ids. */
async function recordKeys(layers: StoreImage['layers']): Promise<ReadonlyMap<string, Digest>> {
  const { records, added } = recordsWith({ closure: CLOSURE })
  await pack(imageWith(layers), { records })
  reads.clear()
  return added
}

describe('an image that is made from store paths', () => {
  test('has its layers in order, and a config with their diff_ids', async () => {
    const { layers, config, names } = await pack(imageWith([layerFor('b'), layerFor('a')]))
    const diffIds = [await diffIdOf('b'), await diffIdOf('a')]
    expect(config).toEqual(encodeConfig(diffIds))
    expect(names).toEqual(['hello:1'])
    expect(layers).toHaveLength(2)
    for (const layer of layers) expect(digestOf(await bytesOf(layer.open()))).toBe(layer.digest)
  })

  test('has no keys if Nix cannot be asked', async () => {
    const { layerKeys } = await pack(imageWith([layerFor('a')]))
    expect(layerKeys).toEqual([undefined])
  })

  test('has a layer twice that is packed once', async () => {
    const { layers, packedLayers } = await pack(imageWith([layerFor('a'), layerFor('b'), layerFor('a')]))
    expect(layers.map(({ digest }) => digest)[2]).toBe(layers[0]?.digest)
    expect(packedLayers).toHaveLength(2)
    expect(reads.get('a')).toBe(1)
  })

  test('shows its config before its layers are read', async () => {
    const refusal = new Error('another platform')
    const onHead = async ({ config, names }: { config: Buffer; names: readonly string[] }): Promise<void> => {
      expect(JSON.parse(config.toString())).toMatchObject({ architecture: 'amd64' })
      expect(names).toEqual(['hello:1'])
      throw refusal
    }
    await expect(pack(imageWith([layerFor('a')]), { onHead })).rejects.toThrow('another platform')
    expect(reads.size).toBe(0)
  })

  test('has the layers of a base image first, whose config is known', async () => {
    const base = imageOf([layerOf(tarOf([{ name: 'etc/base', body: noise(seeded(1), 5000) }]))])
    const file = join(folder.path, pathOf('b'), 'base.tar')
    writeFileSync(file, dockerArchive(base))
    const seen: unknown[] = []
    const image = imageWith([layerFor('a')], {
      base: file,
      encodeConfig(diffIds, below) {
        seen.push(below?.config.equals(base.config), below?.layerNames.length)
        return encodeConfig(diffIds)
      },
    })
    const { config, layers, layerKeys } = await pack(image, recordsWith({ closure: CLOSURE }))
    expect(config).toEqual(encodeConfig([base.layers[0]?.diffId as Digest, await diffIdOf('a')]))
    expect(seen).toEqual([true, 1, true, 1])
    expect(layers).toHaveLength(2)
    expect(layerKeys).toEqual([undefined, expect.any(String)])
  })

  test('has no script as its base image', async () => {
    const file = join(folder.path, pathOf('b'), 'script')
    writeFileSync(file, `#!/bin/sh\ntouch ${join(folder.path, 'was-run')}\n`, { mode: 0o755 })
    await expect(pack(imageWith([], { base: file }))).rejects.toThrow('script is not a docker-archive')
    expect(readdirSync(folder.path)).not.toContain('was-run')
  })
})

describe('a layer with a recorded key', () => {
  test('is not read if it exists elsewhere', async () => {
    const recorded = await recordKeys([layerFor('a')])
    const diffId = await diffIdOf('a')
    const { records } = recordsWith({ closure: CLOSURE, recorded })
    const { layers, config } = await pack(imageWith([layerFor('a')]), { records, findKnown: knownBlob })
    expect(reads.size).toBe(0)
    expect(layers.map(({ digest }) => digest)).toEqual([knownBlob(diffId).digest])
    expect(config).toEqual(encodeConfig([diffId]))
  })

  test.each<[string, Records, Partial<PathsLayer>]>([
    ['a path has other content', { closure: new Map([...CLOSURE, [pathOf('a'), 'sha256:other']]) }, {}],
    ['the tar has other rules', {}, { rules: 'other' }],
    ['another diff_id is stated', {}, { diffId: digestOf(Buffer.from('other')) }],
  ])('is read if %s', async (_, more, changes) => {
    const recorded = await recordKeys([layerFor('a')])
    const { records } = recordsWith({ closure: CLOSURE, recorded, ...more })
    const packing = pack(imageWith([layerFor('a', changes)]), { records, findKnown: knownBlob })
    await packing.catch(() => {})
    expect(reads.get('a')).toBe(1)
  })

  test('is packed if it exists nowhere', async () => {
    const recorded = await recordKeys([layerFor('a')])
    const { records } = recordsWith({ closure: CLOSURE, recorded })
    const { packedLayers } = await pack(imageWith([layerFor('a')]), { records })
    expect(packedLayers).toHaveLength(1)
  })
})

describe('a layer with a stated diff_id', () => {
  test('is read but not compressed if only its diff_id is known elsewhere', async () => {
    const diffId = await diffIdOf('a')
    const layer = layerFor('a', { diffId })
    const { layers, packedLayers } = await pack(imageWith([layer]), { findKnown: knownBlob })
    expect(reads.get('a')).toBe(1)
    expect(packedLayers).toEqual([])
    expect(layers.map(({ digest }) => digest)).toEqual([knownBlob(diffId).digest])
  })

  test.each([
    ['is packed', () => undefined],
    ['exists elsewhere', knownBlob],
  ])('that is wrong is refused if the layer %s, with the path that was changed', async (_, findKnown) => {
    const diffId = await diffIdOf('a')
    addPath('a', 'something else')
    const { records } = recordsWith({ closure: CLOSURE, changed: [pathOf('a'), pathOf('b')] })
    const image = imageWith([layerFor('a', { diffId, paths: [pathOf('a')] })])
    const packing = pack(image, { records, findKnown })
    await expect(packing).rejects.toThrow(`the content of ${pathOf('a')} is not what Nix recorded`)
    await expect(packing).rejects.not.toThrow(pathOf('b'))
    expect(existsSync(folder.layers) ? readdirSync(folder.layers) : []).toEqual([])
  })

  test('that is wrong is refused if another layer of the same paths has the right one', async () => {
    const layers = [await diffIdOf('a'), digestOf(Buffer.from('other'))].map(diffId =>
      layerFor('a', { diffId }),
    )
    await expect(pack(imageWith(layers))).rejects.toThrow('layer 2 of 2 should have the diff_id')
  })

  test('that is wrong is refused with all paths if none was changed', async () => {
    const diffId = digestOf(Buffer.from('other'))
    const { records } = recordsWith({ closure: CLOSURE })
    const packing = pack(imageWith([layerFor('a', { diffId })]), { records })
    await expect(packing).rejects.toThrow(
      /layer 1 of 1 should have the diff_id .* It is made from \/nix\/store\/a/,
    )
  })
})

describe('a layer that is a file', () => {
  function fileLayer(bytes: Buffer, more: Partial<FileLayer> = {}): FileLayer {
    const path = join(folder.path, pathOf('b'), 'layer.tar')
    writeFileSync(path, bytes)
    return { kind: 'file', path, diffId: digestOf(bytes), ...more }
  }
  const tar = tarOf([{ name: 'etc/motd', body: noise(seeded(2), 3000) }])

  test('is packed, and has the key of its store path', async () => {
    const { records } = recordsWith({ closure: CLOSURE })
    const layers = [fileLayer(tar)]
    const { config, layerKeys } = await pack(imageWith(layers), { records })
    expect(config).toEqual(encodeConfig([digestOf(tar)]))
    expect(layerKeys).toEqual([expect.any(String)])
  })

  test('is refused if it has another content', async () => {
    const layer = fileLayer(tar, { diffId: digestOf(Buffer.from('other')) })
    await expect(pack(imageWith([layer]))).rejects.toThrow(`but has ${digestOf(tar)}`)
  })
})

describe('store paths that are not dependencies of the description', () => {
  const { records } = recordsWith({ closure: new Map([[DESCRIPTION, 'sha256:d']]) })

  test('are refused', async () => {
    await expect(pack(imageWith([layerFor('a')]), { records })).rejects.toThrow(
      `it names ${pathOf('a')}, which is not one of its dependencies`,
    )
    expect(reads.size).toBe(0)
  })

  test('are refused as the place of a layer or of the base image', async () => {
    const path = join(folder.path, pathOf('b'), 'file')
    const layer: FileLayer = { kind: 'file', path, diffId: digestOf(Buffer.from('x')) }
    const problem = `it names ${pathOf('b')}, which is not one of its dependencies`
    await expect(pack(imageWith([layer]), { records })).rejects.toThrow(problem)
    // The base image is not read: an error about its content could show what is in it.
    await expect(pack(imageWith([], { base: path }), { records })).rejects.toThrow(problem)
  })
})
