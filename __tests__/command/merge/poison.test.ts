import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { writeImageArchive } from '../../../src/command/build/pack-archive.js'
import { merge } from '../../../src/command/merge/merge.js'
import type { Merged } from '../../../src/command/shared/merge-result.js'
import { encodePlan } from '../../../src/command/shared/plan-document.js'
import { createArchiveAnnotations, type PlatformImage } from '../../../src/command/shared/platform-image.js'
import { createRecord } from '../../../src/command/shared/proof-record.js'
import { findPublishedLayers, parseTaggedImage } from '../../../src/command/shared/published-images.js'
import { PROOF } from '../../../src/oci/annotation-keys.js'
import {
  type Blob,
  type Descriptor,
  OCI_INDEX,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import { platformOf, type System } from '../../../src/oci/platform.js'
import { parseReference } from '../../../src/oci/reference.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { Repository } from '../../../src/registry/repository.js'
import { UserError } from '../../../src/util/error.js'
import { containerOf } from '../../support/archives.js'
import { noise, seeded, tarOf, zstdStored } from '../../support/images.js'
import type { TestRegistry } from '../../support/registry.js'
import { BOTH, type MergeRig, mergeRig } from './merge-rig.js'

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
})
afterEach(() => rig.close())

const seedOf = (name: string): number => [...name].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7)
const contentOf = (name: string): Buffer =>
  tarOf([{ name: `bin/${name}`, body: noise(seeded(seedOf(name)), 20_000) }])
const diffIdOf = (name: string): Digest => digestOf(contentOf(name))
const gzipped = (name: string, level = 6): Blob =>
  createBlob(gzipSync(contentOf(name), { level }), { mediaType: OCI_LAYER_GZIP })
const zstd = (name: string): Blob => createBlob(zstdStored(contentOf(name)), { mediaType: OCI_LAYER_ZSTD })
const plain = (name: string): Blob => createBlob(contentOf(name), { mediaType: OCI_LAYER })

/** A layer, and the diff_id that the config claims for it. */
interface TestClaim {
  readonly layer: Blob
  readonly diffId: Digest
}

const honest = (name: string, layer = gzipped(name)): TestClaim => ({ layer, diffId: diffIdOf(name) })
const lie = (as: string, layer = gzipped('evil')): TestClaim => ({ layer, diffId: diffIdOf(as) })

function fileOf(name: string, system: System): string {
  return join(rig.folder, `${name}-${system}.oci.tar`)
}

/** Writes an archive, whatever its config claims. */
async function write(
  name: string,
  system: System,
  claims: readonly TestClaim[],
  more: Partial<PlatformImage> & { readonly version?: string } = {},
): Promise<string> {
  const host = rig.runOf('first')
  const { version = '1.0.0', ...rest } = more
  const container = containerOf(name, system, { version, imageTag: version })
  const platform = platformOf(system)
  const rootfs = { type: 'layers', diff_ids: claims.map(({ diffId }) => diffId) }
  const config = Buffer.from(JSON.stringify({ ...platform, config: {}, rootfs }))
  const image: PlatformImage = {
    path: '',
    container: name,
    system,
    imageName: name,
    derivation: container.derivation,
    annotations: createArchiveAnnotations(container, host),
    image: makeImage({ platform, config, layers: claims.map(({ layer }) => layer) }),
    config,
    ...rest,
  }
  await writeImageArchive(image, fileOf(name, system), host)
  return fileOf(name, system)
}

async function writeBoth(name: string, claims: readonly TestClaim[], version = '1.0.0'): Promise<void> {
  for (const system of BOTH) await write(name, system, [...claims, honest(`${name}-${system}`)], { version })
}

async function push(commit = 'first', overrides?: Readonly<Record<string, string>>): Promise<Merged[]> {
  return merge(rig.request(overrides), rig.runOf(commit))
}

/** Pushes, and returns the error. */
async function refusal(commit = 'first', overrides?: Readonly<Record<string, string>>): Promise<UserError> {
  const error = await push(commit, overrides).then(
    () => undefined,
    reason => reason,
  )
  if (!(error instanceof UserError)) throw new Error(`no UserError, but ${error?.stack ?? 'no error'}`)
  return error
}

const falseClaim = (path: string, { layer, diffId }: TestClaim, found = diffIdOf('evil')): string =>
  `${path} says that its layer ${layer.digest} has the diff_id ${diffId}, but it has ${found}`

/** Nothing but blobs, which no manifest names. */
function expectNothingPushed(registry: TestRegistry = rig.registry): void {
  for (const { manifests, tags } of registry.store.repositories.values())
    expect([manifests.size, tags.size]).toEqual([0, 0])
}

function layersAt(tag: string, name = 'one'): Digest[] {
  const { manifests } = rig.registry.repository(`o/${name}`)
  const index = rig.indexAt(tag, `o/${name}`)
  return index.manifests.flatMap(({ digest }) =>
    JSON.parse(String(manifests.get(digest)?.bytes)).layers.map((layer: Descriptor) => layer.digest),
  )
}

type RecordKind = 'none' | 'copied' | 'valid'

/**
 * Replaces a layer in all images that the tags of a repository point to, as a run without proofs would have pushed it.
 *
 * @param good the content of the layer
 * @param evil the layer that replaces it
 * @param record `copied`: the record of the index with the good layer
 */
function poison(
  good: string,
  evil: Blob,
  bytes: Buffer,
  record: RecordKind,
  name = 'one',
  changeConfig = (config: Buffer): Buffer => config,
): void {
  const repository = rig.registry.repository(`o/${name}`)
  rig.registry.store.addBlob(`o/${name}`, bytes)
  const put = (document: object, mediaType: string) => {
    const encoded = Buffer.from(JSON.stringify(document))
    repository.manifests.set(digestOf(encoded), { bytes: encoded, mediaType })
    return { digest: digestOf(encoded), size: encoded.length }
  }
  const read = (digest: Digest) => JSON.parse(String(repository.manifests.get(digest)?.bytes))
  for (const [tag, digest] of repository.tags) {
    const index = read(digest)
    const children = index.manifests.map((each: Descriptor) => {
      const manifest = read(each.digest)
      const layers = manifest.layers.map((layer: Descriptor) =>
        layer.digest === gzipped(good).digest ? { ...layer, digest: evil.digest, size: evil.size } : layer,
      )
      const config = changeConfig(rig.registry.store.blobs.get(manifest.config.digest) as Buffer)
      const digest = rig.registry.store.addBlob(`o/${name}`, config)
      const changed = { ...manifest, layers, config: { ...manifest.config, digest, size: config.length } }
      return { ...each, ...put(changed, OCI_MANIFEST) }
    })
    const { [PROOF]: old, ...annotations } = index.annotations
    const kept = { none: {}, copied: { [PROOF]: old }, valid: createRecord(children) }[record]
    const moved = put({ ...index, manifests: children, annotations: { ...annotations, ...kept } }, OCI_INDEX)
    repository.tags.set(tag, moved.digest)
  }
}

const evilBytes = gzipSync(contentOf('evil'))

/** Rewrites the indexes of a repository without a record, as an older version has pushed them. Returns the digest of `latest`. */
function removeRecords(name = 'one'): Digest {
  const repository = rig.registry.repository(`o/${name}`)
  for (const [tag, digest] of repository.tags) {
    const { annotations, ...index } = JSON.parse(String(repository.manifests.get(digest)?.bytes))
    const { [PROOF]: _, ...rest } = annotations
    const bytes = Buffer.from(JSON.stringify({ ...index, annotations: rest }))
    repository.manifests.set(digestOf(bytes), { bytes, mediaType: OCI_INDEX })
    repository.tags.set(tag, digestOf(bytes))
  }
  return repository.tags.get('latest') as Digest
}

const layerReads = (): string[] => {
  const configs = new Set<string>()
  for (const { manifests } of rig.registry.store.repositories.values())
    for (const { bytes } of manifests.values()) configs.add(JSON.parse(String(bytes)).config?.digest)
  return (
    rig.registry
      .requests('GET', /\/blobs\/sha256/)
      // A request for the first byte only checks that the layer exists.
      .filter(({ headers }) => headers.range === undefined)
      .map(({ path }) => path.slice(path.indexOf('sha256:')))
      .filter(digest => !configs.has(digest))
  )
}

describe('an archive with a false diff_id', () => {
  test.each([
    ['another container before it', 'a-good', 'b-bad'],
    ['another container after it', 'b-good', 'a-bad'],
  ])('of a layer of %s is named, and nothing is pushed', async (_, good, bad) => {
    await writeBoth(good, [honest('base')])
    await write(bad, 'x86_64-linux', [lie('base')])
    await write(bad, 'aarch64-linux', [honest('base')])
    const { message, hint } = await refusal()
    expect(message).toBe(falseClaim(fileOf(bad, 'x86_64-linux'), lie('base')))
    expect(hint).toContain('Build this archive again')
    expect(hint).toContain('Nothing was pushed.')
    expectNothingPushed()
  })

  test.each(BOTH)('for %s is not used for the other platform', async system => {
    for (const each of BOTH) await write('one', each, [each === system ? lie('base') : honest('base')])
    expect((await refusal()).message).toBe(falseClaim(fileOf('one', system), lie('base')))
    expectNothingPushed()
  })

  test('that no other image has is named, too', async () => {
    await writeBoth('one', [lie('nobody')])
    expect((await refusal()).message).toContain(falseClaim(fileOf('one', 'x86_64-linux'), lie('nobody')))
    expectNothingPushed()
  })

  test('does not get into several repositories', async () => {
    await writeBoth('good', [honest('base')])
    await writeBoth('bad', [lie('base')])
    const image = `${rig.registry.host}/o/{name}\n${rig.registry.host}/p/{name}`
    expect((await refusal('first', { image })).message).toContain(
      falseClaim(fileOf('bad', 'x86_64-linux'), lie('base')),
    )
    expectNothingPushed()
  })

  test.each([
    ['gzip', gzipped('evil'), diffIdOf('evil')],
    ['zstd', zstd('evil'), diffIdOf('evil')],
    ['uncompressed', plain('evil'), diffIdOf('evil')],
    [
      'empty',
      createBlob(gzipSync(Buffer.alloc(1024)), { mediaType: OCI_LAYER_GZIP }),
      digestOf(Buffer.alloc(1024)),
    ],
    ['without bytes', createBlob(Buffer.alloc(0), { mediaType: OCI_LAYER }), digestOf(Buffer.alloc(0))],
  ])('is found in a layer that is %s', async (_, layer, found) => {
    await writeBoth('one', [lie('base', layer)])
    const { message } = await refusal()
    const lines = BOTH.map(system => falseClaim(fileOf('one', system), lie('base', layer), found))
    expect(message.split('\n').sort()).toEqual(lines.sort())
    expectNothingPushed()
  })

  test.each([
    [
      'a damaged gzip stream',
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(100, 7)]),
      /damaged|truncated/,
    ],
    [
      'a gzip stream with other bytes after it',
      Buffer.concat([gzipSync(contentOf('base')), Buffer.from('more')]),
      /cannot be unpacked/,
    ],
    ['a truncated zstd stream', zstdStored(contentOf('base')).subarray(0, 500), /cannot be unpacked/],
  ])('is an error for %s', async (_, bytes, expected) => {
    await writeBoth('one', [lie('base', createBlob(bytes, { mediaType: OCI_LAYER_GZIP }))])
    expect((await refusal()).message).toMatch(expected)
    expectNothingPushed()
  })

  test('is listed with all others', async () => {
    await writeBoth('one', [lie('base', gzipped('evil-1')), honest('fine'), lie('more', gzipped('evil-2'))])
    await writeBoth('two', [lie('third', gzipped('evil-3'))])
    const { message } = await refusal()
    const [one, two] = [fileOf('one', 'x86_64-linux'), fileOf('two', 'x86_64-linux')]
    expect(message).toContain(falseClaim(one, lie('base', gzipped('evil-1')), diffIdOf('evil-1')))
    expect(message).toContain(falseClaim(one, lie('more', gzipped('evil-2')), diffIdOf('evil-2')))
    expect(message).toContain(falseClaim(two, lie('third', gzipped('evil-3')), diffIdOf('evil-3')))
    expect(message).not.toContain(gzipped('fine').digest)
  })

  test('for a layer that the image has twice is found', async () => {
    await writeBoth('one', [honest('evil'), lie('base')])
    expect((await refusal()).message).toContain(falseClaim(fileOf('one', 'x86_64-linux'), lie('base')))
    expectNothingPushed()
  })

  test('writes no archive with a record', async () => {
    await writeBoth('one', [lie('base')])
    const archive = join(rig.folder, 'out', 'one.tar')
    await refusal('first', { archive })
    expect(() => rmSync(archive)).toThrow('ENOENT')
  })

  test('does not replace a layer if nothing is pushed', async () => {
    await writeBoth('a-bad', [lie('base')])
    await writeBoth('b-good', [honest('base')])
    const archive = join(rig.folder, 'out', '{name}.tar')
    const { message } = await refusal('first', { archive, image: '', push: 'false' })
    expect(message.split('\n')).toEqual(BOTH.map(system => falseClaim(fileOf('a-bad', system), lie('base'))))
  })
})

describe('a layer with a true diff_id', () => {
  const TOC = { 'containerd.io/snapshot/stargz/toc.digest': digestOf(Buffer.from('other content')) }
  const annotated = { ...gzipped('base', 1), annotations: TOC }

  test('and annotations does not replace a layer: a table of contents may name other content', async () => {
    await writeBoth('a-bad', [honest('base', annotated)])
    await writeBoth('b-good', [honest('base')])
    await push()
    expect(layersAt('1.0.0', 'a-bad')).toContain(annotated.digest)
    expect(layersAt('1.0.0', 'b-good')).toContain(gzipped('base').digest)
    expect(layersAt('1.0.0', 'b-good')).not.toContain(annotated.digest)
  })

  test('and published annotations does not replace a layer of a later run, and its image is not kept', async () => {
    await writeBoth('one', [honest('base', annotated)])
    await push()
    await writeBoth('one', [honest('base'), honest('new')], '1.1.0')
    await push('second')
    expect(layersAt('1.1.0')).toContain(gzipped('base').digest)
    expect(layersAt('1.1.0')).not.toContain(annotated.digest)
    await writeBoth('one', [honest('base')])
    expect((await refusal('second')).message).toMatch(/1\.0\.0.*different: annotations of layers/)
  })

  test.each([
    ['zstd', zstd('base')],
    ['none', plain('base')],
  ])(
    'whose compression is %s, and whose media type says gzip, is an error',
    async (found, { digest, open, size }) => {
      const layer = { digest, open, size, mediaType: OCI_LAYER_GZIP }
      await writeBoth('a-bad', [honest('base', layer)])
      await writeBoth('b-good', [honest('base')])
      const { message } = await refusal()
      expect(message).toContain(`${fileOf('a-bad', 'x86_64-linux')} says that its layer ${digest}`)
      expect(message).toContain(`its compression is ${found}, and its media type says gzip`)
      expectNothingPushed()
    },
  )

  test('is an error with another media type, also if the layer has a record', async () => {
    await writeBoth('one', [honest('base')])
    await push()
    const layer = { ...gzipped('base'), mediaType: OCI_LAYER_ZSTD }
    await writeBoth('one', [honest('base', layer), honest('new')], '1.1.0')
    expect((await refusal('second')).message).toContain(
      'its compression is gzip, and its media type says zstd',
    )
    expect(rig.tag('1.1.0')).toBeUndefined()
  })
})

describe('true diff_ids', () => {
  test('of zstd, uncompressed, empty and repeated layers are accepted, and recorded', async () => {
    const empty = Buffer.alloc(1024)
    const claims = [
      honest('a', zstd('a')),
      honest('b', plain('b')),
      { layer: createBlob(gzipSync(empty), { mediaType: OCI_LAYER_GZIP }), diffId: digestOf(empty) },
      honest('c'),
      honest('c'),
    ]
    await writeBoth('one', claims)
    await push()
    const { annotations, manifests } = rig.indexAt('latest')
    expect(annotations?.[PROOF]).toBe(createRecord(manifests)[PROOF])
    expect(layersAt('latest')).toHaveLength(12)
  })

  test('of an image without layers are accepted', async () => {
    for (const system of BOTH) await write('one', system, [])
    await push()
    expect(layersAt('latest')).toEqual([])
  })

  test('are recorded in an annotation that no input replaces', async () => {
    await writeBoth('one', [honest('base')])
    await push('first', { annotations: `index:${PROOF}=v1:${diffIdOf('x')}` })
    const { annotations, manifests } = rig.indexAt('latest')
    expect(annotations?.[PROOF]).toBe(createRecord(manifests)[PROOF])
  })
})

describe.each(['none', 'copied'] as const)('a published false image with a record: %s', record => {
  beforeEach(async () => {
    await writeBoth('one', [honest('base')])
    await push('first')
    poison('base', gzipped('evil'), evilBytes, record)
  })

  test('gives no layer to a new version', async () => {
    // The same content in other bytes, so only the diff_id says that they are the same.
    await writeBoth('one', [honest('base', gzipped('base', 1)), honest('new')], '1.1.0')
    await push('second')
    expect(layersAt('1.1.0')).toContain(gzipped('base', 1).digest)
    expect(layersAt('1.1.0')).not.toContain(gzipped('evil').digest)
    expect(layersAt('latest')).toEqual(layersAt('1.1.0'))
  })

  test('is not kept as unchanged, and the exact version is an error', async () => {
    const before = rig.tag('1.0.0')
    const { message } = await refusal('second')
    expect(message).toContain('1.0.0')
    expect(message).toContain(`its layer ${gzipped('evil').digest} has the diff_id ${diffIdOf('base')}`)
    expect(rig.tag('latest')).toBe(before)
    const [merged] = await push('second', { overwrite: 'true' })
    expect(merged).toMatchObject({ kept: false })
    for (const tag of ['1.0.0', 'latest', 'main']) expect(layersAt(tag)).not.toContain(gzipped('evil').digest)
  })

  test('loses the tags that can move', async () => {
    const tags = rig.registry.repository('o/one').tags
    tags.delete('1.0.0')
    await push('second', { tags: 'latest' })
    expect(layersAt('latest')).toContain(gzipped('base').digest)
    expect(layersAt('latest')).not.toContain(gzipped('evil').digest)
  })

  test('gives no layer to a thin build or to publish', async () => {
    const repository = new Repository(new RegistryClient(), parseReference(`${rig.registry.host}/o/one`))
    const found = await repository.getManifest('latest')
    const indexes = found ? [parseTaggedImage(found)] : []
    expect(indexes).toHaveLength(1)
    expect(await findPublishedLayers([{ repository, indexes }], 1)).toBeUndefined()
  })

  test('is refused if a plan reads the container from it', async () => {
    const digest = rig.tag('latest') as Digest
    const { message, hint } = await refusal('second', planOf(digest))
    expect(message).toContain(
      `/o/one@${digest} says that its layer ${gzipped('evil').digest} has the diff_id`,
    )
    expect(hint).toContain('plan again with `force: true`')
    expect(rig.tag('latest')).toBe(digest)
  })
})

test('an unchanged image is the one of the planned derivation, whatever else the index has for its system', async () => {
  await writeBoth('one', [honest('base')])
  await push('first')
  const repository = rig.registry.repository('o/one')
  const index = JSON.parse(String(repository.manifests.get(rig.tag('latest') as Digest)?.bytes))
  const good = layersAt('latest')
  const putWithoutLayers = (digest: Digest) => {
    const manifest = JSON.parse(String(repository.manifests.get(digest)?.bytes))
    const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: [] }))
    repository.manifests.set(digestOf(bytes), { bytes, mediaType: OCI_MANIFEST })
    return { digest: digestOf(bytes), size: bytes.length }
  }
  const others = index.manifests.map((each: Descriptor) => ({
    ...each,
    annotations: Object.fromEntries(
      Object.entries(each.annotations ?? {}).map(([key, value]) => [
        key,
        key.endsWith('.derivation') ? `${value}.other` : value,
      ]),
    ),
    ...putWithoutLayers(each.digest),
  }))
  const manifests = [...others, ...index.manifests]
  const bytes = Buffer.from(JSON.stringify({ ...index, manifests, annotations: createRecord(manifests) }))
  repository.manifests.set(digestOf(bytes), { bytes, mediaType: OCI_INDEX })
  await push('second', planOf(digestOf(bytes)))
  expect(layersAt('latest')).toEqual(good)
})

/** Writes a plan in which `one` is unchanged. */
function planOf(digest: Digest, version = '1.0.0'): Record<string, string> {
  for (const system of BOTH) rmSync(fileOf('one', system), { force: true })
  const file = join(rig.folder, 'plan.json')
  const systems = BOTH.map(system => {
    const container = containerOf('one', system, { version, imageTag: version })
    const facts = createArchiveAnnotations(container, rig.runOf('first'))
    return { system, derivation: container.derivation, facts }
  })
  const standing = { image: `${rig.registry.host}/o/one@${digest}`, digest }
  const one = { name: 'one', imageName: 'one', build: false, why: '', version, systems, standing }
  writeFileSync(file, encodePlan({ format: 1, containers: [one] }))
  return { plan: file }
}

test.each(['none', 'copied', 'valid'] as const)(
  'other images with copied annotations are not kept as unchanged; record: %s',
  async record => {
    await writeBoth('one', [honest('base')])
    await push('first')
    // The diff_ids are true, but the content is not the one that the annotations are about.
    const repository = rig.registry.repository('o/one')
    const read = (digest: Digest) => JSON.parse(String(repository.manifests.get(digest)?.bytes))
    const before = rig.tag('latest') as Digest
    const configs = read(before).manifests.map(({ digest }: Descriptor) => read(digest).config.digest)
    poison('base', gzipped('evil'), evilBytes, record, 'one', bytes =>
      Buffer.from(String(bytes).replace(diffIdOf('base'), diffIdOf('evil'))),
    )
    const after = read(rig.tag('latest') as Digest).manifests.map(
      ({ digest }: Descriptor) => read(digest).config.digest,
    )
    expect(after).not.toEqual(configs)
    expect((await refusal('second')).message).toContain(
      'its images are not the ones that its annotations are about',
    )
    repository.tags.delete('1.0.0')
    await push('second')
    for (const tag of ['1.0.0', 'latest', 'main']) expect(layersAt(tag)).not.toContain(gzipped('evil').digest)
  },
)

describe('a published image without a record', () => {
  let old: Digest
  beforeEach(async () => {
    await writeBoth('one', [honest('base')])
    await push('first')
    old = removeRecords()
    rig.registry.log.length = 0
  })

  const expectRecordedOnce = async (again: () => Promise<Merged[]>, merged: Merged | undefined) => {
    expect(merged?.digest).not.toBe(old)
    const { annotations, manifests } = rig.indexAt('latest')
    expect(annotations?.[PROOF]).toBe(createRecord(manifests)[PROOF])
    for (const tag of ['latest', 'main', '1', '1.0'])
      expect([tag, rig.tag(tag)]).toEqual([tag, merged?.digest])
    expect(rig.tag('1.0.0')).toBe(old)
    expect(merged?.pushed[0]?.left).toEqual([
      {
        tag: `${rig.registry.host}/o/one:1.0.0`,
        why: expect.stringContaining('the same image, in an older index without a record'),
      },
    ])
    rig.registry.log.length = 0
    const [next] = await again()
    expect(next?.digest).toBe(merged?.digest)
    expect(layerReads()).toEqual([])
    expect(rig.tag('latest')).toBe(merged?.digest)
    expect(rig.registry.requests('PUT', /manifests\/(?!sha-)/)).toEqual([])
  }

  test('is kept if this run makes the same images, and its index gets a record', async () => {
    const images = rig.indexAt('latest').manifests.map(({ digest }) => digest)
    const [merged] = await push('second')
    expect(rig.indexAt('latest').manifests.map(({ digest }) => digest)).toEqual(images)
    expect(layerReads()).toEqual([])
    await expectRecordedOnce(() => push('third'), merged)
  })

  test('is unpacked once if this run has other bytes', async () => {
    await writeBoth('one', [honest('base', gzipped('base', 1))])
    const [merged] = await push('second')
    expect(layersAt('latest')).toContain(gzipped('base').digest)
    expect(layerReads().sort()).toEqual([gzipped('base').digest].sort())
    await expectRecordedOnce(() => push('third'), merged)
  })

  test('is unpacked once if the plan reads the container from it', async () => {
    const [merged] = await push('second', planOf(old))
    expect(merged).toMatchObject({ unchanged: true })
    const said = rig.hosts.flatMap(({ logged }) => logged).filter(line => line.includes('without a record:'))
    expect(said).toHaveLength(1)
    expect(new Set(layerReads()).size).toBe(3)
    expect(layerReads()).toHaveLength(3)
    await expectRecordedOnce(() => push('third', planOf(merged?.digest as Digest)), merged)
  })

  test('keeps its digest if only the exact version is set', async () => {
    const [merged] = await push('second', { tags: '1.0.0' })
    expect(merged?.digest).toBe(old)
    expect(rig.tag('1.0.0')).toBe(old)
  })
})

describe('a thin archive', () => {
  async function writeThin(
    name: string,
    claims: readonly TestClaim[],
    missing: readonly Blob[],
    index?: Digest,
  ) {
    const repository = new Repository(new RegistryClient(), parseReference(`${rig.registry.host}/o/${name}`))
    for (const system of BOTH) {
      await write(name, system, [...claims, honest(`${name}-${system}`)], {
        version: '1.1.0',
        externalLayers: { repository, layers: missing, areChecked: true, ...(index && { index }) },
      })
    }
  }

  beforeEach(async () => {
    await writeBoth('one', [honest('base')])
    await push('first')
    rig.registry.store.addBlob('o/one', evilBytes)
    rig.registry.log.length = 0
  })

  test('that claims a diff_id for a layer in the registry is refused', async () => {
    await writeThin('one', [lie('base')], [gzipped('evil')], rig.tag('latest'))
    const before = rig.tag('latest')
    expect((await refusal('second')).message).toContain(
      falseClaim(fileOf('one', 'x86_64-linux'), lie('base')),
    )
    expect(rig.tag('latest')).toBe(before)
    expect(rig.tag('1.1.0')).toBeUndefined()
  })

  test('with a layer of an index with a record needs no download', async () => {
    await writeThin('one', [honest('base')], [gzipped('base')], rig.tag('latest'))
    await push('second', { tags: 'other' })
    expect(layerReads()).toEqual([])
    expect(layersAt('other')).toContain(gzipped('base').digest)
  })

  test('with a layer that no record covers is downloaded once', async () => {
    const old = removeRecords()
    await writeThin('one', [honest('base')], [gzipped('base')], old)
    await push('second')
    expect(layerReads()).toEqual([gzipped('base').digest])
    expect(rig.indexAt('1.1.0').annotations?.[PROOF]).toBeDefined()
  })

  test('that names an index with a copied record is not believed', async () => {
    poison('base', gzipped('evil'), evilBytes, 'copied')
    await writeThin('one', [lie('base')], [gzipped('evil')], rig.tag('latest'))
    expect((await refusal('second')).message).toContain(
      falseClaim(fileOf('one', 'x86_64-linux'), lie('base')),
    )
  })
})

test('a record in another repository is not believed', async () => {
  await writeBoth('one', [honest('base')])
  await push('first')
  // Somebody can push to `o/other`, but not to `o/one`.
  const { manifests, tags } = rig.registry.repository('o/one')
  for (const [digest, stored] of manifests) rig.registry.repository('o/other').manifests.set(digest, stored)
  for (const [tag, digest] of tags) rig.registry.repository('o/other').tags.set(tag, digest)
  for (const digest of rig.registry.repository('o/one').blobs)
    rig.registry.repository('o/other').blobs.add(digest)
  poison('base', gzipped('evil'), evilBytes, 'valid', 'other')
  await writeBoth('one', [honest('base', gzipped('base', 1))], '1.1.0')
  await push('second')
  expect(layersAt('1.1.0')).not.toContain(gzipped('evil').digest)
  const foreign = rig.registry.tag('o/other', 'latest') as Digest
  const { plan } = planOf(foreign)
  const document = String(plan)
  expect((await refusal('second', { plan: document })).message).toMatch(
    /no longer has the image|does not exist|o\/one/,
  )
})

describe('force', () => {
  const force = { force: 'true' }
  beforeEach(async () => {
    await writeBoth('one', [honest('base')])
    await push('first')
  })

  test('pushes the bytes of the archives, even if a record says that others are the same', async () => {
    poison('base', gzipped('evil'), evilBytes, 'valid')
    await writeBoth('one', [honest('base'), honest('new')], '1.1.0')
    await push('second')
    // Somebody who can push can write a record.
    await push('second', { ...force, overwrite: 'true' })
    for (const tag of ['1.1.0', 'latest', 'main']) expect(layersAt(tag)).not.toContain(gzipped('evil').digest)
  })

  test('does not keep an exact version with other bytes', async () => {
    poison('base', gzipped('evil'), evilBytes, 'valid')
    expect((await refusal('second', force)).message).toContain('`force: true`')
    await push('second', { ...force, overwrite: 'true' })
    expect(layersAt('1.0.0')).toContain(gzipped('base').digest)
  })

  test('keeps an exact version that this run can make again', async () => {
    const before = rig.tag('1.0.0')
    const [merged] = await push('second', force)
    expect(rig.tag('1.0.0')).toBe(before)
    expect(merged?.digest).not.toBe(before)
  })

  test('is an error with a plan that reads a container from the registry', async () => {
    const { message, hint } = await refusal('second', { ...planOf(rig.tag('latest') as Digest), ...force })
    expect(message).toContain('the plan')
    expect(hint).toContain('`force: true` for the plan and the builds')
  })

  test('is an error with a thin archive', async () => {
    const repository = new Repository(new RegistryClient(), parseReference(`${rig.registry.host}/o/one`))
    const externalLayers = { repository, layers: [gzipped('base')], areChecked: true }
    for (const system of BOTH)
      await write('one', system, [honest('base')], { version: '1.1.0', externalLayers })
    expect((await refusal('second', force)).message).toContain(fileOf('one', 'x86_64-linux'))
  })
})
