import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { packArchive } from '../../../src/command/build/pack-archive.js'
import { merge } from '../../../src/command/merge/merge.js'
import type { Merged } from '../../../src/command/shared/merge-result.js'
import type { Container } from '../../../src/nix/container.js'
import { CONTENT, PROOF } from '../../../src/oci/annotation-keys.js'
import type { Descriptor } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { parseManifest } from '../../../src/oci/image.js'
import { platformOf, type System } from '../../../src/oci/platform.js'
import { rejection } from '../../nix/fakes.js'
import { containerOf } from '../../support/archives.js'
import { dockerArchive } from '../../support/docker-archive.js'
import { testHost } from '../../support/host.js'
import { layerOf, noise, seeded, tarOf, withChecksum } from '../../support/images.js'
import { BOTH, type MergeRig, mergeRig } from './merge-rig.js'

// `created = "now"` and `mtime = "now"` in dockerTools: the same derivation gives other bytes each time.

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
})
afterEach(() => rig.close())

interface BuildOptions {
  /** The time in the config and in its history. */
  readonly created?: string
  /** The time of all files, in seconds. */
  readonly mtime?: number
  /** Fields of `config`, such as `Env`. */
  readonly config?: object
  readonly content?: Buffer
  readonly about?: Partial<Container>
}

const CONTENT_BYTES = noise(seeded(5), 40_000)

/** Builds the container `one` for both systems, always from the same derivation. */
async function build(options: BuildOptions): Promise<void> {
  for (const system of BOTH) await buildFor(system, options)
}

async function buildFor(system: System, { created, mtime = 0, config, content, about }: BuildOptions) {
  const layers = [
    { name: 'nix/store/library', body: CONTENT_BYTES },
    { name: `bin/one-${system}`, body: content ?? CONTENT_BYTES },
  ].map(member => layerOf(withMtime(tarOf([member]), mtime)))
  const document = {
    ...(created && { created }),
    os: 'linux',
    architecture: platformOf(system).architecture,
    config: { Cmd: ['/run/one'], Env: ['A=1'], ...config },
    history: layers.map(() => ({ comment: 'store paths', ...(created && { created }) })),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  }
  const host = testHost()
  const source = join(host.temp, 'source.tar')
  writeFileSync(source, dockerArchive({ config: Buffer.from(JSON.stringify(document)), layers }))
  const container = containerOf('one', system, { version: '1.2.3', ...about })
  const file = join(rig.folder, `one-${system}.oci.tar`)
  await packArchive(container, source, host, { file, encoding: 'gzip' })
  host.remove()
}

/** Sets the time of the only member. */
function withMtime(tar: Buffer, seconds: number): Buffer {
  const header = tar.subarray(0, 512)
  header.write(`${seconds.toString(8).padStart(11, '0')}\0`, 136, 'latin1')
  withChecksum(header)
  return tar
}

const push = async (commit: string, overrides?: Readonly<Record<string, string>>): Promise<Merged> =>
  (await merge(rig.request(overrides), rig.runOf(commit)))[0] as Merged

const uploads = (): string[] =>
  rig.registry.log.filter(({ method }) => method === 'POST' || method === 'PATCH').map(({ path }) => path)

const tags = (): Record<string, string> => Object.fromEntries(rig.registry.repository('o/one').tags)

/** Counts how often layers were downloaded. */
function countLayerDownloads(): number {
  const { manifests } = rig.registry.repository('o/one')
  const digests = [...manifests.values()].flatMap(({ bytes, mediaType }) =>
    mediaType.includes('index') ? [] : parseManifest(bytes).layers.map(({ digest }) => digest),
  )
  const paths = digests.map(digest => `/v2/o/one/blobs/${digest}`)
  return rig.registry.log.filter(({ method, path }) => method === 'GET' && paths.includes(path)).length
}

const NOW: readonly BuildOptions[] = [
  { created: '2026-11-01T10:00:00Z', mtime: 1_793_527_200 },
  { created: '2026-11-02T11:22:33.456Z', mtime: 1_793_618_553 },
]

describe('the same derivation, built again', () => {
  test.each<[string, BuildOptions, BuildOptions]>([
    [
      'with another time of creation',
      { created: '2026-11-01T10:00:00Z' },
      { created: '2026-11-02T10:00:00Z' },
    ],
    ['with a time of creation that was not there before', {}, { created: '2026-11-02T10:00:00Z' }],
    ['with other times of files', { mtime: 1 }, { mtime: 1_793_527_200 }],
    ['with both', NOW[0] as BuildOptions, NOW[1] as BuildOptions],
  ])('%s is the same image: its digest and all tags stay', async (_, before, after) => {
    await build(before)
    const first = await push('first')
    const expected = tags()
    await build(after)
    rig.registry.log.length = 0
    const again = await push('first')
    expect(again).toMatchObject({ digest: first.digest, kept: true, pushed: [{ left: [] }] })
    expect(tags()).toEqual(expected)
    expect(uploads()).toEqual([])
  })

  test('gets the tag of the next commit at the published digest', async () => {
    await build(NOW[0] as BuildOptions)
    const first = await push('first')
    await build(NOW[1] as BuildOptions)
    await push('second')
    expect(new Set(Object.values(tags()))).toEqual(new Set([first.digest]))
    expect(Object.keys(tags())).toHaveLength(7)
  })

  test('keeps its digest if only moving tags are set', async () => {
    const rules = { tags: 'latest' }
    await build(NOW[0] as BuildOptions)
    const first = await push('first', rules)
    await build(NOW[1] as BuildOptions)
    expect(await push('second', rules)).toMatchObject({ digest: first.digest, kept: true })
  })

  /** Removes annotations from the published index, and returns its new digest. */
  function publishWithout(...keys: readonly string[]): Digest {
    const { manifests, tags } = rig.registry.repository('o/one')
    const published = manifests.get(rig.tag('1.2.3') as Digest)
    const document = JSON.parse(String(published?.bytes))
    for (const key of keys) delete document.annotations[key]
    const bytes = Buffer.from(JSON.stringify(document))
    manifests.set(digestOf(bytes), { mediaType: published?.mediaType ?? '', bytes })
    for (const tag of tags.keys()) tags.set(tag, digestOf(bytes))
    return digestOf(bytes)
  }

  test('is found under an index without a content digest', async () => {
    await build(NOW[0] as BuildOptions)
    await push('first')
    const digest = publishWithout(CONTENT)
    await build(NOW[1] as BuildOptions)
    expect(await push('first')).toMatchObject({ digest, kept: true })
  })

  test('keeps the version of an index without a record; the other tags get a record once', async () => {
    await build(NOW[0] as BuildOptions)
    await push('first')
    const old = publishWithout(CONTENT, PROOF)
    await build(NOW[1] as BuildOptions)
    const recorded = await push('first')
    expect(rig.tag('1.2.3')).toBe(old)
    expect(rig.tag('latest')).toBe(recorded.digest)
    expect(rig.indexAt('latest').manifests.map(({ digest }) => digest)).toEqual(
      rig.indexAt('1.2.3').manifests.map(({ digest }) => digest),
    )
    await build({ created: '2026-11-03T10:00:00Z', mtime: 7 })
    expect(await push('second')).toMatchObject({ digest: recorded.digest, kept: true })
    expect(rig.tag('1.2.3')).toBe(old)
  })

  test('does not keep a version with `force`, because published layers are not believed', async () => {
    await build(NOW[0] as BuildOptions)
    const first = await push('first')
    await build(NOW[1] as BuildOptions)
    const { message } = await rejection(push('first', { force: 'true' }))
    expect(message).toContain('it has other times, and with `force: true` published layers are not believed')
    expect(rig.tag('1.2.3')).toBe(first.digest)
    const again = await push('first', { force: 'true', overwrite: 'true' })
    expect(rig.tag('1.2.3')).toBe(again.digest)
  })

  test('unpacks layers only if their diff_ids differ, and each of them once', async () => {
    await build({ created: '2026-11-01T10:00:00Z' })
    await push('first')
    await build({ created: '2026-11-02T10:00:00Z' })
    rig.registry.log.length = 0
    await push('first')
    expect(countLayerDownloads()).toBe(0)
    // The library is in both images.
    await build({ created: '2026-11-02T10:00:00Z', mtime: 5 })
    rig.registry.log.length = 0
    await push('first')
    expect(countLayerDownloads()).toBe(3)
  })

  test('is compared again if another run has set the tag in the meantime', async () => {
    await build(NOW[0] as BuildOptions)
    const first = await push('first')
    const { tags } = rig.registry.repository('o/one')
    tags.clear()
    await build(NOW[1] as BuildOptions)
    rig.registry.onRequest = (method, path) => {
      if (method === 'PUT' && path.includes('/manifests/sha256:')) tags.set('1.2.3', first.digest)
    }
    const merged = await push('first')
    expect(rig.tag('1.2.3')).toBe(first.digest)
    expect(merged.pushed[0]?.left).toEqual([
      {
        tag: expect.stringContaining(':1.2.3'),
        why: 'it points to the same image, built at another time',
      },
    ])
  })
})

describe('other content under the same derivation', () => {
  const changed = Buffer.from(CONTENT_BYTES)
  changed[20_000] = (changed[20_000] ?? 0) ^ 1

  test.each<[string, BuildOptions, string]>([
    ['one byte of a file', { content: changed }, 'bin/one-x86_64-linux in layer 2 of linux/amd64'],
    [
      'a file that is longer',
      { content: Buffer.concat([changed, changed]) },
      'bin/one-aarch64-linux in layer 2',
    ],
    ['a variable', { config: { Env: ['A=2'] } }, 'Env of linux/amd64, Env of linux/arm64'],
    ['the command', { config: { Cmd: ['/run/two'] } }, 'Cmd of linux/amd64'],
    ['a label', { config: { Labels: { a: 'b' } } }, 'Labels of linux/amd64'],
    ['a user that was not there before', { config: { User: 'root' } }, 'User of linux/amd64'],
    ['the description', { about: { description: 'Another' } }, 'org.opencontainers.image.description'],
  ])('is an error that names %s', async (_, options, expected) => {
    await build(NOW[0] as BuildOptions)
    await push('first')
    const before = tags()
    await build({ ...(NOW[1] as BuildOptions), ...options })
    const { message } = await rejection(push('second'))
    expect(message).toContain('1.2.3')
    expect(message).toContain('the derivations are the same; different: ')
    expect(message).toContain(expected)
    expect(tags()).toEqual(before)
  })

  test('replaces the version with `overwrite`', async () => {
    await build(NOW[0] as BuildOptions)
    const first = await push('first')
    await build({ ...(NOW[1] as BuildOptions), content: changed })
    const second = await push('second', { overwrite: 'true' })
    expect(second.digest).not.toBe(first.digest)
    expect(rig.tag('1.2.3')).toBe(second.digest)
  })

  test('is an error if a published layer does not have the diff_id of its config', async () => {
    await build(NOW[0] as BuildOptions)
    await push('first')
    const { manifests, tags } = rig.registry.repository('o/one')
    const documentOf = (digest: string) => JSON.parse(String(manifests.get(digest as Digest)?.bytes))
    const store = (document: { mediaType: string }): Pick<Descriptor, 'digest' | 'size'> => {
      const bytes = Buffer.from(JSON.stringify(document))
      manifests.set(digestOf(bytes), { mediaType: document.mediaType, bytes })
      return { digest: digestOf(bytes), size: bytes.length }
    }
    const index = documentOf(rig.tag('1.2.3') ?? '')
    for (const child of index.manifests) {
      const manifest = documentOf(child.digest)
      const config = JSON.parse(String(rig.registry.store.blobs.get(manifest.config.digest)))
      config.rootfs.diff_ids[0] = digestOf(Buffer.from('a false claim'))
      const bytes = Buffer.from(JSON.stringify(config))
      Object.assign(manifest.config, {
        digest: rig.registry.store.addBlob('o/one', bytes),
        size: bytes.length,
      })
      Object.assign(child, store(manifest))
    }
    index.annotations[CONTENT] = digestOf(Buffer.from('another'))
    tags.set('1.2.3', store(index).digest)
    await build(NOW[1] as BuildOptions)
    expect((await rejection(push('second'))).message).toMatch(
      /layer 1 of linux\/amd64 \(its diff_id is sha256:\w+, not sha256:\w+\)/,
    )
  })
})
