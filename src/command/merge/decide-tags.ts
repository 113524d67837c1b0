import type { Log } from '../../host/host.js'
import type { Digest } from '../../oci/digest.js'
import { type Index, isAttestation } from '../../oci/image-index.js'
import { formatReference } from '../../oci/reference.js'
import type { Repository } from '../../registry/repository.js'
import { type CommitRelation, mayMove, type TagDecision, type TaggedVersion } from '../../tags/may-move.js'
import type { GitRef, RequestedTag } from '../../tags/subject.js'
import { waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { nameSetting } from '../../util/input-name.js'
import { type Git, gitIn } from '../shared/git.js'
import type { TagOutcome } from '../shared/merge-result.js'
import type { PlatformImage } from '../shared/platform-image.js'
import { hasRecord, ProvedLayers } from '../shared/proof-record.js'
import {
  contentDigestOf,
  describeDifference,
  type PublishedLayers,
  readTags,
  type TaggedImage,
} from '../shared/published-images.js'
import type { IndexToPush } from './prepare-indexes.js'
import type { LayerProver } from './prove-layers.js'
import {
  chooseNewIndex,
  type IndexChoice,
  reuseUnchangedIndex,
  type TargetRepository,
} from './reuse-index.js'
import { findProvedLayers, layersOf, readRecordedLayers, reusePublishedLayers } from './share-layers.js'

/** What decisions about tags depend on; the same for all containers of a run. */
export interface TagContext {
  readonly history: CommitHistory
  readonly overwrite: boolean
  /** Without `overwrite`, a tag with several platforms is not set to an image of one platform. */
  readonly keepsPlatforms?: boolean
  /** Nothing that is published is believed or reused. */
  readonly force: boolean
  readonly prover: LayerProver
  /** The indexes are signed. */
  readonly signs?: boolean
  readonly log: Pick<Log, 'warning'>
  readonly signal: AbortSignal
}

/** The index of a container after the decisions about its tags. */
export interface DecidedIndex extends IndexToPush {
  readonly candidate: CandidateImage
  readonly targets: readonly DecidedTarget[]
  /** The content has not changed, so `index` is the published one. */
  readonly isReused: boolean
  /** The images are those of this run, byte for byte. */
  readonly hasOwnImages: boolean
}

/** The image of this run, which tags may point to. */
interface CandidateImage extends TaggedVersion, Pick<IndexToPush, 'compareContent'> {
  readonly ref: GitRef
  readonly contentDigest: Digest
  readonly images: readonly Pick<PlatformImage, 'system' | 'derivation'>[]
  readonly distrusted: IndexChoice['distrusted']
}

export interface DecidedTarget extends TargetRepository {
  /** The digests of the manifests, configs and layers that are known to exist in the repository. */
  readonly existing: ReadonlySet<Digest>
  readonly outcomes: readonly TagOutcome[]
}

/**
 * Reads what the tags of a container point to, reuses the published index or its layers, and decides about each tag. Begins to
 * unpack the layers that no record covers. Throws a `UserError` if an existing version would be overwritten.
 */
export async function decideTags(prepared: IndexToPush, context: TagContext): Promise<DecidedIndex> {
  const targets = await waitForAll(
    prepared.repositories.map(async (target): Promise<TargetRepository> => {
      return { ...target, tags: await readTags(target.repository, target.requestedTags, context.log) }
    }),
  )
  const { force, prover, signs = false } = context
  const choice = force
    ? await chooseNewIndex(prepared, targets)
    : await reuseUnchangedIndex(prepared, targets, { prover, signs })
  const { index, isReused, hasOwnImages, distrusted } = choice
  const isPublished = targets.every(target => hasIndex(target, index))
  const settled =
    isReused || isPublished || force
      ? { ...prepared, index, publishedLayers: [] }
      : await reuseLayers(prepared, targets)
  await beginProof(prepared, { targets, choice, publishedLayers: settled.publishedLayers }, context)
  const candidate = candidateOf(settled, distrusted)
  const decided = await Promise.all(
    targets.map(async (target, n): Promise<DecidedTarget> => {
      const outcomes = await decideRepositoryTags(target, candidate, context)
      return { ...target, outcomes, existing: existingDigestsOf(target, settled.publishedLayers[n]) }
    }),
  )
  checkNoneRefused(decided.flatMap(({ outcomes }) => outcomes))
  return { ...settled, candidate, targets: decided, isReused, hasOwnImages }
}

function hasIndex({ tags }: TargetRepository, { blob }: Index): boolean {
  return [...tags.imageByTag.values()].some(({ digest }) => digest === blob.digest)
}

async function reuseLayers(prepared: IndexToPush, targets: readonly TargetRepository[]) {
  const reused = await reusePublishedLayers(prepared.destination.container, targets)
  return { ...prepared.withImages(reused.container), publishedLayers: reused.publishedLayers }
}

interface ReadTargets {
  readonly targets: readonly TargetRepository[]
  readonly choice: IndexChoice
  /** The layers of the targets, if they were read. */
  readonly publishedLayers: readonly PublishedLayers[]
}

/** Begins to unpack the layers of a container that no record in one of its own repositories covers. */
async function beginProof(
  { destination: { container } }: IndexToPush,
  { targets, choice, publishedLayers }: ReadTargets,
  { force, prover }: TagContext,
): Promise<void> {
  if (force) prover.require(container, new ProvedLayers())
  else if (choice.isRecorded || container.isRecorded) prover.require(container, layersOf(container))
  else if (publishedLayers.length > 0)
    prover.require(container, await findProvedLayers(container, publishedLayers))
  else prover.require(container, await findProvedLayers(container, await readRecordedLayers(targets)))
}

function candidateOf(
  { index, git, version, contentDigest, compareContent, destination }: IndexToPush,
  distrusted: IndexChoice['distrusted'],
): CandidateImage {
  const { sha, commitDate } = git.ref
  return {
    digest: index.blob.digest,
    ...(version && { version }),
    ...(sha && { revision: sha }),
    ...(commitDate && { created: commitDate }),
    ref: git.ref,
    contentDigest,
    compareContent,
    images: destination.container.images,
    distrusted,
  }
}

function existingDigestsOf(
  { tags }: TargetRepository,
  publishedLayers: PublishedLayers | undefined,
): ReadonlySet<Digest> {
  return new Set([
    ...[...tags.imageByTag.values()].map(({ descriptor }) => descriptor.digest),
    ...(publishedLayers?.existing ?? []),
  ])
}

/** Decides about each requested tag of a repository by what it points to now. */
export async function decideRepositoryTags(
  { repository, requestedTags, tags: { imageByTag, allTags, isTagListIncomplete } }: TargetRepository,
  candidate: CandidateImage,
  context: TagContext,
): Promise<TagOutcome[]> {
  const { registry, repository: path } = repository.reference
  const needsHistory = requestedTags.some(requested =>
    dependsOnHistory(requested, imageByTag.get(requested.tag), candidate),
  )
  const taggedCommits = needsHistory ? listTaggedCommits(allTags, requestedTags, candidate) : []
  const isOvertaken = await hasLaterRun(taggedCommits, candidate, context)
  return Promise.all(
    requestedTags.map(async (requested): Promise<TagOutcome> => {
      const { tag } = requested
      const current = imageByTag.get(tag)
      const relation = isOvertaken
        ? 'ancestor'
        : await findRelation(requested, current, candidate, context.history)
      const decision = mayMove(
        requested,
        candidate,
        { current, tags: allTags, isTagListIncomplete, relation },
        context.overwrite,
      )
      const loss = decision.kind === 'set' ? describeLostPlatforms(current, context) : undefined
      if (loss !== undefined) {
        const reference = formatReference({ registry, repository: path, tag })
        return { reference, tag, decision: { kind: 'refuse', why: loss } }
      }
      return {
        reference: formatReference({ registry, repository: path, tag }),
        tag,
        decision:
          decision.kind === 'refuse' && current
            ? await refineRefusal(decision.why, { repository, current }, candidate, context.force)
            : decision,
      }
    }),
  )
}

function describeLostPlatforms(
  current: TaggedImage | undefined,
  { keepsPlatforms = false, overwrite }: TagContext,
): string | undefined {
  const platforms = current?.manifests.filter(each => !isAttestation(each)) ?? []
  if (!keepsPlatforms || overwrite || platforms.length < 2) return undefined
  return `it points to an image for ${platforms.length} platforms, and this image is for one`
}

/** True if the order of commits decides: the tag follows commits and points to another image. */
function dependsOnHistory(
  { kind }: RequestedTag,
  current: TaggedImage | undefined,
  { digest }: CandidateImage,
): boolean {
  return (kind === 'branch' || kind === 'newest') && current !== undefined && current.digest !== digest
}

/**
 * Lists the commits that tags of the repository name, in the form in which this run names its own commit: with the prefix and the
 * suffix of the flavor or of the rule.
 */
function listTaggedCommits(
  allTags: readonly string[],
  requestedTags: readonly RequestedTag[],
  { revision = '' }: CandidateImage,
): string[] {
  const short = revision.slice(0, 7)
  if (short === '') return []
  const own = requestedTags.filter(({ tag, kind }) => kind === 'free' && tag.includes(short))
  const forms = own.length > 0 ? own.map(({ tag }) => tag.replace(revision, short)) : [`sha-${short}`]
  return forms.flatMap(form => {
    const start = form.slice(0, form.indexOf(short))
    const end = form.slice(start.length + short.length)
    return allTags
      .filter(tag => tag.startsWith(start) && tag.endsWith(end))
      .map(tag => tag.slice(start.length, tag.length - end.length))
      .filter(commit => /^[0-9a-f]{7,64}$/.test(commit))
  })
}

/**
 * True if a run for a later commit of the branch has already set its tags. If that run reused an unchanged index, the index
 * names an older commit. Then only the `sha-…` tag, which a run sets last, names the later commit.
 */
async function hasLaterRun(
  taggedCommits: readonly string[],
  { revision, ref }: CandidateImage,
  { history }: TagContext,
): Promise<boolean> {
  if (revision === undefined || ref.kind !== 'branch' || ref.name === undefined) return false
  if (taggedCommits.length === 0) return false
  const later = await history.listCommitsAfter(revision, ref.name, taggedCommits)
  return later.some(sha => taggedCommits.some(short => sha.startsWith(short)))
}

async function findRelation(
  requested: RequestedTag,
  current: TaggedImage | undefined,
  candidate: CandidateImage,
  { compareCommits }: CommitHistory,
): Promise<CommitRelation> {
  if (!candidate.revision || !current?.revision) return 'unknown'
  if (!dependsOnHistory(requested, current, candidate)) return 'unknown'
  return compareCommits(candidate.revision, current.revision)
}

/** The same content from another commit is not another version: another run pushed it. Otherwise adds the difference to `why`. */
async function refineRefusal(
  why: string,
  { repository, current }: { readonly repository: Repository; readonly current: TaggedImage },
  { contentDigest, compareContent, images, distrusted }: CandidateImage,
  force: boolean,
): Promise<TagDecision> {
  const distrust = distrusted.get(current.digest)
  if (distrust !== undefined) return { kind: 'refuse', why: `${why} (${distrust})` }
  if (contentDigestOf(current) === contentDigest)
    return {
      kind: 'stay',
      why: hasRecord(current)
        ? 'it points to the same image, built from another commit'
        : 'it points to the same image, in an older index without a record of its layers',
    }
  const difference = describeDifference(current.manifests, images)
  if (difference !== undefined) return { kind: 'refuse', why: `${why} (${difference})` }
  const { isSame, differences } = await compareContent(current, repository)
  if (!isSame)
    return {
      kind: 'refuse',
      why: `${why} (the derivations are the same; different: ${differences.join(', ')})`,
    }
  if (force)
    return {
      kind: 'refuse',
      why: `${why} (it has other times, and with ${nameSetting('force', 'true')} published layers are not believed)`,
    }
  return { kind: 'stay', why: 'it points to the same image, built at another time' }
}

/** Throws one `UserError` that lists all tags that must not be overwritten. */
export function checkNoneRefused(outcomes: readonly TagOutcome[]): void {
  const refused = outcomes.flatMap(({ reference, decision }) =>
    decision.kind === 'refuse' ? [`${reference}: ${decision.why}`] : [],
  )
  if (refused.length === 0) return
  throw new UserError(refused.join('\n'), {
    hint: [
      'Published versions are not overwritten.',
      `Increase the version, or set ${nameSetting('overwrite', 'true')} to replace it.`,
      '`nix-multiarch inspect --diff` shows the differences.',
    ].join(' '),
  })
}

/** Lists the tags that point to the image of this run, or that will be set to it. */
export function listImageTags(outcomes: readonly TagOutcome[]): string[] {
  return outcomes.flatMap(({ tag, decision: { kind } }) => (kind === 'set' || kind === 'same' ? [tag] : []))
}

export function listTagsToSet(outcomes: readonly TagOutcome[]): string[] {
  return outcomes.flatMap(({ tag, decision }) => (decision.kind === 'set' ? [tag] : []))
}

/** The order of commits. All commits are full SHAs. */
interface CommitHistory {
  /** Returns how the commit of this run relates to another one. */
  compareCommits(commit: string, other: string): Promise<CommitRelation>
  /**
   * Lists the known commits of a branch after one of its commits.
   *
   * @param taggedCommits commits that tags name; if one of them is new, a cached result may be outdated
   */
  listCommitsAfter(sha: string, branch: string, taggedCommits?: readonly string[]): Promise<readonly string[]>
}

/**
 * Uses the work tree, and `remote` (GitHub) if the work tree does not have both commits: by default, actions/checkout fetches one
 * commit only. A failure of `remote` gives `unknown` or no commits.
 */
export function createCommitHistory(remote: CommitHistory | undefined, git: Git = gitIn('.')): CommitHistory {
  const compareCommits = async (commit: string, other: string): Promise<CommitRelation> => {
    if (commit === other) return 'same'
    // The annotation of an image from another tool may be anything.
    if (![commit, other].every(sha => COMMIT_SHA.test(sha))) return 'unknown'
    const relation = await compareInWorkTree(git, commit, other)
    if (relation !== 'unknown' || remote === undefined) return relation
    return remote.compareCommits(commit, other).catch(() => 'unknown')
  }
  const listCommitsAfter = async (sha: string, branch: string): Promise<readonly string[]> =>
    (await remote?.listCommitsAfter(sha, branch).catch(() => [])) ?? []
  return {
    compareCommits: memoize(compareCommits),
    listCommitsAfter: memoizeUntilNewCommit(listCommitsAfter),
  }
}

const COMMIT_SHA = /^[0-9a-f]{40}([0-9a-f]{24})?$/

/** In a shallow clone, the commits may be related by history that is missing. */
async function compareInWorkTree(git: Git, commit: string, other: string): Promise<CommitRelation> {
  const base = await git('merge-base', commit, other)
  if (base === commit) return 'ancestor'
  if (base === other) return 'descendant'
  if (base !== undefined && (await git('rev-parse', '--is-shallow-repository')) === 'false') return 'diverged'
  return 'unknown'
}

function memoize<T>(task: (first: string, second: string) => Promise<T>): typeof task {
  const results = new Map<string, Promise<T>>()
  return (first, second) => {
    const key = `${first} ${second}`
    const result = results.get(key) ?? task(first, second)
    results.set(key, result)
    return result
  }
}

/** Runs the task again if a tag names a commit that was not tagged the last time: the branch may have moved during this run. */
function memoizeUntilNewCommit<T>(task: (sha: string, branch: string) => Promise<T>) {
  const results = new Map<string, { result: Promise<T>; taggedCommits: ReadonlySet<string> }>()
  return (sha: string, branch: string, taggedCommits: readonly string[] = []): Promise<T> => {
    const key = `${sha} ${branch}`
    const cached = results.get(key)
    if (cached && taggedCommits.every(each => cached.taggedCommits.has(each))) return cached.result
    const result = task(sha, branch)
    results.set(key, {
      result,
      taggedCommits: new Set([...(cached?.taggedCommits ?? []), ...taggedCommits]),
    })
    return result
  }
}
