import { createCipheriv, createHash } from 'node:crypto'
import { below, type Random, seeded } from '../../__tests__/support/images.js'
import type { Blob } from '../../src/oci/descriptor.js'
import { createBlob, makeImage } from '../../src/oci/image.js'
import { type Index, makeIndex } from '../../src/oci/image-index.js'

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

/** The current index of a tag and its replacement. They share some layers. */
export interface Replacement {
  readonly old: Index
  readonly new: Index
}

/** Two platforms with 3 to 6 random layers of up to 200 kB, sometimes one of 5 MB. In memory. */
export function replacementOf(seed: number): Replacement {
  const random = seeded(seed)
  const shared = layersOf(random, below(random, 3))
  const large = random() < 0.05 ? [layerOf(random, 5_000_000)] : []
  return {
    old: indexOf(random, shared, () => layersOf(random, 1 + below(random, 2))),
    new: indexOf(random, [...shared, ...large], () => layersOf(random, 3 + below(random, 2))),
  }
}

function indexOf(random: Random, shared: readonly Blob[], own: () => readonly Blob[]): Index {
  const images = ['amd64', 'arm64'].map(architecture => {
    const layers = [...shared, ...own()]
    const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) }
    const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', made: random(), rootfs }))
    return makeImage({ platform: { os: 'linux', architecture }, config, layers })
  })
  return makeIndex(images)
}

function layersOf(random: Random, count: number): Blob[] {
  return Array.from({ length: count }, () => layerOf(random, below(random, 200_000)))
}

function layerOf(random: Random, size: number): Blob {
  const key = createHash('md5').update(String(random())).digest()
  const bytes = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
  return createBlob(bytes, { mediaType: LAYER })
}
