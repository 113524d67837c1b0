export interface Manifest {
  readonly manifests?: readonly {
    readonly digest: string
    readonly platform?: { readonly os: string; readonly architecture: string }
  }[]
  readonly layers?: readonly Layer[]
}

export interface Layer {
  readonly digest: string
  readonly mediaType: string
  /** In bytes. */
  readonly size: number
}

/** Returns the manifest with a digest. */
export type Get = (digest: string) => Promise<Manifest>

export type Encoding = 'gzip' | 'zstd'

const PLATFORMS = 'linux/amd64 linux/arm64'

/** Checks that an index has an image with `count` layers for each platform. Returns all layers; else throws an `Error`. */
export async function checkIndex(
  get: Get,
  { manifests = [] }: Manifest,
  count: number,
  encoding: Encoding,
): Promise<Layer[]> {
  const platforms = manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`).sort()
  if (platforms.join(' ') !== PLATFORMS) throw new Error(`the index is for ${platforms.join(' ')}`)
  const layers: Layer[] = []
  for (const { digest } of manifests) layers.push(...(await checkImage(get, digest, count, encoding)))
  return layers
}

/** Checks that an image has `count` layers, compressed with `encoding`. Returns them; else throws an `Error`. */
export async function checkImage(
  get: Get,
  digest: string,
  count: number,
  encoding: Encoding,
): Promise<readonly Layer[]> {
  const { layers = [] } = await get(digest)
  const matching = layers.filter(({ mediaType }) => mediaType.endsWith(encoding))
  if (matching.length !== count)
    throw new Error(`${matching.length} of ${layers.length} layers are ${encoding}`)
  return layers
}
