import type { Descriptor } from '../oci/descriptor.js'
import { digestOf, hexOf } from '../oci/digest.js'
import { BLOBS } from './layout-files.js'
import { documentAt, type Members } from './members.js'
import type { OciContent } from './oci-image.js'

/** The blobs of an archive that is read as members. */
export function contentOf(members: Members): OciContent {
  const nameOf = (descriptor: Descriptor): string => `${BLOBS}/${hexOf(descriptor.digest)}`
  return {
    async read(descriptor) {
      const bytes = await documentAt(members, nameOf(descriptor))
      const actual = digestOf(bytes)
      if (actual !== descriptor.digest) throw new Error(`${descriptor.digest} holds ${actual}`)
      return bytes
    },
    stage: descriptor => members.layer(nameOf(descriptor)),
  }
}
