import { CYCLONEDX_TYPE, writeCycloneDx } from './cyclonedx.js'
import { type IndexSubject, writeIndexCycloneDx, writeIndexSpdx } from './index-sbom.js'
import { SPDX_TYPE, writeSpdx } from './spdx.js'
import type { Sbom } from './subject.js'

export type SbomFormat = 'cyclonedx' | 'spdx'

interface FormatDetails {
  /** The media type of a document. */
  readonly type: string
  /** The end of the name of a file. */
  readonly ending: string
  readonly write: (sbom: Sbom) => string
  readonly writeIndex: (index: IndexSubject) => string
}

/** The formats in which each image and each index is described. */
export const SBOM_FORMATS: Readonly<Record<SbomFormat, FormatDetails>> = {
  cyclonedx: {
    type: CYCLONEDX_TYPE,
    ending: '.cdx.json',
    write: writeCycloneDx,
    writeIndex: writeIndexCycloneDx,
  },
  spdx: { type: SPDX_TYPE, ending: '.spdx.json', write: writeSpdx, writeIndex: writeIndexSpdx },
}

/** CycloneDX first. */
export const ALL_SBOM_FORMATS = Object.keys(SBOM_FORMATS) as SbomFormat[]

export function isSbomType(mediaType: string): boolean {
  return ALL_SBOM_FORMATS.some(format => SBOM_FORMATS[format].type === mediaType)
}
