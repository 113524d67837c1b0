import type { Host, Log } from '../host/host.js'
import { sendIndex, type Transfer } from '../registry/push.js'
import type { GitRef } from '../tag/git-ref.js'
import type { Ours } from '../tag/guard.js'
import type { Wanted } from '../tag/wanted.js'
import { formatBytes } from '../util/format.js'
import { together } from '../util/limit.js'
import type { Destination } from './destination.js'
import { verifyAll, writeIndexArchive } from './index-archive.js'
import { type Fresh, keepIndex, type Target } from './keep.js'
import { lookUp } from './look-up.js'
import { type Decision, decideAll, refuseRewriting, type Tagging } from './tagging.js'

/** A container's index on its way. */
export interface Good extends Fresh {
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

/** A container's index, and what becomes of each tag by what the registries hold. */
export interface Decided extends Good {
  readonly ours: Ours
  readonly targets: readonly { readonly target: Target; readonly decisions: readonly Decision[] }[]
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
export async function decideTags<T extends Good>(
  good: T,
  { sha, commitDate }: GitRef,
  tagging: TaggingOfRun,
): Promise<T & Decided> {
  const targets = await together(
    good.repositories.map(async ({ repository, wanted }): Promise<Target> => {
      return { repository, wanted, standing: await lookUp(repository, wanted, tagging.log) }
    }),
  )
  const index = await keepIndex(good, targets)
  const ours: Ours = {
    digest: index.self.digest,
    ...(good.version && { version: good.version }),
    ...(sha && { revision: sha }),
    ...(commitDate && { created: commitDate }),
  }
  const decided = await Promise.all(
    targets.map(async target => {
      const decisions = await decideAll(target, ours, taggingOf(good, tagging))
      return { target, decisions }
    }),
  )
  refuseRewriting(decided.flatMap(({ decisions }) => decisions))
  return { ...good, index, ours, targets: decided, kept: index !== good.index }
}

export function taggingOf({ content, place }: Good, run: TaggingOfRun): Tagging {
  return { ...run, content, pieces: place.whole.pieces }
}

/**
 * Reads every byte before the first one is sent: into the archive that is asked for, or only to verify it. Where every tag holds the
 * image already there is nothing to send.
 */
export async function prepare<T extends Decided>(
  good: T,
  host: Host,
  asArtifact: boolean,
  signal: AbortSignal,
): Promise<T> {
  const { place, index, targets } = good
  const decisions = targets.flatMap(target => target.decisions)
  const isThere = decisions.length > 0 && decisions.every(({ verdict }) => verdict.kind === 'same')
  if (place.archive !== undefined) await writeIndexArchive(place.archive, index, place.whole, signal)
  else if (!isThere) await verifyAll(place.whole, signal)
  if (asArtifact && place.archive !== undefined) await host.artifacts?.upload(place.archive)
  return good
}

/** Everything by digest; no tag moves yet. */
export async function send<T extends Decided>(
  good: T,
  host: Host,
  signal: AbortSignal,
): Promise<T & Sending> {
  const onProgress = ({ sent, total }: { sent: number; total: number }): void =>
    host.log.progress(`${nameOf(good)}: ${formatBytes(sent)} of ${formatBytes(total)} sent`)
  const transfers: Transfer[] = []
  // Also where a tag holds the index: a part of it may be gone, which is mended so.
  for (const { target } of good.targets)
    transfers.push(await sendIndex(good.index, target.repository, { signal, onProgress }))
  return { ...good, transfers }
}
