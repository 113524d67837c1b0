import type { Config } from '../oci/config.js'
import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { mapLimit } from '../util/async.js'
import type { Machines } from './platform-check.js'
import type { ReadLayer, StagedLayer } from './staged-layer.js'

/** A layer that lies somewhere. */
export type KnownLayer = Blob & {
  /** For which machines the programs in it are, where it was read in this run. */
  readonly machines?: Machines
}

/** Finds a layer that lies somewhere already, by the digest of what it unpacks to. */
export type FindKnown = (diffId: Digest) => KnownLayer | undefined

/** A layer of an image: known to lie somewhere, or staged here. */
export type PartLayer = { readonly known: KnownLayer } | { readonly staged: StagedLayer }

/** An image's parts, read and checked, before its layers get their names. */
export interface StagedParts {
  /** As it came. */
  readonly config: Buffer
  readonly layers: readonly PartLayer[]
}

/** A layer that a manifest lists. */
export interface ListedLayer {
  readonly name: string
  read(): Promise<ReadLayer>
  /** Throws an `Error` when it is not what the manifest says. */
  check?(layer: StagedLayer): void
}

/** How many layers are read side by side. */
const READERS = 4

/**
 * Takes the layers of an image, lowest first, which pair with the config's diff_ids. Each diff_id is read once, and not at all
 * when it is known. Throws an `Error` that names a layer whose content is not the one that the config names.
 */
export async function takeLayers(
  listed: readonly ListedLayer[],
  { diffIds }: Pick<Config, 'diffIds'>,
  known: FindKnown,
): Promise<PartLayer[]> {
  const all = listed.map((layer, n) => ({ layer, n, diffId: diffIds[n] as Digest }))
  const unique = all.filter(({ diffId, n }) => diffIds.indexOf(diffId) === n)
  const taken = await mapLimit(unique, READERS, async ({ layer, diffId }) => {
    const blob = known(diffId)
    return blob ? { known: blob } : layer.read()
  })
  const parts = new Map<Digest, PartLayer>()
  for (const [at, { layer, n, diffId }] of unique.entries()) {
    const it = taken[at] as { known: KnownLayer } | ReadLayer
    const what = `layer ${n + 1} of ${diffIds.length}, ${layer.name},`
    if ('known' in it) parts.set(diffId, it)
    else parts.set(diffId, { staged: checked(await it.finished, layer, diffId, what) })
  }
  return diffIds.map(diffId => parts.get(diffId) as PartLayer)
}

function checked(layer: StagedLayer, { check }: ListedLayer, diffId: Digest, what: string): StagedLayer {
  check?.(layer)
  if (layer.diffId === diffId) return layer
  throw new Error(`${what} should have the diff_id ${diffId} but has ${layer.diffId}`)
}
