import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createImageCache } from '../../../src/command/build/image-cache.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import type { WorkTree } from '../../../src/command/shared/work-tree.js'
import type { RunCache } from '../../../src/host/host.js'
import { archiveOf, containerOf, contentsOf } from '../../support/archives.js'
import { type TestHost, testHost } from '../../support/host.js'
import { KEY_FORMS, rekeyArchive } from '../../support/own-keys.js'

let host: TestHost
let saved: Map<string, string>
let cache: RunCache
beforeEach(() => {
  host = testHost()
  saved = new Map()
  const savedFolder = join(host.temp, 'elsewhere')
  cache = {
    folder: join(host.temp, 'cache'),
    readOnly: false,
    async restore(path, key) {
      const copy = saved.get(key)
      if (copy === undefined) return undefined
      mkdirSync(dirname(path), { recursive: true })
      copyFileSync(copy, path)
      return key
    },
    async save(path, key) {
      mkdirSync(savedFolder, { recursive: true })
      copyFileSync(path, join(savedFolder, key))
      saved.set(key, join(savedFolder, key))
      return true
    },
  }
})
afterEach(() => host.remove())

const imagesOf = (from: RunCache | undefined, compression: string, tree: WorkTree = { kind: 'no-git' }) =>
  createImageCache(from, { host, compression, tree })

const container = containerOf('hello', 'x86_64-linux')
const restored = (): string => join(host.temp, 'out', 'hello-x86_64-linux.oci.tar')

/** Saves an archive and returns its key. */
async function saveArchive(encoding: 'gzip' | 'zstd' = 'gzip'): Promise<string> {
  const file = await archiveOf(host.temp, container)
  const save = await imagesOf(cache, encoding).prepareSave(container, file)
  if (save === undefined) throw new Error('nothing was prepared')
  // A user may remove the archive before the post step.
  const content = readFileSync(file)
  rmSync(file)
  await cache.save(save.path, save.key)
  expect(content.length).toBeGreaterThan(0)
  return save.key
}

test('restores the archive of the same derivation, with the work tree of this run', async () => {
  const key = await saveArchive()
  expect(key).toMatch(/^nix-multiarch-image-[0-9a-z]{32}-[0-9a-f]{16}$/)
  const found = await imagesOf(cache, 'gzip').restore(container, restored())
  expect(found?.image.platform).toMatchObject({ architecture: 'amd64' })
  expect(found?.size).toBe(readFileSync(restored()).length)
  expect((await openArchive(saved.get(key) ?? ''))?.tree).toBeUndefined()
  expect((await openArchive(restored()))?.tree).toEqual({ kind: 'no-git' })
  const [before, after] = await Promise.all([openArchive(saved.get(key) ?? ''), openArchive(restored())])
  expect(after?.image.manifest.digest).toBe(before?.image.manifest.digest)
})

test('an archive without its contents is a miss for a run with SBOMs, and brings them otherwise', async () => {
  await saveArchive()
  const images = createImageCache(cache, { host, compression: 'gzip', tree: { kind: 'no-git' }, sbom: true })
  expect(await images.restore(container, restored())).toBeUndefined()
  const contents = contentsOf('x86_64-linux')
  const file = await archiveOf(host.temp, container, testHost(), undefined, contents)
  const save = await images.prepareSave(container, file)
  await cache.save(save?.path ?? '', save?.key ?? '')
  await images.restore(container, restored())
  expect((await openArchive(restored()))?.contents).toEqual(contents)
})

test('the work tree of an earlier run is replaced', async () => {
  await saveArchive()
  const commit = (digit: string): WorkTree => ({
    kind: 'commit',
    sha: digit.repeat(40),
    isClean: true,
    tags: [],
  })
  await imagesOf(cache, 'gzip', commit('a')).restore(container, restored())
  const save = await imagesOf(cache, 'gzip').prepareSave(container, restored())
  await cache.save(save?.path ?? '', save?.key ?? '')
  await imagesOf(cache, 'gzip', commit('b')).restore(container, restored())
  expect((await openArchive(restored()))?.tree).toEqual(commit('b'))
})

test('another derivation, compression or description is a miss', async () => {
  await saveArchive()
  const images = imagesOf(cache, 'gzip')
  const other = { ...container, derivation: `/nix/store/${'9'.repeat(32)}-other.drv` }
  expect(await images.restore(other, restored())).toBeUndefined()
  expect(await images.restore({ ...container, description: 'new' }, restored())).toBeUndefined()
  expect(await imagesOf(cache, 'zstd').restore(container, restored())).toBeUndefined()
})

test.each(Object.entries(KEY_FORMS))(
  'restores an archive with %s annotation keys unchanged',
  async (_, prefix) => {
    const path = saved.get(await saveArchive()) ?? ''
    await rekeyArchive(path, prefix)
    const found = await imagesOf(cache, 'gzip').restore(container, restored())
    const before = await openArchive(path)
    expect(found?.image.manifest.digest).toBe(before?.image.manifest.digest)
    expect(host.logged).toEqual([])
  },
)

test('a damaged archive is a miss and causes a warning', async () => {
  const key = await saveArchive()
  const bytes = readFileSync(saved.get(key) ?? '')
  bytes[bytes.length - 3000] = (bytes[bytes.length - 3000] ?? 0) ^ 0xff
  writeFileSync(saved.get(key) ?? '', bytes)
  expect(await imagesOf(cache, 'gzip').restore(container, restored())).toBeUndefined()
  expect(host.logged.join('\n')).toMatch(
    /warning: Cannot restore hello for x86_64-linux from the image cache: /,
  )
})

test('a read-only cache saves nothing, and without a cache nothing is found', async () => {
  const file = await archiveOf(host.temp, container)
  const readOnly = imagesOf({ ...cache, readOnly: true }, 'gzip')
  expect(await readOnly.prepareSave(container, file)).toBeUndefined()
  const none = imagesOf(undefined, 'gzip')
  expect(await none.prepareSave(container, file)).toBeUndefined()
  expect(await none.restore(container, restored())).toBeUndefined()
})

test('a cache that fails causes a warning, not an error', async () => {
  const file = await archiveOf(host.temp, container)
  writeFileSync(cache.folder, 'a file where a folder should be')
  const images = imagesOf(cache, 'gzip')
  expect(await images.prepareSave(container, file)).toBeUndefined()
  expect(await images.restore(container, restored())).toBeUndefined()
  expect(host.logged).toEqual([
    expect.stringMatching(/^warning: Cannot save hello for x86_64-linux in the image cache: E/),
    expect.stringMatching(/^warning: Cannot restore hello for x86_64-linux from the image cache: E/),
  ])
})
