import {
  discardBody,
  getHeader,
  isSameOrigin,
  type Response,
  readBytes,
  responseError,
} from '../http/message.js'
import { type Descriptor, DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../oci/descriptor.js'
import { digestOf, isDigest } from '../oci/digest.js'
import { asObject, asOptionalString, asStrings, parseJson } from '../util/json.js'
import { MIB, parseUrl } from '../util/text.js'

export interface FoundManifest {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
}

/** The types of manifest that we can read. */
export const MANIFEST_TYPES = [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST]

/** In bytes; what registries take at most, and far more than a manifest has. */
export const MAX_MANIFEST_BYTES = 4 * MIB

/**
 * Reads an answer with a manifest; `undefined` for a 404. Its digest is that of its bytes, and must be the one that was
 * asked for, or that the registry names.
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

/** What a HEAD tells of a manifest: nothing where it is not there, 'unclear' where only its bytes can tell. */
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

/** Throws a `RequestError` unless the bytes are what was expected; no digest, or one of another kind, expects nothing. */
export function checkDigest(response: Response, bytes: Buffer, expected: string | undefined): void {
  const digest = digestOf(bytes)
  if (isDigest(expected) && expected !== digest)
    throw responseError(response, `the content is ${digest}, not ${expected}`)
}

/** The header's type where it names a manifest, else what the manifest says of itself. */
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

/** A part of a repository's tags (OCI distribution-spec, "Listing tags"). */
export interface TagPage {
  readonly tags: readonly string[]
  readonly next: URL | undefined
}

const MAX_TAG_LIST_BYTES = 8 * MIB

/** Reads an answer with tags; a repository that is not there has none. */
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

/** RFC 8288, `Link: <…>; rel="next"`; a page elsewhere than in the registry is none. */
function nextPageUrl(response: Response): URL | undefined {
  const { url } = response.request
  const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b/i.exec(getHeader(response, 'link') ?? '')?.[1]
  const next = link === undefined ? undefined : parseUrl(link, url)
  if (next === undefined) return undefined
  if (next.host === url.host) next.protocol = url.protocol
  return isSameOrigin(next, url) && next.href !== url.href ? next : undefined
}
