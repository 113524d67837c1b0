import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { bytesBlob } from '../../src/oci/image.js'
import { OCI_MANIFEST } from '../../src/oci/media-type.js'
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

/** The registry of the tests, spoken to by another client than ours. */
describe('the registry that stands in for a real one', () => {
  test('takes an upload in pieces, and gives a part of it', () =>
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

  test('takes an upload in one POST, and refuses a wrong digest', () =>
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

  test('notices an Authorization header at the storage host', async () => {
    const registry = await startRegistry({ redirectBlobs: true })
    const digest = registry.addBlob('owner/app', Buffer.from('x'))
    await fetch(`${registry.storageUrl}/storage/${digest}`, { headers: { authorization: 'Bearer x' } })
    await expect(registry.close()).rejects.toThrow('brought an Authorization header')
  })

  test('bytes that are not kept still count', () =>
    withTestRegistry({ forgetBytes: true }, async (at, registry) => {
      const blob = bytesBlob(Buffer.from('hello'), { mediaType: 'text/plain' })
      await fetch(`${at}/blobs/uploads/?digest=${blob.digest}`, { method: 'POST', body: 'hello' })
      expect(registry.blobs.get(blob.digest)).toHaveLength(0)
    }))
})
