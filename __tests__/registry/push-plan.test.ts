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

function describeStep(step: Step): string {
  switch (step.kind) {
    case 'upload':
      return `upload ${step.blob.size} to ${step.to}`
    case 'mount':
      return `mount ${step.blob.size} from ${step.from} to ${step.to}`
    case 'image':
      return `image ${step.to}`
    case 'index':
      return `index ${step.to}`
  }
}

function imageWith(...sizes: number[]): Image {
  const layers = sizes.map(size => layer(`layer ${size}`, size))
  return makeImage({ platform: parsePlatform('linux/amd64'), config: Buffer.from(`{"${sizes}":0}`), layers })
}

function pushTo(to: RepositoryKey, ...images: Image[]): RepositoryPush {
  return { to, indexes: images.map(image => makeIndex([image])) }
}

function knownContents(
  existing: readonly (readonly [RepositoryKey, readonly Descriptor[]])[],
  missing: typeof existing = [],
) {
  const known = new KnownContents()
  for (const [repository, all] of existing)
    for (const { digest } of all) known.record(repository, digest, true)
  for (const [repository, all] of missing)
    for (const { digest } of all) known.record(repository, digest, false)
  return known
}

function blobSteps(pushes: readonly RepositoryPush[], known: KnownContents): string[] {
  const isLayer = (step: Step) => (step.kind === 'upload' || step.kind === 'mount') && step.blob.size >= 100
  return planPush(pushes, known).filter(isLayer).map(describeStep)
}

describe('checks', () => {
  test('each unknown manifest is checked in each repository', () => {
    const pushed = index('a')
    const pushes = [
      { to: A, indexes: [pushed] },
      { to: B, indexes: [pushed] },
    ]
    const known = knownContents([[A, [pushed.blob]]], [[A, pushed.images.map(({ manifest }) => manifest)]])
    expect(manifestsToCheck(pushes, known).map(({ repository }) => repository)).toEqual([B, B, B])
    known.recordEmpty(B)
    expect(manifestsToCheck(pushes, known)).toEqual([])
  })

  test('blobs of an existing image are not checked', () => {
    const pushed = index('a')
    const known = knownContents([[A, pushed.images.map(({ manifest }) => manifest)]])
    expect(blobsToCheck([{ to: A, indexes: [pushed] }], known)).toEqual([])
  })

  test('each blob is checked in one repository of a registry, unless it is known to exist there', () => {
    const pushed = index('a')
    const pushes = [A, B, ELSEWHERE].map(to => ({ to, indexes: [pushed] }))
    const asked = (known: KnownContents) => blobsToCheck(pushes, known).map(({ repository }) => repository)
    expect(asked(new KnownContents()).filter(place => place === A)).toHaveLength(BLOBS_OF_INDEX)
    expect(asked(new KnownContents()).filter(place => place === B)).toHaveLength(0)
    expect(asked(new KnownContents()).filter(place => place === ELSEWHERE)).toHaveLength(BLOBS_OF_INDEX)
    const onThird = knownContents([[C, blobsOf(pushed.images)]])
    expect(asked(onThird)).toEqual(Array(BLOBS_OF_INDEX).fill(ELSEWHERE))
  })

  test('an empty repository is skipped', () => {
    const known = new KnownContents()
    known.recordEmpty(A)
    const pushes = [pushTo(A, imageWith(100)), pushTo(B, imageWith(100))]
    expect(blobsToCheck(pushes, known).map(({ repository }) => repository)).toEqual([B, B])
  })
})

describe('steps', () => {
  const image = imageWith(100, 200)
  const [one, two] = image.layers as [Blob, Blob]

  test.each<[string, RepositoryPush[], KnownContents, string[]]>([
    ['largest first', [pushTo(A, image)], new KnownContents(), [`upload 200 to ${A}`, `upload 100 to ${A}`]],
    ['nothing for what is there', [pushTo(A, image)], knownContents([[A, [two]]]), [`upload 100 to ${A}`]],
    [
      'nothing for an image that is there',
      [pushTo(A, image, imageWith(300))],
      knownContents([[A, [image.manifest]]]),
      [`upload 300 to ${A}`],
    ],
    [
      'once for a registry',
      [pushTo(A, image), pushTo(B, image), pushTo(ELSEWHERE, imageWith(200))],
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
      [pushTo(A, image), pushTo(B, image)],
      knownContents([[B, [one]]]),
      [`mount 100 from ${B} to ${A}`, `upload 200 to ${A}`, `mount 200 from ${A} to ${B}`],
    ],
    [
      'mounted from a sibling that gets nothing',
      [pushTo(A, image)],
      knownContents([[C, [one, two]]]),
      [`mount 200 from ${C} to ${A}`, `mount 100 from ${C} to ${A}`],
    ],
    [
      'uploaded to where it was looked for in vain',
      [pushTo(A, image), pushTo(B, image)],
      knownContents([], [[B, [one, two]]]),
      [
        `upload 200 to ${B}`,
        `upload 100 to ${B}`,
        `mount 200 from ${B} to ${A}`,
        `mount 100 from ${B} to ${A}`,
      ],
    ],
  ])('%s', (_, pushes, known, steps) => {
    expect(blobSteps(pushes, known)).toEqual(steps)
  })

  test('missing images come first, then missing indexes, each once', () => {
    const pushed = index('a')
    const [amd64, arm64] = pushed.images as [Image, Image]
    const pushes = [
      { to: A, indexes: [pushed, pushed, makeIndex([arm64])] },
      { to: B, indexes: [pushed] },
    ]
    const known = knownContents([
      [A, [amd64.manifest]],
      [B, [pushed.blob, amd64.manifest, arm64.manifest]],
    ])
    const steps = planPush(pushes, known).filter(({ kind }) => kind === 'image' || kind === 'index')
    expect(steps.map(describeStep)).toEqual([`image ${A}`, `index ${A}`, `index ${A}`])
  })
})

/** The real contents of registries, known to us or not. */
class World {
  readonly #places = new Map<RepositoryKey, Set<Digest>>()

  at(place: RepositoryKey): Set<Digest> {
    const known = this.#places.get(place) ?? new Set()
    this.#places.set(place, known)
    return known
  }

  /** Performs a step as a registry would. Throws if the registry would refuse it. */
  take(step: Step): void {
    const there = this.at(step.to)
    const need = (of: Set<Digest>, all: readonly Descriptor[]): void => {
      if (all.some(({ digest }) => !of.has(digest)))
        throw new Error(`${describeStep(step)}: something is missing`)
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
  const repositories = [A, B, C, ELSEWHERE].filter(() => random() < 0.8)
  const pushes = repositories.map(to => ({
    to,
    indexes: Array.from({ length: 1 + below(random, 3) }, () => randomIndex(random)),
  }))
  const world = new World()
  const known = new KnownContents()
  for (const repository of [A, B, C, ELSEWHERE]) {
    if (random() < 0.3) {
      known.recordEmpty(repository)
      continue
    }
    const there = world.at(repository)
    for (const { digest } of POOL) if (random() < 0.3) there.add(digest)
    for (const image of pushes.flatMap(({ indexes }) => indexes.flatMap(({ images }) => images)))
      if (random() < 0.3) for (const { digest } of [image.manifest, ...blobsOf([image])]) there.add(digest)
    for (const digest of there) if (random() < 0.4) known.record(repository, digest, true)
  }
  return { pushes, world, known }
}

test.each(Array.from({ length: 200 }, (_, seed) => seed))(
  'every plan completes all indexes: seed %d',
  seed => {
    const { pushes, world, known } = randomCase(seeded(seed))
    const answer = (questions: readonly ExistenceCheck[]): void => {
      expect(new Set(questions.map(({ repository, digest }) => `${repository} ${digest}`)).size).toBe(
        questions.length,
      )
      for (const { repository, digest } of questions) {
        expect(known.has(repository, digest)).toBeUndefined()
        known.record(repository, digest, world.at(repository).has(digest))
      }
    }
    answer(manifestsToCheck(pushes, known))
    answer(blobsToCheck(pushes, known))
    const steps = planPush(pushes, known)
    for (const step of steps) world.take(step)
    for (const { to, indexes } of pushes)
      for (const { blob, images } of indexes)
        for (const { digest } of [blob, ...images.map(({ manifest }) => manifest), ...blobsOf(images)])
          expect(world.at(to).has(digest)).toBe(true)
    const brought = steps.filter(step => step.kind === 'upload' || step.kind === 'mount')
    const uploads = brought.filter(({ kind }) => kind === 'upload')
    const distinct = (keys: string[]) => expect(new Set(keys).size).toBe(keys.length)
    distinct(brought.map(({ to, blob }) => `${to} ${blob.digest}`))
    distinct(uploads.map(({ to, blob }) => `${registryOf(to)} ${blob.digest}`))
    for (const { to, blob } of brought) expect(known.has(to, blob.digest)).not.toBe(true)
    const sizes = uploads.map(({ blob }) => blob.size)
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
  },
)
