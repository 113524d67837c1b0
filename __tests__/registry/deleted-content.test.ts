import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.js'
import { pushIndexes } from '../../src/registry/push.js'
import { tagIndex } from '../../src/registry/set-tags.js'
import { pushIndex } from '../support/push.js'
import { failureOf, index, type Rig, withRegistry } from './fixture.js'

const REPOSITORY = 'owner/app'
const pushed = index('a')
const [first, second] = pushed.images
const layer = first?.layers[0]?.digest as Digest

/** Pushes the same index again, in another run, and sets a new tag. */
async function pushAgain(
  { registry, repository, client }: Rig,
  headStatus: number | undefined,
  existing: ReadonlySet<Digest> = new Set(),
) {
  if (headStatus !== undefined) registry.options.headStatus = headStatus
  client.readableBlobs.clear()
  registry.log.length = 0
  const [sent] = await pushIndexes([{ index: pushed, repository: repository(), existing, isTagged: true }])
  return tagIndex(pushed, repository(), ['next'], { newManifests: sent?.newManifests ?? [] })
}

describe.each([undefined, 200])('content that the registry has deleted, with HEAD %s', headStatus => {
  const options = { trustsManifests: true }

  test('a layer is sent again before a tag points to it', () =>
    withRegistry(options, async rig => {
      const { registry, repository } = rig
      await pushIndex(pushed, repository(), ['latest'])
      registry.repository(REPOSITORY).blobs.delete(layer)
      await pushAgain(rig, headStatus)
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
      expect(registry.requests('POST', /uploads/)).toHaveLength(1)
    }))

  test('an image is sent again before a tag points to it', () =>
    withRegistry(options, async rig => {
      const { registry, repository } = rig
      await pushIndex(pushed, repository(), ['latest'])
      registry.repository(REPOSITORY).manifests.delete(second?.manifest.digest as Digest)
      await pushAgain(rig, headStatus)
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
    }))

  test('a layer that a published image claims to have is sent', () =>
    withRegistry(options, async rig => {
      const { registry } = rig
      registry.repository(REPOSITORY)
      await pushAgain(rig, headStatus, new Set([layer]))
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
    }))

  test('an image that is complete is not sent again', () =>
    withRegistry(options, async rig => {
      await pushIndex(pushed, rig.repository(), ['latest'])
      await pushAgain(rig, headStatus)
      expect(rig.registry.requests('POST', /./)).toEqual([])
      expect(rig.registry.requests('PUT', /./).map(({ path }) => path)).toEqual([
        `/v2/${REPOSITORY}/manifests/next`,
      ])
    }))
})

test('a layer that cannot be sent again is an error, and no tag is set', () =>
  withRegistry({ trustsManifests: true }, async rig => {
    const { registry, repository } = rig
    await pushIndex(pushed, repository(), ['latest'])
    registry.repository(REPOSITORY).blobs.delete(layer)
    const fromRegistry = pushed.images.map(image => ({
      ...image,
      layers: image.layers.map(each => ({
        ...each,
        open: () => {
          throw new Error('it is not here')
        },
      })),
    }))
    const failure = await failureOf(
      pushIndexes([{ index: { ...pushed, images: fromRegistry }, repository: repository(), isTagged: true }]),
    )
    expect(failure).toMatchObject({
      message: expect.stringMatching(/no longer has sha256:\w+, and it cannot be sent again: it is not here/),
      hint: expect.stringMatching(/Build the image again with .*force/),
    })
    expect(registry.tag(REPOSITORY, 'next')).toBeUndefined()
  }))

test('a registry that refuses to read a layer has not deleted it', () =>
  withRegistry({}, async rig => {
    const { registry, repository } = rig
    await pushIndex(pushed, repository(), ['latest'])
    registry.fault({ method: 'GET', path: /blobs/, times: 99, action: { kind: 'status', status: 403 } })
    await pushAgain(rig, undefined)
    expect(registry.requests('POST', /./)).toEqual([])
    expect(registry.tag(REPOSITORY, 'next')).toBe(pushed.blob.digest)
  }))
