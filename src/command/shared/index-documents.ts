import { BUNDLE_TYPE } from '../../attestation/bundle.js'
import { isBundle, predicateTypeOf } from '../../attestation/bundle-artifact.js'
import { PREDICATE_TYPES } from '../../attestation/statement.js'
import type { Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { listReferrers } from '../../registry/list-referrers.js'
import type { Repository } from '../../registry/repository.js'
import { CYCLONEDX_TYPE } from '../../sbom/cyclonedx.js'

interface ExpectedDocuments {
  readonly sbom: boolean
  readonly isAttested: boolean
}

/**
 * Returns what is missing among the documents of an index: `no SBOM`, `no attestations`. The documents of an index are attached
 * after those of its images. Only the list is read: the merge verifies the attestations.
 */
export async function findMissingDocument(
  repository: Repository,
  index: Digest,
  { sbom, isAttested }: ExpectedDocuments,
): Promise<string | undefined> {
  const only = isAttested ? BUNDLE_TYPE : CYCLONEDX_TYPE
  const listed = await listReferrers(repository, index, sbom && isAttested ? {} : { artifactType: only })
  if (sbom && !listed.some(({ artifactType }) => artifactType === CYCLONEDX_TYPE)) return 'no SBOM'
  if (!isAttested) return undefined
  const { provenance, signature, cyclonedx, spdx } = PREDICATE_TYPES
  const has = (predicateType: string): boolean => hasBundle(listed, predicateType)
  if (!has(provenance) || !has(signature)) return 'no attestations'
  return !sbom || (has(cyclonedx) && has(spdx)) ? undefined : 'no attestation of its SBOM'
}

/** A registry can leave out the annotations. Then a bundle can be of any type. */
function hasBundle(listed: readonly Descriptor[], predicateType: string): boolean {
  return listed.some(each => isBundle(each) && (predicateTypeOf(each) ?? predicateType) === predicateType)
}
