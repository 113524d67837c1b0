import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Blob } from '../../src/oci/descriptor.js'
import { OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../src/oci/descriptor.js'
import { parseDigest } from '../../src/oci/digest.js'
import { createBlob } from '../../src/oci/image.js'
import { openVerified } from '../../src/oci/verify.js'
import { UserError } from '../../src/util/error.js'
import { pushIndex, sendIndex } from '../support/push.js'
import { failureOf, image, index, layer, seededBytes, withRegistry } from './fixture.js'

const NAME = 'owner/app'

describe('pushBlob', () => {
  test.each(['relative', 'absolute', 'foreign'] as const)('uploads to a %s URL', locations =>
    withRegistry({ locations }, async ({ registry, repository }) => {
      const blob = layer('x', 300_000)
      expect(await repository().pushBlob(blob)).toEqual({
        descriptor: { mediaType: OCI_LAYER_GZIP, digest: blob.digest, size: 300_000 },
        how: 'uploaded',
      })
      expect(registry.blobs.get(blob.digest)?.equals(seededBytes('x', 300_000))).toBe(true)
      expect(await repository().pushBlob(blob)).toMatchObject({ how: 'existed' })
      expect(registry.requests('PUT', /uploads/).map(({ headers }) => headers['content-length'])).toEqual([
        '300000',
      ])
    }),
  )

  test('uploads an empty blob', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const blob = createBlob(Buffer.alloc(0), { mediaType: 'application/x' })
      await repository().pushBlob(blob)
      expect(registry.blobs.has(blob.digest)).toBe(true)
    }))

  test.each([
    ['bytes of another', (bytes: Buffer) => bytes.fill(1, 100, 200)],
    ['too few bytes', (bytes: Buffer) => bytes.subarray(1)],
    ['too many bytes', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
  ])('never completes a blob with %s, and does not retry', (_, spoil) =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      const good = layer('x', 200_000)
      const bad: Blob = {
        ...good,
        open: () => Readable.from([spoil(Buffer.from(seededBytes('x', 200_000)))]),
      }
      expect(await failureOf(repository().pushBlob(bad))).toMatchObject({
        name: 'UserError',
        message: expect.stringMatching(/^the content to push has changed: (the content of )?sha256:/),
      })
      expect(clock.waits).toEqual([])
      await wait(20)
      expect(registry.blobs.size).toBe(0)
    }),
  )

  test('throws the own error of a blob that verifies itself', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      const good = layer('x', 200_000)
      const spoilt = { ...good, open: () => Readable.from([seededBytes('y', 200_000)]) }
      const open = () => openVerified(spoilt, error => new UserError(`o.oci.tar: ${error.message}`))
      expect(await failureOf(repository().pushBlob({ ...good, open }))).toMatchObject({
        name: 'UserError',
        message: expect.stringMatching(/^o\.oci\.tar: the content of sha256:\w+ has the digest sha256:/),
      })
      expect(clock.waits).toEqual([])
      expect(registry.blobs.size).toBe(0)
    }))

  test('does not use a lost session again', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const body = JSON.stringify({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }] })
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'status', status: 404, body } })
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'reset', after: 1000 } })
      expect(await repository().pushBlob(layer('x'))).toMatchObject({ how: 'uploaded' })
      const sessions = registry.requests('PUT', /uploads/).map(({ path }) => path)
      expect(new Set(sessions).size).toBe(3)
      expect(registry.requests('POST', /uploads/)).toHaveLength(3)
    }))

  test('retries in a new session without a wait if a reused connection was closed', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      await repository().pushBlob(layer('first'))
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'reset' } })
      await repository().pushBlob(layer('second'))
      expect(clock.waits).toEqual([])
      expect(registry.requests('POST', /uploads/)).toHaveLength(3)
    }))

  test('does not upload again if only the response was lost', () =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'lost' } })
      const sent: number[] = []
      const blob = layer('x', 100_000)
      expect(await repository().pushBlob(blob, { onSent: bytes => sent.push(bytes) })).toMatchObject({
        how: 'uploaded',
      })
      expect(registry.requests('PUT', /uploads/)).toHaveLength(1)
      expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBe(blob.size)
    }))

  test(
    'memory does not grow with the blob',
    () =>
      withRegistry({ forgetBytes: true }, async ({ registry, repository }) => {
        const size = 400 * 1024 * 1024
        const chunk = seededBytes('x', 256 * 1024)
        const hash = createHash('sha256')
        for (let sent = 0; sent < size; sent += chunk.length) hash.update(chunk)
        const digest = parseDigest(`sha256:${hash.digest('hex')}`)
        const open = (): Readable =>
          Readable.from(
            (function* () {
              for (let sent = 0; sent < size; sent += chunk.length) yield Buffer.from(chunk)
            })(),
            { objectMode: false },
          )
        const before = process.memoryUsage().rss
        let most = 0
        const onSent = (): void => {
          most = Math.max(most, process.memoryUsage.rss())
        }
        await repository().pushBlob({ mediaType: OCI_LAYER_GZIP, digest, size, open }, { onSent })
        expect(registry.blobs.has(digest)).toBe(true)
        expect(most - before).toBeLessThan(size / 2)
      }),
    30_000,
  )
})

describe('mountBlob', () => {
  test('mounts a blob, even if the first response is lost', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const digest = registry.addBlob('owner/other', seededBytes('x', 100))
      registry.fault({ path: /mount=/, action: { kind: 'lost' } })
      expect(await repository().mountBlob(digest, 'owner/other')).toBe('mounted')
      expect(await repository().hasBlob(digest)).toBe(true)
    }))

  test('returns the session that the registry opens instead, and the upload uses it', () =>
    withRegistry({ mounts: false }, async ({ registry, repository }) => {
      const blob = layer('x')
      const session = await repository().mountBlob(blob.digest, 'owner/other')
      if (!(session instanceof URL)) throw new Error(`a session was expected, not ${session}`)
      expect(await repository().pushBlob(blob, { absent: true, sessionUrl: session })).toMatchObject({
        how: 'uploaded',
      })
      expect(registry.requests('POST', /uploads/)).toHaveLength(1)
      expect(registry.requests('PUT', /uploads/)[0]?.path).toContain(session.pathname)
    }))

  test('a lost session is replaced by a new one', () =>
    withRegistry({ mounts: false }, async ({ registry, repository }) => {
      const blob = layer('x')
      const session = (await repository().mountBlob(blob.digest, 'owner/other')) as URL
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'reset', after: 10 } })
      expect(await repository().pushBlob(blob, { absent: true, sessionUrl: session })).toMatchObject({
        how: 'uploaded',
      })
      expect(registry.requests('POST', /uploads/)).toHaveLength(2)
    }))

  test('an unknown session does not change the upload mode', () =>
    withRegistry({ mounts: false }, async ({ registry, repository, clock }) => {
      const blob = layer('x')
      const session = (await repository().mountBlob(blob.digest, 'owner/other')) as URL
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'status', status: 404, body: '' } })
      const sent: number[] = []
      const onSent = (bytes: number): number => sent.push(bytes)
      await repository().pushBlob(blob, { absent: true, sessionUrl: session, onSent })
      await repository().pushBlob(layer('y'))
      expect(registry.requests('PATCH', /uploads/)).toEqual([])
      expect(sent.reduce((sum, bytes) => sum + bytes)).toBe(blob.size)
      expect(clock.waits).toEqual([])
    }))

  test.each([403, 404, 405, 500, 503])('a %d is a refusal', status =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      registry.fault({ path: /mount=/, times: 9, action: { kind: 'status', status } })
      expect(await repository().mountBlob(layer('x').digest, 'a/b')).toBe('refused')
      expect(registry.log).toHaveLength(status < 500 ? 1 : 3)
      expect(clock.waits).toEqual(status < 500 ? [] : [1000, 2000])
    }),
  )
})

describe('getBlob', () => {
  test.each([false, true])('streams a pushed blob; redirected: %s', redirectBlobs =>
    withRegistry({ redirectBlobs }, async ({ repository }) => {
      const blob = layer('x', 500_000)
      await repository().pushBlob(blob)
      expect((await buffer(await repository().getBlob(blob))).equals(seededBytes('x', 500_000))).toBe(true)
    }),
  )

  test('wrong bytes fail before the end', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const blob = layer('x', 500_000)
      await repository().pushBlob(blob)
      registry.blobs.set(blob.digest, seededBytes('y', 500_000))
      expect(await failureOf(repository().getBlob(blob).then(buffer))).toMatchObject({
        name: 'DigestMismatch',
      })
      expect(await failureOf(repository().getBytes(blob))).toMatchObject({ name: 'RegistryError' })
    }))

  test('a broken connection is described; a small blob is read again', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const blob = layer('x', 500_000)
      await repository().pushBlob(blob)
      registry.fault({ method: 'GET', path: /blobs/, times: 2, action: { kind: 'cut' } })
      expect(await failureOf(repository().getBlob(blob).then(buffer))).toMatchObject({
        name: 'RegistryError',
        message: expect.stringMatching(/^the connection to 127\.0\.0\.1:\d+ failed: GET http/),
      })
      expect((await repository().getBytes(blob)).equals(seededBytes('x', 500_000))).toBe(true)
    }))

  test.each([2, 3])('retryLayer tries a download three times; it breaks %d times', times =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      const blob = layer('x', 500_000)
      await repository().pushBlob(blob)
      registry.fault({ method: 'GET', path: /blobs/, times, action: { kind: 'cut' } })
      const read = repository().retryLayer(() => repository().getBlob(blob).then(buffer))
      if (times === 2) expect((await read).equals(seededBytes('x', 500_000))).toBe(true)
      else expect(await failureOf(read)).toMatchObject({ name: 'RegistryError' })
      expect(clock.waits).toEqual([1000, 2000])
    }),
  )

  test('retryLayer does not repeat a task that fails for another reason', () =>
    withRegistry({}, async ({ repository, clock }) => {
      const failed = repository().retryLayer(() => Promise.reject(new Error('disk full')))
      expect((await failureOf(failed)).message).toBe('disk full')
      expect(clock.waits).toEqual([])
    }))

  test('a reader that stops closes the connection', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const blob = layer('x', 5_000_000)
      await repository().pushBlob(blob)
      const stream = await repository().getBlob(blob)
      for await (const _ of stream) break
      expect(stream.destroyed).toBe(true)
      expect(await repository().hasBlob(blob.digest)).toBe(true)
      expect(registry.violations).toEqual([])
    }))

  test('checking a large blob keeps the connection', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const blob = layer('x', 500_000)
      await repository().pushBlob(blob)
      for (let n = 0; n < 3; n++) await repository().hasBlob(blob.digest)
      expect(new Set(registry.log.map(({ port }) => port)).size).toBe(1)
    }))

  test('a missing blob is an error', () =>
    withRegistry({}, async ({ repository }) => {
      expect(await repository().hasBlob(layer('x').digest)).toBe(false)
      expect(await failureOf(repository().getBlob(layer('x')))).toMatchObject({
        failure: { status: 404, errorEntries: [{ code: 'BLOB_UNKNOWN' }] },
      })
    }))
})

describe('manifests', () => {
  test.each([false, true])('are read by tag and by digest; digest header missing: %s', stripDigest =>
    withRegistry({ stripDigest }, async ({ repository, registry }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      const { digest, size } = pushed.blob
      for (const name of ['latest', digest]) {
        const found = await repository().getManifest(name)
        expect(found?.descriptor).toEqual({ mediaType: OCI_INDEX, digest, size })
        expect(found?.bytes).toEqual(await buffer(pushed.blob.open()))
        expect(await repository().hasManifest(name)).toBe(true)
      }
      expect(registry.requests('GET', /manifests/)[0]?.headers.accept?.split(', ')).toHaveLength(4)
    }),
  )

  test.each([false, true])('are described by HEAD; digest header missing: %s', stripDigest =>
    withRegistry({ stripDigest }, async ({ repository, registry }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      registry.log.length = 0
      const { digest, size } = pushed.blob
      for (const name of ['latest', digest])
        expect(await repository().headManifest(name)).toEqual({ mediaType: OCI_INDEX, digest, size })
      expect(await repository().headManifest('other')).toBeUndefined()
      // A 404 to a HEAD is not believed.
      expect(registry.requests('GET', /./)).toHaveLength(stripDigest ? 3 : 1)
    }),
  )

  test('a missing manifest is undefined', () =>
    withRegistry({}, async ({ repository }) => {
      expect(await repository().getManifest('latest')).toBeUndefined()
      expect(await repository().hasManifest('latest')).toBe(false)
    }))

  test('wrong bytes are an error', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      await sendIndex(pushed, repository())
      registry.repository(NAME).tags.set('latest', pushed.blob.digest)
      const bytes = Buffer.from('{"schemaVersion":2}')
      registry.repository(NAME).manifests.set(pushed.blob.digest, { bytes, mediaType: OCI_INDEX })
      for (const name of ['latest', pushed.blob.digest])
        expect((await failureOf(repository().getManifest(name))).message).toContain(
          `, not ${pushed.blob.digest}`,
        )
    }))

  test.each([
    ['application/json', '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}', OCI_MANIFEST],
    ['application/vnd.oci.image.index.v1+json; charset=utf-8', '{}', OCI_INDEX],
    ['text/plain', 'nonsense', 'text/plain'],
  ])('the media type of %s %s', (type, body, expected) =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ action: { kind: 'status', status: 200, headers: { 'content-type': type }, body } })
      expect((await repository().getManifest('latest'))?.descriptor.mediaType).toBe(expected)
    }),
  )

  test('a manifest that is too large is not read', () =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ action: { kind: 'status', status: 200, body: ' '.repeat(5_000_000) } })
      expect((await failureOf(repository().getManifest('latest'))).message).toContain(
        'more than 4194304 bytes',
      )
    }))

  test('storage under another digest is an error', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const other = layer('x').digest
      const headers = { 'docker-content-digest': other }
      registry.fault({ method: 'PUT', action: { kind: 'status', status: 201, headers } })
      const { blob } = index('a')
      expect((await failureOf(repository().putManifest(blob, 'latest'))).message).toContain(
        `it was stored as ${other}, not as ${blob.digest}`,
      )
    }))

  test('the put is retried if the registry does not find the blobs yet', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      const { config, layers, manifest } = image('a', 'linux/amd64')
      for (const blob of layers) await repository().pushBlob(blob)
      const late = { ...clock, sleep: clock.sleep.bind(clock) }
      clock.sleep = async ms => {
        await late.sleep(ms)
        if (clock.waits.length === 2) registry.addBlob(NAME, await buffer(config.open()))
      }
      await repository().putManifest(manifest, manifest.digest)
      expect(clock.waits).toEqual([1000, 2000])
    }))
})

describe('tags', () => {
  test('are read from several pages', () =>
    withRegistry({ pageSize: 2 }, async ({ registry, repository }) => {
      const names = ['a', 'b', 'c', 'd', 'e']
      await pushIndex(index('a'), repository(), names)
      expect(await repository().listTags()).toEqual(names)
      expect(registry.requests('GET', /tags/)).toHaveLength(3)
    }))

  test.each([
    ['{"tags":null}', undefined, []],
    ['{"tags":["a"]}', '</v2/owner/app/tags/list>; rel="first"', ['a']],
  ])('a page %s with the link %s', (body, link, tags) =>
    withRegistry({}, async ({ registry, repository }) => {
      const headers: Record<string, string> = link === undefined ? {} : { link }
      registry.fault({ action: { kind: 'status', status: 200, headers, body } })
      expect(await repository().listTags()).toEqual(tags)
    }),
  )

  test.each([
    ['another host', 'http://elsewhere.invalid/v2/owner/app/tags/list?last=a'],
    ['another port', 'http://127.0.0.1:1/v2/owner/app/tags/list?last=a'],
    ['another scheme', 'https://127.0.0.1/v2/owner/app/tags/list?last=a'],
    ['a path', '/v2/owner/app/tags/list?last=a'],
    ['a relative path', 'list?last=a'],
  ])('the next page at %s is read from the registry itself', (_, target) =>
    withRegistry({}, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), ['a', 'b', 'c'])
      const headers = { link: `<${target}>; rel="next"` }
      registry.fault({
        path: /tags.list/,
        action: { kind: 'status', status: 200, headers, body: '{"tags":["a"]}' },
      })
      expect(await repository().listTags()).toEqual(['a', 'b', 'c'])
    }),
  )

  test.each([
    ['without angle brackets', '/v2/owner/app/tags/list?last=a; rel="next"'],
    ['to the same page', '</v2/owner/app/tags/list?n=1000>; rel="next"'],
    ['that is not a URL', '<http://[>; rel="next"'],
    ['without a relation', '</v2/owner/app/tags/list?last=a>'],
  ])('a link %s is an incomplete list', (_, link) =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ action: { kind: 'status', status: 200, headers: { link }, body: '{"tags":["a"]}' } })
      expect(await failureOf(repository().listTags())).toMatchObject({
        name: 'IncompleteTagList',
        tags: ['a'],
      })
    }),
  )

  const FULL = Array.from({ length: 1000 }, (_, n) => `a${String(n).padStart(4, '0')}`)

  test.each([
    ['is followed by the rest', ['z1', 'z2'], 1, [...FULL, 'z1', 'z2']],
    ['is the whole list', ['a0'], 1, FULL],
    ['is sent again', ['a0'], 2, FULL],
  ])('a page of as many tags as were requested, without a link, %s', (_, others, pages, expected) =>
    withRegistry({}, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), others)
      const body = JSON.stringify({ tags: FULL })
      for (let page = 0; page < pages; page++)
        registry.fault({ path: /tags.list/, action: { kind: 'status', status: 200, body } })
      expect(await repository().listTags()).toEqual(expected)
      expect(registry.requests('GET', /tags.list/)).toHaveLength(2)
    }),
  )

  test.each([401, 403, 404, 410])('a next page that is answered with %s is an incomplete list', status =>
    withRegistry({ pageSize: 1 }, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), ['a', 'b', 'c'])
      const action = { kind: 'status', status } as const
      for (let n = 0; n < 3; n++) registry.fault({ path: /tags.list\?.*last=a/, action })
      expect(await failureOf(repository().listTags())).toMatchObject({
        name: 'IncompleteTagList',
        tags: ['a'],
      })
    }),
  )

  test('a link with several relations names the next page', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), ['a', 'b'])
      const headers = { link: '</v2/owner/app/tags/list?last=a>; rel="prefetch next"' }
      registry.fault({
        path: /tags.list/,
        action: { kind: 'status', status: 200, headers, body: '{"tags":["a"]}' },
      })
      expect(await repository().listTags()).toEqual(['a', 'b'])
    }))

  test('a page may contain 400,000 tags', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const tags = Array.from({ length: 400_000 }, (_, n) => `t${n}`)
      registry.fault({ action: { kind: 'status', status: 200, body: JSON.stringify({ tags }) } })
      expect(await repository().listTags()).toHaveLength(400_000)
    }))

  test.each(['{"tags":"a"}', '<html>'])('%s is not a list', body =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ action: { kind: 'status', status: 200, body } })
      expect(await failureOf(repository().listTags())).toMatchObject({ name: 'RegistryError' })
    }),
  )
})
