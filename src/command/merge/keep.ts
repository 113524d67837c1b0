import type { Blob } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, bytesBlob } from '../../oci/image.js'
import { type Index, parseIndex } from '../../oci/image-index.js'
import type { Repository } from '../../registry/repository.js'
import type { TagKind, Wanted } from '../../tags/wanted.js'
import { together } from '../../util/async.js'
import { contentOf, type Holding, type Standing } from '../shared/published.js'
import { type AtHand, imageFrom, isGone } from '../shared/registry-image.js'

/** A repository that a container goes to, the tags that it is to have there, and what they hold now. */
export interface Target {
  readonly repository: Repository
  readonly wanted: readonly Wanted[]
  readonly standing: Standing
}

/** A container's index as it would be, with what is needed to make it anew. */
export interface Fresh {
  readonly index: Index
  /** Says whether another index holds the same. */
  readonly content: Digest
  /** The same, as from another commit. */
  from(revision: string | undefined, created: Date | undefined): Index
}

/**
 * The index to push: one that a wanted tag holds already where it has the same content, down to its bytes, so that what has not
 * changed keeps its digest from commit to commit; else the new one. An exact version has the first word, since it cannot follow.
 */
export async function keepIndex({ index, content, from }: Fresh, targets: readonly Target[]): Promise<Index> {
  for (const { repository, holding } of candidates(targets)) {
    if (holding.digest === index.self.digest) return index
    if (contentOf(holding) !== content) continue
    // As a rule it is made again from what is here; then nothing of it has to be there any more.
    const again = from(holding.revision, holding.created)
    if (again.self.digest === holding.digest) return again
    const kept = await indexFrom(repository, holding, atHand(index))
    if (kept) return kept
  }
  return index
}

interface Candidate {
  readonly repository: Repository
  readonly holding: Holding
  readonly kind: TagKind
}

/**
 * A branch that holds something else meanwhile has come back to what it was: then the commit on the index must be the new one, or an
 * older run could take the branch back.
 */
function candidates(targets: readonly Target[]): Candidate[] {
  const all = targets.flatMap(({ repository, wanted, standing }) =>
    wanted.flatMap(({ tag, kind }): Candidate[] => {
      const holding = standing.held.get(tag)
      return holding ? [{ repository, holding, kind }] : []
    }),
  )
  const exact = all.filter(({ kind }) => kind === 'exact')
  const branches = new Set(all.filter(({ kind }) => kind === 'branch').map(({ holding }) => holding.digest))
  const others = all.filter(({ kind, holding }) => {
    return kind !== 'exact' && [...branches].every(digest => digest === holding.digest)
  })
  return [...exact, ...others]
}

function atHand({ images }: Index): AtHand {
  return new Map(blobsOf(images).map((blob: Blob) => [blob.digest, blob]))
}

/** Nothing when a part of it is gone: then it is not to be kept but mended. */
async function indexFrom(
  repository: Repository,
  holding: Holding,
  known: AtHand,
): Promise<Index | undefined> {
  try {
    const { mediaType } = holding.descriptor
    const parts = await together(
      parseIndex(holding.bytes).manifests.map(each => imageFrom(repository, each, known)),
    )
    return { self: bytesBlob(holding.bytes, { mediaType }), images: parts.map(({ image }) => image) }
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}
