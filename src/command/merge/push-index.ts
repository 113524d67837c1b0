import type { Host } from '../../host/host.js'
import { encodeDockerManifest } from '../../image/docker-archive.js'
import { writeArchive } from '../../image/write-archive.js'
import { descriptorOf } from '../../oci/descriptor.js'
import { blobsOf } from '../../oci/image.js'
import type { Index } from '../../oci/image-index.js'
import { pushIndexes, pushReport, type UploadResult } from '../../registry/push.js'
import type { MountSource, Progress } from '../../registry/push-session.js'
import { type RefusedTag, tagIndex } from '../../registry/set-tags.js'
import { messageOf, type UserError } from '../../util/error.js'
import { formatBytes, formatSeconds, pluralize } from '../../util/text.js'
import { type Attempt, attempt, valuesOf } from '../shared/failures.js'
import {
  type Merged,
  mergedOf,
  type PushResult,
  pushResultOf,
  type TagOutcome,
} from '../shared/merge-result.js'
import {
  createIndexAnnotations,
  dockerNamesOf,
  type PlatformImage,
  withTag,
} from '../shared/platform-image.js'
import { readTags } from '../shared/published-images.js'
import type { SbomDocument } from './create-sboms.js'
import {
  checkNoneRefused,
  type DecidedIndex,
  type DecidedTarget,
  decideRepositoryTags,
  listImageTags,
  listTagsToSet,
  type TagContext,
} from './decide-tags.js'
import type { IndexToPush } from './prepare-indexes.js'
import type { StatementBundle } from './statement-bundle.js'

/**
 * Writes the multi-arch archive of an index, if there is one to write. This verifies every blob before the first one is pushed.
 *
 * @param upload upload the archive as an artifact
 */
export async function writeIndexArchive(
  { destination: { archive, container }, index, archiveTags }: DecidedIndex,
  host: Host,
  upload: boolean,
): Promise<void> {
  if (archive === undefined) return
  await writeArchive(archive, createArchiveContent(index, container.images, archiveTags), {
    signal: host.signal,
  })
  if (upload) await host.artifacts?.upload(archive)
}

/**
 * The `index.json` contains the index only, so every tool sees one multi-arch image. Its name has the first of the tags; Docker's
 * `manifest.json` has all of them. Without tags, the name has the tag of the image in the flake.
 */
function createArchiveContent(index: Index, images: readonly PlatformImage[], tags: readonly string[]) {
  const own = createIndexAnnotations(images[0]?.annotations ?? {})
  const named = tags.map(tag => withTag(own, tag))
  const [annotations = own] = named
  const manifests = index.images.map(({ manifest }) => manifest)
  return {
    index: [{ ...descriptorOf(index.blob), annotations }],
    blobs: [index.blob, ...manifests, ...blobsOf(index.images)],
    dockerManifest: encodeDockerManifest(
      index.images,
      (named.length > 0 ? named : [own]).flatMap(dockerNamesOf),
    ),
  }
}

/** An index with its SBOMs, and with the signatures about it. */
export interface DescribedIndex extends DecidedIndex {
  readonly sboms: readonly SbomDocument[]
  readonly attestations: readonly StatementBundle[]
}

/** An index that exists in all of its repositories, before its tags are set. */
export interface SentIndex extends DescribedIndex {
  readonly targets: readonly SentTarget[]
}

interface SentTarget extends DecidedTarget {
  readonly upload: UploadResult
}

/**
 * Pushes all indexes by digest; no tag is set. An index that a tag already points to is pushed too, so that missing parts are
 * restored. Blobs that containers share are sent once.
 *
 * @param prove waits until all layers are proved; the blobs are sent meanwhile
 */
export async function sendIndexes(
  indexes: readonly DescribedIndex[],
  host: Host,
  prove: () => Promise<void>,
): Promise<SentIndex[]> {
  const items = indexes.flatMap(({ index, targets }) =>
    targets.map(({ repository, tags, existing, outcomes }) => ({
      index,
      repository,
      existing,
      isNewRepository: tags.isNewRepository,
      isTagged: listTagsToSet(outcomes).length > 0,
    })),
  )
  const uploads = await host.log.showProgress(nameIndexes(indexes), report =>
    pushIndexes(items, {
      signal: host.signal,
      onProgress: progress => report({ activity: 'uploading', amount: formatProgress(progress) }),
      mountSources: listMountSources(indexes),
      beforeManifests: prove,
    }),
  )
  let next = 0
  return indexes.map(index => ({
    ...index,
    targets: index.targets.map(target => ({ ...target, upload: uploads[next++] as UploadResult })),
  }))
}

/** Lists the repositories of external layers: from there, the layers can be mounted instead of uploaded. */
function listMountSources(indexes: readonly DecidedIndex[]): MountSource[] {
  const images = indexes.flatMap(({ destination }) => destination.container.images)
  return images.flatMap(({ externalLayers }) => {
    if (externalLayers === undefined) return []
    const { repository, layers } = externalLayers
    return [{ repository, existing: new Set(layers.map(({ digest }) => digest)) }]
  })
}

/**
 * Sets the tags of one index. Reads them again first, because another run may have moved them in the meantime. Waits for all
 * repositories, even if one fails, so that the result contains all tags that were set.
 */
export async function setTags(
  sent: SentIndex,
  context: TagContext,
): Promise<{ merged: Merged; attempts: Attempt<PushResult>[] }> {
  const { name } = sent.destination.container
  const attempts = await Promise.all(
    sent.targets.map(target => attempt(name, () => setRepositoryTags(sent, target, context))),
  )
  const pushed = valuesOf(attempts).map(({ result }) => result)
  return { merged: mergedOf(sent, pushed), attempts: attempts.flatMap(splitAttempt) }
}

/** The tags that were set are part of the result, so a refused tag is an attempt of its own. */
function splitAttempt(tagged: Attempt<TaggedRepository>): Attempt<PushResult>[] {
  if (!tagged.done) return [tagged]
  const { name, result, errors } = tagged.value
  return errors.length === 0
    ? [{ done: true, value: result }]
    : errors.map(error => ({ done: false, name, error }))
}

interface TaggedRepository {
  /** Of the container. */
  readonly name: string
  readonly result: PushResult
  /** The errors of tags that could not be set. */
  readonly errors: readonly UserError[]
}

async function setRepositoryTags(
  { index, candidate, destination }: SentIndex,
  target: SentTarget,
  context: TagContext,
): Promise<TaggedRepository> {
  const { repository, outcomes, upload } = target
  const { name } = destination.container
  const decideAgain = async (names: readonly string[]): Promise<TagOutcome[]> => {
    const requestedTags = target.requestedTags.filter(({ tag }) => names.includes(tag))
    if (requestedTags.length === 0) return []
    const tags = await readTags(repository, requestedTags)
    const decided = await decideRepositoryTags({ repository, requestedTags, tags }, candidate, context)
    checkNoneRefused(decided)
    return decided
  }
  // Also check tags that were correct before the push: an older run may have moved them back in the meantime.
  const beforeSetting = listTagsToSet(outcomes).length === 0 ? [] : await decideAgain(listImageTags(outcomes))
  const { meter, moved, refused } = await tagIndex(index, repository, listTagsToSet(beforeSetting), {
    signal: context.signal,
    newManifests: upload.newManifests,
  })
  // Another run moved these tags right after they were set. That is correct if its image is newer, otherwise it is an error.
  const afterSetting = await decideAgain(moved.map(({ tag }) => tag))
  const lost = moved.find(({ tag }) => listTagsToSet(afterSetting).includes(tag))
  if (lost) throw lost.error
  const decided = replaceOutcomes(replaceOutcomes(outcomes, beforeSetting), afterSetting)
  const final = replaceOutcomes(decided, outcomesOfRefused(refused, decided))
  const tags = listImageTags(final)
  const report = pushReport({ index, repository, tags, upload, tagging: meter })
  const result = pushResultOf(report, repository.reference, final)
  return { name, result, errors: refused.flatMap(each => errorOf(each, target, tags, context.log)) }
}

function outcomesOfRefused(refused: readonly RefusedTag[], outcomes: readonly TagOutcome[]): TagOutcome[] {
  return refused.flatMap(({ tag, error }) =>
    outcomes
      .filter(outcome => outcome.tag === tag)
      .map(outcome => ({ ...outcome, decision: { kind: 'stay', why: messageOf(error) } as const })),
  )
}

/**
 * The error of a refused tag. A tag that moves from image to image stays at its first one if tags are immutable. That is only a
 * warning if the image has another tag.
 */
function errorOf(
  { tag, error, isImmutable }: RefusedTag,
  { requestedTags }: SentTarget,
  imageTags: readonly string[],
  log: TagContext['log'],
): UserError[] {
  const kind = requestedTags.find(each => each.tag === tag)?.kind
  const canStay = isImmutable && imageTags.length > 0 && (kind === 'newest' || kind === 'branch')
  if (!canStay) return [error]
  log.warning([error.message, error.hint].filter(Boolean).join('\n'))
  return []
}

function replaceOutcomes(outcomes: readonly TagOutcome[], newer: readonly TagOutcome[]): TagOutcome[] {
  return outcomes.map(outcome => newer.find(({ tag }) => tag === outcome.tag) ?? outcome)
}

/** Returns the name of the container, or the number of containers. */
export function nameIndexes(indexes: readonly IndexToPush[]): string {
  const [first] = indexes
  return first !== undefined && indexes.length === 1
    ? first.destination.container.name
    : pluralize(indexes.length, 'container')
}

/** `120 MB of 333 MB, 41.2 MB/s, 5.2 s left`. */
function formatProgress({ sent, total, rate, remaining }: Progress): string {
  const speed = rate > 0 ? `, ${formatBytes(rate)}/s` : ''
  const rest = remaining === undefined ? '' : `, ${formatSeconds(remaining * 1000)} left`
  return `${formatBytes(sent)} of ${formatBytes(total)}${speed}${rest}`
}
