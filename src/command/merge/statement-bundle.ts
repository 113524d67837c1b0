import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { BUNDLE_TYPE } from '../../attestation/bundle.js'
import type { Host } from '../../host/host.js'
import { type Blob, descriptorOf } from '../../oci/descriptor.js'
import { createBlob } from '../../oci/image.js'
import { writeBlob } from './new-files.js'

/** The bundle of a statement about an index or an image: signed by this run, or found in a registry. */
export interface StatementBundle {
  readonly kind: 'provenance' | 'signature' | 'sbom'
  /** `fd.provenance.sigstore.json` */
  readonly fileName: string
  /** `linux/arm64`; absent if it is about the index. */
  readonly platform?: string
  readonly predicateType: string
  /** Its content is in a file, so that the bundles of many SBOMs need no memory. */
  readonly bundle: Blob
  /** The file next to the archive, if the image is not pushed. */
  readonly path?: string
}

/** Writes a bundle to a temporary file. */
export async function storeBundle(bytes: Buffer, fileName: string, { temp }: Host): Promise<Blob> {
  const path = join(temp, 'attestations', fileName)
  const bundle = createBlob(bytes, { mediaType: BUNDLE_TYPE })
  await writeBlob(bundle, path)
  return { ...descriptorOf(bundle), open: () => createReadStream(path) }
}
