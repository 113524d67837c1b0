import type { Host } from '../host/host.js'
import { descriptorOf } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { pushReport, sendIndex, type Transfer, tagIndex } from '../registry/push.js'
import type { GitRef } from '../tag/git-ref.js'
import type { Ours } from '../tag/guard.js'
import type { Wanted } from '../tag/wanted.js'
import { formatBytes } from '../util/format.js'
import type { Destination } from './destination.js'
import { type Attempt, attempt, doneOf } from './failures.js'
import { verifyAll, writeIndexArchive } from './index-archive.js'
import { keepIndex, type Target } from './keep.js'
import { lookUp } from './look-up.js'
import { type Merged, mergedOf, type Sent, sentOf } from './merged.js'
import { type Decision, decideAll, refuseRewriting, type Tagging, tagsToSet } from './tagging.js'

/** A container's index on its way. */
export interface Good {
  readonly place: Destination
  readonly index: Index
  /** Says whether another index holds the same. */
  readonly content: Digest
  readonly version: string | undefined
  readonly repositories: readonly {
    readonly repository: Target['repository']
    readonly wanted: readonly Wanted[]
  }[]
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
  tagging: Tagging,
): Promise<T & Decided> {
  const targets = await Promise.all(
    good.repositories.map(async ({ repository, wanted }): Promise<Target> => {
      return { repository, wanted, standing: await lookUp(repository.with({ access: 'push' }), wanted) }
    }),
  )
  const index = await keepIndex(good.index, good.content, targets)
  const ours: Ours = {
    digest: index.self.digest,
    ...(good.version && { version: good.version }),
    ...(sha && { revision: sha }),
    ...(commitDate && { created: commitDate }),
  }
  const decided = await Promise.all(
    targets.map(async target => ({ target, decisions: await decideAll(target, ours, tagging) })),
  )
  refuseRewriting(decided.flatMap(({ decisions }) => decisions))
  return { ...good, index, ours, targets: decided, kept: index !== good.index }
}

/**
 * Reads every byte before the first one is sent: into the archive that is asked for, or only to verify it. What the registries have
 * already is not read.
 */
export async function prepare<T extends Decided>(
  good: T,
  host: Host,
  asArtifact: boolean,
  signal: AbortSignal,
): Promise<T> {
  const { place, index } = good
  if (place.archive === undefined) await verifyAll(place.whole, signal)
  else await writeIndexArchive(place.archive, index, place.whole, signal)
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
  for (const { target, decisions } of good.targets) {
    // A tag that holds the index is proof that it is there as a whole.
    const isThere = decisions.some(({ verdict }) => verdict.kind === 'same')
    transfers.push(
      isThere ? existing(good.index) : await sendIndex(good.index, target.repository, { signal, onProgress }),
    )
  }
  return { ...good, transfers }
}

function existing({ images }: Index): Transfer {
  const blobs = blobsOf(images).map(blob => ({ descriptor: descriptorOf(blob), how: 'existed' as const }))
  return { blobs, requests: 0, bytesSent: 0 }
}

/**
 * Sets the tags, after another look, since another run may have moved them meanwhile. Every repository is waited for, whatever
 * becomes of the others: what was tagged is told, and nothing goes on unseen.
 */
export async function setTags(
  good: Sending,
  tagging: Tagging,
  signal: AbortSignal,
): Promise<{ merged: Merged; attempts: Attempt<Sent>[] }> {
  const attempts = await Promise.all(
    good.targets.map((_, n) => attempt(nameOf(good), () => tagRepository(good, n, tagging, signal))),
  )
  return { merged: mergedOf(good, doneOf(attempts)), attempts }
}

async function tagRepository(good: Sending, n: number, tagging: Tagging, signal: AbortSignal): Promise<Sent> {
  const { index, ours } = good
  const { target, decisions } = good.targets[n] as Decided['targets'][number]
  const { repository } = target
  const toSet = new Set(tagsToSet(decisions))
  const wanted = target.wanted.filter(({ tag }) => toSet.has(tag))
  const standing =
    wanted.length === 0 ? target.standing : await lookUp(repository.with({ access: 'push' }), wanted)
  const again = await decideAll({ ...target, wanted, standing }, ours, tagging)
  refuseRewriting(again)
  const meter = await tagIndex(index, repository, tagsToSet(again), { signal })
  const all = decisions.map(decision => again.find(({ tag }) => tag === decision.tag) ?? decision)
  const held = all.filter(({ verdict }) => verdict.kind === 'set' || verdict.kind === 'same')
  const tags = held.map(({ tag }) => tag)
  const transfer = good.transfers[n] as Transfer
  return sentOf(pushReport(index, repository, tags, transfer, meter), repository.reference, all)
}
