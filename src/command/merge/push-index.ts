import type { Host, Log } from '../../host/host.js'
import type { Digest } from '../../oci/digest.js'
import type { Index } from '../../oci/image-index.js'
import { sendAll, type Transfer } from '../../registry/push.js'
import type { Ours } from '../../tags/may-move.js'
import type { GitRef } from '../../tags/subject.js'
import type { Wanted } from '../../tags/wanted.js'
import { together } from '../../util/async.js'
import type { Destination } from '../shared/destination.js'
import type { Decision } from '../shared/merge-result.js'
import type { Whole } from '../shared/platform-image.js'
import { lookUp } from '../shared/published.js'
import { decideAll, refuseRewriting, type Tagging } from './decide-tags.js'
import { writeIndexArchive } from './index-archive.js'
import { type Fresh, keepIndex, type Target } from './keep.js'
import { knownIn, wholeAsThere } from './layers-there.js'
import { pushTeller } from './push-teller.js'

/** A container's index on its way. */
export interface Good extends Fresh {
  /** The same of another whole. */
  of(whole: Whole): Good
  readonly place: Destination
  readonly version: string | undefined
  readonly repositories: readonly {
    readonly repository: Target['repository']
    readonly wanted: readonly Wanted[]
  }[]
}

/** What decisions stand on that is the same for all containers. */
export interface TaggingOfRun extends Omit<Tagging, 'content' | 'pieces'> {
  readonly log: Pick<Log, 'warning'>
}

/** A repository that an index goes to, with what is known of it and what becomes of its tags. */
export interface DecidedTarget {
  readonly target: Target
  /** Manifests, configs and layers that were seen there. */
  readonly has: ReadonlySet<Digest>
  readonly decisions: readonly Decision[]
}

/** A container's index, and what becomes of each tag by what the registries hold. */
export interface Decided extends Good {
  readonly ours: Ours
  readonly targets: readonly DecidedTarget[]
  /** Nothing has changed, so the index is the one that was there. */
  readonly kept: boolean
}

export interface Sending extends Decided {
  /** One for each target. */
  readonly transfers: readonly Transfer[]
}

export function nameOf({ place }: Good): string {
  return place.whole.container
}

/** Looks what the tags hold, and decides what becomes of them. Throws a `UserError` for a version that would be rewritten. */
export async function decideTags(
  good: Good,
  { sha, commitDate }: GitRef,
  tagging: TaggingOfRun,
): Promise<Decided> {
  const targets = await together(
    good.repositories.map(async ({ repository, wanted }): Promise<Target> => {
      return { repository, wanted, standing: await lookUp(repository, wanted, tagging.log) }
    }),
  )
  const index = await keepIndex(good, targets)
  const kept = index !== good.index
  const isThere = targets.every(target => holds(target, index))
  const settled = kept || isThere ? { ...good, index, seen: [] } : await asThere(good, targets)
  const ours: Ours = {
    digest: settled.index.self.digest,
    ...(good.version && { version: good.version }),
    ...(sha && { revision: sha }),
    ...(commitDate && { created: commitDate }),
  }
  const decided = await Promise.all(
    targets.map(async (target, n) => {
      const decisions = await decideAll(target, ours, taggingOf(good, tagging))
      return { target, decisions, has: knownIn(target, settled.seen[n]) }
    }),
  )
  refuseRewriting(decided.flatMap(({ decisions }) => decisions))
  return { ...settled, ours, targets: decided, kept }
}

export function taggingOf({ content, place }: Good, run: TaggingOfRun): Tagging {
  return { ...run, content, pieces: place.whole.pieces }
}

async function asThere(good: Good, targets: readonly Target[]) {
  const { whole, seen } = await wholeAsThere(good.place.whole, targets)
  return { ...good.of(whole), seen }
}

function holds({ standing }: Target, { self }: Index): boolean {
  return [...standing.held.values()].some(({ digest }) => digest === self.digest)
}

/** Writes the archive that is asked for, which reads every byte before the first one is sent. */
export async function prepare(
  good: Decided,
  host: Host,
  asArtifact: boolean,
  signal: AbortSignal,
): Promise<Decided> {
  const { place, index } = good
  if (place.archive === undefined) return good
  await writeIndexArchive(place.archive, index, place.whole, signal)
  if (asArtifact) await host.artifacts?.upload(place.archive)
  return good
}

/**
 * Everything by digest; no tag moves yet. Also where a tag holds an index: a part of it may be gone, which is mended so. Blobs that
 * containers share are sent once.
 */
export async function send(goods: readonly Decided[], host: Host, signal: AbortSignal): Promise<Sending[]> {
  const shipments = goods.flatMap(({ index, targets }) =>
    targets.map(({ target: { repository, standing }, has }) => ({
      index,
      to: repository,
      has,
      empty: standing.empty,
    })),
  )
  const transfers = await sendAll(shipments, {
    signal,
    onProgress: pushTeller(host),
    siblings: lenders(goods),
  })
  let next = 0
  return goods.map(good => ({ ...good, transfers: good.targets.map(() => transfers[next++] as Transfer) }))
}

/** Where pieces lie in a registry already, from where their layers may be mounted. */
function lenders(goods: readonly Good[]) {
  const pieces = goods.flatMap(({ place }) => place.whole.pieces)
  return pieces.flatMap(({ elsewhere }) =>
    elsewhere
      ? [{ in: elsewhere.repository, has: new Set(elsewhere.layers.map(({ digest }) => digest)) }]
      : [],
  )
}
