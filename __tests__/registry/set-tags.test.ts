import { describe, expect, test } from '@jest/globals'
import { Budget } from '../../src/http/retry.js'
import { tagIndex } from '../../src/registry/set-tags.js'
import { sendIndex } from '../support/push.js'
import { failureOf, index, TestClock, withRegistry } from './fixture.js'

const REPOSITORY = 'owner/app'
const pushed = index('a')
const [amd64, arm64] = pushed.images.map(({ manifest }) => manifest.digest)

describe('tagIndex', () => {
  test('checks the images, sets each tag and reads it back', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await sendIndex(pushed, repository())
      registry.log.length = 0
      const { meter, moved } = await tagIndex(pushed, repository(), ['1', 'latest'])
      expect(moved).toEqual([])
      expect(meter.requests).toBe(registry.log.length)
      expect(registry.log.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'PUT', 'PUT', 'GET', 'GET'])
    }))

  test('checks new manifests before and older ones after; does nothing without tags', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await sendIndex(pushed, repository())
      registry.log.length = 0
      await tagIndex(pushed, repository(), ['1'], { newManifests: arm64 ? [arm64] : [] })
      expect(registry.log.map(({ method }) => method)).toEqual(['HEAD', 'PUT', 'GET', 'HEAD'])
      expect(registry.log.at(-1)?.path).toContain(amd64)
      await tagIndex(pushed, repository(), [])
      expect(registry.log).toHaveLength(4)
    }))

  test('an image that was deleted before the tag was set is an error', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await sendIndex(pushed, repository())
      registry.onRequest = (method, path) => {
        if (amd64 && method === 'GET' && path.endsWith('/latest'))
          registry.repository(REPOSITORY).manifests.delete(amd64)
      }
      expect(await failureOf(tagIndex(pushed, repository(), ['latest'], { newManifests: [] }))).toMatchObject(
        {
          message: `${registry.host}/owner/app@${amd64} was pushed, but the registry does not return it`,
          hint: expect.stringMatching(/^latest cannot be pulled for its platform\. .* Run it again/),
        },
      )
    }))

  test('an image that the registry misses while a tag is set is pushed again', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await sendIndex(pushed, repository())
      if (amd64) registry.repository(REPOSITORY).manifests.delete(amd64)
      registry.log.length = 0
      const { meter } = await tagIndex(pushed, repository(), ['latest'], { newManifests: [] })
      expect(registry.tag(REPOSITORY, 'latest')).toBe(pushed.blob.digest)
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
      expect(meter.requests).toBe(registry.log.length)
    }))

  test('a refused check is not a missing image', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      await sendIndex(pushed, repository())
      registry.fault({ times: 9, action: { kind: 'status', status: 403 } })
      const failure = await failureOf(tagIndex(pushed, repository(), ['latest'], { concurrency: 1 }))
      expect(failure).toMatchObject({ name: 'RegistryError', failure: { status: 403 } })
      expect(clock.waits).toEqual([])
    }))

  test('waits for an image that is not visible at once', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      await sendIndex(pushed, repository())
      registry.fault({
        path: new RegExp(`${amd64}`),
        times: 6,
        action: { kind: 'status', status: 404 },
      })
      const { moved } = await tagIndex(pushed, repository(), ['latest'])
      expect(moved).toEqual([])
      expect(clock.waits).toEqual([250, 500, 1000])
    }))

  test.each([false, true])('sets no tag while an image is missing; digest header missing: %s', stripDigest =>
    withRegistry({ stripDigest }, async ({ registry, repository }) => {
      await sendIndex(pushed, repository())
      if (amd64) registry.repository(REPOSITORY).manifests.delete(amd64)
      expect(await failureOf(tagIndex(pushed, repository(), ['latest']))).toMatchObject({
        name: 'UserError',
        message: `${registry.host}/owner/app@${amd64} was pushed, but the registry does not return it`,
      })
      expect(registry.requests('PUT', /latest/)).toEqual([])
    }),
  )

  test('wrong bytes with the right digest header are detected', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const other = index('b')
      for (const each of [pushed, other]) await sendIndex(each, repository())
      registry.onRequest = (method, path) => {
        const tags = registry.repository(REPOSITORY).tags
        if (method === 'GET' && path.endsWith('/moved')) tags.set('moved', other.blob.digest)
      }
      const { moved } = await tagIndex(pushed, repository(), ['moved', 'stays'])
      expect(moved.map(({ tag }) => tag)).toEqual(['moved'])
      expect(moved[0]?.error.message).toContain(
        `was set to ${pushed.blob.digest}, but points to ${other.blob.digest}`,
      )
    }))

  test.each([
    [400, 'TAG_INVALID', "The image tag 'latest' already exists and cannot be overwritten"],
    [400, 'UNKNOWN', 'Repository does not allow updating assets: docker'],
    [403, 'DENIED', 'tag is immutable'],
    [405, 'UNSUPPORTED', 'tags are locked'],
    [409, 'TAG_ALREADY_EXISTS', ''],
    [412, 'PRECONDITION', 'configured as immutable'],
  ])(
    'a tag that is refused with %d %s is reported as immutable, and the others are set',
    (status, code, message) =>
      withRegistry({ immutableTags: { status, code, message } }, async ({ registry, repository, clock }) => {
        const other = index('b')
        await sendIndex(other, repository())
        registry.repository(REPOSITORY).tags.set('latest', other.blob.digest)
        await sendIndex(pushed, repository())
        const { refused, moved } = await tagIndex(pushed, repository(), ['latest', '1.2.3'])
        expect(moved).toEqual([])
        expect(refused).toMatchObject([
          {
            tag: 'latest',
            isImmutable: true,
            error: {
              message: expect.stringContaining(
                `owner/app:latest cannot be changed, and still points to ${other.blob.digest}: ${status} `,
              ),
              hint: expect.stringMatching(/^Tags are immutable in this repository/),
            },
          },
        ])
        expect(registry.tag(REPOSITORY, '1.2.3')).toBe(pushed.blob.digest)
        expect(clock.waits).toEqual([])
      }),
  )

  test('a tag that is refused without a reason is not reported as immutable', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await sendIndex(pushed, repository())
      registry.fault({ method: 'PUT', path: /latest/, action: { kind: 'status', status: 403 } })
      const { refused } = await tagIndex(pushed, repository(), ['latest', '1'])
      expect(refused).toMatchObject([{ tag: 'latest', isImmutable: false, error: { name: 'RegistryError' } }])
      expect(registry.tag(REPOSITORY, '1')).toBe(pushed.blob.digest)
    }))

  test('a refused tag that another run has set to the same image is set', () =>
    withRegistry({}, async ({ registry, repository }) => {
      await sendIndex(pushed, repository())
      registry.onRequest = () => void registry.repository(REPOSITORY).tags.set('1', pushed.blob.digest)
      registry.fault({ method: 'PUT', action: { kind: 'status', status: 409 } })
      expect(await tagIndex(pushed, repository(), ['1'])).toMatchObject({ refused: [], moved: [] })
    }))

  describe('if responses are lost', () => {
    const down = { kind: 'status', status: 503 } as const

    test('a tag that was set is found', () =>
      withRegistry({}, async ({ registry, repository }) => {
        await sendIndex(pushed, repository())
        registry.fault({ method: 'PUT', path: /latest/, times: 99, action: { kind: 'lost' } })
        const { moved } = await tagIndex(pushed, repository(), ['latest'])
        expect(moved).toEqual([])
        expect(registry.tag(REPOSITORY, 'latest')).toBe(pushed.blob.digest)
      }))

    test('a tag that was not set is an error', () =>
      withRegistry({}, async ({ registry, repository }) => {
        await sendIndex(pushed, repository())
        registry.fault({ method: 'PUT', path: /latest/, times: 99, action: down })
        expect(await failureOf(tagIndex(pushed, repository(), ['latest']))).toMatchObject({
          name: 'RegistryError',
          failure: { method: 'PUT', status: 503 },
        })
      }))

    test('and the tag cannot be read, the error says that it may be set', () =>
      withRegistry({}, async ({ registry, repository }) => {
        await sendIndex(pushed, repository())
        registry.fault({ method: 'PUT', path: /latest/, times: 99, action: { kind: 'lost' } })
        registry.fault({ method: 'GET', path: /latest/, times: 99, action: down })
        expect(await failureOf(tagIndex(pushed, repository(), ['latest']))).toMatchObject({
          name: 'UserError',
          message: expect.stringContaining(
            `owner/app:latest may already point to ${pushed.blob.digest}, because`,
          ),
          hint: expect.stringContaining('nothing is sent twice'),
        })
      }))

    describe('after an abort', () => {
      const aborted = async (at: string | undefined): Promise<Error> => {
        const end = new AbortController()
        let failure = new Error()
        await withRegistry({}, async ({ registry, repository }) => {
          await sendIndex(pushed, repository())
          registry.onRequest = (method, path) => {
            if (method === at && path.endsWith('/latest')) end.abort(new Error('enough'))
          }
          if (at === undefined) end.abort(new Error('enough'))
          const { signal } = end
          failure = await failureOf(tagIndex(pushed, repository(), ['latest'], { newManifests: [], signal }))
        })
        return failure
      }

      test('during a PUT, the error says that the tag may be set', async () =>
        expect((await aborted('PUT')).message).toMatch(
          /:latest may already point to sha256:\w+, because .*: enough$/,
        ))

      test('after a PUT, the error says that the tag was set', async () =>
        expect((await aborted('GET')).message).toMatch(/was set to sha256:\w+, but cannot be read: enough$/))

      test('before a PUT, no tag is set', async () =>
        expect((await aborted(undefined)).message).toBe('enough'))
    })

    test('and the budget ends, the error says that the tag may be set', () => {
      const clock = new TestClock()
      const budget = new Budget(20_000, { task: 'the push' }, clock)
      return withRegistry(
        {},
        async ({ registry, repository }) => {
          await sendIndex(pushed, repository())
          registry.fault({ path: /latest/, times: 99, action: down })
          budget.begin()
          const failure = await failureOf(tagIndex(pushed, repository(), ['latest'], { newManifests: [] }))
          budget.end()
          expect(failure.message).toMatch(
            /may already point to sha256:\w+, .* the push did not end within 20\.0 s/,
          )
        },
        { clock, budget },
      )
    })

    test('a tag that was set but cannot be read is an error', () =>
      withRegistry({}, async ({ registry, repository }) => {
        await sendIndex(pushed, repository())
        registry.fault({ method: 'GET', path: /latest/, times: 99, action: down })
        expect(await failureOf(tagIndex(pushed, repository(), ['latest']))).toMatchObject({
          name: 'UserError',
          message: expect.stringContaining(`was set to ${pushed.blob.digest}, but cannot be read: `),
        })
      }))
  })
})
