import type { Descriptor } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import type { PartFile } from '../util/part-file.js'
import type { Machines } from './platform-check.js'

/** A layer that has been compressed and written, not yet under its own name. */
export interface StagedLayer {
  /** Of the uncompressed tar. */
  readonly diffId: Digest
  /** Of the bytes as they came. */
  readonly source: { readonly digest: Digest; readonly size: number }
  readonly stored: Descriptor
  readonly machines: Machines
  readonly part: PartFile
}

/** A layer whose source has been read to its end, while its compression may still go on. */
export interface ReadLayer {
  readonly finished: Promise<StagedLayer>
}
