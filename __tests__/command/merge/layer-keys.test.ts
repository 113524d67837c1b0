import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { packArchive } from '../../../src/command/build/pack-archive.js'
import { createStoreRecords } from '../../../src/command/build/store-records.js'
import { merge } from '../../../src/command/merge/merge.js'
import { RecordedDiffIds } from '../../../src/command/shared/layer-keys.js'
import {
  type FoundLayers,
  findPublishedLayers,
  parseTaggedImage,
} from '../../../src/command/shared/published-images.js'
import { openLayout } from '../../../src/image/layout.js'
import { LAYER_FILES, LAYER_KEYS, PROOF } from '../../../src/oci/annotation-keys.js'
import { parseConfig } from '../../../src/oci/config.js'
import type { Digest } from '../../../src/oci/digest.js'
import { parseManifest } from '../../../src/oci/image.js'
import { platformOf } from '../../../src/oci/platform.js'
import { parseReference } from '../../../src/oci/reference.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { Repository } from '../../../src/registry/repository.js'
import { fakeNix } from '../../nix/fakes.js'
import { containerOf } from '../../support/archives.js'
import { elfOf } from '../../support/elf.js'
import { testHost } from '../../support/host.js'
import { noise, seeded, tarOf } from '../../support/images.js'
import { BOTH, type MergeRig, mergeRig } from './merge-rig.js'

const pathOf = (letter: string): string => `/nix/store/${letter.repeat(32)}-${letter}`
const CONF = `/nix/store/${'c'.repeat(32)}-conf.json`
const CUSTOMISATION = tarOf([{ name: './etc/motd', body: noise(seeded(9), 4000) }])

let rig: MergeRig
let store: string
beforeEach(async () => {
  rig = await mergeRig()
  store = join(rig.folder, 'root')
  for (const [n, letter] of ['a', 'b'].entries()) {
    mkdirSync(join(store, pathOf(letter)), { recursive: true })
    writeFileSync(join(store, pathOf(letter), 'data'), noise(seeded(n), 50_000))
    writeFileSync(join(store, pathOf(letter), 'program'), elfOf())
  }
  mkdirSync(join(store, pathOf('l')))
  writeFileSync(join(store, pathOf('l'), 'layer.tar'), CUSTOMISATION)
  const checksum = createHash('sha256').update(CUSTOMISATION).digest('hex')
  writeFileSync(join(store, pathOf('l'), 'checksum'), `${checksum}\n`)
})
afterEach(() => rig.close())

/** Makes the content of a store path unusable: a build that reads it fails. */
const breakPath = (letter: string): void => rmSync(join(store, pathOf(letter)), { recursive: true })

interface BuildOptions {
  readonly published?: FoundLayers | undefined
  /** The hashes that Nix has recorded for paths, if they are not the usual ones. */
  readonly hashes?: Readonly<Record<string, string>>
  readonly entrypoint?: string
}

/** Writes an archive for each system, made from the description of a streamed image. */
async function build(
  version: string,
  { published, hashes = {}, entrypoint }: BuildOptions = {},
): Promise<void> {
  const infos = [CONF, ...['a', 'b', 'l'].map(pathOf)].map(path => [
    path,
    { narHash: hashes[path] ?? `sha256:${path}`, narSize: 1, references: [], signatures: [], valid: true },
  ])
  const nix = fakeNix({ answer: () => ({ stdout: JSON.stringify(Object.fromEntries(infos)) }) })
  for (const system of BOTH) {
    const host = testHost()
    writeFileSync(join(store, CONF), describeImage(version, platformOf(system).architecture, entrypoint))
    const records = createStoreRecords(async () => nix, {
      published,
      packed: new RecordedDiffIds(),
      signal: host.signal,
    })
    const derivation = `/nix/store/${'1'.repeat(32)}-one-${version}.drv`
    const container = containerOf('one', system, { version, derivation })
    const file = fileOf(system)
    rmSync(file, { force: true })
    try {
      await packArchive(container, join(store, CONF), host, { file, encoding: 'gzip', published, records })
    } finally {
      host.remove()
    }
  }
}

const fileOf = (system: string): string => join(rig.folder, `one-${system}.oci.tar`)

function describeImage(version: string, architecture: string, entrypoint?: string): string {
  return JSON.stringify({
    architecture,
    config: { Env: [`VERSION=${version}`], ...(entrypoint && { Entrypoint: [entrypoint] }) },
    os: 'linux',
    store_dir: '/nix/store',
    from_image: null,
    store_layers: [[pathOf('a')], [pathOf('b')]],
    customisation_layer: pathOf('l'),
    repo_tag: `one:${version}`,
    created: '1970-01-01T00:00:01+00:00',
    mtime: '1970-01-01T00:00:01+00:00',
    uid: '0',
    gid: '0',
    uname: 'root',
    gname: 'root',
  })
}

const push = (commit: string) => merge(rig.request(), rig.runOf(commit))

type Change = (index: string) => string

/** Reads what a tag records, from the index after each of the changes. */
function publishedAt(tag: string, ...changes: readonly Change[]): Promise<FoundLayers | undefined> {
  return publishedIn(tag, [changes.length === 0 ? [same] : changes])
}

const same: Change = index => index

/** Reads what several repositories record that have the same images. */
async function publishedIn(
  tag: string,
  repositories: readonly (readonly Change[])[],
): Promise<FoundLayers | undefined> {
  const repository = new Repository(new RegistryClient(), parseReference(`${rig.registry.host}/o/one`))
  const found = await repository.getManifest(tag)
  if (!found) throw new Error(`there is no ${tag}`)
  const published = repositories.map(changes => ({
    repository,
    indexes: changes
      .map(change => change(found.bytes.toString()))
      .map(text => parseTaggedImage({ ...found, bytes: Buffer.from(text) })),
  }))
  return findPublishedLayers(published, published.length)
}

async function diffIdsOf(system: string): Promise<readonly Digest[]> {
  const layout = await openLayout(fileOf(system))
  const [manifest] = layout.index.manifests
  if (!manifest) throw new Error('the archive is empty')
  const { config } = parseManifest(await layout.readBlob(manifest))
  return parseConfig(await layout.readBlob(config)).diffIds
}

test('the pushed index has the keys of the layers, and the manifests do not', async () => {
  await build('1.0.0')
  await push('first')
  const { manifests } = rig.indexAt('1.0.0')
  const keys = manifests.map(({ annotations }) => annotations?.[LAYER_KEYS]?.split(' '))
  expect(keys.map(each => each?.length)).toEqual([3, 3])
  expect(keys[0]).toEqual(keys[1])
  for (const { digest } of manifests)
    for (const key of [LAYER_KEYS, LAYER_FILES])
      expect(rig.registry.repository('o/one').manifests.get(digest)?.bytes.toString()).not.toContain(key)
  expect(manifests.filter(({ annotations }) => annotations?.[LAYER_FILES])).toHaveLength(2)
})

test('the next version of the image does not read layers with a recorded key', async () => {
  await build('1.0.0')
  await push('first')
  const before = await diffIdsOf('x86_64-linux')
  for (const letter of ['a', 'b']) breakPath(letter)
  await build('1.1.0', { published: await publishedAt('1.0.0') })
  expect(await diffIdsOf('x86_64-linux')).toEqual(before)
  await push('second')
  const [old, now] = ['1.0.0', '1.1.0'].map(tag =>
    rig
      .indexAt(tag)
      .manifests.map(({ annotations = {} }) => [annotations[LAYER_KEYS], annotations[LAYER_FILES]]),
  )
  expect(now).toEqual(old)
})

test('the entry point is checked with the recorded files of layers that are not read', async () => {
  await build('1.0.0')
  await push('first')
  for (const letter of ['a', 'b']) breakPath(letter)
  const published = await publishedAt('1.0.0')
  const missing = { entrypoint: `${pathOf('a')}/missing` }
  const problem = `cannot start: ${pathOf('a')}/missing is not in the image`
  await expect(build('1.1.0', { published, ...missing })).rejects.toThrow(problem)
  // A layer whose files are not known can have everything.
  const damaged = await publishedAt('1.0.0', index =>
    index.replaceAll(`${LAYER_FILES}":"`, `${LAYER_FILES}":"A`),
  )
  await build('1.1.0', { published: damaged, ...missing })
})

test('the files of a layer count only if all repositories record the same ones', async () => {
  await build('1.0.0')
  await push('first')
  const [diffId] = (await diffIdsOf('x86_64-linux')) as [Digest]
  const without: Change = index => index.replaceAll(LAYER_FILES, 'other')
  const isFound = async (repositories: readonly (readonly Change[])[]) =>
    (await publishedIn('1.0.0', repositories))?.findFiles(diffId) !== undefined
  expect(await isFound([[same], [same]])).toBe(true)
  expect(await isFound([[same], [without]])).toBe(false)
  expect(await isFound([[index => index.replace(PROOF, 'other.proof')]])).toBe(false)
})

test('a layer is read again if Nix has recorded another content for one of its paths', async () => {
  await build('1.0.0')
  await push('first')
  const before = await diffIdsOf('x86_64-linux')
  writeFileSync(join(store, pathOf('b'), 'data'), 'changed')
  breakPath('a')
  await build('1.1.0', { published: await publishedAt('1.0.0'), hashes: { [pathOf('b')]: 'sha256:other' } })
  const after = await diffIdsOf('x86_64-linux')
  expect(after.map((diffId, n) => diffId === before[n])).toEqual([true, false, true])
})

test('a layer is read again if the repository no longer has its blob', async () => {
  await build('1.0.0')
  await push('first')
  const before = await diffIdsOf('x86_64-linux')
  const { manifests, blobs } = rig.registry.repository('o/one')
  for (const { digest } of rig.indexAt('1.0.0').manifests) {
    const [layer] = parseManifest(manifests.get(digest)?.bytes ?? Buffer.alloc(0)).layers
    blobs.delete(layer?.digest as Digest)
  }
  const published = await publishedAt('1.0.0')
  await build('1.1.0', { published })
  expect(await diffIdsOf('x86_64-linux')).toEqual(before)
  breakPath('a')
  await expect(build('1.2.0', { published })).rejects.toThrow('no such file')
})

test('the keys of an index without a valid record are not believed', async () => {
  await build('1.0.0')
  await push('first')
  const foundKeys = await publishedAt('1.0.0')
  const key = rig.indexAt('1.0.0').manifests[0]?.annotations?.[LAYER_KEYS]?.split(' ')[0] ?? ''
  expect(foundKeys?.findDiffId(key as never)).toBe((await diffIdsOf('x86_64-linux'))[0])
  expect(await publishedAt('1.0.0', index => index.replace(PROOF, 'other.proof'))).toBeUndefined()
})

test('several indexes of the same images: one without keys does not matter, and different keys are not believed', async () => {
  await build('1.0.0')
  await push('first')
  const [first = '', second = ''] =
    rig.indexAt('1.0.0').manifests[0]?.annotations?.[LAYER_KEYS]?.split(' ') ?? []
  const [diffId] = await diffIdsOf('x86_64-linux')
  const withoutKeys = (index: string) => index.replaceAll(LAYER_KEYS, 'org.example.keys')
  const exchanged = (index: string) => index.replaceAll(`${first} ${second}`, `${second} ${first}`)
  for (const changes of [
    [same, withoutKeys],
    [withoutKeys, same],
  ])
    expect((await publishedAt('1.0.0', ...changes))?.findDiffId(first as never)).toBe(diffId)
  expect((await publishedAt('1.0.0', exchanged))?.findDiffId(second as never)).toBe(diffId)
  expect((await publishedAt('1.0.0', same, exchanged))?.findDiffId(first as never)).toBeUndefined()

  // All repositories of a container must agree.
  expect((await publishedIn('1.0.0', [[same], [same]]))?.findDiffId(first as never)).toBe(diffId)
  for (const other of [exchanged, withoutKeys])
    expect((await publishedIn('1.0.0', [[same], [other]]))?.findDiffId(first as never)).toBeUndefined()
})

test('an unchanged image that is published in another way keeps its index', async () => {
  await build('1.0.0')
  await push('first')
  const before = rig.tag('1.0.0')
  await build('1.0.0', { hashes: { [pathOf('a')]: 'sha256:other' } })
  await push('second')
  expect(rig.tag('1.0.0')).toBe(before)
})
