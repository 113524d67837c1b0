import { hexOf } from '../../src/oci/digest.js'
import { hexSum, type TestImage, type TestMember, tarOf } from './images.js'

export interface ArchiveShape {
  /** The names of the layers in the archive. */
  naming?: 'folder' | 'blobs' | 'flat'
  manifest?: 'first' | 'last'
  /** Encodes the tar of each layer before it is stored. */
  encode?: (tar: Buffer, n: number) => Buffer
  /** More members, placed before those of the image. */
  extra?: TestMember[]
  names?: string[] | null
}

/** A docker-archive in any of the known forms. A layer that the image uses twice is stored twice, as in nixpkgs. */
export function dockerArchive(image: TestImage, shape: ArchiveShape = {}): Buffer {
  return tarOf(dockerMembers(image, shape))
}

export function dockerMembers(image: TestImage, shape: ArchiveShape = {}): TestMember[] {
  const { naming = 'folder', encode = (tar: Buffer) => tar, extra = [], names = ['app:1'] } = shape
  const layers = image.layers.map(({ tar, diffId }, n) => {
    const body = encode(tar, n)
    return { name: NAMES[naming](hexOf(diffId), hexSum(body)), body }
  })
  const hex = hexSum(image.config)
  const config = { name: naming === 'blobs' ? `blobs/sha256/${hex}` : `${hex}.json`, body: image.config }
  const manifest = manifestMember(
    config.name,
    names,
    layers.map(layer => layer.name),
  )
  const rest = [...extra, ...layers, config]
  return shape.manifest === 'first' ? [manifest, ...rest] : [...rest, manifest]
}

export function manifestMember(config: string, names: string[] | null, layers: string[]): TestMember {
  return {
    name: 'manifest.json',
    body: Buffer.from(JSON.stringify([{ Config: config, RepoTags: names, Layers: layers }])),
  }
}

const NAMES = {
  folder: (diffId: string, _sum: string): string => `${diffId}/layer.tar`,
  flat: (diffId: string, _sum: string): string => `${diffId}.tar`,
  blobs: (_diffId: string, sum: string): string => `blobs/sha256/${sum}`,
}
