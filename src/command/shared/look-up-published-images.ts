import type { Host, Log } from '../../host/host.js'
import { showPartsIfSlow } from '../../host/progress.js'
import { Budget, TimeLimitExceeded } from '../../http/retry.js'
import type { PlanInputs } from '../../input/input-table.js'
import type { Container } from '../../nix/container.js'
import { IMAGE_NAME } from '../../oci/annotation-keys.js'
import { formatReference, type Reference } from '../../oci/reference.js'
import { MAX_PARALLEL_REQUESTS, type RegistryClient } from '../../registry/client.js'
import { isAccessDenied, RegistryError } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import { chooseTags, chooseVersion } from '../../tags/choose-tags.js'
import type { Flavor, TagRequest } from '../../tags/parse-tags-input.js'
import type { GitRef, RequestedTag, TagSubject } from '../../tags/subject.js'
import { compareVersions, parseLooseVersion } from '../../tags/version.js'
import { joinSignals } from '../../util/abort-signal.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { ownerOf, repositoriesOf } from './destinations.js'
import type { PlannedContainer, PlannedSystem } from './plan-document.js'
import { createArchiveAnnotations, imageVersionOf } from './platform-image.js'
import { hasForeignRecord, hasRecord } from './proof-record.js'
import {
  describeDifference,
  listTags,
  type PublishedImages,
  parseTaggedImage,
  type TaggedImage,
} from './published-images.js'
import { createShortClient, nameRegistries, type RegistryInputs } from './registry-client.js'

/** A container with all of its systems, before it is decided whether to build it. */
export interface PlannedImage extends Pick<PlannedContainer, 'name' | 'imageName' | 'version' | 'systems'> {
  readonly containers: readonly Container[]
}

interface PlannedImageOptions {
  readonly ref: GitRef
  /** The `version` input. */
  readonly version: string | undefined
}

/** Groups the containers of all systems by name, sorted by name. */
export function groupPlannedImages(
  containers: readonly Container[],
  options: PlannedImageOptions,
  host: Host,
): PlannedImage[] {
  const names = [...new Set(containers.map(({ name }) => name))].sort()
  const groups = new Map<string, Container[]>(names.map(name => [name, []]))
  for (const container of containers) groups.get(container.name)?.push(container)
  return [...groups].map(([name, group]) => createPlannedImage(name, group, options, host))
}

function createPlannedImage(
  name: string,
  containers: readonly Container[],
  options: PlannedImageOptions,
  host: Host,
): PlannedImage {
  const systems = containers.map(
    (container): PlannedSystem => ({
      system: container.system,
      ...(!container.deferred && { derivation: container.derivation }),
      facts: createArchiveAnnotations(container, host),
    }),
  )
  const imageVersion = imageVersionOf(systems.map(({ facts }) => facts))
  const imageName = systems[0]?.facts[IMAGE_NAME] ?? name
  const names = [name, imageName]
  const version = chooseVersion(options.version, imageVersion, { ref: options.ref, names })
  return { name, imageName, systems, containers, ...(version !== undefined && { version }) }
}

/** A container and the repositories that it is pushed to; at least one. */
interface ImageRepositories {
  readonly image: PlannedImage
  readonly references: readonly Reference[]
}

/** Returns the repositories that each container is pushed to, from the templates of `imageTemplatesOf`. */
export function resolveRepositories(
  images: readonly PlannedImage[],
  templates: readonly string[],
  host: Host,
): ImageRepositories[] {
  const owner = ownerOf(host)
  return images.map(image => ({ image, references: repositoriesOf(image, templates, owner) }))
}

export interface LookupResult {
  readonly image: PlannedImage
  readonly result: RegistryComparison | LookupFailure
}

export interface LookupFailure {
  /**
   * - `unreachable`: the registry did not answer.
   * - `inaccessible`: no access, or not found. Without access, registries give the same answer for both.
   */
  readonly kind: 'unreachable' | 'inaccessible'
  readonly error: UserError
}

/** The comparison of a container with what a repository has. */
type RegistryComparison =
  | {
      readonly kind: 'unchanged'
      readonly why: string
      readonly publishedIndex: PublishedIndex
      readonly refused: RefusedTag
      readonly publishedImages: readonly PublishedImages[]
    }
  | {
      readonly kind: 'new' | 'changed'
      readonly why: string
      readonly refused: RefusedTag
      /** The images that the repositories have of the container, at most one entry for each repository. */
      readonly publishedImages: readonly PublishedImages[]
    }

type PublishedIndex = NonNullable<PlannedContainer['standing']>

/** The tag of an exact version that exists with other content, as a full reference. The merge will not overwrite it. */
type RefusedTag = string | undefined

export type LookupInputs = RegistryInputs &
  Pick<PlanInputs, 'tags' | 'flavor'> & {
    /** A published index without an SBOM counts as changed. */
    readonly sbom?: boolean
    /** A published index without attestations counts as changed. */
    readonly isAttested?: boolean
  }

interface LookupContext {
  readonly inputs: LookupInputs
  readonly ref: GitRef
  readonly client: RegistryClient
  readonly log: Pick<Log, 'showProgress'>
  readonly signal: AbortSignal
  /** The maximum time, in milliseconds. Default: 2 minutes, and 2 s for each repository. */
  readonly limitMs?: number
}

/** Compares each container with its repositories. A failure of a registry is a result, not an error. */
export function askRegistries(
  repositories: readonly ImageRepositories[],
  context: LookupContext,
): Promise<LookupResult[]> {
  const parts = {
    title: nameRegistries(repositories.flatMap(({ references }) => references)),
    activity: 'comparing images',
    total: repositories.length,
  }
  return showPartsIfSlow(context.log, parts, countOne => compareAll(repositories, context, countOne))
}

async function compareAll(
  repositories: readonly ImageRepositories[],
  { inputs, ref, client, signal, limitMs = lookupLimitOf(repositories) }: LookupContext,
  countOne: () => void,
): Promise<LookupResult[]> {
  const { tags, flavor, sbom = false, isAttested = false } = inputs
  const now = new Date()
  const budget = new Budget(limitMs, { task: 'the comparison with the registry' })
  budget.begin()
  const limited = joinSignals(signal, budget.signal)
  // After one registry did not answer, do not ask for the other containers: each would wait for a timeout.
  let firstTimeout: UserError | undefined
  const compare = async ({ image, references }: ImageRepositories): Promise<LookupResult> => {
    if (firstTimeout) return { image, result: { kind: 'unreachable', error: firstTimeout } }
    const candidates = listCandidateTags(tags, flavor, {
      ref,
      now,
      names: [image.name, image.imageName],
      ...(image.version !== undefined && { version: image.version }),
    })
    try {
      await waitForAll(references.map(each => client.check(each, limited)))
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof UserError)) throw error
      firstTimeout ??= error
      return { image, result: { kind: 'unreachable', error } }
    }
    const opened = references.map(each => new Repository(client, each, { signal: limited }))
    try {
      const result = await compareWithAll(opened, candidates, {
        systems: image.systems,
        sbom,
        isAttested,
      })
      return { image, result: withSignal(result, signal) }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof UserError)) throw error
      if (isUnreachable(error)) firstTimeout ??= error
      return { image, result: { kind: isAccessDenied(error) ? 'inaccessible' : 'unreachable', error } }
    }
  }
  return mapLimit(repositories, MAX_PARALLEL_REQUESTS, each => compare(each).finally(countOne)).finally(() =>
    budget.end(),
  )
}

/** In milliseconds. A plan works without the comparison, so it does not wait long for a slow registry. */
const LOOKUP_LIMIT = { base: 120_000, perRepository: 2000 }

function lookupLimitOf(repositories: readonly ImageRepositories[]): number {
  const count = repositories.reduce((sum, { references }) => sum + references.length, 0)
  return LOOKUP_LIMIT.base + count * LOOKUP_LIMIT.perRepository
}

/** Later requests to the repositories are not part of the comparison, and not limited by its time. */
function withSignal<T extends RegistryComparison>(result: T, signal: AbortSignal): T {
  const publishedImages = result.publishedImages.map(each => ({
    ...each,
    repository: each.repository.withOptions({ signal }),
  }))
  return { ...result, publishedImages }
}

/** True if the registry did not answer in time, or answered with an error that is not about the repository. */
function isUnreachable(error: UserError): boolean {
  if (error instanceof TimeLimitExceeded) return true
  if (!(error instanceof RegistryError)) return false
  const { status } = error.failure
  return status === undefined || status === 429 || status >= 500
}

/** Fewer tries than for a push: a plan works without an answer. */
const MAX_ATTEMPTS = 3

/** Creates a client for `askRegistries`. */
export function createLookupClient(
  repositories: readonly ImageRepositories[],
  inputs: LookupInputs,
  host: Host,
): RegistryClient {
  const registries = repositories.flatMap(({ references }) => references)
  return createShortClient(inputs, registries, host, MAX_ATTEMPTS)
}

/** Returns the images that the repositories of a container have, at most one entry for each; none if the lookup failed. */
export function publishedImagesOf({ result }: LookupResult): readonly PublishedImages[] {
  return 'publishedImages' in result ? result.publishedImages : []
}

/** What an unchanged index has. */
interface ExpectedIndex {
  readonly systems: readonly PlannedSystem[]
  readonly sbom: boolean
  readonly isAttested: boolean
}

/** A container is unchanged only if all of its repositories (at least one) have the same image. */
async function compareWithAll(
  repositories: readonly Repository[],
  tags: readonly RequestedTag[],
  expected: ExpectedIndex,
): Promise<RegistryComparison> {
  const all = await Promise.all(repositories.map(repository => compareWithOne(repository, tags, expected)))
  const decisive = all.find(({ kind }) => kind !== 'unchanged') ?? (all[0] as RegistryComparison)
  const refused = all.find(each => each.refused !== undefined)?.refused
  return { ...decisive, refused, publishedImages: all.flatMap(({ publishedImages }) => publishedImages) }
}

/**
 * Reads one tag after the other, until one points to an index of exactly these derivations. If that index has no record, another
 * tag may point to the same images in an index with a record, which the merge need not unpack. If the first tag, which the run
 * sets, does not exist, other tags of the repository are read, too: a new tag does not mean new content.
 */
async function compareWithOne(
  repository: Repository,
  tags: readonly RequestedTag[],
  expected: ExpectedIndex,
): Promise<RegistryComparison> {
  const { reference } = repository
  const name = formatReference(reference)
  let isFirstTagNew = true
  let firstDifference: string | undefined
  let refused: RefusedTag
  let unrecorded: UnchangedResult | undefined
  const found: TaggedImage[] = []
  const listTagsToRead = async function* () {
    yield* tags
    if (isFirstTagNew && unrecorded === undefined) yield* await listOtherTags(repository, tags)
  }
  for await (const { tag, kind } of listTagsToRead()) {
    const manifest = await repository.findManifest(tag)
    if (manifest === 'no repository') break
    if (manifest === 'no manifest') continue
    if (tag === tags[0]?.tag) isFirstTagNew = false
    const tagged = parseTaggedImage(manifest)
    if (tagged.manifests.length > 0) found.push(tagged)
    const difference = describeDifference(tagged.manifests, expected.systems) ?? describeForeignRecord(tagged)
    const missing =
      difference === undefined ? await describeMissingDocument(repository, tagged, expected) : undefined
    if (difference === undefined && missing === undefined) {
      const result = createUnchangedResult(reference, tag, tagged)
      if (hasRecord(tagged))
        return { ...result, refused, publishedImages: [{ repository, indexes: [tagged] }] }
      unrecorded ??= { ...result, refused }
    }
    firstDifference ??= missing ?? difference
    if (difference !== undefined && kind === 'exact') refused = `${name}:${tag}`
  }
  // The layers of an index with a record need not be packed again.
  const best = found.find(hasRecord) ?? found[0]
  const publishedImages = best ? [{ repository, indexes: [best] }] : []
  if (unrecorded !== undefined) return { ...unrecorded, publishedImages }
  if (firstDifference !== undefined)
    return { kind: 'changed', why: firstDifference, refused, publishedImages }
  return { kind: 'new', why: `new: ${name} has no image yet`, refused, publishedImages }
}

/** Each tag costs a request. */
const MAX_OTHER_TAGS = 3

/**
 * Returns tags of a repository that are not among the read ones: those with the highest versions, then the last ones of the list.
 * Returns none if the registry does not list its tags.
 */
async function listOtherTags(repository: Repository, read: readonly RequestedTag[]): Promise<RequestedTag[]> {
  const { tags } = await listTags(repository)
  const others = tags.filter(tag => !NO_IMAGE_TAG.test(tag) && read.every(each => each.tag !== tag))
  const versions = others.flatMap(tag => {
    const version = parseLooseVersion(tag)
    return version === undefined ? [] : [{ tag, version }]
  })
  versions.sort((a, b) => compareVersions(b.version, a.version))
  const sorted = new Set([...versions.map(({ tag }) => tag), ...others.toReversed()])
  return [...sorted].slice(0, MAX_OTHER_TAGS).map(tag => ({ tag, kind: 'free' }))
}

/** At most one request. It is not loaded for a run without SBOMs and attestations. */
async function describeMissingDocument(
  repository: Repository,
  { descriptor }: TaggedImage,
  { sbom, isAttested }: ExpectedIndex,
): Promise<string | undefined> {
  if (!sbom && !isAttested) return undefined
  const { findMissingDocument } = await import('./index-documents.js')
  const missing = await findMissingDocument(repository, descriptor.digest, { sbom, isAttested })
  return missing && `its published index has ${missing}`
}

/** Tags of referrers: signatures, SBOMs and attestations. */
const NO_IMAGE_TAG = /^sha256-[0-9a-f]{64}/

function describeForeignRecord(tagged: TaggedImage): string | undefined {
  return hasForeignRecord(tagged) ? 'changed: another program has changed the published index' : undefined
}

type UnchangedResult = Omit<Extract<RegistryComparison, { kind: 'unchanged' }>, 'publishedImages'>

function createUnchangedResult(
  { registry, repository }: Reference,
  tag: string,
  { digest, version = tag, descriptor }: TaggedImage,
) {
  const image = formatReference({ registry, repository, digest: descriptor.digest })
  return {
    kind: 'unchanged' as const,
    why: `unchanged since ${version} (${digest.slice(0, 19)}…)`,
    publishedIndex: { image, digest: descriptor.digest },
  }
}

/** Each tag costs a request. */
const MAX_CANDIDATE_TAGS = 6

const LATEST: RequestedTag = { tag: 'latest', kind: 'free' }

/** The order in which tags are read. */
const KIND_ORDER = { exact: 0, branch: 1, newest: 2, free: 3 } as const

/**
 * Returns the tags that may point to an image with the same derivations: the tags of this run, the exact version first; then the
 * tags of the default branch, and `latest`. Tags with the commit or the pull request in their name are left out, because they do
 * not exist yet.
 */
export function listCandidateTags(request: TagRequest, flavor: Flavor, subject: TagSubject): RequestedTag[] {
  const { ref } = subject
  const chooseTagsOn = (other: GitRef): RequestedTag[] =>
    selectTags(chooseTags(request, flavor, { ...subject, ref: other }))
  const { defaultBranch, sha } = ref
  const ownTags = chooseTagsOn(ref).filter(({ kind }) => kind !== 'free' || ref.kind !== 'pull-request')
  const defaultBranchTags =
    defaultBranch === undefined ? [] : chooseTagsOn({ ...ref, kind: 'branch', name: defaultBranch })
  const all = [...ownTags, ...defaultBranchTags, LATEST].filter(
    ({ tag }) => !sha || !tag.includes(sha.slice(0, 7)),
  )
  return all
    .filter(({ tag }, n) => all.findIndex(other => other.tag === tag) === n)
    .slice(0, MAX_CANDIDATE_TAGS)
}

/** Sorts tags by kind. If there is an exact version, tags such as `1` and `1.2` are left out: they point to the same image. */
function selectTags(tags: readonly RequestedTag[]): RequestedTag[] {
  const hasExact = tags.some(({ kind }) => kind === 'exact')
  const selected = hasExact ? tags.filter(({ newestOf }) => newestOf?.range.major === undefined) : tags
  return selected.toSorted((a, b) => KIND_ORDER[a.kind] - KIND_ORDER[b.kind])
}
