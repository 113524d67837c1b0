import { describe, expect, test } from '@jest/globals'
import type { Blob, Descriptor } from '../../src/oci/descriptor.js'
import type { Digest } from '../../src/oci/digest.js'
import { blobsOf, type Image, makeImage } from '../../src/oci/image.js'
import { type Index, makeIndex } from '../../src/oci/image-index.js'
import {
  blobsToCheck,
  type ExistenceCheck,
  KnownContents,
  manifestsToCheck,
  planPush,
  type RepositoryKey,
  type RepositoryPush,
  registryOf,
  repositoryKey,
  type Step,
} from '../../src/registry/push-plan.js'
import { below, type Random, seeded } from '../support/images.js'
import { parsePlatform } from '../support/platform.js'
import { BLOBS_OF_INDEX, index, layer } from './fixture.js'

const [A, B, C] = ['app', 'other', 'third'].map(name =>
  repositoryKey({ registry: 'ghcr.io', repository: `owner/${name}` }),
) as [RepositoryKey, RepositoryKey, RepositoryKey]
const ELSEWHERE = repositoryKey({ registry: 'quay.io', repository: 'owner/app' })

/** What a step does, in short. */
function told(step: Step): string {
  switch (step.kind) {
    case 'upload':
      return `upload ${step.blob.size} to ${step.place}`
    case 'mount':
      return `mount ${step.blob.size} from ${step.from} to ${step.place}`
    case 'image':
      return `image ${step.place}`
    case 'index':
      return `index ${step.place}`
  }
}

function imageWith(...sizes: number[]): Image {
  const layers = sizes.map(size => layer(`layer ${size}`, size))
  return makeImage({ platform: parsePlatform('linux/amd64'), config: Buffer.from(`{"${sizes}":0}`), layers })
}

function orderOf(place: RepositoryKey, ...images: Image[]): RepositoryPush {
  return { to, indexes: images.map(image => makeIndex([image])) }
}

function censusOf(
  there: readonly (readonly [RepositoryKey, readonly Descriptor[]])[],
  lacking: typeof there = [],
) {
  const census = new KnownContents()
  for (const [place, all] of there) for (const { digest } of all) census.record(place, digest, true)
  for (const [place, all] of lacking) for (const { digest } of all) census.record(place, digest, false)
  return census
}

function blobSteps(orders: readonly RepositoryPush[], census: KnownContents): string[] {
  const isLayer = (step: Step) => (step.kind === 'upload' || step.kind === 'mount') && step.blob.size >= 100
  return planPush(orders, census).filter(isLayer).map(told)
}

describe('what is asked', () => {
  test('each manifest in each place, unless it is known', () => {
    const pushed = index('a')
    const orders = [
      { place: A, indexes: [pushed] },
      { place: B, indexes: [pushed] },
    ]
    const census = censusOf([[A, [pushed.blob]]], [[A, pushed.images.map(({ manifest }) => manifest)]])
    expect(manifestsToCheck(orders, census).map(({ repository }) => repository)).toEqual([B, B, B])
    census.recordEmpty(B)
    expect(manifestsToCheck(orders, census)).toEqual([])
  })

  test('no blob of an image that is there', () => {
    const pushed = index('a')
    const census = censusOf([[A, pushed.images.map(({ manifest }) => manifest)]])
    expect(blobsToCheck([{ to: A, indexes: [pushed] }], census)).toEqual([])
  })

  test('each blob in one place of a registry, and not where another is known to have it', () => {
    const pushed = index('a')
    const orders = [A, B, ELSEWHERE].map(place => ({ place, indexes: [pushed] }))
    const asked = (census: KnownContents) => blobsToCheck(orders, census).map(({ repository }) => repository)
    expect(asked(new KnownContents()).filter(place => place === A)).toHaveLength(BLOBS_OF_INDEX)
    expect(asked(new KnownContents()).filter(place => place === B)).toHaveLength(0)
    expect(asked(new KnownContents()).filter(place => place === ELSEWHERE)).toHaveLength(BLOBS_OF_INDEX)
    const onThird = censusOf([[C, blobsOf(pushed.images)]])
    expect(asked(onThird)).toEqual(Array(BLOBS_OF_INDEX).fill(ELSEWHERE))
  })

  test('not in a repository that is empty, but in the next one', () => {
    const census = new KnownContents()
    census.recordEmpty(A)
    const orders = [orderOf(A, imageWith(100)), orderOf(B, imageWith(100))]
    expect(blobsToCheck(orders, census).map(({ repository }) => repository)).toEqual([B, B])
  })
})

describe('what is done', () => {
  const image = imageWith(100, 200)
  const [one, two] = image.layers as [Blob, Blob]

  test.each<[string, RepositoryPush[], KnownContents, string[]]>([
    ['largest first', [orderOf(A, image)], new KnownContents(), [`upload 200 to ${A}`, `upload 100 to ${A}`]],
    ['nothing for what is there', [orderOf(A, image)], censusOf([[A, [two]]]), [`upload 100 to ${A}`]],
    [
      'nothing for an image that is there',
      [orderOf(A, image, imageWith(300))],
      censusOf([[A, [image.manifest]]]),
      [`upload 300 to ${A}`],
    ],
    [
      'once for a registry',
      [orderOf(A, image), orderOf(B, image), orderOf(ELSEWHERE, imageWith(200))],
      new KnownContents(),
      [
        `upload 200 to ${A}`,
        `upload 200 to ${ELSEWHERE}`,
        `upload 100 to ${A}`,
        `mount 200 from ${A} to ${B}`,
        `mount 100 from ${A} to ${B}`,
      ],
    ],
    [
      'mounted from where it is, before any upload',
      [orderOf(A, image), orderOf(B, image)],
      censusOf([[B, [one]]]),
      [`mount 100 from ${B} to ${A}`, `upload 200 to ${A}`, `mount 200 from ${A} to ${B}`],
    ],
    [
      'mounted from a sibling that gets nothing',
      [orderOf(A, image)],
      censusOf([[C, [one, two]]]),
      [`mount 200 from ${C} to ${A}`, `mount 100 from ${C} to ${A}`],
    ],
    [
      'uploaded to where it was looked for in vain',
      [orderOf(A, image), orderOf(B, image)],
      censusOf([], [[B, [one, two]]]),
      [
        `upload 200 to ${B}`,
        `upload 100 to ${B}`,
        `mount 200 from ${B} to ${A}`,
        `mount 100 from ${B} to ${A}`,
      ],
    ],
  ])('%s', (_, orders, census, steps) => {
    expect(blobSteps(orders, census)).toEqual(steps)
  })

  test('images, then indexes, each once, and only those that are not there', () => {
    const pushed = index('a')
    const [amd64, arm64] = pushed.images as [Image, Image]
    const orders = [
      { place: A, indexes: [pushed, pushed, makeIndex([arm64])] },
      { place: B, indexes: [pushed] },
    ]
    const census = censusOf([
      [A, [amd64.manifest]],
      [B, [pushed.blob, amd64.manifest, arm64.manifest]],
    ])
    const steps = planPush(orders, census).filter(({ kind }) => kind === 'image' || kind === 'index')
    expect(steps.map(told)).toEqual([`image ${A}`, `index ${A}`, `index ${A}`])
  })
})

/** Registries as they are, whatever we know of them. */
class World {
  readonly #places = new Map<RepositoryKey, Set<Digest>>()

  at(place: RepositoryKey): Set<Digest> {
    const known = this.#places.get(place) ?? new Set()
    this.#places.set(place, known)
    return known
  }

  /** Takes a step as a registry would, and throws where that would refuse. */
  take(step: Step): void {
    const there = this.at(step.place)
    const need = (of: Set<Digest>, all: readonly Descriptor[]): void => {
      if (all.some(({ digest }) => !of.has(digest))) throw new Error(`${told(step)}: something is missing`)
    }
    switch (step.kind) {
      case 'mount':
        need(this.at(step.from), [step.blob])
        there.add(step.blob.digest)
        break
      case 'upload':
        there.add(step.blob.digest)
        break
      case 'image':
        need(there, blobsOf([step.image]))
        there.add(step.image.manifest.digest)
        break
      case 'index':
        need(
          there,
          step.index.images.map(({ manifest }) => manifest),
        )
        there.add(step.index.blob.digest)
    }
  }
}

const PLATFORMS = ['linux/amd64', 'linux/arm64', 'linux/riscv64']
const POOL = Array.from({ length: 12 }, (_, n) => layer(`pool ${n}`, 1 + ((n * 7919) % 97)))

function randomIndex(random: Random): Index {
  const images = PLATFORMS.slice(below(random, PLATFORMS.length)).map(platform =>
    makeImage({
      platform: parsePlatform(platform),
      config: Buffer.from(JSON.stringify({ platform, n: below(random, 3) })),
      layers: Array.from({ length: below(random, 6) }, () => POOL[below(random, POOL.length)] ?? layer('x')),
    }),
  )
  return makeIndex(images)
}

function randomCase(random: Random) {
  const places = [A, B, C, ELSEWHERE].filter(() => random() < 0.8)
  const orders = places.map(place => ({
    place,
    indexes: Array.from({ length: 1 + below(random, 3) }, () => randomIndex(random)),
  }))
  const world = new World()
  const census = new KnownContents()
  for (const place of [A, B, C, ELSEWHERE]) {
    if (random() < 0.3) {
      census.recordEmpty(place)
      continue
    }
    const there = world.at(place)
    for (const { digest } of POOL) if (random() < 0.3) there.add(digest)
    for (const image of orders.flatMap(({ indexes }) => indexes.flatMap(({ images }) => images)))
      if (random() < 0.3) for (const { digest } of [image.manifest, ...blobsOf([image])]) there.add(digest)
    for (const digest of there) if (random() < 0.4) census.record(place, digest, true)
  }
  return { orders, world, census }
}

test.each(Array.from({ length: 200 }, (_, seed) => seed))('whatever there is, all arrives: seed %d', seed => {
  const { orders, world, census } = randomCase(seeded(seed))
  const answer = (questions: readonly ExistenceCheck[]): void => {
    expect(new Set(questions.map(({ repository, digest }) => `${repository} ${digest}`)).size).toBe(
      questions.length,
    )
    for (const { repository, digest } of questions) {
      expect(census.has(repository, digest)).toBeUndefined()
      census.record(repository, digest, world.at(repository).has(digest))
    }
  }
  answer(manifestsToCheck(orders, census))
  answer(blobsToCheck(orders, census))
  const steps = planPush(orders, census)
  for (const step of steps) world.take(step)
  for (const { place, indexes } of orders)
    for (const { blob, images } of indexes)
      for (const { digest } of [blob, ...images.map(({ manifest }) => manifest), ...blobsOf(images)])
        expect(world.at(place).has(digest)).toBe(true)
  const brought = steps.filter(step => step.kind === 'upload' || step.kind === 'mount')
  const uploads = brought.filter(({ kind }) => kind === 'upload')
  const distinct = (keys: string[]) => expect(new Set(keys).size).toBe(keys.length)
  distinct(brought.map(({ place, blob }) => `${place} ${blob.digest}`))
  distinct(uploads.map(({ place, blob }) => `${registryOf(place)} ${blob.digest}`))
  for (const { place, blob } of brought) expect(census.has(place, blob.digest)).not.toBe(true)
  const sizes = uploads.map(({ blob }) => blob.size)
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
})
