import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { DESCRIPTION, REVISION, TITLE } from '../../../src/oci/annotations.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { OCI_INDEX } from '../../../src/oci/media-type.js'
import { archiveOf, containerOf } from '../../support/archives.js'
import { shaOf } from '../../support/github-state.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

const signal = new AbortController().signal

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
  const [merged] = await merge(rig.request({ image: images.join('\n') }), rig.runOf(commit), signal)
  if (!merged) throw new Error('nothing was merged')
  return merged
}

const whole = (registry: TestRegistry, digest: Digest): Digest[] => registry.missing('o/one', digest)

/** Writes the index that all tags hold otherwise, as another version of the program might have. */
function rewritten(registry: TestRegistry): Digest {
  const { manifests, tags } = registry.repository('o/one')
  const stored = manifests.get(tags.get('latest') as Digest)
  const bytes = Buffer.from(JSON.stringify(JSON.parse(String(stored?.bytes)), null, 2))
  const digest = digestOf(bytes)
  manifests.set(digest, { bytes, mediaType: OCI_INDEX })
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
