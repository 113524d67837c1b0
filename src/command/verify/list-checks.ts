import { limitList, pluralize } from '../../util/text.js'
import type { CheckedIndex } from './check-index.js'
import type { CheckedPlatform } from './check-platform.js'

/** What was verified. */
interface Subjects {
  readonly index: CheckedIndex | undefined
  readonly platforms: readonly CheckedPlatform[]
  /** Other platforms of the index were left out. */
  readonly isLimited: boolean
}

interface Checks {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
}

/** Lists what the bytes of an image have shown, and what they cannot show. */
export function listChecks({ index, platforms, isLimited }: Subjects): Checks {
  const others = index?.others ?? []
  const names = platforms.map(({ platform }) => platform)
  return {
    checked: [
      'digests, sizes and media types',
      'platforms, compared with the configs and with the programs in the layers',
      'diff_ids of all layers',
      'annotations, compared between index and manifests',
      ...(index?.hasRecord ? ['the record of unpacked layers'] : []),
    ],
    notChecked: [
      'the builder: signatures are not verified',
      ...(index?.bytes === undefined || index.hasRecord
        ? []
        : ['the record of unpacked layers: there is none']),
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
