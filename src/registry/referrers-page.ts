import { discardBody, getHeader, type Response, readBytes, responseError } from '../http/message.js'
import { type Descriptor, OCI_INDEX } from '../oci/descriptor.js'
import { parseIndex } from '../oci/image-index.js'
import { contentTypeOf, MAX_MANIFEST_BYTES, nextPageUrl } from './manifests.js'

/** One page of the referrers of a digest (OCI distribution-spec 1.1, "Listing Referrers"). */
export interface ReferrersPage {
  readonly manifests: readonly Descriptor[]
  /** The list has only the requested artifact type. */
  readonly isFiltered: boolean
  /** The URL of the next page. `unknown`: there is a next page, but the response does not say where. */
  readonly next: URL | 'unknown' | undefined
}

/** The header with which a registry says that it has added a manifest to the referrers of its subject. */
export const SUBJECT_HEADER = 'oci-subject'

/** Reads a page. Returns `undefined` for a status other than 200, or for a web page that a server has in its place. */
export async function readReferrersPage(response: Response): Promise<ReferrersPage | undefined> {
  if (response.status !== 200 || !LIST_TYPES.includes(contentTypeOf(response))) {
    await discardBody(response)
    return undefined
  }
  const bytes = await readBytes(response, MAX_MANIFEST_BYTES)
  try {
    const { manifests } = parseIndex(bytes, 'the list of referrers')
    return { manifests, isFiltered: namesFilter(response), next: nextPageUrl(response) }
  } catch (error) {
    throw responseError(response, (error as Error).message)
  }
}

/** Older registries send plain JSON. */
const LIST_TYPES = [OCI_INDEX, 'application/json']

function namesFilter(response: Response): boolean {
  const filters = getHeader(response, 'oci-filters-applied')?.split(',') ?? []
  return filters.some(filter => filter.trim() === 'artifactType')
}
