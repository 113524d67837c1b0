import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.js'
import { pushIndex } from '../support/push.js'
import type { FaultAction, RegistryOptions, TestRegistry } from '../support/registry.js'
import { failureOf, index, withRegistry } from './fixture.js'

const NAME = 'owner/app'

/** Numbers from 0 to 1, the same for the same seed. */
function chances(seed: number): () => number {
  let n = 0
  return () => createHash('sha256').update(`${seed}/${n++}`).digest().readUInt32BE(0) / 2 ** 32
}

const ACTIONS: readonly FaultAction[] = [
  { kind: 'reset' },
  { kind: 'reset', after: 20_000 },
  { kind: 'cut' },
  { kind: 'lost' },
  { kind: 'stall' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, headers: { 'retry-after': '3' } },
  { kind: 'status', status: 429, body: '{"errors":[{"code":"TOOMANYREQUESTS"}]}' },
  { kind: 'status', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' },
  { kind: 'status', status: 401 },
  { kind: 'status', status: 403 },
]

const OPTIONS: readonly RegistryOptions[] = [
  {},
  { locations: 'absolute', auth: { kind: 'basic', username: 'u', password: 'p' } },
  { auth: { kind: 'token', username: 'u', password: 'p' }, redirectBlobs: true, lag: 2 },
  {
    locations: 'foreign',
    stripDigest: true,
    auth: { kind: 'token', username: 'u', password: 'p', expiresIn: 5 },
  },
]

/** Checks that every tag names a complete image at the moment at which it is set. */
function watchTags(registry: TestRegistry, moves: Digest[]): void {
  registry.onTag = (repository, tag, digest) => {
    moves.push(digest)
    const missing = registry.missing(repository, digest)
    if (missing.length > 0) registry.violations.push(`${tag} moved to ${digest} without ${missing}`)
  }
}

describe('whatever fails, a tag names the complete old or the complete new image', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %d', seed => {
    const chance = chances(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T
    const credential = { kind: 'basic', username: 'u', password: 'p', source: 'a test' } as const
    const test = async (registry: TestRegistry, push: (name: string) => Promise<unknown>): Promise<void> => {
      const [old, young] = [index('old', 30_000).blob.digest, index('new', 30_000).blob.digest]
      await push('old')
      const moves: Digest[] = []
      watchTags(registry, moves)
      for (let n = 1 + Math.floor(chance() * 4); n > 0; n--) {
        const action = pick(ACTIONS)
        registry.fault({
          action,
          after: Math.floor(chance() * 35),
          times: action.kind === 'stall' ? 1 : 1 + Math.floor(chance() * 8),
        })
      }
      const failure = await push('new').then(
        () => undefined,
        error => error,
      )
      expect([old, young]).toContain(registry.tag(NAME, 'latest'))
      expect(new Set(moves).size).toBeLessThanOrEqual(1)
      expect(registry.missing(NAME, registry.tag(NAME, 'latest') ?? old)).toEqual([])
      if (failure === undefined) expect(registry.tag(NAME, 'latest')).toBe(young)
      else expect(['RegistryError', 'UserError']).toContain(failure.name)
      registry.clearFaults()
      // Requests of the failed push that are still open, such as one for a token, end first.
      await new Promise(resolve => setTimeout(resolve, 20))
      await push('new')
      expect(registry.tag(NAME, 'latest')).toBe(young)
    }
    return withRegistry(
      pick(OPTIONS),
      ({ registry, repository }) =>
        test(registry, seed => pushIndex(index(seed, 30_000), repository(), ['1', 'latest'])),
      { credentials: async () => credential, timeouts: { idle: 100 } },
    )
  })
})

test('a repeated push continues where the failed one stopped', () =>
  withRegistry({}, async ({ registry, repository }) => {
    registry.fault({ method: 'PUT', path: /manifests/, times: 6, action: { kind: 'status', status: 500 } })
    const push = () => pushIndex(index('a', 30_000), repository(), ['latest'], { concurrency: 1 })
    await failureOf(push())
    registry.log.length = 0
    await push()
    expect(registry.requests('PUT', /uploads/)).toEqual([])
  }))
