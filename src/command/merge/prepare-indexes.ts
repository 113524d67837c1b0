import type { Log } from '../../host/host.js'
import type { MergeInputs } from '../../input/input-table.js'
import type { Annotations } from '../../oci/descriptor.js'
import { formatPlatform } from '../../oci/platform.js'
import { formatReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { chooseTags, chooseVersion } from '../../tags/choose-tags.js'
import { selectTagsOf, type TagRequest } from '../../tags/parse-tags-input.js'
import { otherBranchOf } from '../../tags/subject.js'
import { makeRefTag, NO_AFFIXES } from '../../tags/version.js'
import { isVersionOf, parseVersionName, selectRefOf } from '../../tags/version-name.js'
import { checkTagRepositories, type Destination, nameRepository } from '../shared/destinations.js'
import type { GitFacts } from '../shared/git.js'
import { type ContainerImages, imageVersionOf } from '../shared/platform-image.js'
import { annotateIndex, type InputAnnotations } from './annotate-index-and-manifests.js'
import { createContentComparer } from './compare-content.js'
import type { NewIndex, TargetRepository } from './reuse-index.js'

/** The index of a container, and its destinations. */
export interface IndexToPush extends NewIndex {
  readonly destination: Destination
  /** The Git ref and the repository of the images. */
  readonly git: GitFacts
  readonly version: string | undefined
  readonly repositories: readonly Omit<TargetRepository, 'tags'>[]
  /** The tags in the name of the archive, if the input `tags` names or makes tags. */
  readonly archiveTags: readonly string[]
  /** Makes the index of the same container with other layers. */
  withImages(container: ContainerImages): IndexToPush
}

type IndexInputs = Pick<MergeInputs, 'tags' | 'flavor' | 'version' | 'annotations' | 'labels'>

export interface IndexContext {
  readonly inputs: IndexInputs
  readonly gitOf: (container: ContainerImages) => GitFacts
  readonly client: RegistryClient
  readonly signal: AbortSignal
  readonly log: Pick<Log, 'info' | 'warning'>
}

/**
 * Makes the index of each container, and chooses its tags for each of its repositories. Throws a `UsageError` if `tags` names a
 * repository that is not a destination.
 */
export function prepareIndexes(
  destinations: readonly Destination[],
  context: IndexContext,
  now = new Date(),
): IndexToPush[] {
  checkTagRepositories(
    context.inputs.tags,
    destinations.flatMap(({ repositories }) => repositories),
  )
  const indexes = destinations.map(destination => prepareIndex(destination, context, now))
  for (const index of indexes) {
    warnOfOtherVersion(index, context)
    warnOfChangedName(index, context)
    warnOfNoTags(index, context)
  }
  return indexes
}

function prepareIndex(destination: Destination, context: IndexContext, now: Date): IndexToPush {
  const { inputs, client, signal } = context
  const { container } = destination
  const names = [container.name, container.imageName]
  const facts = context.gitOf(container)
  const git = { ...facts, ref: selectRefOf(facts.ref, names) }
  const imageVersion = imageVersionOf(container.images.map(({ annotations }) => annotations))
  const version = chooseVersion(inputs.version, imageVersion, { ref: git.ref, names })
  const metadata = {
    git,
    version,
    annotations: annotationsOf(inputs),
    labels: inputs.labels,
  }
  const subject = { ref: git.ref, names, now, ...(version && { version }) }
  const { index, content, contentDigest } = annotateIndex(container, metadata)
  const compareContent = createContentComparer(content, container.images, { signal, log: context.log })
  return {
    index,
    contentDigest,
    compareContent,
    annotateAs: (revision, created) =>
      annotateIndex(container, { ...metadata, git: replaceCommit(git, revision, created) }).index,
    // The content is the same, and what was compared is not compared again.
    withImages: other => ({
      ...prepareIndex({ ...destination, container: other }, context, now),
      compareContent,
    }),
    destination,
    git,
    version,
    archiveTags:
      inputs.tags.kind === 'auto'
        ? []
        : chooseTags(inputs.tags, inputs.flavor, subject).map(({ tag }) => tag),
    repositories: destination.repositories.map(reference => ({
      repository: new Repository(client, reference, { signal, access: 'push' }),
      requestedTags: chooseTags(selectTags(inputs.tags, reference), inputs.flavor, subject),
    })),
  }
}

function annotationsOf({ annotations }: IndexInputs): InputAnnotations {
  const select = (level: 'index' | 'manifest', platform?: string): Annotations => {
    const lines = annotations.filter(({ targets }) =>
      targets.some(each => each.level === level && (each.platform ?? platform) === platform),
    )
    return Object.fromEntries(lines.map(({ key, value }) => [key, value]))
  }
  return { index: select('index'), manifestOf: platform => select('manifest', formatPlatform(platform)) }
}

function replaceCommit({ ref, source }: GitFacts, sha?: string, commitDate?: Date): GitFacts {
  const { sha: _, commitDate: __, ...rest } = ref
  return {
    ref: { ...rest, ...(sha && { sha }), ...(commitDate && { commitDate }) },
    ...(source && { source }),
  }
}

/** Selects the tags for one repository: a tag with an image name is for that image only. */
function selectTags(request: TagRequest, reference: Reference): TagRequest {
  return selectTagsOf(request, name => nameRepository(name) === formatReference(reference))
}

/** A name such as `é/login` gets a hash, because another branch may have the same name without the character. */
function warnOfChangedName(
  { git: { ref }, repositories, destination }: IndexToPush,
  { log }: IndexContext,
): void {
  const { kind, name } = ref
  if (name === undefined || (kind !== 'branch' && kind !== 'tag')) return
  const tag = makeRefTag(name, NO_AFFIXES, otherBranchOf(ref))
  const isSet = repositories.some(({ requestedTags }) => requestedTags.some(each => each.tag === tag))
  if (!isSet || tag === name.replaceAll('/', '-')) return
  log.warning(
    `${destination.container.name} gets the tag ${tag} for the ${kind} ${JSON.stringify(name)}: ` +
      'a tag cannot be equal to the name',
  )
}

/** docker/metadata-action warns too. */
function warnOfNoTags({ repositories, destination }: IndexToPush, { log }: IndexContext): void {
  for (const { repository, requestedTags } of repositories) {
    if (requestedTags.length > 0) continue
    log.warning(
      `No tag was chosen for ${destination.container.name}: its image in ${repository.name} has only a digest`,
    )
  }
}

function usesAutoTags(request: TagRequest): boolean {
  return (
    request.kind === 'auto' || (request.kind === 'rules' && request.rules.some(({ type }) => type === 'auto'))
  )
}

/** The Git tag may have been created before the version was increased. */
function warnOfOtherVersion(
  { destination, git: { ref }, version }: IndexToPush,
  { inputs, log }: IndexContext,
): void {
  if (!usesAutoTags(inputs.tags)) return
  const named = ref.kind === 'tag' ? parseVersionName(ref.name ?? '') : undefined
  if (named === undefined || named.version.text === version) return
  const { name, imageName } = destination.container
  if (!isVersionOf(named, [name, imageName])) return
  log.warning(
    `${destination.container.name} has the version ${version}, but the Git tag is ${ref.name}. ` +
      'Its image tags are made from its version',
  )
}
