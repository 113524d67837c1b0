import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/descriptor.js'
import { createBlob } from '../../src/oci/image.js'
import { type RegistryOptions, startRegistry, type TestRegistry } from '../support/registry.js'
import { image, layer, seededBytes } from './fixture.js'

async function withTestRegistry(
  options: RegistryOptions,
  test: (at: string, registry: TestRegistry) => Promise<void>,
): Promise<void> {
  const registry = await startRegistry(options)
  try {
    await test(`${registry.url}/v2/owner/app`, registry)
  } finally {
    await registry.close()
  }
}

/** Sends requests to the test registry with `fetch`, not with our client. */
describe('the test registry', () => {
  test('accepts an upload in chunks, and returns a range', () =>
    withTestRegistry({ locations: 'absolute' }, async at => {
      const bytes = new Uint8Array(seededBytes('x', 1000))
      const { digest } = layer('x', 1000)
      const started = await fetch(`${at}/blobs/uploads/`, { method: 'POST' })
      const first = await fetch(started.headers.get('location') ?? '', {
        method: 'PATCH',
        body: bytes.slice(0, 400),
      })
      expect([first.status, first.headers.get('range')]).toEqual([202, '0-399'])
      const session = first.headers.get('location') ?? ''
      const done = await fetch(`${session}&digest=${digest}`, { method: 'PUT', body: bytes.slice(400) })
      expect([done.status, done.headers.get('docker-content-digest')]).toEqual([201, digest])
      const part = await fetch(`${at}/blobs/${digest}`, { headers: { range: 'bytes=900-' } })
      expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 900-999/1000'])
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(900))
    }))

  test('accepts an upload in one POST, and refuses a wrong digest', () =>
    withTestRegistry({}, async at => {
      const { digest } = layer('x', 1000)
      const post = (body: Uint8Array<ArrayBuffer>) =>
        fetch(`${at}/blobs/uploads/?digest=${digest}`, { method: 'POST', body })
      expect((await post(new Uint8Array(1000))).status).toBe(400)
      expect((await post(new Uint8Array(seededBytes('x', 1000)))).status).toBe(201)
      expect((await fetch(`${at}/blobs/${digest}`, { method: 'HEAD' })).headers.get('content-length')).toBe(
        '1000',
      )
    }))

  test('refuses a manifest without its blobs, and deletes', () =>
    withTestRegistry({}, async (at, registry) => {
      const { manifest, config, layers } = image('a', 'linux/amd64')
      const bytes = new Uint8Array(await buffer(manifest.open()))
      const put = () =>
        fetch(`${at}/manifests/latest`, {
          method: 'PUT',
          body: bytes,
          headers: { 'content-type': OCI_MANIFEST },
        })
      const refused = await put()
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] })
      for (const blob of [config, ...layers]) {
        expect(registry.addBlob('owner/app', await buffer(blob.open()))).toBe(blob.digest)
      }
      expect((await put()).status).toBe(201)
      expect((await fetch(`${at}/manifests/${manifest.digest}`, { method: 'DELETE' })).status).toBe(202)
      expect((await fetch(`${at}/manifests/latest`)).status).toBe(404)
      expect((await fetch(`${at}/blobs/${config.digest}`, { method: 'DELETE' })).status).toBe(202)
      expect((await fetch(`${at}/blobs/${config.digest}`)).status).toBe(404)
    }))

  test("returns an upload's progress, and refuses a repeated chunk", () =>
    withTestRegistry({}, async at => {
      const started = await fetch(`${at}/blobs/uploads/`, { method: 'POST' })
      const session = new URL(started.headers.get('location') ?? '', at)
      const patch = (range: string) =>
        fetch(session, { method: 'PATCH', body: 'hello', headers: { 'content-range': range } })
      expect((await patch('5-9')).status).toBe(416)
      expect((await patch('0-4')).status).toBe(202)
      expect((await patch('0-4')).status).toBe(416)
      const now = await fetch(session)
      expect([now.status, now.headers.get('range')]).toEqual([204, '0-4'])
      const other = new URL(session.href.replace('owner/app', 'owner/other'))
      expect((await fetch(other)).status).toBe(404)
      expect((await fetch(session, { method: 'DELETE' })).status).toBe(204)
      expect((await fetch(session)).status).toBe(404)
    }))

  test('refuses a body over its limit, but accepts it in chunks', () =>
    withTestRegistry({ maxBody: 3 }, async at => {
      const { digest } = createBlob(Buffer.from('hello'), { mediaType: 'text/plain' })
      const whole = await fetch(`${at}/blobs/uploads/?digest=${digest}`, { method: 'POST', body: 'hello' })
      expect(whole.status).toBe(413)
      const started = await fetch(`${at}/blobs/uploads/`, { method: 'POST' })
      const session = new URL(started.headers.get('location') ?? '', at)
      expect((await fetch(session, { method: 'PATCH', body: 'hel' })).status).toBe(202)
      expect((await fetch(`${session}&digest=${digest}`, { method: 'PUT', body: 'lo' })).status).toBe(201)
      expect(await (await fetch(`${at}/blobs/${digest}`)).text()).toBe('hello')
    }))

  test('lists the referrers of a manifest, even before it exists', () =>
    withTestRegistry({}, async (at, registry) => {
      const config = registry.addBlob('owner/app', Buffer.from('{}'))
      const subject = { mediaType: OCI_MANIFEST, digest: config.replace(/.$/, '0'), size: 1 }
      const refer = (artifactType: string) =>
        fetch(`${at}/manifests/${artifactType}`, {
          method: 'PUT',
          headers: { 'content-type': OCI_MANIFEST },
          body: JSON.stringify({
            schemaVersion: 2,
            mediaType: OCI_MANIFEST,
            config: { mediaType: `of-${artifactType}`, digest: config, size: 2 },
            layers: [],
            subject,
            annotations: { artifactType },
          }),
        })
      const one = await refer('one')
      expect([one.status, one.headers.get('oci-subject')]).toEqual([201, subject.digest])
      await refer('two')
      const all = await fetch(`${at}/referrers/${subject.digest}`)
      expect([all.status, all.headers.get('content-type')]).toEqual([200, OCI_INDEX])
      const told = (artifactType: string) => ({
        mediaType: OCI_MANIFEST,
        digest: registry.tag('owner/app', artifactType),
        artifactType: `of-${artifactType}`,
        annotations: { artifactType },
      })
      expect(await all.json()).toMatchObject({ schemaVersion: 2, manifests: [told('one'), told('two')] })
      const some = await fetch(`${at}/referrers/${subject.digest}?artifactType=of-two`)
      expect(some.headers.get('oci-filters-applied')).toBe('artifactType')
      expect(await some.json()).toMatchObject({ manifests: [told('two')] })
      expect(await (await fetch(`${at}/referrers/${config}`)).json()).toMatchObject({ manifests: [] })
    }))

  test.each([
    ['an index, where it knows none', OCI_INDEX, { schemaVersion: 2, manifests: [] }, 'latest'],
    ['another type than it says', OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_INDEX }, 'latest'],
    ['a manifest without layers', OCI_MANIFEST, { schemaVersion: 2 }, 'latest'],
    ['no object', OCI_MANIFEST, 'blablabla', 'latest'],
    ['no tag', OCI_MANIFEST, { schemaVersion: 2 }, '.latest'],
    ['a wrong digest', OCI_MANIFEST, { schemaVersion: 2 }, 'sha256:0'],
  ])('refuses %s', (_, type, body, reference) =>
    withTestRegistry({ indexes: false }, async at => {
      const put = await fetch(`${at}/manifests/${reference}`, {
        method: 'PUT',
        headers: { 'content-type': type },
        body: JSON.stringify(body),
      })
      expect(put.status).toBe(400)
      const { errors } = (await put.json()) as { errors: { code: string }[] }
      expect(errors[0]?.code).toMatch(/^(MANIFEST|TAG|DIGEST)_INVALID$/)
    }),
  )

  test('notices an Authorization header at the storage host', async () => {
    const registry = await startRegistry({ redirectBlobs: true })
    const digest = registry.addBlob('owner/app', Buffer.from('x'))
    await fetch(`${registry.storageUrl}/storage/${digest}`, { headers: { authorization: 'Bearer x' } })
    await expect(registry.close()).rejects.toThrow('sent an Authorization header')
  })

  test('counts discarded bytes', () =>
    withTestRegistry({ forgetBytes: true }, async (at, registry) => {
      const blob = createBlob(Buffer.from('hello'), { mediaType: 'text/plain' })
      await fetch(`${at}/blobs/uploads/?digest=${blob.digest}`, { method: 'POST', body: 'hello' })
      expect(registry.blobs.get(blob.digest)).toHaveLength(0)
      const head = await fetch(`${at}/blobs/${blob.digest}`, { method: 'HEAD' })
      expect(head.headers.get('content-length')).toBe('5')
    }))
})
