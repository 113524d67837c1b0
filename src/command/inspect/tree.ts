import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import { distinct, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type IndexDocument, isAttestation, parseIndex } from '../../oci/image-index.js'
import { isIndexType, isManifestType } from '../../oci/media-type.js'
import { UserError } from '../../util/error.js'
import { onOneLine } from '../../util/on-one-line.js'
import { loadPlatform, type PlatformTree, type ReadBlob } from './tree-platform.js'

/** What an image holds, down to its layers. Sizes are in bytes, of the content as it is stored. */
export interface ImageTree {
  readonly name: string
  readonly digest: Digest
  readonly mediaType: string
  /** Of all distinct blobs together. */
  readonly size: number
  readonly annotations: Annotations
  readonly platforms: readonly PlatformTree[]
}

/** Walks from what a name stands for, an index or a manifest, down to the layers. */
export async function loadTree(name: string, top: Descriptor, read: ReadBlob): Promise<ImageTree> {
  try {
    return await loadImage(name, top, read)
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${name} is no image of programs: ${onOneLine(error.message)}`, { cause: error })
  }
}

async function loadImage(name: string, top: Descriptor, read: ReadBlob): Promise<ImageTree> {
  const { manifests, annotations = {} } = await imagesOf(name, top, read)
  const platforms = await Promise.all(manifests.map(each => loadPlatform(each, read)))
  const { digest, mediaType } = top
  return { name, digest, mediaType, size: totalSize(platforms), annotations, platforms }
}

async function imagesOf(
  name: string,
  top: Descriptor,
  read: ReadBlob,
): Promise<Pick<IndexDocument, 'manifests' | 'annotations'>> {
  const { annotations } = top
  if (isManifestType(top.mediaType)) return { manifests: [top], ...(annotations && { annotations }) }
  if (!isIndexType(top.mediaType)) {
    throw new UserError(`${name} is no image: its media type is ${onOneLine(top.mediaType)}`)
  }
  const index = parseIndex(await read(top))
  const isImage = (each: Descriptor): boolean => isManifestType(each.mediaType) && !isAttestation(each)
  return { ...index, manifests: index.manifests.filter(isImage) }
}

function totalSize(platforms: readonly PlatformTree[]): number {
  return sizeOf(distinct(platforms.flatMap(({ config, layers }) => [config, ...layers])))
}
