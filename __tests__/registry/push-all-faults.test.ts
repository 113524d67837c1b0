import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.js'
import { blobsOf, makeImage } from '../../src/oci/image.js'
import { type Index, makeIndex } from '../../src/oci/image-index.js'
import { pushIndexes } from '../../src/registry/push.js'
import type { PushItem } from '../../src/registry/push-session.js'
import { below, type Random, seeded } from '../support/images.js'
import { parsePlatform } from '../support/platform.js'
import type { FaultAction, RegistryOptions, TestRegistry } from '../support/registry.js'
import { failureOf, layer, type Rig, withRegistry } from './fixture.js'

const POOL = Array.from({ length: 8 }, (_, n) => layer(`pool ${n}`, 500 + 4000 * n))
const NAMES = ['owner/a', 'owner/b', 'owner/c']

const ACTIONS: readonly FaultAction[] = [
  { kind: 'reset' },
  { kind: 'reset', after: 2000 },
  { kind: 'lost' },
  { kind: 'cut' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 403 },
]

const OPTIONS: readonly RegistryOptions[] = [
  {},
  { mounts: false },
  { locations: 'foreign', stripDigest: true },
]

function randomIndex(random: Random, name: string): Index {
  const images = ['linux/amd64', 'linux/arm64'].map(platform =>
    makeImage({
      platform: parsePlatform(platform),
      config: Buffer.from(JSON.stringify({ name, platform, n: below(random, 1e6) })),
      layers: POOL.filter(() => random() < 0.5),
    }),
  )
  return makeIndex(images)
}

function digestsOf({ blob, images }: Index): Digest[] {
  return [blob, ...images.map(({ manifest }) => manifest), ...blobsOf(images)].map(({ digest }) => digest)
}

/** Contents that were pushed once and are partly deleted now. */
async function before(random: Random, { registry, repository }: Rig): Promise<Map<string, Set<Digest>>> {
  const seen = new Map<string, Set<Digest>>()
  for (const name of NAMES) {
    if (random() < 0.3) continue
    const index = randomIndex(random, `${name} before`)
    await pushIndexes([{ index, repository: repository(name) }])
    seen.set(name, new Set(digestsOf(index)))
    const stored = registry.repository(name)
    for (const digest of [...stored.blobs]) if (random() < 0.15) stored.blobs.delete(digest)
    for (const digest of [...stored.manifests.keys()]) if (random() < 0.3) stored.manifests.delete(digest)
  }
  return seen
}

function spoil(random: Random, registry: TestRegistry): void {
  for (let n = below(random, 4); n > 0; n--) {
    const action = ACTIONS[below(random, ACTIONS.length)] ?? { kind: 'reset' }
    registry.fault({ action, after: below(random, 60), times: 1 + below(random, 7) })
  }
}

describe('whatever fails, existing images are complete, and the next run completes the push', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %d', seed => {
    const random = seeded(seed)
    return withRegistry(OPTIONS[seed % OPTIONS.length] ?? {}, async rig => {
      const { registry, repository } = rig
      const seen = await before(random, rig)
      const shipments = NAMES.map((name): PushItem => {
        const existing = seen.get(name)
        return {
          index: randomIndex(random, name),
          repository: repository(name),
          ...(existing ? { existing } : { isNewRepository: true }),
        }
      })
      spoil(random, registry)
      const failure = await pushIndexes(shipments).then(
        () => undefined,
        error => error,
      )
      const missing = () =>
        shipments.flatMap(({ index, repository }) =>
          registry.missing(repository.reference.repository, index.blob.digest),
        )
      if (failure === undefined) expect(missing()).toEqual([])
      else expect(['RegistryError', 'UserError']).toContain(failure.name)
      registry.clearFaults()
      await pushIndexes(shipments.map(({ index, repository }) => ({ index, repository })))
      expect(missing()).toEqual([])
    })
  })
})

test('a failure that is not the registry’s is thrown unchanged', () =>
  withRegistry({}, async ({ repository }) => {
    const broken = {
      ...layer('x'),
      open: (): never => {
        throw new TypeError('ours')
      },
    }
    const platform = parsePlatform('linux/amd64')
    const index = makeIndex([makeImage({ platform, config: Buffer.from('{}'), layers: [broken] })])
    expect(await failureOf(pushIndexes([{ index, repository: repository() }]))).toMatchObject({
      name: 'TypeError',
    })
  }))
