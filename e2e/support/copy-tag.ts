const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

interface Document {
  readonly manifests?: readonly { readonly digest: string }[]
  readonly config?: { readonly digest: string }
  readonly layers?: readonly { readonly digest: string }[]
}

/** Copies a tag with its image to another repository of the same registry. Blobs are mounted, not uploaded. */
export async function copyTag(registry: string, from: string, to: string, tag: string): Promise<void> {
  const copy = async (name: string, as: string): Promise<void> => {
    const bytes = await call(registry, `${from}/manifests/${name}`, {
      headers: { accept: `${INDEX}, ${MANIFEST}` },
    })
    const { manifests = [], config, layers = [] } = JSON.parse(bytes) as Document
    for (const { digest } of manifests) await copy(digest, digest)
    const blobs = new Set([...(config ? [config] : []), ...layers].map(({ digest }) => digest))
    for (const digest of blobs) {
      const query = new URLSearchParams({ mount: digest, from })
      await call(registry, `${to}/blobs/uploads/?${query}`, { method: 'POST' })
    }
    const headers = { 'content-type': manifests.length > 0 ? INDEX : MANIFEST }
    await call(registry, `${to}/manifests/${as}`, { method: 'PUT', headers, body: bytes })
  }
  await copy(tag, tag)
}

async function call(registry: string, path: string, init: RequestInit): Promise<string> {
  const response = await fetch(`http://${registry}/v2/${path}`, init)
  const text = await response.text()
  if (response.status !== 200 && response.status !== 201)
    throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${text}`)
  return text
}
