import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { checkImage, checkIndex, type Encoding, type Get, type Manifest } from './manifests.js'
import type { Place } from './place.js'

/** What a check learned by the way, in bytes. */
export interface Found {
  /** Of the archive that was left. */
  readonly size?: number
  /** Of all layers that the registry was to get, each digest once. */
  readonly distinct?: number
}

/** That a contestant did the work it is measured for. Throws an `Error` when it did not. */
export type Check = (at: { folder: string; registry: string; place: Place | undefined }) => Promise<Found>

const LAYERS = 30

/** One OCI archive with one image of all the layers, compressed as `encoding` says. */
export function isImageArchive(name: string, encoding: Encoding): Check {
  return async ({ folder }) => {
    const file = `${folder}/work/${name}`
    const get = archiveReader(file)
    await checkImage(get, (await topOf(file)).digest, LAYERS, encoding)
    return { size: statSync(file).size }
  }
}

/** One OCI archive with an index of both platforms. `tag` picks it where there are several descriptors. */
export function isIndexArchive(name: string, tag?: string): Check {
  return async ({ folder }) => {
    const file = `${folder}/work/${name}`
    const get = archiveReader(file)
    await checkIndex(get, await get((await topOf(file, tag)).digest), LAYERS, 'gzip')
    return { size: statSync(file).size }
  }
}

export const isNothing: Check = async () => ({})

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
