import type { Check } from './check.js'
import { checkImage, checkIndex, type Encoding, type Layer, type Manifest } from './manifests.js'

const LAYERS = 30
/** With the customisation layer. */
const STREAM_LAYERS = LAYERS + 1
const TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/** The repository to which all contestants push. */
export const REPOSITORY = 'bench'

/** Expects the tag `latest` with both platforms. */
export function isPushed(encoding: Encoding = 'gzip'): Check {
  return async ({ registry }) => {
    await layersOf(registry, REPOSITORY, LAYERS, encoding)
    return {}
  }
}

/** Expects the same in each of these repositories below `fifty`, with `layers` layers per image. */
export function arePushed(names: readonly string[], layers: number): Check {
  return async ({ registry }) => {
    const sizes = new Map<string, number>()
    for (const name of names)
      for (const { digest, size } of await layersOf(registry, `fifty/${name}`, layers, 'gzip'))
        sizes.set(digest, size)
    return { distinct: [...sizes.values()].reduce((total, size) => total + size, 0) }
  }
}

/** Expects the tag with one image for amd64, or with an index of it. */
export function isStreamPushed(tag: string): Check {
  return async ({ registry }) => {
    const get = (name: string): Promise<Manifest> => fetchManifest(registry, REPOSITORY, name)
    const { manifests } = await get(tag)
    await checkImage(get, manifests?.[0]?.digest ?? tag, STREAM_LAYERS, 'gzip')
    return {}
  }
}

async function layersOf(
  registry: string,
  repository: string,
  count: number,
  encoding: Encoding,
): Promise<readonly Layer[]> {
  const get = (name: string): Promise<Manifest> => fetchManifest(registry, repository, name)
  return checkIndex(get, await get('latest'), count, encoding)
}

async function fetchManifest(registry: string, repository: string, name: string): Promise<Manifest> {
  const url = `http://${registry}/v2/${repository}/manifests/${name}`
  const response = await fetch(url, { headers: { accept: TYPES.join(', '), connection: 'close' } })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return (await response.json()) as Manifest
}
