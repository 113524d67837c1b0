import { describe, expect, test } from '@jest/globals'
import { blobsOf, makeImage } from '../../src/oci/image.js'
import { makeIndex } from '../../src/oci/image-index.js'
import { parsePlatform } from '../support/platform.js'
import { pushIndex } from '../support/push.js'
import { BLOBS_OF_INDEX, failureOf, index, layer, withRegistry } from './fixture.js'

const REPOSITORY = 'owner/app'

describe('pushIndex', () => {
  test('sends everything, manifests after blobs, tags last', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      const report = await pushIndex(pushed, repository(), ['1.0', 'latest', '1.0'])
      expect(report).toMatchObject({
        digest: pushed.blob.digest,
        reference: `${registry.host}/${REPOSITORY}@${pushed.blob.digest}`,
        tags: ['1.0', 'latest'],
      })
      expect(report.blobs.map(({ how }) => how)).toEqual(Array(BLOBS_OF_INDEX).fill('uploaded'))
      const blobBytes = blobsOf(pushed.images).reduce((sum, { size }) => sum + size, 0)
      const manifestBytes = pushed.images.reduce((sum, { manifest }) => sum + manifest.size, 0)
      expect(report.bytesSent).toBe(blobBytes + manifestBytes + 3 * pushed.blob.size)
      expect(report.requests).toBe(registry.log.length)
      const puts = registry.log.filter(({ method }) => method === 'PUT').map(({ path }) => path)
      const order = puts.map(path => path.replace(/^.*\/(blobs|manifests)\/(sha256)?.*$/, '$1$2'))
      expect(order).toEqual([
        ...Array(BLOBS_OF_INDEX).fill('blobs'),
        ...Array(3).fill('manifestssha256'),
        ...Array(2).fill('manifests'),
      ])
      expect(registry.tag(REPOSITORY, 'latest')).toBe(pushed.blob.digest)
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
    }))

  test('sends the largest blobs first, and small ones in parallel', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const mebibyte = 1024 * 1024
      const sizes = [1, 3, 2].map(n => n * mebibyte)
      const layers = [...sizes, 100].map(size => layer(`of ${size}`, size))
      const platform = parsePlatform('linux/amd64')
      const pushed = makeIndex([makeImage({ platform, config: Buffer.from('{}'), layers })])
      await pushIndex(pushed, repository(), [], { concurrency: 1 })
      const sent = registry.requests('PUT', /uploads/).map(({ headers }) => Number(headers['content-length']))
      expect(sent.filter(size => size >= mebibyte)).toEqual([3, 2, 1].map(n => n * mebibyte))
      expect(sent.indexOf(100)).toBeLessThan(sent.indexOf(mebibyte))
      expect(sent).toHaveLength(5)
    }))

  test('sends only tags the second time', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['one'])
      registry.log.length = 0
      const report = await pushIndex(pushed, repository(), ['two'])
      expect(report.blobs.map(({ how }) => how)).toEqual(Array(BLOBS_OF_INDEX).fill('existed'))
      expect(report.bytesSent).toBe(pushed.blob.size)
      const methods = registry.log.map(({ method }) => method)
      expect(methods.filter(method => method === 'HEAD').length).toBeLessThanOrEqual(5)
      expect(methods.filter(method => method !== 'HEAD')).toEqual(['PUT', 'GET'])
    }))

  test('sends only the image that changed', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const first = index('a')
      await pushIndex(first, repository(), ['latest'])
      const amd64 = first.images[0]
      const arm64 = index('b').images[1]
      if (!amd64 || !arm64) throw new Error('two images were expected')
      const second = makeIndex([amd64, arm64])
      registry.log.length = 0
      const report = await pushIndex(second, repository(), ['latest'])
      expect(report.blobs.filter(({ how }) => how === 'uploaded')).toHaveLength(3)
      expect(report.blobs.filter(({ how }) => how === 'existed')).toHaveLength(4)
      expect(registry.requests('PUT', /manifests\/sha256/)).toHaveLength(2)
      expect(registry.tag(REPOSITORY, 'latest')).toBe(second.blob.digest)
    }))

  test('sends an image again if its manifest was deleted but not the index', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      const lost = pushed.images[0]?.manifest.digest
      if (lost) registry.repository(REPOSITORY).manifests.delete(lost)
      await pushIndex(pushed, repository(), ['latest'])
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
    }))

  test('mounts blobs of another repository', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      const other = repository('owner/other')
      await pushIndex(pushed, other, [])
      const existing = new Set(blobsOf(pushed.images).map(({ digest }) => digest))
      const report = await pushIndex(pushed, repository(), ['latest'], {
        mountSources: [{ repository: other, existing }],
      })
      expect(report.blobs.map(({ how }) => how)).toEqual(Array(BLOBS_OF_INDEX).fill('mounted'))
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
    }))

  test('reports progress up to the total', () =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'reset', after: 100_000 } })
      const pushed = index('a', 300_000)
      const seen: { sent: number; total: number }[] = []
      await pushIndex(pushed, repository(), [], { onProgress: progress => seen.push(progress) })
      const total = blobsOf(pushed.images).reduce((sum, { size }) => sum + size, 0)
      expect(seen.at(-1)).toMatchObject({ sent: total, total, remaining: 0 })
      expect(seen.every(({ sent }) => sent >= 0 && sent <= total)).toBe(true)
    }))

  test('waits for a tag that becomes visible late', () =>
    withRegistry({ lag: 3 }, async ({ repository, clock }) => {
      await pushIndex(index('a'), repository(), ['latest'])
      expect(clock.waits).toEqual([250, 500, 1000])
    }))

  test('fails if a tag finally names something else', () =>
    withRegistry({ lag: 100 }, async ({ repository, registry }) => {
      const pushed = index('a')
      expect(await failureOf(pushIndex(pushed, repository(), ['latest']))).toMatchObject({
        name: 'UserError',
        message: `${registry.host}/owner/app:latest was set to ${pushed.blob.digest}, but points to nothing`,
      })
    }))

  test('refuses an invalid tag before it starts', () =>
    withRegistry({}, async ({ repository, registry }) => {
      expect(await failureOf(pushIndex(index('a'), repository(), ['ok', 'not ok']))).toMatchObject({
        message: '"not ok" is not a tag',
      })
      expect(registry.log).toEqual([])
    }))

  test('aborts other uploads and sets no tag if one fails', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'stall' } })
      registry.fault({ method: 'POST', path: /uploads/, after: 2, action: { kind: 'status', status: 413 } })
      const failure = await failureOf(pushIndex(pushed, repository(), ['latest']))
      expect(failure).toMatchObject({ name: 'RegistryError', failure: { status: 413 } })
      expect(registry.requests('PUT', /manifests/)).toEqual([])
    }))

  test.each([
    ['blobs/uploads/', /^interrupted$/],
    ['manifests/sha256', /^interrupted$/],
    // Only the registry knows whether this request had its effect.
    ['manifests/latest', /latest may already point to sha256:.*, because .*: interrupted$/],
  ])('an abort during %s sets no tag', (at, message) =>
    withRegistry({}, async ({ registry, repository }) => {
      await pushIndex(index('old'), repository(), ['latest'])
      const old = registry.tag(REPOSITORY, 'latest')
      const stop = new AbortController()
      registry.fault({ method: 'PUT', path: new RegExp(at), action: { kind: 'stall' } })
      const push = pushIndex(index('new'), repository(), ['latest'], { signal: stop.signal })
      const failure = failureOf(push)
      while (
        !registry.log.some(({ method, path, status }) => method === 'PUT' && path.includes(at) && !status)
      )
        await new Promise(resolve => setTimeout(resolve, 5))
      stop.abort(new Error('interrupted'))
      expect((await failure).message).toMatch(message)
      expect(registry.tag(REPOSITORY, 'latest')).toBe(old)
    }),
  )
})
