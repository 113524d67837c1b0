import { nameInput } from '../../util/input-name.js'
import { limitList, pluralize } from '../../util/text.js'
import type { SignatureCheck } from './check-attestations.js'
import type { CheckedIndex } from './check-index.js'
import type { CheckedPlatform } from './check-platform.js'
import type { SbomState } from './check-sboms.js'
import type { PlatformContent } from './compare-layers.js'
import type { SbomCheck } from './compare-sboms.js'
import type { SignedProvenance } from './read-provenance.js'

/** What was verified. */
interface Subjects {
  readonly index: CheckedIndex | undefined
  readonly platforms: readonly CheckedPlatform[]
  /** In the order of the platforms. */
  readonly contents: readonly Pick<PlatformContent, 'entryPoint'>[]
  /** In the order of the platforms. Empty if they are not read. */
  readonly sboms: readonly SbomCheck[]
  /** A text, for people, if signatures are not verified. */
  readonly signatures: SignatureCheck | string
  readonly areStartsSkipped: boolean
  readonly areLayersSkipped: boolean
  /** Other platforms of the index were left out. */
  readonly isLimited: boolean
}

interface Checks {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
}

/** Lists what the bytes of an image and its signatures have shown, and what they cannot show. */
export function listChecks(subjects: Subjects): Checks {
  const { index, platforms, sboms, signatures, isLimited, areStartsSkipped, areLayersSkipped } = subjects
  const others = index?.others ?? []
  const names = platforms.map(({ platform }) => platform)
  const ofSignatures = listSignatureChecks(signatures)
  return {
    checked: [
      ...ofSignatures.checked,
      'digests, sizes and media types',
      `platforms, compared with the configs${areLayersSkipped ? '' : ' and with the programs in the layers'}`,
      ...(areStartsSkipped || areLayersSkipped
        ? []
        : ['entry points, with their interpreters and libraries']),
      ...(areLayersSkipped ? [] : ['diff_ids of all layers']),
      'annotations, compared between index and manifests',
      ...(index?.hasRecord ? ['the record of unpacked layers'] : []),
      ...(sboms.some(({ state }) => state === 'checked')
        ? ['SBOMs, compared with the store paths in the layers']
        : []),
      ...(sboms.some(({ signature }) => signature === 'signed')
        ? ['SBOMs, compared with the signed SBOMs']
        : []),
    ],
    notChecked: [
      ...ofSignatures.notChecked,
      ...(index?.bytes === undefined || index.hasRecord
        ? []
        : ['the record of unpacked layers: there is none']),
      ...(areLayersSkipped ? ['layers, programs, entry points and SBOMs'] : listUncheckedContents(subjects)),
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

function listUncheckedContents({ platforms, contents, sboms, areStartsSkipped }: Subjects): string[] {
  return [
    ...(areStartsSkipped ? [`entry points (${nameInput('skip-checks')})`] : []),
    ...platforms.flatMap(({ platform }, n) => listUnknownStarts(platform, contents[n])),
    ...listUncheckedSboms(platforms, sboms),
  ]
}

/** The list says "the build", because the signer only repeats what the builds have said. */
function listSignatureChecks(signatures: SignatureCheck | string): Checks {
  if (typeof signatures === 'string') return { checked: [], notChecked: [signatures] }
  const { provenance, hasSignature } = signatures
  if (provenance === undefined) return { checked: ['who built it'], notChecked: [] }
  const platformsWith = (build: string): string =>
    provenance.platforms.flatMap(each => (each.build === build ? each.platform : [])).join(', ')
  const earlier = platformsWith('earlier')
  return {
    checked: [
      'who built it: the signature, the signer, and the provenance of the index and all its platforms',
      ...(hasSignature ? ['the signature of the index for `cosign verify`'] : []),
    ],
    notChecked: [
      ...(earlier === ''
        ? []
        : [`the build of ${earlier}: an earlier run has built it, and did not sign it`]),
      ...listSourceDoubts(provenance),
      ...listCacheDoubts(provenance),
    ],
  }
}

/** A workflow can build something else than its own commit, for example a pull request. The certificate names only its own. */
function listSourceDoubts({ commit, dependencies }: SignedProvenance): string[] {
  const source = dependencies.find(({ name }) => name === 'source')
  if (commit === undefined || source?.commit === undefined || source.commit === commit) return []
  return [
    `the source: the run was about the commit ${commit}, and has built ${source.commit} of ${source.uri}`,
  ]
}

function listCacheDoubts({ actionsCache }: SignedProvenance): string[] {
  if (actionsCache === 'used')
    return ['the content of the GitHub Actions cache, which the build has used: other jobs can write it']
  return actionsCache === 'not recorded' ? ['whether the build has used the GitHub Actions cache'] : []
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

function listUncheckedSboms(platforms: readonly CheckedPlatform[], sboms: readonly SbomCheck[]): string[] {
  const namesWith = (test: (sbom: SbomCheck) => boolean): string =>
    platforms.flatMap(({ platform }, n) => (sboms[n] && test(sboms[n]) ? [platform] : [])).join(', ')
  const reasons = Object.entries(SBOM_REASONS).map(
    ([state, reason]) => [namesWith(each => each.state === state), reason] as const,
  )
  const unsigned = [namesWith(({ signature }) => signature === 'not signed'), 'it is not signed'] as const
  return [...reasons, unsigned].flatMap(([names, reason]) =>
    names === '' ? [] : [`the SBOM of ${names}: ${reason}`],
  )
}
