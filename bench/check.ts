import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Place } from './place.js'

/** That a contestant did the work it is measured for, and how many bytes it left. Throws an `Error` when it did not. */
export type Check = (at: {
  folder: string
  registry: string
  place: Place | undefined
}) => Promise<{ readonly size?: number }>

interface Manifest {
  readonly manifests?: readonly {
    readonly digest: string
    readonly platform?: { readonly os: string; readonly architecture: string }
  }[]
  readonly layers?: readonly { readonly digest: string; readonly mediaType: string }[]
}

type Get = (digest: string) => Promise<Manifest>

const LAYERS = 30
const PLATFORMS = 'linux/amd64 linux/arm64'

/** One OCI archive with one image of all the layers, compressed as `encoding` says. */
export function isImageArchive(name: string, encoding: 'gzip' | 'zstd'): Check {
  return async ({ folder }) => {
    const file = `${folder}/work/${name}`
    const get = archiveReader(file)
    await checkImage(get, (await topOf(file)).digest, encoding)
    return { size: statSync(file).size }
  }
}

/** One OCI archive with an index of both platforms. `tag` picks it where there are several descriptors. */
export function isIndexArchive(name: string, tag?: string): Check {
  return async ({ folder }) => {
    const file = `${folder}/work/${name}`
    const get = archiveReader(file)
    await checkIndex(get, await get((await topOf(file, tag)).digest))
    return { size: statSync(file).size }
  }
}

/** A tag in the registry with both platforms. */
export function isPushed(repository: string): Check {
  return async ({ registry }) => {
    const get = (name: string): Promise<Manifest> => fetchManifest(registry, repository, name)
    await checkIndex(get, await get('latest'))
    return {}
  }
}

export const isNothing: Check = async () => ({})

async function checkIndex(get: Get, { manifests = [] }: Manifest): Promise<void> {
  const platforms = manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`).sort()
  if (platforms.join(' ') !== PLATFORMS) throw new Error(`the index is for ${platforms.join(' ')}`)
  for (const { digest } of manifests) await checkImage(get, digest, 'gzip')
}

async function checkImage(get: Get, digest: string, encoding: string): Promise<void> {
  const { layers = [] } = await get(digest)
  const fitting = layers.filter(({ mediaType }) => mediaType.endsWith(encoding))
  if (fitting.length !== LAYERS)
    throw new Error(`${fitting.length} of ${layers.length} layers are ${encoding}`)
}

async function fetchManifest(registry: string, repository: string, name: string): Promise<Manifest> {
  const types = ['oci.image.index.v1', 'oci.image.manifest.v1', 'docker.distribution.manifest.v2']
  const accept = [
    ...types.map(type => `application/vnd.${type}+json`),
    'application/vnd.docker.distribution.manifest.list.v2+json',
  ]
  const url = `http://${registry}/v2/${repository}/manifests/${name}`
  const response = await fetch(url, { headers: { accept: accept.join(', '), connection: 'close' } })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return (await response.json()) as Manifest
}

function archiveReader(file: string): Get {
  return async digest => member(file, `blobs/${digest.replace(':', '/')}`) as Manifest
}

interface Top {
  readonly digest: string
  readonly annotations?: Readonly<Record<string, string>>
}

async function topOf(file: string, tag?: string): Promise<Top> {
  const { manifests } = member(file, 'index.json') as { manifests: readonly Top[] }
  const tops = manifests.filter(
    it => tag === undefined || it.annotations?.['org.opencontainers.image.ref.name'] === tag,
  )
  const [top] = tops
  if (!top || tops.length > 1) throw new Error(`${file} holds ${tops.length} images`)
  return top
}

function member(file: string, name: string): unknown {
  return JSON.parse(
    execFileSync('tar', ['-xOf', file, '--occurrence=1', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
}
