import { limitList, pluralize } from '../../util/text.js'
import type { CheckedIndex } from './check-index.js'
import type { CheckedPlatform } from './check-platform.js'
import type { SbomState } from './check-sboms.js'

/** What was verified. */
interface Subjects {
  readonly index: CheckedIndex | undefined
  readonly platforms: readonly CheckedPlatform[]
  /** In the order of the platforms. */
  readonly sboms: readonly SbomState[]
  /** Other platforms of the index were left out. */
  readonly isLimited: boolean
}

interface Checks {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
}

/** Lists what the bytes of an image have shown, and what they cannot show. */
export function listChecks({ index, platforms, sboms, isLimited }: Subjects): Checks {
  const others = index?.others ?? []
  const names = platforms.map(({ platform }) => platform)
  return {
    checked: [
      'digests, sizes and media types',
      'platforms, compared with the configs and with the programs in the layers',
      'diff_ids of all layers',
      'annotations, compared between index and manifests',
      ...(index?.hasRecord ? ['the record of unpacked layers'] : []),
      ...(sboms.includes('checked') ? ['SBOMs, compared with the store paths in the layers'] : []),
    ],
    notChecked: [
      'the builder: signatures are not verified',
      ...(index?.bytes === undefined || index.hasRecord
        ? []
        : ['the record of unpacked layers: there is none']),
      ...listUncheckedSboms(platforms, sboms),
      ...(isLimited ? [`platforms other than ${names.join(', ')}`] : []),
      ...platforms.flatMap(({ platform, omitted }) =>
        omitted === undefined ? [] : [`${platform}: ${omitted}`],
      ),
      ...(others.length === 0
        ? []
        : [
            `${pluralize(others.length, 'artifact')} in the index: ${limitList(others.map(each => each.digest))}`,
          ]),
    ],
  }
}

const SBOM_REASONS: Readonly<Record<Exclude<SbomState, 'checked'>, string>> = {
  none: 'there is none',
  'of another program': 'it is of another program',
  'not readable': 'the registry does not list the artifacts of an image',
}

function listUncheckedSboms(platforms: readonly CheckedPlatform[], sboms: readonly SbomState[]): string[] {
  return (Object.keys(SBOM_REASONS) as (keyof typeof SBOM_REASONS)[]).flatMap(state => {
    const names = platforms.flatMap(({ platform }, n) => (sboms[n] === state ? [platform] : []))
    return names.length === 0 ? [] : [`the SBOM of ${names.join(', ')}: ${SBOM_REASONS[state]}`]
  })
}
