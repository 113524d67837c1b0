import { type Descriptor, deduplicate } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { parseManifest } from '../oci/image.js'
import { OCI_EMPTY } from '../oci/referrer.js'
import { mapLimit } from '../util/async.js'
import { MAX_PARALLEL_REQUESTS } from './client.js'
import { repositoryKey } from './push-plan.js'
import { readReferrersTag } from './referrers-tag.js'
import type { Repository } from './repository.js'

interface ReferrersFilter {
  /** The media type of the documents, for example of an SBOM. */
  readonly artifactType?: string
}

/**
 * Lists the artifacts that refer to a manifest or an index. Asks the referrers API; if the registry does not have it, reads the
 * tag that replaces it. Throws a `UserError` if that tag is not a list.
 */
export async function listReferrers(
  repository: Repository,
  digest: Digest,
  filter: ReferrersFilter = {},
): Promise<Descriptor[]> {
  const listed = (await listByApi(repository, digest, filter)) ?? {
    manifests: (await readReferrersTag(repository, digest)).manifests,
    isFiltered: false,
  }
  const typed = await mapLimit(deduplicate(listed.manifests), MAX_PARALLEL_REQUESTS, async (each, n) =>
    n < LIMITS.withoutType ? withArtifactType(repository, each) : each,
  )
  const { artifactType } = filter
  if (artifactType === undefined || listed.isFiltered) return typed
  return typed.filter(each => each.artifactType === artifactType)
}

/** The pages and entries of a real list are far fewer. More of them come from a server that makes them up. */
const LIMITS = { pages: 100, entries: 10_000, withoutType: 1000 }

interface ReferrersList {
  readonly manifests: readonly Descriptor[]
  readonly isFiltered: boolean
}

/**
 * Returns `undefined` if the registry does not have the API. A registry that does not say that it has filtered may have done so
 * by something else: zot 1.4 compares the media type of the config. So the list without a filter is read, too.
 */
async function listByApi(
  repository: Repository,
  digest: Digest,
  { artifactType }: ReferrersFilter,
): Promise<ReferrersList | undefined> {
  const { referrersApis } = repository.client
  const key = repositoryKey(repository.reference)
  if (referrersApis.get(key) === false) return undefined
  const path = `referrers/${digest}`
  const query = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`
  const listed = await readPages(repository, `${path}${query}`)
  referrersApis.set(key, listed !== undefined)
  return query === '' || listed === undefined || listed.isFiltered ? listed : readPages(repository, path)
}

async function readPages(repository: Repository, path: string): Promise<ReferrersList | undefined> {
  const first = await repository.getReferrersPage(path)
  if (first === undefined) return undefined
  const manifests = new Map(first.manifests.map(each => [each.digest, each]))
  let { next, isFiltered } = first
  for (let page = 1; next instanceof URL && page < LIMITS.pages; page++) {
    const found = await repository.getReferrersPage(next)
    const before = manifests.size
    for (const each of found?.manifests ?? []) manifests.set(each.digest, each)
    // Pages without a new entry go in a circle, or never end.
    if (manifests.size === before || manifests.size >= LIMITS.entries) break
    isFiltered &&= found?.isFiltered === true
    next = found?.next
  }
  return { manifests: [...manifests.values()], isFiltered }
}

/**
 * Registries of before the final specification list the media type of the config as the artifact type, for example zot 1.4. The
 * manifest has the real one.
 */
async function withArtifactType(repository: Repository, descriptor: Descriptor): Promise<Descriptor> {
  if (descriptor.artifactType !== undefined && descriptor.artifactType !== OCI_EMPTY) return descriptor
  const found = await repository.getManifest(descriptor.digest)
  if (found === undefined) return descriptor
  try {
    const { artifactType, annotations } = parseManifest(found.bytes)
    return { ...descriptor, ...(annotations && { annotations }), ...(artifactType && { artifactType }) }
  } catch {
    // It is the artifact of another program, and not an image manifest.
    return descriptor
  }
}
