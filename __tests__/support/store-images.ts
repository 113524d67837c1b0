import { gzipSync } from 'node:zlib'
import { writeArchive } from '../../src/image/write-archive.js'
import type { Annotations, Blob } from '../../src/oci/descriptor.js'
import { OCI_LAYER_GZIP } from '../../src/oci/descriptor.js'
import { digestOf } from '../../src/oci/digest.js'
import { blobsOf, createBlob, type Image, makeImage } from '../../src/oci/image.js'
import { type Index, makeIndex } from '../../src/oci/image-index.js'
import { rawHeader, type TestMember, tarOf } from './images.js'
import { parsePlatform } from './platform.js'

/** A store path whose hash is derived from the name and the seed. */
export function storePath(name: string, seed = ''): string {
  const hex = digestOf(Buffer.from(`${name} ${seed}`)).slice('sha256:'.length)
  const hash = [...hex.slice(0, 32)].map(digit => (digit === 'e' ? 'z' : digit)).join('')
  return `/nix/store/${hash}-${name}`
}

/** A layer as dockerTools writes it: absolute names, folders, links to any target, and files of these sizes. */
export function storeTar(paths: Readonly<Record<string, number>>): Buffer {
  const folders = ['/nix', '/nix/store', ...Object.keys(paths)].map(name => rawHeader(name, 0, '5'))
  const members = Object.entries(paths).flatMap(([path, size]): TestMember[] => [
    { name: `${path}/bin/it`, body: Buffer.alloc(size, path) },
    { name: `${path}/bin/other`, link: { to: '/nix/store/../elsewhere' } },
  ])
  return Buffer.concat([...folders, tarOf(members)])
}

export interface StoreLayer {
  readonly tar: Buffer
  /** The comment in the config's history, which lists the store paths of the layer. */
  readonly comment?: string
  /** Stored instead of the layer. */
  readonly stored?: Buffer
}

/** A layer whose store paths the config lists, as stream_layered_image.py does. */
export function layerWithPaths(paths: Readonly<Record<string, number>>): StoreLayer {
  const listed = Object.keys(paths).map(path => `'${path}'`)
  return { tar: storeTar(paths), comment: `store paths: [${listed.join(', ')}]` }
}

export interface StoreImage {
  readonly layers: readonly StoreLayer[]
  readonly run?: object
  readonly annotations?: Annotations
}

export function storeImage(platform: string, { layers, run = {}, annotations }: StoreImage): Image {
  const blobs = layers.map(({ tar, stored }): Blob => {
    return createBlob(stored ?? gzipSync(tar), { mediaType: OCI_LAYER_GZIP })
  })
  const { os, architecture } = parsePlatform(platform)
  const history = layers.flatMap(({ comment }) => [
    { created: '1970-01-01T00:00:01+00:00', empty_layer: true },
    { created: '1970-01-01T00:00:01+00:00', ...(comment !== undefined && { comment }) },
  ])
  const rootfs = { type: 'layers', diff_ids: layers.map(({ tar }) => digestOf(tar)) }
  return makeImage({
    platform: parsePlatform(platform),
    config: Buffer.from(JSON.stringify({ os, architecture, config: run, rootfs, history })),
    layers: blobs,
    ...(annotations && { annotations }),
  })
}

/** An image for one or more platforms, as a file. */
export async function storeArchive(
  path: string,
  images: readonly Image[],
  annotations: Annotations = {},
): Promise<Index> {
  const index = makeIndex(images, annotations)
  const blobs = [index.blob, ...images.map(({ manifest }) => manifest), ...blobsOf(images)]
  await writeArchive(path, { index: [index.blob], blobs })
  return index
}
