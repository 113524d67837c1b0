import { describe, expect, test } from '@jest/globals'
import { type Examination, examinePackage, selectFirst } from '../../../src/command/prune/examine-package.js'
import { type ManifestLinks, parseLinks } from '../../../src/command/prune/manifest-links.js'
import type { PackageVersion } from '../../../src/github/packages.js'
import { DOCKER_INDEX, OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import type { StoredManifest } from '../../support/registry-store.js'
import { cosignTag, imageOf, indexOf, nestedIndexOf, referrersTag } from './package-content.js'

const DAY = 24 * 60 * 60_000
const NOW = new Date('2026-06-01T00:00:00Z')

/** A package without a server. */
class Package {
  readonly versions: PackageVersion[] = []
  readonly links = new Map<string, ManifestLinks>()

  /** @param days the age */
  add(manifest: StoredManifest, tags: readonly string[] = [], days = 100): Digest {
    const digest = digestOf(manifest.bytes)
    const created = new Date(NOW.getTime() - days * DAY)
    this.versions.push({ id: this.versions.length + 1, digest, tags, created, updated: created })
    this.links.set(digest, parseLinks(manifest.bytes, manifest.mediaType))
    return digest
  }

  /** An index of one image. */
  addIndex(name: string, tags: readonly string[] = [], days = 100): { index: Digest; image: Digest } {
    const image = this.add(imageOf(name), [], days)
    return { image, index: this.add(indexOf([image]), tags, days) }
  }

  makeUnreadable(digest: Digest): void {
    this.links.set(digest, { kind: 'unreadable', why: 'planted' })
  }

  examine(links: ReadonlyMap<string, ManifestLinks> = this.links): Examination {
    const rules = { keep: 1, olderThan: 30 * DAY, closedPullRequests: true }
    const facts = { rules, now: NOW, pullRequests: new Map([[1, 'closed']] as const) }
    return examinePackage({ versions: this.versions, links, facts })
  }

  complete() {
    const examination = this.examine()
    if (examination.kind !== 'complete') throw new Error(`unread: ${examination.unread}`)
    return examination
  }

  unused(): string[] {
    return this.complete()
      .unused.map(({ version }) => version.digest)
      .sort()
  }
}

describe('unused', () => {
  test('an index without a tag, and its images', () => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    const { index, image } = found.addIndex('old')
    expect(found.unused()).toEqual([index, image].sort())
  })

  test('an image of two indexes stays with one of them', () => {
    const found = new Package()
    const { image } = found.addIndex('a', ['latest'])
    const other = found.add(indexOf([image], 'other'), ['pr-1'])
    expect(found.unused()).toEqual([other])
  })

  test('an index in an index stays', () => {
    const found = new Package()
    const { index } = found.addIndex('a')
    found.add(nestedIndexOf([index]), ['latest'])
    expect(found.unused()).toEqual([])
  })

  test('what was pushed in the last 24 hours stays, with all of its parts', () => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    const image = found.add(imageOf('old image'))
    found.add(indexOf([image]), [], 0.9)
    found.add(imageOf('new'), ['pr-1'], 0.9)
    expect(found.unused()).toEqual([])
  })

  test('an image that nothing names stays until it is old enough for the rules', () => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    found.add(imageOf('recent'), [], 29)
    const old = found.add(imageOf('old'), [], 31)
    expect(found.unused()).toEqual([old])
  })

  test('the images of a closed pull request go with its index', () => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    const { index, image } = found.addIndex('pull request', ['pr-1'], 2)
    expect(found.unused()).toEqual([index, image].sort())
  })

  test('referrers stay with their subject: by its digest, by the fallback tag, by the tag of cosign', () => {
    const found = new Package()
    const { image, index } = found.addIndex('current', ['latest'])
    const sbom = found.add(imageOf('sbom', image))
    found.add(indexOf([sbom]), [referrersTag(image)])
    found.add(imageOf('only subject', index))
    const signature = found.add(imageOf('signature'), [cosignTag(index, 'sig')])
    found.add(imageOf('about the signature', signature))
    expect(found.unused()).toEqual([])
  })

  test('referrers go with their subject, also if it is gone already', () => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    const gone = digestOf(Buffer.from('gone'))
    const sbom = found.add(imageOf('sbom', gone))
    const list = found.add(indexOf([sbom]), [referrersTag(gone)])
    expect(found.unused()).toEqual([sbom, list].sort())
  })

  test('signatures of images in other repositories stay', () => {
    const found = new Package()
    found.add(imageOf('signature'), [cosignTag(digestOf(Buffer.from('elsewhere')), 'sig')])
    found.addIndex('current', ['latest'])
    expect(found.unused()).toEqual([])
  })

  test('the newest version with a tag stays, because GitHub does not delete it', () => {
    const found = new Package()
    found.addIndex('a', ['pr-1'], 3)
    const { index, image } = found.addIndex('b', ['pr-1'], 4)
    expect(found.unused()).toEqual([index, image].sort())
  })
})

describe('a manifest that cannot be read', () => {
  test.each([true, false])('keeps everything, if it has a tag: %s', hasTag => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    found.addIndex('old', ['pr-1'])
    found.add(imageOf('orphan'))
    const { index } = found.addIndex('unreadable', hasTag ? ['main'] : [])
    expect(found.unused()).not.toEqual([])
    found.makeUnreadable(index)
    expect(found.unused()).toEqual([])
    expect([...found.complete().unreadable.values()]).toEqual(['planted'])
  })

  const subject = { digest: 'sha512:abc', mediaType: OCI_MANIFEST, size: 1 }
  test.each([
    ['not JSON', '<html>', OCI_INDEX],
    ['a list', '[]', OCI_MANIFEST],
    ['an index without a list', '{"manifests": 3}', OCI_INDEX],
    ['a child without a digest', '{"manifests": [{}]}', OCI_INDEX],
    ['a subject with another digest', JSON.stringify({ subject }), OCI_MANIFEST],
    ['an unknown media type', '{}', 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['no media type', '{}', ''],
  ])('is one that is %s', (_, text, mediaType) => {
    expect(parseLinks(Buffer.from(text), mediaType).kind).toBe('unreadable')
  })

  test.each([
    ['an index of Docker', '{"manifests": null}', DOCKER_INDEX, 'index'],
    ['an index that is called an image', '{"manifests": []}', OCI_MANIFEST, 'index'],
    ['an artifact with odd fields', '{"layers": 3, "config": null}', OCI_MANIFEST, 'image'],
  ])('is not %s', (_, text, mediaType, kind) => {
    expect(parseLinks(Buffer.from(text), mediaType).kind).toBe(kind)
  })
})

test('the images of an index that stays are not read', () => {
  const found = new Package()
  const { index } = found.addIndex('current', ['latest'])
  const orphan = found.add(imageOf('orphan'))
  expect(found.examine(new Map())).toEqual({ kind: 'incomplete', unread: [index] })
  const links = new Map([...found.links].filter(([digest]) => digest === index))
  expect(found.examine(links)).toEqual({ kind: 'incomplete', unread: [orphan] })
})

test('an index with a tag is read, also if another index calls it an image', () => {
  const found = new Package()
  const { index } = found.addIndex('current', ['latest'])
  const other = found.add(indexOf([index], 'wrong'), ['main'])
  const links = new Map([...found.links].filter(([digest]) => digest === other))
  expect(found.examine(links)).toEqual({ kind: 'incomplete', unread: [index] })
})

describe('the order', () => {
  test('is index, images, referrers', () => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    const { index, image } = found.addIndex('old')
    const sbom = found.add(imageOf('sbom', image))
    const list = found.add(indexOf([sbom]), [referrersTag(image)])
    const order: string[][] = []
    for (let left = found.complete().unused; left.length > 0; left = found.complete().unused) {
      const first = selectFirst(left).map(({ version }) => version.digest)
      order.push(first)
      for (const digest of first)
        found.versions.splice(
          found.versions.findIndex(version => version.digest === digest),
          1,
        )
    }
    expect(order).toEqual([[index], [image], [list], [sbom]])
  })

  test('ends also if tags name each other in a circle', () => {
    const found = new Package()
    found.addIndex('current', ['latest'])
    const [a, b] = ['a', 'b'].map(name => digestOf(imageOf(name).bytes)) as [Digest, Digest]
    found.add(imageOf('a'), [referrersTag(b)])
    found.add(imageOf('b'), [referrersTag(a)])
    expect(selectFirst(found.complete().unused)).toHaveLength(2)
  })
})

test('what an index that stays lists, and the package does not have, is missing', () => {
  const found = new Package()
  const lost = digestOf(Buffer.from('lost'))
  found.add(indexOf([lost]), ['latest'])
  expect(found.complete().missing).toEqual([lost])
})
