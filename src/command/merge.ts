import { resolve } from 'node:path'
import type { Host } from '../host/host.js'
import { writeArchive } from '../image/archive-writer.js'
import { encodeDockerManifest } from '../image/docker-manifest.js'
import type { MergeInputs } from '../input/inputs.js'
import { descriptorOf } from '../oci/descriptor.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { pushReport, sendIndex, type Transfer, tagIndex } from '../registry/push.js'
import { Repository } from '../registry/repository.js'
import { UserError } from '../util/error.js'
import { formatBytes } from '../util/format.js'
import { mapLimit } from '../util/limit.js'
import { type Archived, openArchived } from './archived.js'
import { checkDestination, type Destination, destinations, imageTemplates, ownerOf } from './destination.js'
import { dockerName, indexAnnotations, mergedAnnotations } from './facts.js'
import { type Attempt, allOrFail, attempt, doneOf } from './failures.js'
import { gather } from './gather.js'
import { groupArchives, joinIndex, type Whole } from './join.js'
import { type Merged, mergedOf, type Sent, sentOf, summaryOf } from './merged.js'
import { registryClient } from './registry-client.js'
import { mergeSummary } from './summary.js'

export type MergeRequest = Omit<MergeInputs, 'json' | 'verbose' | 'passwordStdin'>

const AT_ONCE = 4

/** Joins the archives of each container and puts the result where it is asked for. */
export async function merge(inputs: MergeRequest, host: Host, signal: AbortSignal): Promise<Merged[]> {
  checkDestination(inputs, host)
  const files = await gather(inputs.archives, host)
  return mergeArchives(files, inputs, host, signal)
}

/**
 * Merges all containers or none: each step is done for every container before the next one begins, and a failure ends the run
 * after its step. So nothing is pushed unless everything is whole, and no tag moves unless everything is pushed.
 */
export async function mergeArchives(
  files: readonly string[],
  inputs: Omit<MergeRequest, 'archives'>,
  host: Host,
  signal: AbortSignal,
): Promise<Merged[]> {
  const wholes = await openWholes(files, inputs.systems, signal)
  const owner = ownerOf(host)
  const places = destinations(wholes, { ...inputs, image: imageTemplates(inputs, owner) }, owner)
  refuseInputs(places, wholes)
  const targets = places.flatMap(place => place.repositories)
  const client = registryClient(inputs, targets, host)
  try {
    const goods = places.map(place => ({
      place,
      index: joinIndex(place.whole, indexAnnotations(host)),
      repositories: place.repositories.map(reference => new Repository(client, reference)),
    }))
    const prepared = await forAll(goods, good => prepare(good, signal), signal)
    const sent = await forAll(prepared, good => send(good, host, signal), signal)
    const tagged = await Promise.all(sent.map(good => tag(good, inputs.tags, signal)))
    const merged = tagged.map(each => each.merged)
    setOutputs(merged, host)
    for (const done of merged) host.log.info(summaryOf(done))
    const attempts = tagged.flatMap(each => each.attempts)
    allOrFail(attempts, signal)
    return merged
  } finally {
    client.close()
  }
}

/** A container's index on its way. */
interface Good {
  readonly place: Destination
  readonly index: Index
  readonly repositories: readonly Repository[]
}

function nameOf({ place }: Good): string {
  return place.whole.container
}

/** Takes a step for all, and fails after it when it failed for any. */
async function forAll<T extends Good, R>(
  goods: readonly T[],
  step: (good: T) => Promise<R>,
  signal: AbortSignal,
): Promise<R[]> {
  const attempts = await mapLimit(goods, AT_ONCE, good => attempt(nameOf(good), () => step(good)))
  return allOrFail(attempts, signal)
}

/** Opens all archives and groups them by container. Throws one `UserError` that tells all that is wrong with them. */
async function openWholes(
  files: readonly string[],
  systems: MergeRequest['systems'],
  signal: AbortSignal,
): Promise<Whole[]> {
  const opened = await mapLimit(files, AT_ONCE, file => attempt(file, () => openArchived(file)))
  const archives = allOrFail(opened, signal).filter(archive => archive !== undefined)
  if (archives.length === 0)
    throw new UserError('There are only multi-arch archives, which are merged already')
  const { wholes, problems } = groupArchives(archives, systems)
  const failed = problems.map(({ container, message }): Attempt<Whole> => {
    const hint = 'Nothing was pushed. `systems` says which systems are expected; `any` takes what there is.'
    return { done: false, name: container, error: new UserError(message, { hint }) }
  })
  return allOrFail([...wholes.map(value => ({ done: true, value }) as const), ...failed], signal)
}

function refuseInputs(places: readonly Destination[], wholes: readonly Whole[]): void {
  const inputs = new Set(wholes.flatMap(({ archives }) => archives.map(({ path }) => resolve(path))))
  const over = places.find(({ archive }) => archive !== undefined && inputs.has(resolve(archive)))
  if (over)
    throw new UserError(`${over.archive} is one of the archives to merge`, { hint: 'Name another file.' })
}

/** Reads every byte before the first one is sent: into the archive that is asked for, or only to verify it. */
async function prepare<T extends Good>(good: T, signal: AbortSignal): Promise<T> {
  const { place, index } = good
  if (place.archive === undefined) await verifyAll(place.whole.archives, signal)
  else await writeIndexArchive(place.archive, index, place.whole.archives, signal)
  return good
}

async function verifyAll(archives: readonly Archived[], signal: AbortSignal): Promise<void> {
  for (const { image, layout } of archives) {
    await mapLimit(blobsOf([image]), AT_ONCE, async blob => {
      signal.throwIfAborted()
      await layout.verify(blob)
    })
  }
}

/** One archive whose `index.json` names the index alone, so that every tool sees one image with platforms. */
async function writeIndexArchive(
  path: string,
  index: Index,
  archives: readonly Archived[],
  signal: AbortSignal,
): Promise<void> {
  const annotations = mergedAnnotations(archives[0]?.facts ?? {})
  const manifests = index.images.map(image => image.manifest)
  const content = {
    index: [{ ...descriptorOf(index.self), annotations }],
    blobs: [index.self, ...manifests, ...blobsOf(index.images)],
    dockerManifest: encodeDockerManifest(index.images, dockerName(annotations)),
  }
  await writeArchive(path, content, { signal })
}

interface Transferred extends Good {
  /** One for each repository. */
  readonly transfers: readonly Transfer[]
}

/** Everything by digest; no tag moves yet. */
async function send(good: Good, host: Host, signal: AbortSignal): Promise<Transferred> {
  const onProgress = ({ sent, total }: { sent: number; total: number }): void =>
    host.log.progress(`${nameOf(good)}: ${formatBytes(sent)} of ${formatBytes(total)} sent`)
  const transfers: Transfer[] = []
  for (const repository of good.repositories) {
    transfers.push(await sendIndex(good.index, repository, { signal, onProgress }))
  }
  return { ...good, transfers }
}

/** Every repository is waited for, whatever becomes of the others: what was tagged is told, and nothing goes on unseen. */
async function tag(
  good: Transferred,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<{ merged: Merged; attempts: Attempt<Sent>[] }> {
  const { place, index, repositories, transfers } = good
  const tagged = repositories.map((repository, n) =>
    attempt(nameOf(good), async () => {
      const tagging = await tagIndex(index, repository, tags, { signal })
      return sentOf(
        pushReport(index, repository, tags, transfers[n] as Transfer, tagging),
        repository.reference,
      )
    }),
  )
  const attempts = await Promise.all(tagged)
  return { merged: mergedOf(place, index, doneOf(attempts)), attempts }
}

/** What the merge action tells later steps. */
function setOutputs(merged: readonly Merged[], host: Host): void {
  const pushed = merged.flatMap(each => each.pushed)
  const lines = {
    digest: merged.map(({ digest }) => digest),
    image: pushed.map(({ image }) => image),
    tags: pushed.flatMap(({ tags }) => tags),
    archives: merged.flatMap(({ archive }) => archive ?? []),
  }
  for (const [name, values] of Object.entries(lines)) host.output(name, values.join('\n'))
  host.output('json', JSON.stringify(merged))
  if (merged.length > 0) host.summary(mergeSummary(merged))
}
