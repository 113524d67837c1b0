import { buffer } from 'node:stream/consumers'
import { CREATED, TITLE } from '../../oci/annotation-keys.js'
import type { Blob, Descriptor } from '../../oci/descriptor.js'
import { createBlob } from '../../oci/image.js'
import { type IndexDocument, parseIndex } from '../../oci/image-index.js'
import { formatPlatform, type System } from '../../oci/platform.js'
import { makeReferrer, type Referrer } from '../../oci/referrer.js'
import { ALL_SBOM_FORMATS, SBOM_FORMATS, type SbomFormat } from '../../sbom/formats.js'
import type { ImageIdentity } from '../../sbom/subject.js'
import type { DecidedIndex } from './decide-tags.js'

/** An SBOM of the image of one platform, or of an index. */
export interface SbomDocument {
  /** `linux/arm64`; absent if it is about the index. */
  readonly platform?: string
  readonly system?: System
  /** `fd-aarch64-linux.cdx.json`, or `fd.index.cdx.json` if it is about the index. */
  readonly fileName: string
  readonly format: SbomFormat
  /** The file next to the archive, if the image is not pushed. */
  readonly path?: string
  /** The document is written again each time it is opened, so that the documents of all containers need no memory. */
  readonly document: Blob
  readonly referrer: Referrer
}

type DescribedIndex = Pick<DecidedIndex, 'index' | 'destination' | 'version'>

/**
 * Creates the SBOMs of an index: two for each image whose contents are known, and two for the index if all of them are. They
 * depend on the index only, and not on the commit of this run. So an index that is reused has the same SBOMs as before.
 */
export async function createSboms(described: DescribedIndex): Promise<SbomDocument[]> {
  const { index, destination, version } = described
  const { container, repositories } = destination
  const created = createdOf(parseIndex(await buffer(index.blob.open())))
  const [repository] = repositories
  const identity: Omit<ImageIdentity, 'digest'> = {
    name: container.name,
    ...(version !== undefined && { version }),
    ...(repository && { repository }),
    ...(created && { commitDate: new Date(created) }),
  }
  const images = index.images.map(image => {
    const platform = formatPlatform(image.platform)
    return {
      ...image,
      source: container.images.find(each => formatPlatform(each.image.platform) === platform),
    }
  })
  const sboms = images.flatMap(({ manifest, platform, source }) => {
    if (source?.contents === undefined) return []
    const { system, contents } = source
    const sbom = {
      subject: { ...identity, platform, digest: manifest.digest },
      contents,
      basis: 'build',
    } as const
    const about = { subject: manifest, name: `${container.name}-${system}`, created }
    return ALL_SBOM_FORMATS.map(format => ({
      platform: formatPlatform(platform),
      system,
      ...createDocument(about, format, () => SBOM_FORMATS[format].write(sbom)),
    }))
  })
  if (sboms.length < ALL_SBOM_FORMATS.length * images.length) return sboms
  const subject = {
    ...identity,
    digest: index.blob.digest,
    platforms: images.map(({ platform, manifest }) => ({ platform, digest: manifest.digest })),
  }
  const about = { subject: index.blob, name: `${container.name}.index`, created }
  return [
    ...sboms,
    ...ALL_SBOM_FORMATS.map(format =>
      createDocument(about, format, () => SBOM_FORMATS[format].writeIndex(subject)),
    ),
  ]
}

interface DocumentSubject {
  readonly subject: Descriptor
  readonly name: string
  readonly created: string | undefined
}

function createDocument(
  { subject, name, created }: DocumentSubject,
  format: SbomFormat,
  write: () => string,
): SbomDocument {
  const { type, ending } = SBOM_FORMATS[format]
  const fileName = `${name}${ending}`
  // oras gives a file the name in the annotation.
  const fields = { mediaType: type, annotations: { [TITLE]: fileName } }
  const encode = (): Blob => createBlob(Buffer.from(write()), fields)
  const { open: _, ...descriptor } = encode()
  const document = { ...descriptor, open: () => encode().open() }
  const annotations = created === undefined ? {} : { [CREATED]: created }
  return { fileName, format, document, referrer: makeReferrer({ subject, document, annotations }) }
}

/** The date of the commit that the index was made from. Users can set the annotation to another text. */
function createdOf({ annotations }: IndexDocument): string | undefined {
  const created = annotations?.[CREATED]
  return created === undefined || Number.isNaN(Date.parse(created)) ? undefined : created
}
