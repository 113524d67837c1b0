import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type AnnotatedImage,
  computeContentDigest,
} from '../../../src/command/merge/annotate-index-and-manifests.js'
import { merge } from '../../../src/command/merge/merge.js'
import { createRecord } from '../../../src/command/shared/proof-record.js'
import { openLayout } from '../../../src/image/layout.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import {
  CONTAINER,
  CONTENT,
  CREATED,
  DERIVATION,
  DESCRIPTION,
  REVISION,
  SYSTEM,
  TITLE,
} from '../../../src/oci/annotation-keys.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import type { System } from '../../../src/oci/platform.js'
import { archiveOf, containerOf } from '../../support/archives.js'
import { shaOf } from '../../support/github-state.js'
import { KEY_FORMS, keysAs, rekeyArchive, rekeyTags } from '../../support/own-keys.js'
import { parsePlatform } from '../../support/platform.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

describe('the content digest', () => {
  interface Made {
    readonly platform: string
    readonly config: object
    readonly layers: readonly Blob[]
    /** On the manifest's descriptor, in the index. */
    readonly about: Annotations
    /** On the manifest. */
    readonly annotations: Annotations
  }

  const layer = (bytes: string, mediaType = OCI_LAYER_GZIP): Blob =>
    createBlob(Buffer.from(bytes), { mediaType })
  const DIFF_IDS = { type: 'layers', diff_ids: [`sha256:${'a'.repeat(64)}`] }

  const MADE: Made = {
    platform: 'linux/amd64',
    config: { architecture: 'amd64', os: 'linux', config: { Labels: { a: 'b' } }, rootfs: DIFF_IDS },
    layers: [layer('one')],
    about: { [SYSTEM]: 'x86_64-linux', [DERIVATION]: '/nix/store/one.drv' },
    annotations: { [TITLE]: 'one', [REVISION]: 'aaa', [CREATED]: '2026-01-01T00:00:00Z' },
  }
  const ARM: Made = {
    ...MADE,
    platform: 'linux/arm64',
    about: { [SYSTEM]: 'aarch64-linux', [DERIVATION]: '/nix/store/two.drv' },
  }
  const ON_INDEX: Annotations = { [TITLE]: 'one', [REVISION]: 'aaa', [CREATED]: '2026-01-01T00:00:00Z' }

  function partOf({ platform, config, layers, about, annotations }: Made): AnnotatedImage {
    const bytes = Buffer.from(JSON.stringify(config))
    const image = makeImage({ platform: parsePlatform(platform), config: bytes, layers, annotations })
    return {
      image: { ...image, manifest: { ...image.manifest, annotations: about } },
      config: bytes,
      annotations,
    }
  }

  const digest = (made: readonly Made[], onIndex = ON_INDEX): Digest =>
    computeContentDigest(made.map(partOf), onIndex)
  const BEFORE = digest([MADE, ARM])

  const labelled = (Labels: Annotations): Made => ({
    ...MADE,
    config: { ...MADE.config, config: { Labels } },
  })

  describe('differs with', () => {
    test.each<[string, Made]>([
      ['other config content', { ...MADE, config: { ...MADE.config, history: [] } }],
      [
        'another diff_id of a layer',
        {
          ...MADE,
          config: { ...MADE.config, rootfs: { ...DIFF_IDS, diff_ids: [`sha256:${'b'.repeat(64)}`] } },
        },
      ],
      ['another label value', labelled({ a: 'c' })],
      ['one more label', labelled({ a: 'b', c: 'd' })],
      ['another compression of a layer', { ...MADE, layers: [layer('one', OCI_LAYER_ZSTD)] }],
      ['one more layer', { ...MADE, layers: [layer('one'), layer('two')] }],
      ['another derivation', { ...MADE, about: { ...MADE.about, [DERIVATION]: '/nix/store/other.drv' } }],
      ['no derivation', { ...MADE, about: { [SYSTEM]: 'x86_64-linux' } }],
      ['another system', { ...MADE, about: { ...MADE.about, [SYSTEM]: 'i686-linux' } }],
      ['another platform', { ...MADE, platform: 'linux/386' }],
      [
        'another annotation value on a manifest',
        { ...MADE, annotations: { ...MADE.annotations, [TITLE]: 'other' } },
      ],
      ['one more annotation on a manifest', { ...MADE, annotations: { ...MADE.annotations, a: 'b' } }],
    ])('%s', (_, changed) => {
      expect(digest([changed, ARM])).not.toBe(BEFORE)
    })

    test('another annotation on the index', () => {
      expect(digest([MADE, ARM], { ...ON_INDEX, [TITLE]: 'other' })).not.toBe(BEFORE)
      expect(digest([MADE, ARM], { ...ON_INDEX, a: 'b' })).not.toBe(BEFORE)
    })

    test('one platform more or less', () => {
      expect(digest([MADE, ARM, { ...ARM, platform: 'linux/riscv64' }])).not.toBe(BEFORE)
      expect(digest([MADE])).not.toBe(BEFORE)
    })

    test('images assigned to other platforms', () => {
      const [amd64, arm64] = [MADE.platform, ARM.platform]
      expect(
        digest([
          { ...MADE, platform: arm64 },
          { ...ARM, platform: amd64 },
        ]),
      ).not.toBe(BEFORE)
    })
  })

  describe('is the same with', () => {
    test.each<[string, Made]>([
      ['another commit on a manifest', { ...MADE, annotations: { ...MADE.annotations, [REVISION]: 'bbb' } }],
      [
        'another date on a manifest',
        { ...MADE, annotations: { ...MADE.annotations, [CREATED]: '2027-01-01T00:00:00Z' } },
      ],
      ['no commit on a manifest', { ...MADE, annotations: { [TITLE]: 'one' } }],
      ['another commit in a label', labelled({ a: 'b', [REVISION]: 'bbb' })],
      ['another date in a label', labelled({ a: 'b', [CREATED]: '2027-01-01T00:00:00Z' })],
      ['a layer with the bytes of another compressor', { ...MADE, layers: [layer('smaller')] }],
      [
        'another order of annotations',
        { ...MADE, annotations: Object.fromEntries(Object.entries(MADE.annotations).reverse()) },
      ],
    ])('%s', (_, changed) => {
      expect(digest([changed, ARM])).toBe(BEFORE)
    })

    test('another commit and date on the index', () => {
      const other = { ...ON_INDEX, [REVISION]: 'bbb', [CREATED]: '2027-01-01T00:00:00Z' }
      expect(digest([MADE, ARM], other)).toBe(BEFORE)
      expect(digest([MADE, ARM], { [TITLE]: 'one' })).toBe(BEFORE)
    })

    test.each(Object.entries(KEY_FORMS))('annotation keys with %s prefix on a descriptor', (_, prefix) => {
      const other = { ...MADE, about: keysAs(prefix, MADE.about) }
      expect(digest([other, ARM])).toBe(BEFORE)
    })

    test('annotation keys of the first version, which had no domain', () => {
      expect(BEFORE).toBe('sha256:aee1569d6e5da50434b19390f532960c3fb823afc4ff57a1d4018380389b55e0')
    })

    test('another order of the images', () => {
      expect(digest([ARM, MADE])).toBe(BEFORE)
    })

    test('labels of the commit only, or no labels', () => {
      const bare = { ...MADE, config: { architecture: 'amd64', os: 'linux', rootfs: DIFF_IDS } }
      const stamped = { ...bare, config: { ...bare.config, config: { Labels: { [REVISION]: 'bbb' } } } }
      expect(digest([stamped])).toBe(digest([bare]))
    })
  })
})

describe('reusing a published index', () => {
  let rig: MergeRig
  let second: TestRegistry
  beforeEach(async () => {
    rig = await mergeRig()
    second = await startRegistry()
  })
  afterEach(async () => {
    await rig.close()
    await second.close()
  })

  /** Pushes one container to the first registry, the second one, or both. */
  async function push(commit: string, to: 'first' | 'second' | 'both' = 'first') {
    const images = [
      ...(to === 'second' ? [] : [`${rig.registry.host}/o/{name}`]),
      ...(to === 'first' ? [] : [`${second.host}/o/{name}`]),
    ]
    const [merged] = await merge(rig.request({ image: images.join('\n') }), rig.runOf(commit))
    if (!merged) throw new Error('nothing was merged')
    return merged
  }

  const missingFrom = (registry: TestRegistry, digest: Digest): Digest[] => registry.missing('o/one', digest)

  /** Rewrites the index and manifests of all tags with other bytes, like another version of the program. Returns the digest. */
  function rewriteIndex(registry: TestRegistry): Digest {
    const { manifests, tags } = registry.repository('o/one')
    const read = (digest: Digest) => JSON.parse(String(manifests.get(digest)?.bytes))
    const put = (document: object, mediaType: string) => {
      const bytes = Buffer.from(JSON.stringify(document, null, 2))
      manifests.set(digestOf(bytes), { bytes, mediaType })
      return { digest: digestOf(bytes), size: bytes.length }
    }
    const index = read(tags.get('latest') as Digest)
    const children = index.manifests.map((each: Descriptor) => ({
      ...each,
      ...put(read(each.digest), OCI_MANIFEST),
    }))
    const annotations = { ...index.annotations, ...createRecord(children) }
    const { digest } = put({ ...index, annotations, manifests: children }, OCI_INDEX)
    for (const tag of tags.keys()) tags.set(tag, digest)
    return digest
  }

  describe('a published index', () => {
    test('of the exact version is reused if the branch has moved', async () => {
      await rig.build('one', { version: '1.2.3' })
      const first = await push('first')
      await rig.build('one', { version: '1.3.0' })
      const other = await push('second')
      await rig.build('one', { version: '1.2.3' })
      const again = await push('third')
      expect(again).toMatchObject({ digest: first.digest, kept: true })
      expect(rig.tag('1.2.3')).toBe(first.digest)
      expect(rig.tag('main')).toBe(first.digest)
      expect(rig.tag('latest')).toBe(other.digest)
    })

    test('of the exact version is preferred to the same content from another commit on the branch', async () => {
      await rig.build('one', { version: '1.2.3' })
      const first = await push('first')
      const { tags } = rig.registry.repository('o/one')
      tags.clear()
      expect((await push('second')).digest).not.toBe(first.digest)
      tags.set('1.2.3', first.digest)
      expect(await push('third')).toMatchObject({ digest: first.digest, kept: true, pushed: [{ left: [] }] })
      expect(rig.tag('main')).toBe(first.digest)
    })

    test('with other content is not reused', async () => {
      await rig.build('one', { version: 'x' })
      const first = await push('first')
      await rig.build('one', { version: 'x', description: 'Another' })
      expect(await push('second')).toMatchObject({ kept: false })
      expect(rig.tag('main')).not.toBe(first.digest)
    })

    test('that cannot be created again is reused byte for byte', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const published = rewriteIndex(rig.registry)
      expect(await push('second')).toMatchObject({ digest: published, kept: true })
      expect(rig.tag(`sha-${shaOf('second').slice(0, 7)}`)).toBe(published)
    })
  })

  describe.each(Object.entries(KEY_FORMS))('with annotation keys with %s prefix', (_, prefix) => {
    const rekey = (): Digest => rekeyTags(rig.registry, 'o/one', prefix).get('1.2.3') as Digest
    const sha = `sha-${shaOf('second').slice(0, 7)}`
    const sent = (): string[] =>
      rig.registry.log.filter(({ method }) => method !== 'GET' && method !== 'HEAD').map(({ path }) => path)

    test.each(['first', 'second'])('reuses an index in a run for the %s commit', async commit => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const published = rekey()
      rig.registry.log.length = 0
      const merged = await push(commit)
      expect(merged).toMatchObject({
        digest: published,
        kept: commit === 'second' || prefix !== KEY_FORMS.current,
      })
      expect(merged.pushed[0]).toMatchObject({ blobs: { uploaded: 0, mounted: 0 }, left: [] })
      // Only a new tag is set.
      const names = [sha, '1.2.3', '1.2', '1', 'latest', 'main']
      expect(sent()).toEqual(commit === 'first' ? [] : [`/v2/o/one/manifests/${sha}`])
      for (const tag of names.slice(commit === 'first' ? 1 : 0))
        expect([tag, rig.tag(tag)]).toEqual([tag, published])
    })

    test('restores missing parts of an index', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const published = rekey()
      const [child] = rig.indexAt('latest').manifests
      rig.registry.repository('o/one').manifests.delete(child?.digest as Digest)
      expect(await push('second')).toMatchObject({ digest: published, kept: true })
      expect(missingFrom(rig.registry, published)).toEqual([])
    })

    test('reuses an index byte for byte if it cannot be created again', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      rewriteIndex(rig.registry)
      const published = rekey()
      expect(await push('second')).toMatchObject({ digest: published, kept: true })
      expect(missingFrom(rig.registry, published)).toEqual([])
    })

    test('copies an index to a second registry byte for byte', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const published = rekey()
      expect(await push('second', 'both')).toMatchObject({ digest: published, kept: true })
      for (const tag of ['1.2.3', 'latest', sha])
        expect([tag, second.tag('o/one', tag)]).toEqual([tag, published])
      expect(missingFrom(second, published)).toEqual([])
    })

    test('accepts an exact version with the same content from another commit', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first', 'first')
      await push('second', 'second')
      const [published, secondDigest] = [rekey(), rekeyTags(second, 'o/one', prefix).get('1.2.3')]
      const both = await push('third', 'both')
      expect(both).toMatchObject({ digest: published, kept: true })
      expect(second.tag('o/one', '1.2.3')).toBe(secondDigest)
      expect(both.pushed.map(({ left }) => left.map(({ why }) => why))).toEqual([
        [],
        ['it points to the same image, built from another commit'],
      ])
    })

    test('reuses one container if another has changed', async () => {
      await rig.build('one', { version: '1.2.3' })
      await rig.build('two', { version: '1.2.3' })
      await push('first')
      const published = rekey()
      await rig.build('two', { version: '1.2.4' })
      expect(await push('second')).toMatchObject({ digest: published, kept: true })
      expect(rig.tag('1.2.3')).toBe(published)
      expect(rig.tag('1.2.4', 'o/two')).toBeDefined()
    })

    test('keeps the manifest of one platform if another has changed', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const published = rekey()
      const before = rig.indexAt('1.2.3').manifests.map(({ digest }) => digest)
      const other = containerOf('one', 'aarch64-linux', { version: '1.2.3', derivation: '/nix/store/x.drv' })
      await archiveOf(rig.folder, { ...other, description: 'Another' })
      rig.registry.repository('o/one').tags.delete('1.2.3')
      const merged = await push('first')
      const { manifests, annotations } = rig.indexAt('latest')
      expect(merged).toMatchObject({ kept: false, pushed: [{ blobs: { uploaded: 0 } }] })
      expect(merged.digest).not.toBe(published)
      expect(manifests[0]?.digest).toBe(before[0])
      expect(manifests[1]?.digest).not.toBe(before[1])
      // A new index has the current keys.
      expect(manifests.map(({ annotations = {} }) => annotations[SYSTEM])).toEqual([
        'x86_64-linux',
        'aarch64-linux',
      ])
      expect(annotations?.[CONTENT]).toBeDefined()
    })

    test.each<[string, readonly System[]]>([
      ['all archives', ['x86_64-linux', 'aarch64-linux']],
      ['one of two archives', ['aarch64-linux']],
    ])('merges %s like archives with the current keys', async (_, systems) => {
      await rig.build('one', { version: '1.2.3' })
      for (const system of systems) await rekeyArchive(join(rig.folder, `one-${system}.oci.tar`), prefix)
      const { digest } = await push('first')
      const fromOld = rig.registry.repository('o/one').manifests.get(digest)?.bytes.toString()
      await rig.build('one', { version: '1.2.3' })
      await push('first', 'second')
      const fromNew = second.repository('o/one').manifests.get(second.tag('o/one', '1.2.3') as Digest)
      expect(fromOld).toBe(fromNew?.bytes.toString())
      const published = rekey()
      await rekeyArchive(join(rig.folder, 'one-x86_64-linux.oci.tar'), prefix)
      expect(await push('second')).toMatchObject({ digest: published, kept: true })
    })

    test('writes the reused index to a multi-arch archive, which a later merge skips', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const published = rekey()
      const archive = join(rig.folder, 'one.multi-arch.oci.tar')
      await merge(rig.request({ archive }), rig.runOf('second'))
      const { index } = await openLayout(archive)
      expect(index.manifests).toMatchObject([{ digest: published, annotations: { [CONTAINER]: 'one' } }])
      await writeArchive(archive, { index: keysAs(prefix, index.manifests), blobs: [] })
      expect(await push('third')).toMatchObject({ digest: published, kept: true })
    })
  })

  describe('the annotations of an index', () => {
    test('are the ones that all of its platforms have', async () => {
      await archiveOf(rig.folder, containerOf('one', 'x86_64-linux', { description: 'For one' }))
      await archiveOf(rig.folder, containerOf('one', 'aarch64-linux', { description: 'For the other' }))
      await push('first')
      const { annotations, manifests } = rig.indexAt('main')
      expect(annotations?.[TITLE]).toBe('one')
      expect(annotations?.[DESCRIPTION]).toBeUndefined()
      const said = manifests.map(({ digest }) => {
        const { bytes } = rig.registry.repository('o/one').manifests.get(digest) ?? {}
        return JSON.parse(String(bytes)).annotations[DESCRIPTION]
      })
      expect(said.sort()).toEqual(['For one', 'For the other'])
    })
  })

  describe('two registries', () => {
    test('with the same content from different commits keep their version tags, which is reported', async () => {
      await rig.build('one', { version: '1.2.3' })
      const first = await push('first', 'first')
      const other = await push('second', 'second')
      expect(other.digest).not.toBe(first.digest)
      const both = await push('third', 'both')
      expect(both).toMatchObject({ digest: first.digest, kept: true })
      expect(rig.tag('1.2.3')).toBe(first.digest)
      expect(second.tag('o/one', '1.2.3')).toBe(other.digest)
      expect(second.tag('o/one', 'main')).toBe(first.digest)
      expect(both.pushed.map(({ left }) => left)).toEqual([
        [],
        [
          {
            tag: `${second.host}/o/one:1.2.3`,
            why: 'it points to the same image, built from another commit',
          },
        ],
      ])
      expect(missingFrom(second, first.digest)).toEqual([])
    })

    test('get missing parts of the index restored', async () => {
      await rig.build('one', { version: '1.2.3' })
      const { digest } = await push('first', 'both')
      const [child] = rig.indexAt('latest').manifests
      second.repository('o/one').manifests.delete(child?.digest as Digest)
      expect(missingFrom(second, digest)).toHaveLength(1)
      expect(await push('second', 'both')).toMatchObject({ digest, kept: true })
      expect([missingFrom(rig.registry, digest), missingFrom(second, digest)]).toEqual([[], []])
      expect(second.tag('o/one', 'latest')).toBe(digest)
    })

    test('get a missing part of an index from each other if it cannot be created again', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first', 'both')
      const published = rewriteIndex(rig.registry)
      expect(rewriteIndex(second)).toBe(published)
      const [child] = rig.indexAt('latest').manifests
      rig.registry.repository('o/one').manifests.delete(child?.digest as Digest)
      expect(await push('second', 'both')).toMatchObject({ digest: published, kept: true })
      expect([missingFrom(rig.registry, published), missingFrom(second, published)]).toEqual([[], []])
    })

    test('get a full copy of an index that cannot be created again', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const published = rewriteIndex(rig.registry)
      expect(await push('second', 'both')).toMatchObject({ digest: published, kept: true })
      for (const tag of ['1.2.3', '1.2', '1', 'latest', 'main'])
        expect([tag, second.tag('o/one', tag)]).toEqual([tag, published])
      expect(missingFrom(second, published)).toEqual([])
      const { bytes } = second.repository('o/one').manifests.get(published) ?? {}
      expect(JSON.parse(String(bytes)).annotations[REVISION]).toBe(shaOf('first'))
    })
  })
})
