import { createCipheriv } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import type { Blob } from '../../src/oci/descriptor.js'
import { OCI_LAYER_GZIP } from '../../src/oci/descriptor.js'
import { createBlob } from '../../src/oci/image.js'
import { RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import type { RegistryOptions } from '../support/registry.js'
import { failureOf, type Rig, TestClock, withRegistry } from './fixture.js'

const MIB = 1024 * 1024

/** Bytes without a pattern, made quickly; the same for the same seed. */
function manyBytes(seed: string, size: number): Buffer {
  return createCipheriv('aes-128-ctr', seed.padEnd(16), Buffer.alloc(16)).update(Buffer.alloc(size))
}

function blobOf(seed: string, size = 3000): Blob {
  return createBlob(manyBytes(seed, size), { mediaType: OCI_LAYER_GZIP })
}
const credential = { kind: 'basic', username: 'u', password: 'p', source: 'a test' } as const
const AUTH = { kind: 'token', username: 'u', password: 'p' } as const

const rig = (options: RegistryOptions, task: (rig: Rig) => Promise<void>): Promise<void> =>
  withRegistry(options, task, { credentials: async () => credential })

/** The requests to upload sessions: method, range or length, and status. */
function uploads({ registry }: Rig): string[] {
  return registry.log
    .filter(({ method, path, status }) => method !== 'POST' && /uploads\/./.test(path) && status !== 401)
    .map(({ method, headers, status }) =>
      [method, headers['content-range'] ?? headers['content-length'], status].join(' '),
    )
}

/** Refuses one PUT to an upload session. */
function refuseMonolithicPut({ registry }: Rig, status: number, body = ''): void {
  registry.fault({ method: 'PUT', path: /uploads/, times: 1, action: { kind: 'status', status, body } })
}

describe('if a monolithic upload is refused', () => {
  test('chunks become smaller until they are accepted; the next blob uses that size', () =>
    rig({ maxBody: 3 * MIB }, async it => {
      const [large, next, small] = [blobOf('a', 5 * MIB), blobOf('b', 2.5 * MIB), blobOf('c', MIB)] as const
      const sent: number[] = []
      await it.repository().pushBlob(large, { onSent: bytes => sent.push(bytes) })
      expect(it.registry.blobs.get(large.digest)?.equals(manyBytes('a', 5 * MIB))).toBe(true)
      expect(sent.reduce((sum, bytes) => sum + bytes)).toBe(large.size)
      expect(uploads(it).filter(each => !each.endsWith('413'))).toEqual([
        `PATCH 0-${2 * MIB - 1} 202`,
        `PATCH ${2 * MIB}-${4 * MIB - 1} 202`,
        `PATCH ${4 * MIB}-${5 * MIB - 1} 202`,
        'PUT 0 201',
      ])
      it.registry.log.length = 0
      await it.repository('owner/other').pushBlob(next)
      await it.repository().pushBlob(small)
      expect(uploads(it)).toEqual([
        `PATCH 0-${2 * MIB - 1} 202`,
        `PATCH ${2 * MIB}-${2.5 * MIB - 1} 202`,
        'PUT 0 201',
        `PUT ${MIB} 201`,
      ])
      expect(it.clock.waits).toEqual([])
    }))

  test('and chunks of 1 MiB are too large, the first refusal is thrown', () =>
    rig({ maxBody: MIB - 1 }, async it => {
      const failure = await failureOf(it.repository().pushBlob(blobOf('a', 2 * MIB)))
      expect(failure.message).toContain('refuses an upload of this size: PUT ')
      expect(uploads(it).map(each => each.split(' ')[1])).toEqual([
        `${2 * MIB}`,
        `0-${2 * MIB - 1}`,
        ...Array(3).fill(`0-${2 * MIB - 1}`),
        `0-${MIB - 1}`,
      ])
    }))

  test('a small blob is not sent in chunks', () =>
    rig({ maxBody: 1000 }, async it => {
      expect((await failureOf(it.repository().pushBlob(blobOf('a', 3000)))).message).toContain(
        'an upload of this size',
      )
      expect(uploads(it)).toEqual(['PUT 3000 413'])
    }))

  test.each([
    [404, ''],
    [405, '{"errors":[{"code":"UNSUPPORTED"}]}'],
    [411, ''],
    [416, ''],
    [400, '{"errors":[{"code":"UNSUPPORTED"}]}'],
  ])('with %d %s, chunks are used, even for small blobs', (status, body) =>
    rig({}, async it => {
      refuseMonolithicPut(it, status, body)
      await it.repository().pushBlob(blobOf('a', 3000))
      await it.repository().pushBlob(blobOf('b', 3000))
      expect(uploads(it)).toEqual([
        `PUT 3000 ${status}`,
        'PATCH 0-2999 202',
        'PUT 0 201',
        'PATCH 0-2999 202',
        'PUT 0 201',
      ])
    }),
  )

  test('and chunks are refused, too, the first refusal is thrown and the mode is unchanged', () =>
    rig({}, async it => {
      refuseMonolithicPut(it, 405, '{"errors":[{"code":"UNSUPPORTED","message":"no pushes here"}]}')
      it.registry.fault({ method: 'PATCH', action: { kind: 'status', status: 404 } })
      const failure = await failureOf(it.repository().pushBlob(blobOf('a')))
      expect(failure.message).toMatch(/does not accept uploads: PUT .* no pushes here$/)
      await it.repository().pushBlob(blobOf('b'))
      expect(uploads(it).at(-1)).toBe('PUT 3000 201')
    }))

  test('a lost session is not a refusal', () =>
    rig({}, async it => {
      refuseMonolithicPut(it, 404, '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')
      await it.repository().pushBlob(blobOf('a'))
      expect(uploads(it)).toEqual(['PUT 3000 404', 'PUT 3000 201'])
    }))
})

describe('chunked uploads', () => {
  const inPieces = (
    options: RegistryOptions,
    task: (rig: Rig, large: Blob) => Promise<void>,
  ): Promise<void> =>
    rig({ maxBody: 2 * MIB, ...options }, async it => {
      await it.repository().pushBlob(blobOf('before', 3 * MIB))
      it.registry.log.length = 0
      await task(it, blobOf('large', 5 * MIB))
    })

  test.each<RegistryOptions>([
    { locations: 'absolute', auth: AUTH },
    { locations: 'foreign', auth: AUTH },
    { stripDigest: true },
  ])('use the URL of each response, %j', options =>
    inPieces(options, async (it, large) => {
      await it.repository().pushBlob(large)
      expect(uploads(it)).toHaveLength(4)
    }),
  )

  test('renew an expired token and send the chunk again', () =>
    inPieces({ auth: AUTH }, async (it, large) => {
      let patches = 0
      it.registry.onRequest = method => {
        if (method === 'PATCH' && ++patches === 2) it.registry.expireTokens()
      }
      await it.repository().pushBlob(large)
      expect(it.registry.blobs.get(large.digest)?.equals(manyBytes('large', 5 * MIB))).toBe(true)
      expect(patches).toBe(4)
    }))

  test('start again in a new session after a broken connection', () =>
    inPieces({}, async (it, large) => {
      it.registry.fault({ method: 'PATCH', after: 1, action: { kind: 'reset', after: 100_000 } })
      const sent: number[] = []
      await it.repository().pushBlob(large, { onSent: bytes => sent.push(bytes) })
      expect(it.registry.requests('POST', /uploads/)).toHaveLength(2)
      expect(uploads(it).slice(2)).toHaveLength(4)
      expect(sent.reduce((sum, bytes) => sum + bytes)).toBe(large.size)
    }))

  test('never complete wrong content', () =>
    inPieces({}, async (it, large) => {
      const wrong = { ...blobOf('other', 5 * MIB), digest: large.digest }
      const failure = await failureOf(it.repository().pushBlob(wrong))
      expect(failure.message).toContain('the content to push has changed')
      expect(uploads(it).filter(each => each.startsWith('PUT'))).toEqual([])
    }))

  test('read the blob once, chunk by chunk', () =>
    inPieces({}, async (it, large) => {
      let opened = 0
      const open = (): Readable => {
        opened++
        return large.open()
      }
      await it.repository().pushBlob({ ...large, open })
      expect(opened).toBe(1)
    }))
})

describe('optional response headers', () => {
  type Answer = (request: http.IncomingMessage, held: number) => [number, http.OutgoingHttpHeaders]

  /** A registry that accepts chunks of one blob as `patch` says. Returns the ranges and the bytes. */
  async function pushTo(
    blob: Blob,
    post: http.OutgoingHttpHeaders,
    patch: Answer,
  ): Promise<{ ranges: string[]; bytes: Buffer; failure: Error | undefined }> {
    const ranges: string[] = []
    let bytes = Buffer.alloc(0)
    const server = http.createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const body = Buffer.concat(chunks)
      const simple: Record<string, () => http.ServerResponse> = {
        HEAD: () => response.writeHead(404),
        POST: () => response.writeHead(202, { location: '/up?n=0', ...post }),
        PUT: () => response.writeHead(body.length > 0 ? 405 : 201),
      }
      const known = simple[request.method ?? '']
      if (known) return void known().end()
      ranges.push(`${request.url} ${request.headers['content-range']}`)
      const [taken, headers] = patch(request, bytes.length)
      bytes = Buffer.concat([bytes, body.subarray(0, taken)])
      response.writeHead(202, headers).end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const client = new RegistryClient({ clock: new TestClock() })
    const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const pushed = new Repository(client, { registry, repository: 'a/b' }).pushBlob(blob)
    const failure = await pushed.then(
      () => undefined,
      (error: Error) => error,
    )
    client.close()
    await new Promise(resolve => server.close(resolve))
    return { ranges, bytes, failure }
  }

  const large = blobOf('large', 20 * MIB)
  const all = Number.POSITIVE_INFINITY

  test('the minimum chunk size is respected', async () => {
    const { ranges, bytes, failure } = await pushTo(
      large,
      { 'oci-chunk-min-length': String(18 * MIB) },
      (_, held) => [all, { location: `/up?n=${held + 1}` }],
    )
    expect(failure).toBeUndefined()
    expect(ranges).toEqual([`/up?n=0 0-${18 * MIB - 1}`, `/up?n=1 ${18 * MIB}-${20 * MIB - 1}`])
    expect(bytes.equals(manyBytes('large', 20 * MIB))).toBe(true)
  })

  test('a partly accepted chunk is continued, even without a new URL', async () => {
    const { ranges, bytes, failure } = await pushTo(large, {}, (_, held) =>
      held === 0 ? [5 * MIB, { range: `0-${5 * MIB - 1}` }] : [all, { range: `bytes=0-${20 * MIB - 1}` }],
    )
    expect(failure).toBeUndefined()
    expect(ranges).toEqual([`/up?n=0 0-${16 * MIB - 1}`, `/up?n=0 ${5 * MIB}-${20 * MIB - 1}`])
    expect(bytes.equals(manyBytes('large', 20 * MIB))).toBe(true)
  })

  test('a registry that accepts only small parts is given up', async () => {
    const { ranges, failure } = await pushTo(large, {}, (_, held) => [1000, { range: `0-${held + 999}` }])
    expect(ranges).toHaveLength(3)
    expect(failure?.message).toMatch(/after bytes 2000-16779215 the registry reports 3000 bytes$/)
  })

  test('a registry that accepts less than its minimum is an error', async () => {
    const least = { 'oci-chunk-min-length': '2000' }
    const { ranges, failure } = await pushTo(large, least, () => [1000, { range: '0-999' }])
    expect(ranges).toHaveLength(1)
    expect(failure?.message).toMatch(/the registry reports 1000 bytes$/)
  })

  test.each(['0-99999999', '0-'.concat(String(2 ** 60))])(
    'a range beyond the chunk is an error: %s',
    async range => {
      const { failure } = await pushTo(large, {}, () => [all, { range }])
      expect(failure?.message).toMatch(/after bytes 0-16777215 the registry reports \d+ bytes$/)
    },
  )
})
