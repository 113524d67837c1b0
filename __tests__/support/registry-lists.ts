import { OCI_INDEX } from '../../src/oci/descriptor.js'
import { type Digest, isDigest } from '../../src/oci/digest.js'
import { errorReply, json, type RegistryRequest, type Reply, type Route } from './registry-http.js'
import { documentOf } from './registry-references.js'
import { nameOf, type Site } from './registry-site.js'
import type { StoredManifest } from './registry-store.js'

const API_VERSION = { 'docker-distribution-api-version': 'registry/2.0' }

/** The API version, the tag list and the referrers list. */
export function listRoutes(site: Site): readonly Route[] {
  return [
    { methods: ['GET'], path: /^\/v2\/$/, access: 'pull', handle: () => json(200, {}, API_VERSION) },
    {
      methods: ['GET'],
      path: /^\/v2\/(?<name>.+)\/tags\/list$/,
      access: 'pull',
      handle: asked => listTags(site, asked),
    },
    {
      methods: ['GET'],
      path: /^\/v2\/(?<name>.+)\/referrers\/(?<digest>[^/]+)$/,
      access: 'pull',
      handle: asked => listReferrers(site, asked),
    },
  ]
}

function listTags({ store, options }: Site, asked: RegistryRequest): Reply {
  const name = nameOf(asked)
  const { pageSize = 100, listRefusal } = options
  if (listRefusal && (!listRefusal.onlyWithSize || asked.url.searchParams.has('n')))
    return errorReply(listRefusal.status, listRefusal.code ?? '')
  const stored = store.repositories.get(name)
  if (!stored) return errorReply(404, 'NAME_UNKNOWN')
  const query = asked.url.searchParams
  const most = Math.min(Number(query.get('n') ?? pageSize), pageSize)
  const last = query.get('last') ?? ''
  const rest = [...stored.tags.keys()].sort().filter(tag => tag > last)
  const tags = rest.slice(0, most)
  const size = query.has('n') ? `n=${most}&` : ''
  const next = `</v2/${name}/tags/list?${size}last=${tags.at(-1)}>; rel="next"`
  return json(200, { name, tags }, most > 0 && rest.length > tags.length ? { link: next } : {})
}

/** An index of the manifests whose subject is this digest, also if the subject does not exist yet. */
function listReferrers({ store, options }: Site, asked: RegistryRequest): Reply {
  const { digest } = asked.params
  const name = nameOf(asked)
  if (options.referrers === false) return errorReply(404, 'UNSUPPORTED')
  if (!isDigest(digest)) return errorReply(400, 'DIGEST_INVALID')
  const isDraft = options.referrers === 'draft'
  const query = asked.url.searchParams
  const wanted = query.get('artifactType')
  const all = [...(store.repositories.get(name)?.manifests ?? [])]
    .filter(([, manifest]) => documentOf(manifest).subject?.digest === digest)
    .map(([own, manifest]) => descriptorOf(own, manifest, isDraft))
    .filter(({ artifactType }) => !wanted || artifactType === wanted)
  const from = Number(query.get('from') ?? 0)
  const end = from + (options.pageSize ?? 100)
  const next = new URLSearchParams({ ...(wanted && { artifactType: wanted }), from: String(end) })
  return json(
    200,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests: all.slice(from, end) },
    {
      'content-type': OCI_INDEX,
      ...(wanted && !isDraft && { 'oci-filters-applied': 'artifactType' }),
      ...(end < all.length && { link: `</v2/${name}/referrers/${digest}?${next}>; rel="next"` }),
    },
  )
}

function descriptorOf(digest: Digest, { bytes, mediaType }: StoredManifest, isDraft: boolean) {
  const { artifactType, config, annotations } = documentOf({ bytes })
  return {
    mediaType,
    digest,
    size: bytes.length,
    artifactType: isDraft ? config?.mediaType : artifactType || config?.mediaType,
    annotations,
  }
}
