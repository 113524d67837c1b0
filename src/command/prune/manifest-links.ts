import { isIndexType, isManifestType } from '../../oci/descriptor.js'
import { type Digest, parseDigest } from '../../oci/digest.js'
import { messageOf } from '../../util/error.js'
import { asArray, asObject, asString, parseJson } from '../../util/json.js'

/** What a manifest names by digest. */
export type ManifestLinks =
  | { readonly kind: 'index'; readonly children: readonly Child[]; readonly subject?: Digest }
  | { readonly kind: 'image'; readonly subject?: Digest }
  /** The manifest may name anything. */
  | { readonly kind: 'unreadable'; readonly why: string }

interface Child {
  readonly digest: Digest
  /** An image manifest, which has no children. */
  readonly isImage: boolean
}

/** Reads only what names other manifests, so that an odd field of an artifact does not make it unreadable. */
export function parseLinks(bytes: Buffer, mediaType: string): ManifestLinks {
  try {
    const document = asObject(parseJson(bytes, 'the manifest'), 'the manifest')
    const subject = document.subject ? { subject: digestIn(document.subject, 'subject') } : {}
    // A registry may return an index with the media type of an image.
    if (isIndexType(mediaType) || Array.isArray(document.manifests))
      return { kind: 'index', children: parseChildren(document.manifests), ...subject }
    if (isManifestType(mediaType)) return { kind: 'image', ...subject }
    return { kind: 'unreadable', why: `its media type is ${mediaType || 'missing'}` }
  } catch (error) {
    return { kind: 'unreadable', why: messageOf(error) }
  }
}

/** Go writes an empty list as null. */
function parseChildren(manifests: unknown): Child[] {
  return asArray(manifests ?? [], 'manifests').map((value, n) => {
    const descriptor = asObject(value, `manifests[${n}]`)
    const mediaType = asString(descriptor.mediaType, `manifests[${n}].mediaType`)
    return { digest: digestIn(descriptor, `manifests[${n}]`), isImage: isManifestType(mediaType) }
  })
}

function digestIn(value: unknown, what: string): Digest {
  return parseDigest(asObject(value, what).digest)
}
