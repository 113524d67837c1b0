import type { Response } from '../http/message.js'
import { discard, failed, header, readBytes } from '../http/response.js'
import type { Descriptor } from '../oci/descriptor.js'
import { digestOf, isDigest } from '../oci/digest.js'
import { DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../oci/media-type.js'
import { asObject, asOptionalString, parseJson } from '../util/json.js'
import { MIB } from '../util/units.js'

export interface FoundManifest {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
}

/** The types of manifest that we can read. */
export const MANIFEST_TYPES = [OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST]

/** In bytes; what registries take at most, and far more than a manifest has. */
export const MANIFEST_LIMIT = 4 * MIB

/**
 * Reads an answer with a manifest; `undefined` for a 404. Its digest is that of its bytes, and must be the one that was
 * asked for, or that the registry names.
 */
export async function manifestAnswer(response: Response, name: string): Promise<FoundManifest | undefined> {
  if (response.status === 404) {
    await discard(response)
    return undefined
  }
  const bytes = await readBytes(response, MANIFEST_LIMIT)
  expectDigest(response, bytes, isDigest(name) ? name : header(response, 'docker-content-digest'))
  return {
    descriptor: { mediaType: mediaTypeOf(response, bytes), digest: digestOf(bytes), size: bytes.length },
    bytes,
  }
}

/** What a HEAD tells of a manifest: nothing where it is not there, 'unclear' where only its bytes can tell. */
export async function manifestHead(
  response: Response,
  name: string,
): Promise<Descriptor | undefined | 'unclear'> {
  await discard(response)
  if (response.status !== 200) return undefined
  const digest = header(response, 'docker-content-digest')
  const mediaType = typeOf(response)
  const size = header(response, 'content-length') ?? ''
  if (!isDigest(digest) || (isDigest(name) && digest !== name)) return 'unclear'
  if (!MANIFEST_TYPES.includes(mediaType) || !/^[1-9]\d*$/.test(size)) return 'unclear'
  return { mediaType, digest, size: Number(size) }
}

/** Throws a `RequestError` unless the bytes are what was expected; no digest, or one of another kind, expects nothing. */
export function expectDigest(response: Response, bytes: Buffer, expected: string | undefined): void {
  const digest = digestOf(bytes)
  if (isDigest(expected) && expected !== digest)
    throw failed(response, `the content is ${digest}, not ${expected}`)
}

/** The header's type where it names a manifest, else what the manifest says of itself. */
function mediaTypeOf(response: Response, bytes: Buffer): string {
  const type = typeOf(response)
  if (MANIFEST_TYPES.includes(type)) return type
  try {
    return asOptionalString(asObject(parseJson(bytes, 'it'), 'it').mediaType, 'mediaType') ?? type
  } catch {
    return type
  }
}

function typeOf(response: Response): string {
  return (header(response, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
