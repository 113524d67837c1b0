import type { Log } from '../../host/host.js'
import type { MergeInputs } from '../../input/inputs.js'
import type { Annotations } from '../../oci/descriptor.js'
import type { Index } from '../../oci/image-index.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { chooseTags, chooseVersion } from '../../tags/choose-tags.js'
import type { TagRequest } from '../../tags/request.js'
import { parseVersion } from '../../tags/version.js'
import { UsageError } from '../../util/error.js'
import type { Destination } from '../shared/destinations.js'
import type { GitFacts } from '../shared/git.js'
import type { ContainerImages } from '../shared/platform-image.js'
import { imageVersion } from '../shared/platform-image.js'
import { annotateIndex } from './make-index.js'
import type { IndexToPush } from './push-index.js'

type IndexInputs = Pick<MergeInputs, 'tags' | 'flavor' | 'version' | 'annotations' | 'labels'>

export interface IndexContext {
  readonly client: RegistryClient
  readonly signal: AbortSignal
  readonly log: Pick<Log, 'info' | 'warning'>
}

/** Each container's index, with the tags that it is to have in each of its repositories. */
export function prepareIndexes(
  places: readonly Destination[],
  inputs: IndexInputs,
  git: GitFacts,
  { client, signal, log }: IndexContext,
  now = new Date(),
): IndexToPush[] {
  refuseStrangers(inputs.tags, places)
  const goodOf = (place: Destination): IndexToPush => {
    const version = chooseVersion(inputs.version, imageVersion(place.whole), git.ref)
    const stamp = { git, version, annotations: annotationsOf(inputs), labels: inputs.labels }
    const from = (sha: string | undefined, commitDate: Date | undefined): Index =>
      annotateIndex(place.whole, { ...stamp, git: withCommit(git, sha, commitDate) }).index
    const subject = { ref: git.ref, now, ...(version && { version }) }
    const repositories = place.repositories.map(reference => ({
      repository: new Repository(client, reference, { signal, access: 'push' }),
      wanted: chooseTags(requestFor(inputs.tags, reference), inputs.flavor, subject),
    }))
    const of = (whole: ContainerImages): IndexToPush => goodOf({ ...place, whole })
    return { place, ...annotateIndex(place.whole, stamp), from, of, version, repositories }
  }
  const goods = places.map(goodOf)
  for (const { place, version } of goods) tellOtherTag(place, version, git, log)
  return goods
}

function withCommit({ ref, source }: GitFacts, sha?: string, commitDate?: Date): GitFacts {
  const { sha: _, commitDate: __, ...rest } = ref
  return {
    ref: { ...rest, ...(sha && { sha }), ...(commitDate && { commitDate }) },
    ...(source && { source }),
  }
}

/** Somebody may have forgotten to raise the version before the Git tag was made. */
function tellOtherTag(
  { whole }: Destination,
  version: string | undefined,
  { ref }: GitFacts,
  log: Pick<Log, 'warning'>,
): void {
  const tagged = ref.kind === 'tag' ? parseVersion(ref.name ?? '') : undefined
  if (tagged === undefined || tagged.text === version) return
  log.warning(
    `${whole.container} has the version ${version}, though the Git tag is ${ref.name}; its tags follow its version`,
  )
}

function annotationsOf({ annotations }: IndexInputs): { index: Annotations; manifest: Annotations } {
  const on = (level: 'index' | 'manifest'): Annotations =>
    Object.fromEntries(
      annotations.filter(line => line.levels.includes(level)).map(({ key, value }) => [key, value]),
    )
  return { index: on('index'), manifest: on('manifest') }
}

/** A tag that was given with an image's name is for that image alone. */
function requestFor(request: TagRequest, reference: Reference): TagRequest {
  if (request.kind !== 'list') return request
  const own = request.tags.filter(
    ({ name }) => name === undefined || plainName(name) === formatReference(reference),
  )
  return { kind: 'list', tags: own }
}

function refuseStrangers(request: TagRequest, places: readonly Destination[]): void {
  const all = new Set(places.flatMap(({ repositories }) => repositories.map(formatReference)))
  if (request.kind !== 'list' || all.size === 0) return
  const stranger = request.tags.find(({ name }) => name !== undefined && !all.has(plainName(name)))
  if (stranger?.name === undefined) return
  throw new UsageError(`\`tags\` names ${stranger.name}:${stranger.tag}, but nothing goes there`, {
    hint: `The images go to ${[...all].join(', ')}.`,
  })
}

function plainName(name: string): string {
  return formatReference(parseReference(name))
}
