import { isSameOrigin } from '../http/address.js'
import { discardBody, getHeader, type Response, readBytes, responseError } from '../http/message.js'
import { type Descriptor, DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../oci/descriptor.js'
import { digestOf, isDigest } from '../oci/digest.js'
import { asObject, asOptionalString, asStrings, parseJson } from '../util/json.js'
import { MIB, parseUrl } from '../util/text.js'

export interface FoundManifest {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
}

/** The supported media types of manifests and indexes. */
export const MANIFEST_TYPES = [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST]

/** The limit of most registries. Real manifests are far smaller. */
export const MAX_MANIFEST_BYTES = 4 * MIB

/**
 * Reads a response to a GET of a manifest; `undefined` for a 404. Throws `RequestError` unless the digest of the bytes is the
 * requested one, or for a tag the one that the registry returns.
 */
export async function readManifest(response: Response, name: string): Promise<FoundManifest | undefined> {
  if (response.status === 404) {
    await discardBody(response)
    return undefined
  }
  const bytes = await readBytes(response, MAX_MANIFEST_BYTES)
  checkDigest(response, bytes, isDigest(name) ? name : getHeader(response, 'docker-content-digest'))
  return {
    descriptor: { mediaType: mediaTypeOf(response, bytes), digest: digestOf(bytes), size: bytes.length },
    bytes,
  }
}

/** Reads a response to a HEAD of a manifest: `undefined` if it does not exist, 'unclear' if the headers are incomplete. */
export async function readManifestHead(
  response: Response,
  name: string,
): Promise<Descriptor | undefined | 'unclear'> {
  await discardBody(response)
  if (response.status !== 200) return undefined
  const digest = getHeader(response, 'docker-content-digest')
  const mediaType = contentTypeOf(response)
  const size = getHeader(response, 'content-length') ?? ''
  if (!isDigest(digest) || (isDigest(name) && digest !== name)) return 'unclear'
  if (!MANIFEST_TYPES.includes(mediaType) || !/^[1-9]\d*$/.test(size)) return 'unclear'
  return { mediaType, digest, size: Number(size) }
}

/** Throws a `RequestError` unless the bytes have the expected digest. Ignores a missing digest, or one of another algorithm. */
export function checkDigest(response: Response, bytes: Buffer, expected: string | undefined): void {
  const digest = digestOf(bytes)
  if (isDigest(expected) && expected !== digest)
    throw responseError(response, `the content is ${digest}, not ${expected}`)
}

/** The Content-Type if it is a manifest's, else the manifest's own `mediaType`. */
function mediaTypeOf(response: Response, bytes: Buffer): string {
  const type = contentTypeOf(response)
  if (MANIFEST_TYPES.includes(type)) return type
  try {
    return asOptionalString(asObject(parseJson(bytes, 'it'), 'it').mediaType, 'mediaType') ?? type
  } catch {
    return type
  }
}

function contentTypeOf(response: Response): string {
  return (getHeader(response, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** One page of a repository's tags (OCI distribution-spec, "Listing tags"). */
export interface TagPage {
  readonly tags: readonly string[]
  readonly next: URL | undefined
}

const MAX_TAG_LIST_BYTES = 8 * MIB

/** Reads a page of tags. A repository that does not exist has none. */
export async function readTagPage(response: Response): Promise<TagPage> {
  if (response.status === 404) {
    await discardBody(response)
    return { tags: [], next: undefined }
  }
  const bytes = await readBytes(response, MAX_TAG_LIST_BYTES)
  try {
    const { tags } = asObject(parseJson(bytes, 'the list of tags'), 'the list of tags')
    const names = asStrings(tags ?? [], 'tags')
    return { tags: names, next: nextPageUrl(response) }
  } catch (error) {
    throw responseError(response, (error as Error).message)
  }
}

/** The URL in `Link: <…>; rel="next"` (RFC 8288). A URL outside of the registry is ignored. */
function nextPageUrl(response: Response): URL | undefined {
  const { url } = response.request
  const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b/i.exec(getHeader(response, 'link') ?? '')?.[1]
  const next = link === undefined ? undefined : parseUrl(link, url)
  if (next === undefined) return undefined
  if (next.host === url.host) next.protocol = url.protocol
  return isSameOrigin(next, url) && next.href !== url.href ? next : undefined
}
