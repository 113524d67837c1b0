import { describe, expect, test } from '@jest/globals'
import { systemClock } from '../../src/http/retry.js'
import { OCI_INDEX } from '../../src/oci/descriptor.js'
import type { Digest } from '../../src/oci/digest.js'
import { createBlob } from '../../src/oci/image.js'
import type { Index } from '../../src/oci/image-index.js'
import { makeReferrer, type Referrer, referrersTagOf } from '../../src/oci/referrer.js'
import { listReferrers } from '../../src/registry/list-referrers.js'
import { pushReferrers } from '../../src/registry/push-referrers.js'
import type { Repository } from '../../src/registry/repository.js'
import { UserError } from '../../src/util/error.js'
import { below, seeded } from '../support/images.js'
import { sendIndex } from '../support/push.js'
import type { FaultAction, TestRegistry } from '../support/registry.js'
import { failureOf, index, seededBytes, withRegistry } from './fixture.js'

const NAME = 'owner/app'
const CYCLONEDX = 'application/vnd.cyclonedx+json'
const SPDX = 'application/spdx+json'
const IMAGE = index('app')
const SUBJECT = IMAGE.blob.digest
const TAG = referrersTagOf(SUBJECT)
const SUBJECTS = [IMAGE.blob, ...IMAGE.images.map(({ manifest }) => manifest)].map(({ digest }) => digest)

/** Two documents for the index, and two for each image. */
function documentsOf({ blob, images }: Index, seed = ''): Referrer[] {
  return [blob, ...images.map(({ manifest }) => manifest)].flatMap(subject =>
    [CYCLONEDX, SPDX].map(artifactType => documentOf(subject.digest, artifactType, seed)),
  )
}

function documentOf(digest: Digest, artifactType: string, seed = ''): Referrer {
  const subject = [IMAGE.blob, ...IMAGE.images.map(({ manifest }) => manifest)].find(
    each => each.digest === digest,
  )
  if (subject === undefined) throw new Error(`${digest} is not in the image`)
  const bytes = seededBytes(`${seed} ${artifactType} ${digest}`, 500)
  const document = createBlob(bytes, { mediaType: artifactType })
  const annotations = { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' }
  return makeReferrer({ subject, document, annotations })
}

async function attach(repository: Repository, referrers: readonly Referrer[], newSubjects: Digest[] = []) {
  const [meter] = await pushReferrers([{ index: IMAGE, referrers, repository, newSubjects }])
  return meter
}

/** Pushes the image and then its documents, as a merge does. */
async function pushAll(repository: Repository, referrers = documentsOf(IMAGE)) {
  const { newManifests } = await sendIndex(IMAGE, repository)
  return attach(repository, referrers, [...newManifests])
}

function entriesOf(registry: TestRegistry, tag = TAG) {
  const stored = registry.repository(NAME).manifests.get(registry.tag(NAME, tag) as Digest)
  return JSON.parse(String(stored?.bytes)) as { manifests: Record<string, unknown>[] }
}

const WITH_AND_WITHOUT_API = [true, 'draft', false] as const

test.each(WITH_AND_WITHOUT_API)('each document is found by its subject and its type; API: %s', referrers =>
  withRegistry({ referrers }, async ({ registry, repository, client }) => {
    await pushAll(repository())
    client.referrersApis.clear()
    for (const { digest } of [IMAGE.blob, ...IMAGE.images.map(({ manifest }) => manifest)]) {
      const all = await listReferrers(repository(), digest)
      expect(all.map(({ artifactType }) => artifactType).sort()).toEqual([SPDX, CYCLONEDX])
      const [found, ...others] = await listReferrers(repository(), digest, { artifactType: SPDX })
      expect(found).toEqual({ ...documentOf(digest, SPDX).manifest, open: undefined })
      expect(others).toEqual([])
      expect(registry.missing(NAME, found?.digest as Digest)).toEqual([])
    }
    const tags = [...registry.repository(NAME).tags.keys()]
    expect(tags.every(tag => tag.startsWith('sha256-'))).toBe(true)
    expect(tags.length).toBe(referrers === false ? 3 : 0)
  }),
)

test('six documents of a new image need at most 21 requests, and 10 more without the API', () =>
  withRegistry({}, async ({ registry, repository }) => {
    const { newManifests } = await sendIndex(IMAGE, repository())
    registry.log.length = 0
    const meter = await attach(repository(), documentsOf(IMAGE), [...newManifests])
    // Seven blobs, six manifests, and one check for the config.
    expect(meter?.requests).toBe(7 * 2 + 6 + 1)
    expect(registry.log.length).toBe(meter?.requests)
    await withRegistry({ referrers: false }, async other => {
      const sent = await sendIndex(IMAGE, other.repository())
      const more = await attach(other.repository(), documentsOf(IMAGE), [...sent.newManifests])
      expect(more?.requests).toBe(7 * 2 + 6 + 1 + 1 + 3 * 3)
    })
  }))

test.each(WITH_AND_WITHOUT_API)('documents that exist are not sent again; API: %s', referrers =>
  withRegistry({ referrers }, async ({ registry, repository }) => {
    await pushAll(repository())
    registry.log.length = 0
    await attach(repository(), documentsOf(IMAGE))
    expect(registry.log.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([])
  }),
)

test('a document that a cleanup job has deleted is sent again, although the tag still lists it', () =>
  withRegistry({ referrers: false }, async ({ registry, repository }) => {
    await pushAll(repository())
    const [deleted] = documentsOf(IMAGE)
    const digest = deleted?.manifest.digest as Digest
    registry.repository(NAME).manifests.delete(digest)
    await attach(repository(), documentsOf(IMAGE))
    expect(registry.missing(NAME, digest)).toEqual([])
    expect(entriesOf(registry).manifests.filter(each => each.digest === digest)).toHaveLength(1)
  }))

test('a second repository of the registry gets the documents by mounts', () =>
  withRegistry({ referrers: false }, async ({ registry, repository }) => {
    const [one, other] = [repository(), repository('owner/copy')]
    const referrers = documentsOf(IMAGE)
    for (const each of [one, other]) await sendIndex(IMAGE, each)
    registry.log.length = 0
    await pushReferrers(
      [one, other].map(each => ({ index: IMAGE, referrers, repository: each, newSubjects: [] })),
    )
    for (const name of [NAME, 'owner/copy'])
      for (const { manifest } of referrers) expect(registry.missing(name, manifest.digest)).toEqual([])
    expect(registry.requests('PUT', /blobs/)).toHaveLength(7)
    expect(registry.requests('POST', /mount=/).every(({ status }) => status === 201)).toBe(true)
  }))

const FAULTS: readonly FaultAction[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 404 },
  { kind: 'reset' },
  { kind: 'lost' },
  { kind: 'cut' },
]

test.each(Array.from({ length: 24 }, (_, seed) => seed))(
  'after faults, the next push completes the documents; seed %d',
  seed =>
    withRegistry(
      { referrers: WITH_AND_WITHOUT_API[seed % 3] ?? true },
      async ({ registry, repository, client }) => {
        const random = seeded(seed)
        await sendIndex(IMAGE, repository())
        for (let n = below(random, 3); n >= 0; n--) {
          const action = FAULTS[below(random, FAULTS.length)] as FaultAction
          registry.fault({ action, after: below(random, 25), times: 1 + below(random, 8) })
        }
        const failure = await attach(repository(), documentsOf(IMAGE)).then(
          () => undefined,
          error => error,
        )
        if (failure !== undefined) expect(failure).toBeInstanceOf(UserError)
        registry.clearFaults()
        client.referrersApis.clear()
        await attach(repository(), documentsOf(IMAGE))
        for (const subject of SUBJECTS) {
          const listed = await listReferrers(repository(), subject)
          expect(listed.map(({ artifactType }) => artifactType).sort()).toEqual([SPDX, CYCLONEDX])
          for (const { digest } of listed) expect(registry.missing(NAME, digest)).toEqual([])
        }
      },
    ),
)

test.each(WITH_AND_WITHOUT_API)(
  'a push that ends at any request never lists documents of the index without those of its images; API: %s',
  async referrers => {
    for (let requests = 0; requests < 9; requests++)
      await withRegistry({ referrers }, async ({ registry, repository, client }) => {
        await sendIndex(IMAGE, repository())
        const refused = { kind: 'status', status: 403 } as const
        registry.fault({ method: 'PUT', path: /manifests/, after: requests, times: 99, action: refused })
        await attach(repository(), documentsOf(IMAGE)).catch(() => {})
        registry.clearFaults()
        client.referrersApis.clear()
        const [ofIndex, ...ofImages] = await Promise.all(
          SUBJECTS.map(async subject => (await listReferrers(repository(), subject)).length),
        )
        // A plan asks for the documents of the index only.
        if (ofIndex !== 0) expect(ofImages).toEqual(ofImages.map(() => 2))
      })
  },
)

test('a long list is read page by page', () =>
  withRegistry({ pageSize: 2 }, async ({ repository }) => {
    const types = Array.from({ length: 7 }, (_, n) => `application/vnd.example.${n}`)
    await pushAll(
      repository(),
      types.map(type => documentOf(SUBJECT, type)),
    )
    const listed = await listReferrers(repository(), SUBJECT)
    expect(listed.map(({ artifactType }) => artifactType).sort()).toEqual(types)
  }))

test('pages without an end, and pages of another server, are not followed', () =>
  withRegistry({}, async ({ registry, repository }) => {
    const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })
    const headers = { 'content-type': OCI_INDEX, link: '<http://127.0.0.1:1/v2/x?n=2>; rel="next"' }
    registry.fault({ path: /referrers/, times: 999, action: { kind: 'status', status: 200, headers, body } })
    registry.fault({ path: /x\?n=2/, times: 999, action: { kind: 'status', status: 200, headers, body } })
    expect(await listReferrers(repository(), SUBJECT)).toEqual([])
    expect(registry.requests('GET', /./).length).toBeLessThan(4)
  }))

test('a redirect to another server means that there is no API, and is not followed', () =>
  withRegistry({ referrers: false }, async ({ registry, repository }) => {
    const headers = { location: `${registry.storageUrl}/referrers` }
    const action = { kind: 'status', status: 302, headers } as const
    registry.fault({ path: /referrers/, times: 99, action })
    await pushAll(repository())
    expect(await listReferrers(repository(), SUBJECT)).toHaveLength(2)
    expect(registry.log.filter(({ origin }) => origin === 'storage')).toEqual([])
  }))

test.each([
  ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, /^$/],
  ['no JSON', { headers: { 'content-type': OCI_INDEX }, body: '{' }, /is not JSON/],
  ['no list', { headers: { 'content-type': OCI_INDEX }, body: '{"manifests":7}' }, /manifests is not a list/],
])('a list of referrers that is %s', (_, reply, message) =>
  withRegistry({}, async ({ registry, repository }) => {
    registry.fault({ path: /referrers/, times: 99, action: { kind: 'status', status: 200, ...reply } })
    const result = await listReferrers(repository(), SUBJECT).then(String, error => String(error.message))
    expect(result).toMatch(message)
  }),
)

describe('the tag in place of the API', () => {
  const [ours, second] = documentsOf(IMAGE) as [Referrer, Referrer]
  const theirs = { mediaType: OCI_INDEX, digest: SUBJECT, size: IMAGE.blob.size, data: 'e30=', 'x.other': 1 }

  function listOf(...manifests: object[]) {
    return createBlob(
      Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations: { a: 'b' } }),
      ),
      { mediaType: OCI_INDEX },
    )
  }

  test('entries of others are kept, with all of their fields', () =>
    withRegistry({ referrers: false }, async ({ registry, repository }) => {
      await sendIndex(IMAGE, repository())
      await repository().putManifest(listOf(theirs), TAG)
      await attach(repository(), [ours])
      const { open: _, ...entry } = ours.manifest
      expect(entriesOf(registry)).toMatchObject({ annotations: { a: 'b' }, manifests: [theirs, entry] })
    }))

  test('an entry that another job overwrites is written again, and both survive', () =>
    withRegistry({ referrers: false }, async ({ registry, repository }) => {
      await sendIndex(IMAGE, repository())
      let overwrites = 0
      registry.onTag = (_, tag) => {
        // The other job read the list before, so it does not have the entry.
        if (tag === TAG && ++overwrites === 1)
          setImmediate(() => void repository().putManifest(listOf(theirs), TAG))
      }
      registry.onRequest = method =>
        method === 'GET' ? new Promise(done => setTimeout(done, 50)) : undefined
      await attach(repository(), [ours])
      expect(entriesOf(registry).manifests.map(({ digest }) => digest)).toEqual([
        SUBJECT,
        ours.manifest.digest,
      ])
    }))

  test('after five overwrites the push fails and names the tag', () =>
    withRegistry({ referrers: false }, async ({ registry, repository }) => {
      await sendIndex(IMAGE, repository())
      let count = 0
      registry.onRequest = async (method, path) => {
        if (method !== 'GET' || !path.endsWith(TAG) || count === 0) return
        const blob = listOf({ ...theirs, count })
        registry.repository(NAME).manifests.set(blob.digest, {
          mediaType: OCI_INDEX,
          bytes: Buffer.concat(await blob.open().toArray()),
        })
        registry.repository(NAME).tags.set(TAG, blob.digest)
      }
      registry.onTag = () => void count++
      const error = await failureOf(attach(repository(), [ours]))
      expect(error.message).toContain(`owner/app:${TAG} was written 5 times`)
      expect(count).toBe(5)
    }))

  test('a registry that shows a change late is not written again', () =>
    withRegistry({ referrers: false, lag: 3 }, async ({ registry, repository }) => {
      await sendIndex(IMAGE, repository())
      await attach(repository(), [ours])
      await attach(repository(), [second])
      expect(registry.requests('PUT', new RegExp(TAG))).toHaveLength(2)
      expect(entriesOf(registry).manifests).toHaveLength(2)
    }))

  test('a lost answer to a write does not double the entry', () =>
    withRegistry({ referrers: false }, async ({ registry, repository }) => {
      await sendIndex(IMAGE, repository())
      registry.fault({ method: 'PUT', path: new RegExp(TAG), action: { kind: 'lost' } })
      registry.fault({ method: 'PUT', path: /manifests\/sha256:/, action: { kind: 'lost' } })
      await attach(repository(), [ours, second])
      expect(entriesOf(registry).manifests).toHaveLength(2)
    }))

  test.each([400, 403, 405, 409, 412])(
    'an immutable tag is an error that says what to do; status %d',
    status =>
      withRegistry(
        { referrers: false, immutableTags: { status, code: 'DENIED', message: 'tag is immutable' } },
        async ({ registry, repository }) => {
          await sendIndex(IMAGE, repository())
          await attach(repository(), [ours])
          const error = await failureOf(attach(repository(), [second]))
          expect(error).toMatchObject({
            message: expect.stringContaining(`owner/app:${TAG} cannot be changed`),
            hint: expect.stringContaining('exclude tags that begin with `sha256-`'),
          })
          expect(entriesOf(registry).manifests).toHaveLength(1)
        },
      ),
  )

  test.each(['an image', 'damaged'])('a tag that is %s is an error, and is not overwritten', what =>
    withRegistry({ referrers: false }, async ({ registry, repository }) => {
      await sendIndex(IMAGE, repository())
      const [first] = IMAGE.images
      const digest = first?.manifest.digest as Digest
      registry.repository(NAME).tags.set(TAG, digest)
      if (what === 'damaged') {
        registry.repository(NAME).tags.set(TAG, ours.manifest.digest)
        registry.repository(NAME).manifests.set(ours.manifest.digest, {
          mediaType: OCI_INDEX,
          bytes: Buffer.from('{"manifests":1}'),
        })
      }
      const before = registry.tag(NAME, TAG)
      const error = await failureOf(attach(repository(), [second]))
      expect(error.message).toMatch(/is not a list of referrers|the content is sha256/)
      expect(registry.tag(NAME, TAG)).toBe(before)
    }),
  )

  test.each([0, 1, 2, 3, 4, 5])(
    'of two jobs that write one list at the same time, all entries survive; seed %d',
    seed =>
      withRegistry(
        { referrers: false },
        async ({ registry, repository }) => {
          const random = seeded(seed)
          await sendIndex(IMAGE, repository())
          registry.onRequest = () => new Promise(done => setTimeout(done, below(random, 12)))
          const jobs = [0, 1].map(async job => {
            for (let n = 0; n < 3; n++) {
              await new Promise(done => setTimeout(done, below(random, 30)))
              const type = `application/vnd.example.${job}.${n}`
              await attach(repository(), [documentOf(SUBJECT, type)])
            }
          })
          await Promise.all(jobs)
          const { manifests } = entriesOf(registry)
          expect(manifests.map(({ artifactType }) => artifactType).sort()).toEqual(
            [0, 1].flatMap(job => [0, 1, 2].map(n => `application/vnd.example.${job}.${n}`)),
          )
        },
        { clock: { ...systemClock, sleep: ms => systemClock.sleep(ms / 4) } },
      ),
  )
})
