import type { Host } from '../host/host.js'
import { writeArchive } from '../image/archive-writer.js'
import { encodeDockerManifest } from '../image/docker-manifest.js'
import type { MergeInputs } from '../input/inputs.js'
import { descriptorOf } from '../oci/descriptor.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import type { Client } from '../registry/client.js'
import { pushIndex } from '../registry/push.js'
import { Repository } from '../registry/repository.js'
import { UsageError, UserError } from '../util/error.js'
import { formatBytes } from '../util/format.js'
import { mapLimit } from '../util/limit.js'
import { type Archived, openArchived } from './archived.js'
import { type Destination, destinations, imageTemplates } from './destination.js'
import { dockerName, indexAnnotations, mergedAnnotations } from './facts.js'
import { type Attempt, allOrFail, attempt, doneOf } from './failures.js'
import { gather } from './gather.js'
import { groupArchives, joinIndex } from './join.js'
import { type Merged, mergedOf, type Sent, sentOf, summaryOf } from './merged.js'
import { registryClient } from './registry-client.js'

export type { Merged }

export type MergeRequest = Omit<MergeInputs, 'json' | 'verbose' | 'passwordStdin'>

const AT_ONCE = 4

/** Joins the archives of each container and puts the result where it is asked for. */
export async function merge(inputs: MergeRequest, host: Host, signal: AbortSignal): Promise<Merged[]> {
  requireDestination(inputs, host)
  const files = await gather(inputs.archives, host)
  const attempts = await mergeArchives(files, inputs, host, signal)
  setOutputs(doneOf(attempts), host)
  return allOrFail(attempts, signal)
}

/** Refuses a run that would leave nothing behind, before any work is done. */
export function requireDestination(inputs: Pick<MergeRequest, 'image' | 'archive'>, host: Host): void {
  if (inputs.archive !== undefined || imageTemplates(inputs, ownerOf(host)).length > 0) return
  throw new UsageError('There is nowhere to put the image', {
    hint: 'Name a file with `archive`, a registry with `image`, or both.',
  })
}

/**
 * What became of each container. Archives that cannot be read stop everything, since it is not known whose they are; after
 * that one container's trouble leaves the others alone. Nothing is pushed for a container that is not whole.
 */
export async function mergeArchives(
  files: readonly string[],
  inputs: Omit<MergeRequest, 'archives'>,
  host: Host,
  signal: AbortSignal,
): Promise<Attempt<Merged>[]> {
  const opened = await mapLimit(files, AT_ONCE, file => attempt(file, () => openArchived(file)))
  const archives = allOrFail(opened, signal).filter(archive => archive !== undefined)
  if (archives.length === 0)
    throw new UserError('There are only multi-arch archives, which are merged already')
  const { wholes, problems } = groupArchives(archives, inputs.systems)
  const owner = ownerOf(host)
  const places = destinations(wholes, { ...inputs, image: imageTemplates(inputs, owner) }, owner)
  const targets = places.flatMap(place => place.repositories)
  const client = registryClient(inputs, targets, host)
  try {
    const merged = await mapLimit(places, AT_ONCE, place =>
      attempt(place.whole.container, () => mergeOne({ client, inputs, host, signal }, place)),
    )
    return [...merged, ...problems.map(({ container, message }) => failed<Merged>(container, message))]
  } finally {
    client.close()
  }
}

function failed<T>(name: string, message: string): Attempt<T> {
  const hint =
    'Nothing was pushed for it. `systems` says which systems are expected; `any` takes what there is.'
  return { done: false, name, error: new UserError(message, { hint }) }
}

function ownerOf(host: Host): string | undefined {
  return host.kind === 'github' ? host.env.GITHUB_REPOSITORY_OWNER : undefined
}

interface Surroundings {
  readonly client: Client
  readonly inputs: Omit<MergeRequest, 'archives'>
  readonly host: Host
  readonly signal: AbortSignal
}

async function mergeOne(around: Surroundings, place: Destination): Promise<Merged> {
  const { inputs, host, signal } = around
  const { whole, repositories, archive } = place
  const index = joinIndex(whole, indexAnnotations(host))
  if (archive === undefined) await verifyAll(whole.archives, signal)
  else await writeIndexArchive(archive, index, whole.archives)
  const pushed: Sent[] = []
  for (const reference of repositories) {
    const repository = new Repository(around.client, reference)
    const onProgress = ({ sent, total }: { sent: number; total: number }): void =>
      host.log.progress(`${whole.container}: ${formatBytes(sent)} of ${formatBytes(total)} sent`)
    const report = await pushIndex(index, repository, inputs.tags, { signal, onProgress })
    pushed.push(sentOf(report, reference))
  }
  const merged = mergedOf(place, index, pushed)
  host.log.info(summaryOf(merged))
  return merged
}

/** Reads every byte before the first one is sent. */
async function verifyAll(archives: readonly Archived[], signal: AbortSignal): Promise<void> {
  for (const { image, layout } of archives) {
    await mapLimit(blobsOf([image]), AT_ONCE, async blob => {
      signal.throwIfAborted()
      await layout.verify(blob)
    })
  }
}

/** One archive whose `index.json` names the index alone, so that every tool sees one image with platforms. */
async function writeIndexArchive(path: string, index: Index, archives: readonly Archived[]): Promise<void> {
  const annotations = mergedAnnotations(archives[0]?.facts ?? {})
  const manifests = index.images.map(image => image.manifest)
  await writeArchive(path, {
    index: [{ ...descriptorOf(index.self), annotations }],
    blobs: [index.self, ...manifests, ...blobsOf(index.images)],
    dockerManifest: encodeDockerManifest(index.images, dockerName(annotations)),
  })
}

/** What the merge action tells later steps, also of those containers that went well beside others that did not. */
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
}
