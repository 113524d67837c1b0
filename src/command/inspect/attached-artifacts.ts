import { predicateTypeOf } from '../../attestation/bundle-artifact.js'
import type { Host } from '../../host/host.js'
import type { Digest } from '../../oci/digest.js'
import { listReferrers } from '../../registry/list-referrers.js'
import type { Repository } from '../../registry/repository.js'
import { mapLimit } from '../../util/async.js'
import { warnOnFailure } from '../shared/failures.js'
import type { ImageLocation } from '../shared/image-locations.js'
import type { ArtifactTree, ImageTree } from './tree.js'

const SUBJECTS_AT_ONCE = 8

/**
 * Adds the artifacts in a registry that refer to an image: SBOMs, signatures. The images of the platforms are only asked about if
 * the index has an artifact, so that an image without artifacts needs one request, or two without the referrers API. A failure
 * only causes a warning.
 */
export async function addAttachedArtifacts(
  tree: ImageTree,
  { repository }: Pick<ImageLocation, 'repository'>,
  { log }: Pick<Host, 'log'>,
): Promise<ImageTree> {
  if (repository === undefined) return tree
  const found = await warnOnFailure(`Cannot list the SBOMs and signatures of ${tree.name}`, log, async () => {
    const ofTop = await listArtifactsAbout(tree.digest, repository)
    if (ofTop.length === 0) return []
    const others = tree.platforms.map(({ digest }) => digest).filter(digest => digest !== tree.digest)
    const ofPlatforms = await mapLimit(others, SUBJECTS_AT_ONCE, each => listArtifactsAbout(each, repository))
    return [...ofTop, ...ofPlatforms.flat()]
  })
  const known = new Set(tree.artifacts?.map(({ digest }) => digest))
  const artifacts = [...(tree.artifacts ?? []), ...(found ?? []).filter(({ digest }) => !known.has(digest))]
  return artifacts.length === 0 ? tree : { ...tree, artifacts }
}

async function listArtifactsAbout(subject: Digest, repository: Repository): Promise<ArtifactTree[]> {
  const listed = await listReferrers(repository, subject)
  return listed.map(descriptor => {
    const { digest, size, artifactType, mediaType } = descriptor
    const predicateType = predicateTypeOf(descriptor)
    const type = { artifactType: artifactType ?? mediaType, ...(predicateType && { predicateType }) }
    return { digest, ...type, size, subject }
  })
}
