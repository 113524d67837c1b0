import { describe, expect, test } from '@jest/globals'
import { type Blob, deduplicate, sizeOf } from '../../src/oci/descriptor.js'
import type { Digest } from '../../src/oci/digest.js'
import { blobsOf, makeImage } from '../../src/oci/image.js'
import { type Index, makeIndex } from '../../src/oci/image-index.js'
import { pushIndexes } from '../../src/registry/push.js'
import type { PushItem } from '../../src/registry/push-session.js'
import { UserError } from '../../src/util/error.js'
import { parsePlatform } from '../support/platform.js'
import { pushIndex, sendIndex } from '../support/push.js'
import type { RegistryOptions, TestRegistry } from '../support/registry.js'
import { BLOBS_OF_INDEX, failureOf, index, layer, type Rig, withRegistry } from './fixture.js'

const SHARED = Array.from({ length: 5 }, (_, n) => layer(`shared ${n}`, 10_000 + n))

/** An index of two platforms. Its images have five layers that all containers share, and one layer of their own. */
function container(name: string): Index {
  const images = ['linux/amd64', 'linux/arm64'].map(platform =>
    makeImage({
      platform: parsePlatform(platform),
      config: Buffer.from(JSON.stringify({ name, platform })),
      layers: [...SHARED, layer(`${name} ${platform}`, 500)],
    }),
  )
  return makeIndex(images)
}

const NAMES = Array.from({ length: 6 }, (_, n) => `owner/app${n}`)

function shipmentsFor(repository: Rig['repository'], more: Partial<PushItem> = {}): PushItem[] {
  return NAMES.map(name => ({ index: container(name), repository: repository(name), ...more }))
}

function digestsOf({ blob, images }: Index): Set<Digest> {
  const all = [blob, ...images.map(({ manifest }) => manifest), ...blobsOf(images)]
  return new Set(all.map(({ digest }) => digest))
}

function expectWhole(registry: TestRegistry, shipments: readonly PushItem[]): void {
  for (const { index, repository } of shipments)
    expect(registry.missing(repository.reference.repository, index.blob.digest)).toEqual([])
}

function distinctSize(shipments: readonly PushItem[]): number {
  return sizeOf(deduplicate(shipments.flatMap(({ index }) => blobsOf(index.images))))
}

function uploadedBytes(registry: TestRegistry): number {
  return registry
    .requests('PUT', /uploads/)
    .reduce((sum, { headers }) => sum + Number(headers['content-length']), 0)
}

/** Returns a function that returns the maximum number of parallel uploads. */
function watchUploads(registry: TestRegistry): () => number {
  let [now, most] = [0, 0]
  registry.onRequest = async (method, path) => {
    if (method !== 'PUT' || !path.includes('/uploads/')) return
    most = Math.max(most, ++now)
    await new Promise(resolve => setTimeout(resolve, 5))
    now--
  }
  return () => most
}

describe('pushing many containers', () => {
  const withToken: RegistryOptions = { auth: { kind: 'token', username: 'u', password: 'p' } }
  const credentials = async () => ({ kind: 'basic', username: 'u', password: 'p', source: 'a test' }) as const

  test.each([{}, withToken])('shared blobs are uploaded once and mounted', options =>
    withRegistry(
      options,
      async ({ registry, repository }) => {
        const shipments = shipmentsFor(repository)
        const transfers = await pushIndexes(shipments)
        expectWhole(registry, shipments)
        expect(uploadedBytes(registry)).toBe(distinctSize(shipments))
        expect(registry.requests('POST', /mount=/)).toHaveLength(SHARED.length * (NAMES.length - 1))
        const hows = transfers.map(({ blobs }) => blobs.filter(({ how }) => how === 'mounted').length)
        expect(hows).toEqual([0, 5, 5, 5, 5, 5])
        expect(transfers.map(({ newManifests }) => newManifests.length)).toEqual(Array(NAMES.length).fill(3))
        const requests = registry.log.filter(({ path }) => path !== '/v2/' && !path.startsWith('/token'))
        expect(transfers.reduce((sum, each) => sum + each.requests, 0)).toBe(requests.length)
        expect(transfers.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBeGreaterThan(
          distinctSize(shipments),
        )
      },
      { credentials },
    ),
  )

  test('new repositories are not checked', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const shipments = shipmentsFor(repository, { isNewRepository: true })
      await pushIndexes(shipments)
      expectWhole(registry, shipments)
      expect(registry.requests('HEAD', /./)).toEqual([])
    }))

  test('contents known to exist are neither checked nor sent', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await pushIndexes(shipmentsFor(repository))
      registry.log.length = 0
      const seen = shipmentsFor(repository).map(each => ({ ...each, existing: digestsOf(each.index) }))
      const transfers = await pushIndexes(seen)
      expect(registry.log).toEqual([])
      expect(transfers[0]?.blobs.map(({ how }) => how)).toEqual(Array(9).fill('existed'))
    }))

  test('if a registry mounts nothing, only a few mounts are tried, and their upload sessions are used', () =>
    withRegistry({ mounts: false }, async ({ registry, repository }) => {
      const shipments = shipmentsFor(repository)
      const most = watchUploads(registry)
      await pushIndexes(shipments, { concurrency: 3 })
      expectWhole(registry, shipments)
      expect(registry.requests('POST', /mount=/)).toHaveLength(3)
      const uploads = registry.requests('PUT', /uploads/)
      expect(uploads).toHaveLength(NAMES.length * 9)
      expect(registry.requests('POST', /uploads/)).toHaveLength(uploads.length)
      expect(most()).toBeLessThanOrEqual(6)
    }))

  test('after a refused mount, an existing blob is not uploaded', () =>
    withRegistry({ mounts: false }, async ({ registry, repository }) => {
      const [first, second] = shipmentsFor(repository) as [PushItem, PushItem]
      await pushIndexes([second])
      registry.repository(NAMES[1] as string).manifests.clear()
      registry.log.length = 0
      const seen: number[] = []
      const [, transfer] = await pushIndexes([{ ...first, isNewRepository: true }, second], {
        onProgress: ({ total }) => seen.push(total),
      })
      expectWhole(registry, [first, second])
      expect(uploadedBytes(registry)).toBe(distinctSize([first]))
      expect(transfer?.blobs.map(({ how }) => how)).toEqual(Array(9).fill('existed'))
      expect(seen.at(-1)).toBe(distinctSize([first]))
    }))

  test('a source that may not be read does not prevent mounts from others', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const closed = {
        repository: repository('closed/app'),
        existing: new Set(SHARED.slice(0, 4).map(({ digest }) => digest)),
      }
      registry.fault({ path: /from=closed/, times: 99, action: { kind: 'status', status: 403 } })
      const shipments = shipmentsFor(repository)
      await pushIndexes(shipments, { mountSources: [closed] })
      expectWhole(registry, shipments)
      expect(registry.requests('POST', /from=closed/)).toHaveLength(3)
      expect(registry.requests('POST', /from=owner/)).toHaveLength(NAMES.length - 1)
    }))

  test('two indexes are pushed to one repository', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const shipments = ['a', 'b'].map(name => ({ index: container(name), repository: repository() }))
      const transfers = await pushIndexes(shipments)
      expectWhole(registry, shipments)
      expect(uploadedBytes(registry)).toBe(distinctSize(shipments))
      expect(transfers.reduce((sum, { requests }) => sum + requests, 0)).toBe(registry.log.length)
    }))

  test('each registry gets its own upload', () =>
    withRegistry({}, ({ registry: one, repository: here }) =>
      withRegistry({}, async ({ registry: two, repository: there }) => {
        const shipments = [here(), there()].map(repository => ({ index: container('a'), repository }))
        await pushIndexes(shipments)
        expectWhole(one, shipments.slice(0, 1))
        expectWhole(two, shipments.slice(1))
        expect(uploadedBytes(one)).toBe(uploadedBytes(two))
      }),
    ))

  test('the first failure aborts the rest and is thrown', () =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ method: 'PUT', path: /app[0-4].*uploads/, times: 99, action: { kind: 'stall' } })
      registry.fault({ method: 'POST', path: /app5/, times: 99, action: { kind: 'status', status: 413 } })
      expect(await failureOf(pushIndexes(shipmentsFor(repository), { concurrency: 99 }))).toMatchObject({
        failure: { status: 413 },
      })
      expect(registry.requests('PUT', /manifests/)).toEqual([])
    }))
})

describe('contents that a registry has deleted since they were seen', () => {
  test('are sent again', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      const [old, young] = [container('old'), container('new')]
      await pushIndexes([{ index: old, repository: repository() }])
      const [first, second] = SHARED as [Blob, Blob]
      for (const { digest } of [first, second]) registry.repository('owner/app').blobs.delete(digest)
      registry.log.length = 0
      const shipment = { index: young, repository: repository(), existing: digestsOf(old) }
      const [transfer] = await pushIndexes([shipment])
      expectWhole(registry, [shipment])
      expect(clock.waits).toEqual([])
      const resent = transfer?.blobs.filter(({ descriptor }) =>
        [first.digest, second.digest].includes(descriptor.digest),
      )
      expect(resent?.map(({ how }) => how)).toEqual(['uploaded', 'uploaded'])
      expect(registry.requests('PUT', /uploads/)).toHaveLength(6)
    }))

  test.each([400, 404])('are sent again if the registry only responds with %d', status =>
    withRegistry({}, async ({ registry, repository }) => {
      const [old, young] = [container('old'), container('new')]
      await pushIndexes([{ index: old, repository: repository() }])
      const lost = SHARED[0] as Blob
      registry.repository('owner/app').blobs.delete(lost.digest)
      const body = JSON.stringify({ errors: [{ code: 'MANIFEST_INVALID' }] })
      registry.fault({ method: 'PUT', path: /manifests/, action: { kind: 'status', status, body } })
      const shipment = { index: young, repository: repository(), existing: digestsOf(old) }
      await pushIndexes([shipment], { concurrency: 1 })
      expectWhole(registry, [shipment])
    }),
  )

  test('are an error if they cannot be read here', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const open = (): never => {
        throw new UserError('it is not in o.oci.tar')
      }
      const thin = { ...(SHARED[0] as Blob), open }
      const image = makeImage({
        platform: parsePlatform('linux/amd64'),
        config: Buffer.from('{}'),
        layers: [thin],
      })
      const existing = new Set([thin.digest])
      const failure = await failureOf(
        pushIndexes([{ index: makeIndex([image]), repository: repository(), existing }]),
      )
      expect(failure).toMatchObject({
        name: 'UserError',
        message: `${registry.host}/owner/app no longer has ${thin.digest}, and it cannot be sent again: it is not in o.oci.tar`,
        hint: expect.stringContaining('force: true'),
      })
      expect(registry.repository('owner/app').manifests.size).toBe(0)
    }))

  test('may include a manifest; it is pushed again with its blobs', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const [old, young] = [index('a'), container('new')]
      await pushIndexes([{ index: old, repository: repository() }])
      const both = makeIndex([...old.images.slice(0, 1), ...young.images.slice(1)])
      const stored = registry.repository('owner/app')
      stored.manifests.clear()
      for (const { digest } of blobsOf(old.images).slice(0, 2)) stored.blobs.delete(digest)
      const shipment = { index: both, repository: repository(), existing: digestsOf(old) }
      const [transfer] = await pushIndexes([shipment])
      expectWhole(registry, [shipment])
      expect(transfer?.newManifests).toHaveLength(3)
    }))

  test('are checked before the index is put, even if the registry does not check', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const [old, young] = [container('old'), container('new')]
      await pushIndexes([{ index: old, repository: repository() }])
      const both = makeIndex([...old.images.slice(0, 1), ...young.images.slice(1)])
      const kept = both.images.map(({ manifest }) => manifest.digest)[0] as Digest
      registry.repository('owner/app').manifests.delete(kept)
      registry.log.length = 0
      await pushIndexes([{ index: both, repository: repository(), existing: digestsOf(old) }])
      const index = registry.log.findIndex(
        ({ method, path }) => method === 'PUT' && path.endsWith(both.blob.digest),
      )
      const image = registry.log.findIndex(({ method, path }) => method === 'PUT' && path.endsWith(kept))
      expect(registry.requests('PUT', new RegExp(both.blob.digest))).toHaveLength(1)
      expect(image).toBeGreaterThan(-1)
      expect(image).toBeLessThan(index)
    }))

  test('are not checked repeatedly if the registry is only slow', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      const body = JSON.stringify({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] })
      registry.fault({
        method: 'PUT',
        path: /manifests/,
        times: 3,
        action: { kind: 'status', status: 400, body },
      })
      const image = container('a').images[0]
      if (!image) throw new Error('an image was expected')
      await pushIndexes([{ index: makeIndex([image]), repository: repository(), isNewRepository: true }])
      expect(registry.requests('GET', /blobs/)).toHaveLength(blobsOf([image]).length)
      expect(clock.waits).toEqual([1000, 2000])
    }))
})

describe('requests', () => {
  test('with a known base image, each new blob and manifest is checked once', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const [old, young] = [container('old'), container('new')]
      await pushIndexes([{ index: old, repository: repository() }])
      registry.log.length = 0
      await pushIndexes([{ index: young, repository: repository(), existing: digestsOf(old) }])
      const count = (wanted: string) => registry.log.filter(({ method }) => method === wanted).length
      // Three manifests, two configs and two layers.
      expect(['HEAD', 'POST', 'PUT'].map(count)).toEqual([7, 4, 7])
    }))

  test('an unchanged index gets four tags in few requests', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['1', '1.0', '1.0.0', 'latest'])
      registry.log.length = 0
      const report = await pushIndex(pushed, repository(), ['1', '1.0', '1.0.0', 'latest'])
      expect(report.requests).toBeLessThanOrEqual(13)
      expect(report.blobs).toHaveLength(BLOBS_OF_INDEX)
    }))
})

describe('a manifest that was read in this run', () => {
  test('is not requested again by its digest, and not checked in a push', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      for (const { manifest } of pushed.images) await repository().getManifest(manifest.digest)
      registry.log.length = 0
      for (const { manifest } of pushed.images)
        expect((await repository().getManifest(manifest.digest))?.descriptor.digest).toBe(manifest.digest)
      const transfer = await sendIndex(pushed, repository(), {})
      expect(transfer.newManifests).toEqual([])
      expect(registry.log.map(({ path }) => path)).toEqual([expect.stringContaining(pushed.blob.digest)])
    }))
})
