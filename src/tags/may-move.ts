import type { NewestOf, RequestedTag } from './subject.js'
import {
  compareVersions,
  findVersions,
  makeTag,
  NO_AFFIXES,
  parseLooseVersion,
  rangeOf,
  type Version,
} from './version.js'

/** What to do with a tag: set it, do nothing because it has the same digest, leave it unchanged, or fail. */
export type TagDecision =
  | { readonly kind: 'set' }
  | { readonly kind: 'same' }
  | { readonly kind: 'stay'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string }

/** An image that a tag points to or would point to. Its fields come from the annotations of its index. */
export interface TaggedVersion {
  readonly digest: string
  readonly version?: string
  readonly revision?: string
  readonly created?: Date
}

/** How the commit of this run relates to another commit. `ancestor`: the commit of this run is an ancestor of the other. */
export type CommitRelation = 'same' | 'ancestor' | 'descendant' | 'diverged' | 'unknown'

/** The state of a tag and its repository in the registry. */
export interface RepositoryState {
  /** The image that the tag points to. */
  readonly current: TaggedVersion | undefined
  /** All tags of the repository. */
  readonly tags: readonly string[]
  /** The registry did not list all tags. */
  readonly isTagListIncomplete: boolean
  /** How the commit of this run relates to the commit of `current`. */
  readonly relation: CommitRelation
}

const SET: TagDecision = { kind: 'set' }

/** Decides whether a tag may move to `image`, which this run made. With `overwrite`, an exact version may be overwritten. */
export function mayMove(
  requested: RequestedTag,
  image: TaggedVersion,
  state: RepositoryState,
  overwrite: boolean,
): TagDecision {
  if (state.current?.digest === image.digest) return { kind: 'same' }
  if (
    state.isTagListIncomplete &&
    (requested.kind === 'newest' || (requested.kind === 'branch' && state.current))
  )
    return keepTag('the registry did not list all tags, so a newer version may exist')
  switch (requested.kind) {
    case 'exact':
      return overwrite || !state.current ? SET : refuseTag(requested.tag, state.current, image)
    case 'newest':
      return decideByVersion(requested, image, state)
    case 'branch':
      return decideByCommit(image, state)
    case 'free':
      return SET
  }
}

function refuseTag(tag: string, current: TaggedVersion, image: TaggedVersion): TagDecision {
  return { kind: 'refuse', why: `${tag} already points to ${current.digest}, this image is ${image.digest}` }
}

/** Keeps the tag if this version is a prerelease, or if the tags or the annotations name a newer version. */
function decideByVersion(requested: RequestedTag, image: TaggedVersion, state: RepositoryState): TagDecision {
  const { version: text, range, affixes } = newestOfTag(requested, image)
  const version = parseLooseVersion(text)
  if (!version) return decideByCommit(image, state)
  if (!version.stable) return keepTag(`${version.text} is a prerelease`)
  const newer = findVersions(version, range, { tags: state.tags, affixes }).find(each =>
    isNewer(each, version),
  )
  if (newer) return keepTag(`the newer version ${newer.text} exists`)
  const currentVersion = state.current?.version
  if (!currentVersion) return SET
  // The tag may be an exact version too, for example 17.2 in a project without 17.2.0.
  if (makeTag(currentVersion.replace(/^v/i, ''), affixes) === requested.tag)
    return keepTag(`it is the exact version ${currentVersion}`)
  return decideByAnnotation(parseLooseVersion(image.version ?? '') ?? version, image, state)
}

/** Keeps the tag if the version in its annotation is newer, or if it is the same version of a later commit. */
function decideByAnnotation(version: Version, image: TaggedVersion, state: RepositoryState): TagDecision {
  const current = parseLooseVersion(state.current?.version ?? '')
  if (!current || isNewer(version, current)) return SET
  return isNewer(current, version)
    ? keepTag(`it points to the newer version ${current.text}`)
    : decideByCommit(image, state)
}

function decideByCommit(image: TaggedVersion, { current, relation }: RepositoryState): TagDecision {
  if (!current) return SET
  const isEarlier = image.created && current.created && image.created < current.created
  return relation === 'ancestor' || (relation === 'unknown' && isEarlier)
    ? keepTag(`it points to a later commit${formatRevision(current.revision)}`)
    : SET
}

function newestOfTag({ tag, newestOf }: RequestedTag, { version = '' }: TaggedVersion): NewestOf {
  return newestOf ?? { version, range: rangeOf(tag) ?? {}, affixes: NO_AFFIXES }
}

function isNewer(a: Version, b: Version): boolean {
  return compareVersions(a, b) > 0
}

function formatRevision(revision: string | undefined): string {
  return revision === undefined ? '' : `, ${revision.slice(0, 12)}`
}

function keepTag(why: string): TagDecision {
  return { kind: 'stay', why }
}
