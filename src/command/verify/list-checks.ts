import { nameInput } from '../../util/input-name.js'
import { limitList, pluralize } from '../../util/text.js'
import type { CheckedIndex } from './check-index.js'
import type { CheckedPlatform } from './check-platform.js'
import type { SbomState } from './check-sboms.js'
import type { PlatformContent } from './compare-layers.js'

/** What was verified. */
interface Subjects {
  readonly index: CheckedIndex | undefined
  readonly platforms: readonly CheckedPlatform[]
  /** In the order of the platforms. */
  readonly contents: readonly Pick<PlatformContent, 'entryPoint'>[]
  readonly sboms: readonly SbomState[]
  readonly areStartsSkipped: boolean
  /** Other platforms of the index were left out. */
  readonly isLimited: boolean
}

interface Checks {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
}

/** Lists what the bytes of an image have shown, and what they cannot show. */
export function listChecks({
  index,
  platforms,
  contents,
  sboms,
  isLimited,
  areStartsSkipped,
}: Subjects): Checks {
  const others = index?.others ?? []
  const names = platforms.map(({ platform }) => platform)
  return {
    checked: [
      'digests, sizes and media types',
      'platforms, compared with the configs and with the programs in the layers',
      ...(areStartsSkipped ? [] : ['entry points, with their interpreters and libraries']),
      'diff_ids of all layers',
      'annotations, compared between index and manifests',
      ...(index?.hasRecord ? ['the record of unpacked layers'] : []),
      ...(sboms.includes('checked') ? ['SBOMs, compared with the store paths in the layers'] : []),
    ],
    notChecked: [
      'who built it: signatures are not verified',
      ...(index?.bytes === undefined || index.hasRecord
        ? []
        : ['the record of unpacked layers: there is none']),
      ...(areStartsSkipped ? [`entry points (${nameInput('skip-checks')})`] : []),
      ...platforms.flatMap(({ platform }, n) => listUnknownStarts(platform, contents[n])),
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

function listUnknownStarts(
  platform: string,
  content: Pick<PlatformContent, 'entryPoint'> | undefined,
): string[] {
  const unknown = content?.entryPoint.filter(({ kind }) => kind === 'unknown') ?? []
  return unknown.map(({ text }) => `the start of ${platform}: ${text}`)
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
