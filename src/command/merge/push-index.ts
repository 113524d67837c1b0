import type { Host, Log } from '../../host/host.js'
import { Budget } from '../../http/retry.js'
import { encodeDockerManifest } from '../../image/docker-archive.js'
import { writeArchive } from '../../image/write-archive.js'
import { deduplicate, descriptorOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, type FindLayer, KnownLayers } from '../../oci/image.js'
import type { Index } from '../../oci/image-index.js'
import { MAX_PARALLEL_REQUESTS, type RegistryClient } from '../../registry/client.js'
import { pushIndexes, pushReport, type UploadResult } from '../../registry/push.js'
import type { Progress } from '../../registry/push-session.js'
import { tagIndex } from '../../registry/set-tags.js'
import type { RequestedTag } from '../../tags/choose-tags.js'
import type { TaggedVersion } from '../../tags/may-move.js'
import type { GitRef } from '../../tags/subject.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { formatBytes, formatSeconds } from '../../util/text.js'
import type { Destination, Destinations } from '../shared/destinations.js'
import { type Attempt, attempt, succeeded } from '../shared/failures.js'
import { type Decision, type Merged, mergedOf, type Sent, sentOf } from '../shared/merge-result.js'
import { type ContainerImages, dockerName, mergedAnnotations } from '../shared/platform-image.js'
import {
  findInAll,
  type PublishedImages,
  type PublishedLayers,
  readPublishedLayers,
  readTags,
} from '../shared/published.js'
import { registryClient } from '../shared/registry-client.js'
import { decideAll, refuseRewriting, type Tagging, tagsHeld, tagsToSet } from './decide-tags.js'
import { type Fresh, replacements, reuseUnchangedIndex, type Target, wholeWith } from './make-index.js'

/** A container's index on its way. */
export interface IndexToPush extends Fresh {
  /** The same of another whole. */
  of(whole: ContainerImages): IndexToPush
  readonly place: Destination
  readonly version: string | undefined
  readonly repositories: readonly {
    readonly repository: Target['repository']
    readonly wanted: readonly RequestedTag[]
  }[]
}

/** What decisions stand on that is the same for all containers. */
export interface TaggingOfRun extends Omit<Tagging, 'content' | 'pieces'> {
  readonly log: Pick<Log, 'warning'>
}

/** A repository that an index goes to, with what is known of it and what becomes of its tags. */
interface DecidedTarget {
  readonly target: Target
  /** Manifests, configs and layers that were seen there. */
  readonly has: ReadonlySet<Digest>
  readonly decisions: readonly Decision[]
}

/** A container's index, and what becomes of each tag by what the registries hold. */
interface DecidedIndex extends IndexToPush {
  readonly ours: TaggedVersion
  readonly targets: readonly DecidedTarget[]
  /** Nothing has changed, so the index is the one that was there. */
  readonly kept: boolean
}

interface SentIndex extends DecidedIndex {
  /** One for each target. */
  readonly transfers: readonly UploadResult[]
}

export function nameOf({ place }: IndexToPush): string {
  return place.whole.container
}

/** Looks what the tags hold, and decides what becomes of them. Throws a `UserError` for a version that would be rewritten. */
export async function decideTags(
  good: IndexToPush,
  { sha, commitDate }: GitRef,
  tagging: TaggingOfRun,
): Promise<DecidedIndex> {
  const targets = await waitForAll(
    good.repositories.map(async ({ repository, wanted }): Promise<Target> => {
      return { repository, wanted, standing: await readTags(repository, wanted, tagging.log) }
    }),
  )
  const index = await reuseUnchangedIndex(good, targets)
  const kept = index !== good.index
  const isThere = targets.every(target => holds(target, index))
  const settled = kept || isThere ? { ...good, index, seen: [] } : await asThere(good, targets)
  const ours: TaggedVersion = {
    digest: settled.index.blob.digest,
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

function taggingOf({ content, place }: IndexToPush, run: TaggingOfRun): Tagging {
  return { ...run, content, pieces: place.whole.pieces }
}

async function asThere(good: IndexToPush, targets: readonly Target[]) {
  const { whole, seen } = await reusePublishedLayers(good.place.whole, targets)
  return { ...good.of(whole), seen }
}

function holds({ standing }: Target, { blob }: Index): boolean {
  return [...standing.held.values()].some(({ digest }) => digest === blob.digest)
}

/** Writes the archive that is asked for, which reads every byte before the first one is sent. */
export async function prepare(good: DecidedIndex, host: Host, asArtifact: boolean): Promise<DecidedIndex> {
  const { place, index } = good
  if (place.archive === undefined) return good
  await writeIndexArchive(place.archive, index, place.whole, host.signal)
  if (asArtifact) await host.artifacts?.upload(place.archive)
  return good
}

/**
 * Everything by digest; no tag moves yet. Also where a tag holds an index: a part of it may be gone, which is mended so. Blobs that
 * containers share are sent once.
 */
export async function send(goods: readonly DecidedIndex[], host: Host): Promise<SentIndex[]> {
  const shipments = goods.flatMap(({ index, targets }) =>
    targets.map(({ target: { repository, standing }, has }) => ({
      index,
      repository,
      existing: has,
      isNewRepository: standing.empty,
    })),
  )
  const transfers = await host.log.showProgress(tell =>
    pushIndexes(shipments, {
      signal: host.signal,
      onProgress: reportProgress(host, tell),
      mountSources: lenders(goods),
    }),
  )
  let next = 0
  return goods.map(good => ({
    ...good,
    transfers: good.targets.map(() => transfers[next++] as UploadResult),
  }))
}

/** Where pieces lie in a registry already, from where their layers may be mounted. */
function lenders(goods: readonly IndexToPush[]) {
  const pieces = goods.flatMap(({ place }) => place.whole.pieces)
  return pieces.flatMap(({ elsewhere }) =>
    elsewhere
      ? [
          {
            repository: elsewhere.repository,
            existing: new Set(elsewhere.layers.map(({ digest }) => digest)),
          },
        ]
      : [],
  )
}

/**
 * Layers that all of the repositories have are named as they are there, whatever bytes they would have had here. Also gives what was
 * seen in each repository.
 */
async function reusePublishedLayers(
  whole: ContainerImages,
  targets: readonly Target[],
): Promise<{ whole: ContainerImages; seen: readonly PublishedLayers[] }> {
  const seen = await waitForAll(targets.map(target => readPublishedLayers(baseOf(target))))
  const others = await standingFor(whole, findInAll(seen), targets)
  return { whole: wholeWith(whole, others.find), seen }
}

/** The layers to take in place of our own. They are looked for: what is taken so cannot be sent again from here. */
async function standingFor(
  whole: ContainerImages,
  find: FindLayer,
  targets: readonly Target[],
): Promise<KnownLayers> {
  const standing = new KnownLayers()
  await mapLimit(replacements(whole, find), MAX_PARALLEL_REQUESTS, async ({ diffId, layer }) => {
    const looks = targets.map(({ repository }) => repository.hasBlob(layer.digest))
    if ((await waitForAll(looks)).every(Boolean)) standing.add([diffId], [layer])
  })
  return standing
}

/** The images that the wanted tags hold now. */
function baseOf({ repository, standing }: Target): PublishedImages {
  return {
    repository,
    manifests: deduplicate([...standing.held.values()].flatMap(({ manifests }) => manifests)),
  }
}

/** What a repository has, as far as this run has seen it. */
function knownIn({ standing }: Target, seen: PublishedLayers | undefined): ReadonlySet<Digest> {
  return new Set([
    ...[...standing.held.values()].map(({ descriptor }) => descriptor.digest),
    ...(seen?.has ?? []),
  ])
}

/** One archive whose `index.json` names the index alone, so that every tool sees one image with platforms. */
async function writeIndexArchive(
  path: string,
  index: Index,
  { pieces }: ContainerImages,
  signal: AbortSignal,
): Promise<void> {
  const annotations = mergedAnnotations(pieces[0]?.facts ?? {})
  const manifests = index.images.map(image => image.manifest)
  const content = {
    index: [{ ...descriptorOf(index.blob), annotations }],
    blobs: [index.blob, ...manifests, ...blobsOf(index.images)],
    dockerManifest: encodeDockerManifest(index.images, dockerName(annotations)),
  }
  await writeArchive(path, content, { signal })
}

/**
 * Sets the tags, after another look, since another run may have moved them meanwhile. Every repository is waited for, whatever
 * becomes of the others: what was tagged is told, and nothing goes on unseen.
 */
export async function setTags(
  good: SentIndex,
  tagging: TaggingOfRun,
  signal: AbortSignal,
): Promise<{ merged: Merged; attempts: Attempt<Sent>[] }> {
  const attempts = await Promise.all(
    good.targets.map((_, n) => attempt(nameOf(good), () => tagRepository(good, n, tagging, signal))),
  )
  return { merged: mergedOf(good, succeeded(attempts)), attempts }
}

async function tagRepository(
  good: SentIndex,
  n: number,
  run: TaggingOfRun,
  signal: AbortSignal,
): Promise<Sent> {
  const { index, ours } = good
  const { target, decisions } = good.targets[n] as DecidedTarget
  const { repository } = target
  const look = async (tags: readonly string[]): Promise<Decision[]> => {
    const wanted = target.wanted.filter(({ tag }) => tags.includes(tag))
    if (wanted.length === 0) return []
    const standing = await readTags(repository, wanted)
    const decided = await decideAll({ ...target, wanted, standing }, ours, taggingOf(good, run))
    refuseRewriting(decided)
    return decided
  }
  // Where there was something to do, that took time: an older run may have taken back also what was right before.
  const again = tagsToSet(decisions).length === 0 ? [] : await look(tagsHeld(decisions))
  const toSet = tagsToSet(again)
  const transfer = good.transfers[n] as UploadResult
  const { meter, moved } = await tagIndex(index, repository, toSet, {
    signal,
    newManifests: transfer.newManifests,
  })
  // Who has moved them on meanwhile had a reason to, or had not.
  const last = await look(moved.map(({ tag }) => tag))
  const lost = moved.find(({ tag }) => last.some(each => each.tag === tag && each.verdict.kind === 'set'))
  if (lost) throw lost.error
  const all = [decisions, again, last].reduce((before, after) =>
    before.map(decision => after.find(({ tag }) => tag === decision.tag) ?? decision),
  )
  return sentOf(pushReport(index, repository, tagsHeld(all), transfer, meter), repository.reference, all)
}

/** A client to push with, and the time that it has for that once it begins. */
export interface PushClient {
  readonly client: RegistryClient
  readonly budget: Budget
}

/** @param ms how long pushing may take */
export function openPushClient({ access, registries }: Destinations, ms: number, host: Host): PushClient {
  const hint = 'Raise `push-timeout`, or run it again: what has arrived is not sent again.'
  const budget = new Budget(ms, { task: 'the push', hint })
  return { budget, client: registryClient(access, registries, host, { budget }) }
}

/** A job's log has no live line, so there is one of its own now and then. */
const EVERY_MS = 15_000

/** Tells how far a push has come, how fast it is, and how long it will take. */
function reportProgress(
  { kind, log }: Pick<Host, 'kind' | 'log'>,
  tell: (text: string) => void,
  now: () => number = Date.now,
): (progress: Progress) => void {
  if (kind !== 'github') return progress => tell(textOf(progress))
  let told = now()
  return progress => {
    if (now() - told < EVERY_MS) return
    told = now()
    log.info(textOf(progress))
  }
}

/** `120 MB of 333 MB sent, 41.2 MB/s, 5.2 s to go`. */
function textOf({ sent, total, rate, remaining }: Progress): string {
  const speed = rate > 0 ? `, ${formatBytes(rate)}/s` : ''
  const rest = remaining === undefined ? '' : `, ${formatSeconds(remaining * 1000)} to go`
  return `${formatBytes(sent)} of ${formatBytes(total)} sent${speed}${rest}`
}
