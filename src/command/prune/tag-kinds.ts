import { type Digest, isDigest } from '../../oci/digest.js'
import { parseLooseVersion, type Version } from '../../tags/version.js'

/** What a tag says about the age of its image. */
export type TagKind =
  /** `1.2.3`, `v1.2.3-rc.1`, `2024.05.1` */
  | { readonly kind: 'version'; readonly version: Version }
  /** `pr-12` */
  | { readonly kind: 'pull request'; readonly number: number }
  /** `sha-1234567` */
  | { readonly kind: 'commit' }
  /** `sha256-…`: the list of referrers of a manifest, or a signature of cosign. */
  | { readonly kind: 'referrer'; readonly subject: Digest; readonly isCosign: boolean }
  /** `latest`, `1.2`, branches and all others. */
  | { readonly kind: 'lasting' }

/** OCI distribution-spec 1.1, "Referrers Tag Schema", and the tags of cosign. */
const REFERRER_TAG = /^sha256-([0-9a-f]{64})(\.(?:sig|att|sbom))?$/
const COMMIT_TAG = /^sha-[0-9a-f]{7,64}$/
/** A tag with two numbers is moved with each version of its line. */
const NUMBERS_OF_EXACT_VERSION = 3

export function kindOfTag(tag: string): TagKind {
  const [, hex, suffix] = REFERRER_TAG.exec(tag) ?? []
  const subject = `sha256:${hex}`
  if (hex !== undefined && isDigest(subject))
    return { kind: 'referrer', subject, isCosign: suffix !== undefined }
  const [, number] = /^pr-([1-9]\d{0,8})$/.exec(tag) ?? []
  if (number !== undefined) return { kind: 'pull request', number: Number(number) }
  if (COMMIT_TAG.test(tag)) return { kind: 'commit' }
  const version = parseLooseVersion(tag)
  const isExact = version !== undefined && version.numbers.length >= NUMBERS_OF_EXACT_VERSION
  return isExact ? { kind: 'version', version } : { kind: 'lasting' }
}
