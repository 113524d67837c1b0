import { describe, expect, test } from '@jest/globals'
import { isListUnsupported } from '../../src/registry/repository.js'
import { pushIndex } from '../support/push.js'
import { failureOf, index, layer, withRegistry } from './fixture.js'

const REPOSITORY = 'owner/app'

describe('a registry that answers each HEAD with', () => {
  test.each([400, 403, 404, 405, 501])('%d: the push ends without a wait, and can be repeated', headStatus =>
    withRegistry({ headStatus }, async ({ registry, repository, clock }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      await pushIndex(pushed, repository(), ['latest', '1'])
      expect(registry.tag(REPOSITORY, '1')).toBe(pushed.blob.digest)
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
      expect(clock.waits).toEqual([])
    }),
  )

  test.each([403, 404, 405])('%d: content is found with a GET', headStatus =>
    withRegistry({ headStatus }, async ({ registry, repository }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      const blob = layer('x', 300_000)
      const empty = registry.addBlob(REPOSITORY, Buffer.alloc(0))
      await repository().pushBlob(blob)
      expect(await repository().headManifest('latest')).toMatchObject({ digest: pushed.blob.digest })
      expect(await repository().headManifest('1')).toBeUndefined()
      expect(await repository().canReadBlob(blob.digest)).toBe(true)
      expect(await repository().canReadBlob(empty)).toBe(true)
      expect(await repository().canReadBlob(layer('y').digest)).toBe(false)
      if (headStatus !== 404) expect(await repository().hasManifest('latest')).toBe(true)
    }),
  )
})

describe('a list of tags', () => {
  const tags = ['a', 'b', 'c']

  test.each([400, 405, 416, 422])('that is refused with %d for a page size is read without it', status =>
    withRegistry({ listRefusal: { status, onlyWithSize: true }, pageSize: 2 }, async ({ repository }) => {
      await pushIndex(index('a'), repository(), tags)
      expect(await repository().listTags()).toEqual(tags)
    }),
  )

  test.each([
    [405, 'UNSUPPORTED'],
    [501, ''],
    [400, ''],
    [403, 'UNSUPPORTED'],
  ])('that is always refused with %d %s is unsupported', (status, code) =>
    withRegistry({ listRefusal: { status, code } }, async ({ repository, clock }) => {
      await pushIndex(index('a'), repository(), tags)
      expect(isListUnsupported(await failureOf(repository().listTags()))).toBe(true)
      expect(clock.waits).toEqual([])
    }),
  )

  test('whose second page is refused is incomplete', () =>
    withRegistry({ pageSize: 2 }, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), tags)
      registry.fault({ path: /last=/, times: 9, action: { kind: 'status', status: 400 } })
      expect(await failureOf(repository().listTags())).toMatchObject({
        name: 'IncompleteTagList',
        tags: ['a', 'b'],
      })
    }))
})
