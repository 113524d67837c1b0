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
 * Reads a response to a GET of a manifest; `undefined` if it does not exist. Throws `RequestError` unless the digest of the
 * bytes is the requested one, or for a tag the one that the registry returns.
 */
export async function readManifest(response: Response, name: string): Promise<FoundManifest | undefined> {
  if (response.status !== 200) {
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

/** Reads a response to a HEAD of a manifest: `undefined` if it was refused or the headers are incomplete. */
export async function readManifestHead(response: Response, name: string): Promise<Descriptor | undefined> {
  await discardBody(response)
  if (response.status !== 200) return undefined
  const digest = getHeader(response, 'docker-content-digest')
  const mediaType = contentTypeOf(response)
  const size = getHeader(response, 'content-length') ?? ''
  if (!isDigest(digest) || (isDigest(name) && digest !== name)) return undefined
  if (!MANIFEST_TYPES.includes(mediaType) || !/^[1-9]\d{0,8}$/.test(size)) return undefined
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

export function contentTypeOf(response: Response): string {
  return (getHeader(response, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** One page of a repository's tags (OCI distribution-spec, "Listing tags"). */
export interface TagPage {
  readonly tags: readonly string[]
  /** The URL of the next page. `unknown`: there is a next page, but the response does not say where. */
  readonly next: URL | 'unknown' | undefined
  /** It has as many tags as were requested. Without a link, there may be more (OCI distribution-spec, "Listing tags"). */
  readonly isFull: boolean
}

/** The number of tags to request at once. */
export const TAGS_PER_PAGE = 1000

/** The registry did not list all tags of a repository. */
export class IncompleteTagList extends Error {
  override readonly name = 'IncompleteTagList'
  /** The tags that it listed. */
  readonly tags: readonly string[]

  constructor(tags: readonly string[]) {
    super('the registry did not list all tags')
    this.tags = tags
  }
}

const MAX_TAG_LIST_BYTES = 8 * MIB

/** Whether a name can be a tag (OCI distribution-spec, "Pulling manifests"). No request can name another one. */
function isTag(name: string): boolean {
  return name.length <= MAX_TAG_LENGTH && TAG.test(name)
}

const MAX_TAG_LENGTH = 128
const TAG = /^\w[\w.-]*$/

/** Reads a page of tags, without names that are no tags. A repository that does not exist has none. */
export async function readTagPage(response: Response): Promise<TagPage> {
  if (response.status !== 200) {
    await discardBody(response)
    return { tags: [], next: undefined, isFull: false }
  }
  const bytes = await readBytes(response, MAX_TAG_LIST_BYTES)
  try {
    const { tags } = asObject(parseJson(bytes, 'the list of tags'), 'the list of tags')
    const names = asStrings(tags ?? [], 'tags')
    const isFull = names.length === TAGS_PER_PAGE
    return { tags: names.filter(isTag), next: nextPageUrl(response), isFull }
  } catch (error) {
    throw responseError(response, (error as Error).message)
  }
}

/**
 * The URL in `Link: <…>; rel="next"` (RFC 8288). Only its path and its query count: behind a proxy, a registry may name another
 * scheme, host or port, and its credentials must not go there.
 */
export function nextPageUrl(response: Response): TagPage['next'] {
  const { url } = response.request
  const header = getHeader(response, 'link')?.trim() ?? ''
  const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*(?:next\b|"(?:[^"]*\s)?next[\s"])/i.exec(header)?.[1]
  if (link === undefined) return namesOtherRelations(header) ? undefined : 'unknown'
  const target = parseUrl(link, url)
  const next = target && parseUrl(`${target.pathname}${target.search}`, url)
  return next === undefined || next.href === url.href ? 'unknown' : next
}

/** Tells if a `Link` header is empty, or is only about other pages than the next one. */
function namesOtherRelations(header: string): boolean {
  const relations = [...header.matchAll(/\brel\s*=\s*"?([\w-]+)/gi)].map(([, relation]) => relation)
  return header === '' || (relations.length > 0 && !relations.some(each => each?.toLowerCase() === 'next'))
}
