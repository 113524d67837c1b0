import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { checkImage, checkIndex, type Encoding, type Get, type Manifest } from './manifests.js'
import type { Place } from './place.js'

/** Sizes that a check measures, in bytes. */
export interface Found {
  /** The size of the archive. */
  readonly size?: number
  /** The size of all layers to push, each digest counted once. */
  readonly distinct?: number
}

/** Checks that a contestant did the work. Throws an `Error` if it did not. */
export type Check = (at: { folder: string; registry: string; place: Place | undefined }) => Promise<Found>

const LAYERS = 30

/** Expects an OCI archive with one image that has all layers, compressed with `encoding`. */
export function isImageArchive(name: string, encoding: Encoding): Check {
  return async ({ folder }) => {
    const file = `${folder}/work/${name}`
    const get = archiveReader(file)
    await checkImage(get, (await topOf(file)).digest, LAYERS, encoding)
    return { size: statSync(file).size }
  }
}

/** Expects an OCI archive with an index of both platforms. If there is more than one descriptor, `tag` selects the index. */
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
  if (!top || tops.length > 1) throw new Error(`${file} contains ${tops.length} images`)
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
