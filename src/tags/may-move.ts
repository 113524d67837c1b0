import type { NewestOf, RequestedTag } from './subject.js'
import {
  compareVersions,
  findVersions,
  makeTag,
  NO_AFFIXES,
  parseVersion,
  rangeOf,
  type Version,
} from './version.js'

/** An image that a tag holds or would hold, as its index says in annotations. */
export interface TaggedVersion {
  readonly digest: string
  readonly version?: string
  readonly revision?: string
  readonly created?: Date
}

/** What the run would set the tag to. */
export type Ours = TaggedVersion

/** Of our commit to theirs: `ancestor` says that ours is an ancestor of theirs. */
export type CommitRelation = 'same' | 'ancestor' | 'descendant' | 'diverged' | 'unknown'

/** What to do with a tag: set it; nothing, for it holds that already; leave it, with why; or fail, with why. */
export type TagDecision =
  | { readonly kind: 'set' }
  | { readonly kind: 'same' }
  | { readonly kind: 'stay'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string }

export interface RepositoryState {
  readonly current: TaggedVersion | undefined
  /** All tags of the repository. */
  readonly tags: readonly string[]
  readonly relation: CommitRelation
}

const SET: TagDecision = { kind: 'set' }

/** Decides whether a tag may move to what the run made. `overwrite` allows to rewrite an exact version. */
export function mayMove(
  requested: RequestedTag,
  ours: Ours,
  there: RepositoryState,
  overwrite: boolean,
): TagDecision {
  if (there.current?.digest === ours.digest) return { kind: 'same' }
  switch (requested.kind) {
    case 'exact':
      return overwrite || !there.current ? SET : refuseTag(requested.tag, there.current, ours)
    case 'newest':
      return decideNewest(requested, ours, there)
    case 'branch':
      return decideByCommit(ours, there)
    case 'free':
      return SET
  }
}

function refuseTag(tag: string, held: TaggedVersion, ours: Ours): TagDecision {
  return { kind: 'refuse', why: `${tag} is ${held.digest} already, and would become ${ours.digest}` }
}

function decideNewest(wanted: RequestedTag, ours: Ours, there: RepositoryState): TagDecision {
  const among = newestOfTag(wanted, ours)
  const version = parseVersion(among.version)
  if (!version) return decideByCommit(ours, there)
  if (!version.stable) return keepTag(`${version.text} is a prerelease`)
  const newer = findVersions(among.range, there.tags, among.affixes).find(each => isNewer(each, version))
  if (newer) return keepTag(`the newer ${newer.text} is there`)
  const { current } = there
  if (!current?.version) return SET
  // Such a version is named by this tag alone: 17.2 of a project that has no 17.2.0.
  const itself = makeTag(current.version.replace(/^v/, ''), among.affixes)
  if (itself === wanted.tag) return keepTag(`it is the version ${current.version} itself`)
  return decideByVersion(
    parseVersion(current.version),
    parseVersion(ours.version ?? '') ?? version,
    ours,
    there,
  )
}

/** What the annotations say: no older version, and of the same version no older commit. */
function decideByVersion(
  theirs: Version | undefined,
  mine: Version,
  ours: Ours,
  there: RepositoryState,
): TagDecision {
  if (!theirs || isNewer(mine, theirs)) return SET
  return isNewer(theirs, mine) ? keepTag(`it holds the newer ${theirs.text}`) : decideByCommit(ours, there)
}

function decideByCommit(ours: Ours, { current, relation }: RepositoryState): TagDecision {
  if (!current) return SET
  if (relation === 'ancestor') return keepTag(`it holds a later commit${formatRevision(current.revision)}`)
  const isEarlier = ours.created && current.created && ours.created < current.created
  return relation === 'unknown' && isEarlier
    ? keepTag(`it holds a later commit${formatRevision(current.revision)}`)
    : SET
}

function newestOfTag({ tag, newestOf }: RequestedTag, { version = '' }: Ours): NewestOf {
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
