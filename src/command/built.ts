import type { Digest } from '../oci/digest.js'
import type { System } from '../oci/system.js'

/** One archive that the build made. Sizes are in bytes. */
export interface Built {
  readonly container: string
  readonly system: System
  readonly platform: string
  readonly file: string
  readonly size: number
  /** Of the image's manifest. */
  readonly digest: Digest
  readonly derivation: string
  /** It was made in an earlier run, and nothing was built now. */
  readonly cached: boolean
}
