import { isIndexType, isManifestType } from '../../src/oci/descriptor.js'
import { type Digest, digestOf, isDigest } from '../../src/oci/digest.js'
import { bodyOf, errorReply, type RegistryRequest, type Reply, type Route } from './registry-http.js'
import { childrenOf, documentOf } from './registry-references.js'
import { digestHeader, nameOf, type Site } from './registry-site.js'
import type { StoredManifest } from './registry-store.js'

const PATH = /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const MOST = 4 * 1024 * 1024

/** Manifests and indexes, by digest and by tag. */
export function manifestRoutes(site: Site): readonly Route[] {
  return [
    { methods: ['GET', 'HEAD'], path: PATH, access: 'pull', handle: asked => getManifest(site, asked) },
    { methods: ['PUT'], path: PATH, access: 'push', handle: asked => putManifest(site, asked) },
    { methods: ['DELETE'], path: PATH, access: 'push', handle: asked => deleteManifest(site, asked) },
  ]
}

function getManifest(site: Site, asked: RegistryRequest): Reply {
  const { reference = '' } = asked.params
  const name = nameOf(asked)
  const stored = site.store.repositories.get(name)
  const digest = isDigest(reference) ? reference : site.store.visibleTag(name, reference)
  const manifest = digest && stored?.manifests.get(digest)
  if (!manifest) return errorReply(404, stored ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN')
  const headers = { 'content-type': manifest.mediaType, ...digestHeader(site, digest) }
  return { status: 200, headers, body: manifest.bytes }
}

async function putManifest(site: Site, asked: RegistryRequest): Promise<Reply> {
  const { reference = '' } = asked.params
  const name = nameOf(asked)
  const bytes = await bodyOf(asked, MOST)
  const digest = digestOf(bytes)
  if (isDigest(reference) ? reference !== digest : reference.includes(':'))
    return errorReply(400, 'DIGEST_INVALID', `it is ${digest}`)
  if (!isDigest(reference) && !TAG.test(reference)) return errorReply(400, 'TAG_INVALID', reference)
  const { immutableTags } = site.options
  const current = site.store.tag(name, reference)
  if (immutableTags && current !== undefined && current !== digest)
    return errorReply(immutableTags.status, immutableTags.code, immutableTags.message)
  const manifest = { bytes, mediaType: asked.request.headers['content-type'] ?? '' }
  const wrong = whatIsWrong(site, manifest)
  if (wrong !== undefined) return errorReply(400, 'MANIFEST_INVALID', wrong)
  const missing = keep(site, name, digest, manifest)
  if (missing.length > 0 && !site.options.trustsManifests)
    return errorReply(400, 'MANIFEST_BLOB_UNKNOWN', missing.join(', '))
  if (!isDigest(reference)) {
    site.onTag(name, reference, digest)
    site.store.moveTag(name, reference, digest, site.options.lag ?? 0)
  }
  const location = `/v2/${name}/manifests/${reference}`
  return {
    status: 201,
    headers: { location, ...digestHeader(site, digest), ...subjectHeader(site, manifest) },
  }
}

/** The reason to refuse a manifest; `undefined` if it is valid. */
function whatIsWrong({ options }: Site, manifest: StoredManifest): string | undefined {
  const { mediaType } = manifest
  const isIndex = isIndexType(mediaType) && options.indexes !== false
  if (!isIndex && !isManifestType(mediaType)) return `no media type for a manifest: ${mediaType}`
  try {
    const { schemaVersion, mediaType: own = mediaType } = documentOf(manifest)
    if (schemaVersion !== 2) return 'schemaVersion is not 2'
    if (own !== mediaType) return `it says that it is ${own}`
    childrenOf(manifest)
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Stores the manifest if all content it refers to exists; else answers with what is missing. */
function keep({ store, options }: Site, name: string, digest: Digest, manifest: StoredManifest): Digest[] {
  const { manifests } = store.repository(name)
  const before = manifests.get(digest)
  manifests.set(digest, manifest)
  const missing = store.missing(name, digest)
  if (missing.length > 0 && !before && !options.trustsManifests) manifests.delete(digest)
  return missing
}

/** Tells clients that the registry maintains the referrers list. */
function subjectHeader({ options }: Site, manifest: StoredManifest): Record<string, string> {
  const { subject } = documentOf(manifest)
  return subject && options.referrers !== false && options.referrers !== 'draft'
    ? { 'oci-subject': subject.digest }
    : {}
}

function deleteManifest({ store }: Site, asked: RegistryRequest): Reply {
  const { reference = '' } = asked.params
  const stored = store.repositories.get(nameOf(asked))
  const isDeleted = isDigest(reference) ? stored?.manifests.delete(reference) : stored?.tags.delete(reference)
  if (!stored || !isDeleted) return errorReply(404, 'MANIFEST_UNKNOWN')
  for (const [tag, digest] of stored.tags) if (digest === reference) stored.tags.delete(tag)
  return { status: 202 }
}
