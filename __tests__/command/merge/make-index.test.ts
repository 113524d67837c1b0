import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AnnotatedImage, computeContentDigest } from '../../../src/command/merge/make-index.js'
import { merge } from '../../../src/command/merge/merge.js'
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
} from '../../../src/oci/annotations.js'
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

describe('make index', () => {
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

  describe('another content', () => {
    test.each<[string, Made]>([
      ['the config', { ...MADE, config: { ...MADE.config, history: [] } }],
      [
        'what a layer unpacks to',
        {
          ...MADE,
          config: { ...MADE.config, rootfs: { ...DIFF_IDS, diff_ids: [`sha256:${'b'.repeat(64)}`] } },
        },
      ],
      ['a label', labelled({ a: 'c' })],
      ['a label more', labelled({ a: 'b', c: 'd' })],
      ['how a layer is compressed', { ...MADE, layers: [layer('one', OCI_LAYER_ZSTD)] }],
      ['the number of layers', { ...MADE, layers: [layer('one'), layer('two')] }],
      ['the derivation', { ...MADE, about: { ...MADE.about, [DERIVATION]: '/nix/store/other.drv' } }],
      ['no derivation', { ...MADE, about: { [SYSTEM]: 'x86_64-linux' } }],
      ['the system', { ...MADE, about: { ...MADE.about, [SYSTEM]: 'i686-linux' } }],
      ['the platform', { ...MADE, platform: 'linux/386' }],
      ['an annotation of a manifest', { ...MADE, annotations: { ...MADE.annotations, [TITLE]: 'other' } }],
      ['an annotation more on a manifest', { ...MADE, annotations: { ...MADE.annotations, a: 'b' } }],
    ])('%s', (_, changed) => {
      expect(digest([changed, ARM])).not.toBe(BEFORE)
    })

    test('an annotation of the index', () => {
      expect(digest([MADE, ARM], { ...ON_INDEX, [TITLE]: 'other' })).not.toBe(BEFORE)
      expect(digest([MADE, ARM], { ...ON_INDEX, a: 'b' })).not.toBe(BEFORE)
    })

    test('a platform more, and one less', () => {
      expect(digest([MADE, ARM, { ...ARM, platform: 'linux/riscv64' }])).not.toBe(BEFORE)
      expect(digest([MADE])).not.toBe(BEFORE)
    })

    test('which platform has which image', () => {
      const [amd64, arm64] = [MADE.platform, ARM.platform]
      expect(
        digest([
          { ...MADE, platform: arm64 },
          { ...ARM, platform: amd64 },
        ]),
      ).not.toBe(BEFORE)
    })
  })

  describe('the same content', () => {
    test.each<[string, Made]>([
      ['another commit on a manifest', { ...MADE, annotations: { ...MADE.annotations, [REVISION]: 'bbb' } }],
      [
        'another time on a manifest',
        { ...MADE, annotations: { ...MADE.annotations, [CREATED]: '2027-01-01T00:00:00Z' } },
      ],
      ['no commit on a manifest', { ...MADE, annotations: { [TITLE]: 'one' } }],
      ['the commit as a label', labelled({ a: 'b', [REVISION]: 'bbb' })],
      ['the time as a label', labelled({ a: 'b', [CREATED]: '2027-01-01T00:00:00Z' })],
      ['a layer that was compressed by another compressor', { ...MADE, layers: [layer('smaller')] }],
      [
        'the order of annotations',
        { ...MADE, annotations: Object.fromEntries(Object.entries(MADE.annotations).reverse()) },
      ],
    ])('%s', (_, changed) => {
      expect(digest([changed, ARM])).toBe(BEFORE)
    })

    test('another commit and time on the index', () => {
      const other = { ...ON_INDEX, [REVISION]: 'bbb', [CREATED]: '2027-01-01T00:00:00Z' }
      expect(digest([MADE, ARM], other)).toBe(BEFORE)
      expect(digest([MADE, ARM], { [TITLE]: 'one' })).toBe(BEFORE)
    })

    test.each(Object.entries(KEY_FORMS))('%s keys of ours on a descriptor', (_, prefix) => {
      const other = { ...MADE, about: keysAs(prefix, MADE.about) }
      expect(digest([other, ARM])).toBe(BEFORE)
    })

    test('that images of the first keys bear, whose names have no domain', () => {
      expect(BEFORE).toBe('sha256:aee1569d6e5da50434b19390f532960c3fb823afc4ff57a1d4018380389b55e0')
    })

    test('the order of the images', () => {
      expect(digest([ARM, MADE])).toBe(BEFORE)
    })

    test('no labels at all, and none but the commit', () => {
      const bare = { ...MADE, config: { architecture: 'amd64', os: 'linux', rootfs: DIFF_IDS } }
      const stamped = { ...bare, config: { ...bare.config, config: { Labels: { [REVISION]: 'bbb' } } } }
      expect(digest([stamped])).toBe(digest([bare]))
    })
  })
})

describe('keep', () => {
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

  /** One container, to the rig's registry, a second one, or both. */
  async function push(commit: string, to: 'first' | 'second' | 'both' = 'first') {
    const images = [
      ...(to === 'second' ? [] : [`${rig.registry.host}/o/{name}`]),
      ...(to === 'first' ? [] : [`${second.host}/o/{name}`]),
    ]
    const [merged] = await merge(rig.request({ image: images.join('\n') }), rig.runOf(commit))
    if (!merged) throw new Error('nothing was merged')
    return merged
  }

  const whole = (registry: TestRegistry, digest: Digest): Digest[] => registry.missing('o/one', digest)

  /** Writes what all tags hold otherwise, index and manifests, as another version of the program might have. */
  function rewritten(registry: TestRegistry): Digest {
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
    const { digest } = put({ ...index, manifests: children }, OCI_INDEX)
    for (const tag of tags.keys()) tags.set(tag, digest)
    return digest
  }

  describe('which index is kept', () => {
    test("an exact version's, where the branch has moved on meanwhile", async () => {
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

    test("an exact version's, where the branch holds the same from another commit", async () => {
      await rig.build('one', { version: '1.2.3' })
      const first = await push('first')
      const { tags } = rig.registry.repository('o/one')
      tags.clear()
      expect((await push('second')).digest).not.toBe(first.digest)
      tags.set('1.2.3', first.digest)
      expect(await push('third')).toMatchObject({ digest: first.digest, kept: true, pushed: [{ left: [] }] })
      expect(rig.tag('main')).toBe(first.digest)
    })

    test('that of another commit with other content is not', async () => {
      await rig.build('one', { version: 'x' })
      const first = await push('first')
      await rig.build('one', { version: 'x', description: 'Another' })
      expect(await push('second')).toMatchObject({ kept: false })
      expect(rig.tag('main')).not.toBe(first.digest)
    })

    test('one that cannot be made again is kept byte for byte', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const held = rewritten(rig.registry)
      expect(await push('second')).toMatchObject({ digest: held, kept: true })
      expect(rig.tag(`sha-${shaOf('second').slice(0, 7)}`)).toBe(held)
    })
  })

  describe.each(Object.entries(KEY_FORMS))('with %s keys of ours', (_, prefix) => {
    const rekey = (): Digest => rekeyTags(rig.registry, 'o/one', prefix).get('1.2.3') as Digest
    const sha = `sha-${shaOf('second').slice(0, 7)}`
    const sent = (): string[] =>
      rig.registry.log.filter(({ method }) => method !== 'GET' && method !== 'HEAD').map(({ path }) => path)

    test.each(['first', 'second'])('an index is kept by a run for the %s commit', async commit => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const held = rekey()
      rig.registry.log.length = 0
      const merged = await push(commit)
      expect(merged).toMatchObject({
        digest: held,
        kept: commit === 'second' || prefix !== KEY_FORMS.current,
      })
      expect(merged.pushed[0]).toMatchObject({ blobs: { uploaded: 0, mounted: 0 }, left: [] })
      // Nothing but a tag that is new.
      const names = [sha, '1.2.3', '1.2', '1', 'latest', 'main']
      expect(sent()).toEqual(commit === 'first' ? [] : [`/v2/o/one/manifests/${sha}`])
      for (const tag of names.slice(commit === 'first' ? 1 : 0))
        expect([tag, rig.tag(tag)]).toEqual([tag, held])
    })

    test('an index is mended where a part of it is gone', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const held = rekey()
      const [child] = rig.indexAt('latest').manifests
      rig.registry.repository('o/one').manifests.delete(child?.digest as Digest)
      expect(await push('second')).toMatchObject({ digest: held, kept: true })
      expect(whole(rig.registry, held)).toEqual([])
    })

    test('an index that cannot be made again is kept byte for byte', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      rewritten(rig.registry)
      const held = rekey()
      expect(await push('second')).toMatchObject({ digest: held, kept: true })
      expect(whole(rig.registry, held)).toEqual([])
    })

    test('an index goes to a second registry as it is', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const held = rekey()
      expect(await push('second', 'both')).toMatchObject({ digest: held, kept: true })
      for (const tag of ['1.2.3', 'latest', sha]) expect([tag, second.tag('o/one', tag)]).toEqual([tag, held])
      expect(whole(second, held)).toEqual([])
    })

    test('an exact version that holds the same from another commit is not refused', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first', 'first')
      await push('second', 'second')
      const [held, theirs] = [rekey(), rekeyTags(second, 'o/one', prefix).get('1.2.3')]
      const both = await push('third', 'both')
      expect(both).toMatchObject({ digest: held, kept: true })
      expect(second.tag('o/one', '1.2.3')).toBe(theirs)
      expect(both.pushed.map(({ left }) => left.map(({ why }) => why))).toEqual([
        [],
        ['it holds the same image, from another commit'],
      ])
    })

    test('one container is kept beside another that has changed', async () => {
      await rig.build('one', { version: '1.2.3' })
      await rig.build('two', { version: '1.2.3' })
      await push('first')
      const held = rekey()
      await rig.build('two', { version: '1.2.4' })
      expect(await push('second')).toMatchObject({ digest: held, kept: true })
      expect(rig.tag('1.2.3')).toBe(held)
      expect(rig.tag('1.2.4', 'o/two')).toBeDefined()
    })

    test('one platform keeps its manifest beside another that has changed', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const held = rekey()
      const before = rig.indexAt('1.2.3').manifests.map(({ digest }) => digest)
      const other = containerOf('one', 'aarch64-linux', { version: '1.2.3', derivation: '/nix/store/x.drv' })
      await archiveOf(rig.folder, { ...other, description: 'Another' })
      rig.registry.repository('o/one').tags.delete('1.2.3')
      const merged = await push('first')
      const { manifests, annotations } = rig.indexAt('latest')
      expect(merged).toMatchObject({ kept: false, pushed: [{ blobs: { uploaded: 0 } }] })
      expect(merged.digest).not.toBe(held)
      expect(manifests[0]?.digest).toBe(before[0])
      expect(manifests[1]?.digest).not.toBe(before[1])
      // What is made anew has the keys of now.
      expect(manifests.map(({ annotations = {} }) => annotations[SYSTEM])).toEqual([
        'x86_64-linux',
        'aarch64-linux',
      ])
      expect(annotations?.[CONTENT]).toBeDefined()
    })

    test.each<[string, readonly System[]]>([
      ['all archives', ['x86_64-linux', 'aarch64-linux']],
      ['one of two archives', ['aarch64-linux']],
    ])('%s are merged as those of now', async (_, systems) => {
      await rig.build('one', { version: '1.2.3' })
      for (const system of systems) await rekeyArchive(join(rig.folder, `one-${system}.oci.tar`), prefix)
      const { digest } = await push('first')
      const fromOld = rig.registry.repository('o/one').manifests.get(digest)?.bytes.toString()
      await rig.build('one', { version: '1.2.3' })
      await push('first', 'second')
      const fromNew = second.repository('o/one').manifests.get(second.tag('o/one', '1.2.3') as Digest)
      expect(fromOld).toBe(fromNew?.bytes.toString())
      const held = rekey()
      await rekeyArchive(join(rig.folder, 'one-x86_64-linux.oci.tar'), prefix)
      expect(await push('second')).toMatchObject({ digest: held, kept: true })
    })

    test('a multi-arch archive holds the index that is kept, and is passed over as those of now', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const held = rekey()
      const archive = join(rig.folder, 'one.multi-arch.oci.tar')
      await merge(rig.request({ archive }), rig.runOf('second'))
      const { index } = await openLayout(archive)
      expect(index.manifests).toMatchObject([{ digest: held, annotations: { [CONTAINER]: 'one' } }])
      await writeArchive(archive, { index: keysAs(prefix, index.manifests), blobs: [] })
      expect(await push('third')).toMatchObject({ digest: held, kept: true })
    })
  })

  describe('what stands on an index', () => {
    test('is what its platforms agree on', async () => {
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
    test('that hold the same from different commits: none is refused, and what stays is told', async () => {
      await rig.build('one', { version: '1.2.3' })
      const ours = await push('first', 'first')
      const theirs = await push('second', 'second')
      expect(theirs.digest).not.toBe(ours.digest)
      const both = await push('third', 'both')
      expect(both).toMatchObject({ digest: ours.digest, kept: true })
      expect(rig.tag('1.2.3')).toBe(ours.digest)
      expect(second.tag('o/one', '1.2.3')).toBe(theirs.digest)
      expect(second.tag('o/one', 'main')).toBe(ours.digest)
      expect(both.pushed.map(({ left }) => left)).toEqual([
        [],
        [{ tag: `${second.host}/o/one:1.2.3`, why: 'it holds the same image, from another commit' }],
      ])
      expect(whole(second, ours.digest)).toEqual([])
    })

    test('one lacks a part of the index: it is mended', async () => {
      await rig.build('one', { version: '1.2.3' })
      const { digest } = await push('first', 'both')
      const [child] = rig.indexAt('latest').manifests
      second.repository('o/one').manifests.delete(child?.digest as Digest)
      expect(whole(second, digest)).toHaveLength(1)
      expect(await push('second', 'both')).toMatchObject({ digest, kept: true })
      expect([whole(rig.registry, digest), whole(second, digest)]).toEqual([[], []])
      expect(second.tag('o/one', 'latest')).toBe(digest)
    })

    test('the first lacks a part of an index that cannot be made again: it comes from the second', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first', 'both')
      const held = rewritten(rig.registry)
      expect(rewritten(second)).toBe(held)
      const [child] = rig.indexAt('latest').manifests
      rig.registry.repository('o/one').manifests.delete(child?.digest as Digest)
      expect(await push('second', 'both')).toMatchObject({ digest: held, kept: true })
      expect([whole(rig.registry, held), whole(second, held)]).toEqual([[], []])
    })

    test('an index that cannot be made again goes whole to the second', async () => {
      await rig.build('one', { version: '1.2.3' })
      await push('first')
      const held = rewritten(rig.registry)
      expect(await push('second', 'both')).toMatchObject({ digest: held, kept: true })
      for (const tag of ['1.2.3', '1.2', '1', 'latest', 'main'])
        expect([tag, second.tag('o/one', tag)]).toEqual([tag, held])
      expect(whole(second, held)).toEqual([])
      const { bytes } = second.repository('o/one').manifests.get(held) ?? {}
      expect(JSON.parse(String(bytes)).annotations[REVISION]).toBe(shaOf('first'))
    })
  })
})
