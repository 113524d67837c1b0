import { expect, test } from '@jest/globals'
import type { Index } from '../../src/oci/image-index.js'
import { seeded } from '../support/images.js'
import { pushIndex } from '../support/push.js'
import { index, withRegistry } from './fixture.js'

const NAME = 'owner/app'
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed)

test.each(SEEDS)('after two parallel pushes the tag names a complete image; seed %d', seed =>
  withRegistry({ lag: seed % 3 }, async ({ registry, repository }) => {
    const random = seeded(seed)
    registry.onRequest = () => new Promise(done => setTimeout(done, 5 * random()))
    registry.onTag = (name, _, digest) => expect(registry.missing(name, digest)).toEqual([])
    // The images share their config and some layers.
    const [one, other] = [index('one', 30_000), index('other', 30_000)]
    const push = (what: Index) => pushIndex(what, repository(), ['latest', '1'])
    const ends = await Promise.allSettled([push(one), push(other)])
    for (const tag of ['latest', '1']) {
      const held = registry.tag(NAME, tag)
      expect([one.blob.digest, other.blob.digest]).toContain(held)
      expect(registry.missing(NAME, held ?? one.blob.digest)).toEqual([])
    }
    // Only the overtaken run may fail, with this error.
    for (const end of ends.filter(each => each.status === 'rejected'))
      expect(String(end.reason)).toMatch(/was set to .*, but points to/)
  }),
)
