import type { NewestOf, Wanted } from './subject.js'
import {
  compareVersions,
  lineOf,
  NO_AFFIXES,
  parseVersion,
  tagFrom,
  type Version,
  versionsIn,
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
export type Relation = 'same' | 'ancestor' | 'descendant' | 'diverged' | 'unknown'

/** What to do with a tag: set it; nothing, for it holds that already; leave it, with why; or fail, with why. */
export type TagDecision =
  | { readonly kind: 'set' }
  | { readonly kind: 'same' }
  | { readonly kind: 'stay'; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string }

export interface RepositoryState {
  readonly held: TaggedVersion | undefined
  /** All tags of the repository. */
  readonly tags: readonly string[]
  readonly relation: Relation
}

const SET: TagDecision = { kind: 'set' }

/** Decides whether a tag may move to what the run made. `overwrite` allows to rewrite an exact version. */
export function mayMove(wanted: Wanted, ours: Ours, there: RepositoryState, overwrite: boolean): TagDecision {
  if (there.held?.digest === ours.digest) return { kind: 'same' }
  switch (wanted.kind) {
    case 'exact':
      return overwrite || !there.held ? SET : refuse(wanted.tag, there.held, ours)
    case 'newest':
      return judgeNewest(wanted, ours, there)
    case 'branch':
      return judgeBranch(ours, there)
    case 'free':
      return SET
  }
}

function refuse(tag: string, held: TaggedVersion, ours: Ours): TagDecision {
  return { kind: 'refuse', why: `${tag} is ${held.digest} already, and would become ${ours.digest}` }
}

function judgeNewest(wanted: Wanted, ours: Ours, there: RepositoryState): TagDecision {
  const among = amongOf(wanted, ours)
  const version = parseVersion(among.version)
  if (!version) return judgeBranch(ours, there)
  if (!version.stable) return stay(`${version.text} is a prerelease`)
  const newer = versionsIn(among.line, there.tags, among.affixes).find(each => isNewer(each, version))
  if (newer) return stay(`the newer ${newer.text} is there`)
  const { held } = there
  if (!held?.version) return SET
  // Such a version is named by this tag alone: 17.2 of a project that has no 17.2.0.
  const itself = tagFrom(held.version.replace(/^v/, ''), among.affixes)
  if (itself === wanted.tag) return stay(`it is the version ${held.version} itself`)
  return judgeVersions(parseVersion(held.version), parseVersion(ours.version ?? '') ?? version, ours, there)
}

/** What the annotations say: no older version, and of the same version no older commit. */
function judgeVersions(
  theirs: Version | undefined,
  mine: Version,
  ours: Ours,
  there: RepositoryState,
): TagDecision {
  if (!theirs || isNewer(mine, theirs)) return SET
  return isNewer(theirs, mine) ? stay(`it holds the newer ${theirs.text}`) : judgeBranch(ours, there)
}

function judgeBranch(ours: Ours, { held, relation }: RepositoryState): TagDecision {
  if (!held) return SET
  if (relation === 'ancestor') return stay(`it holds a later commit${named(held.revision)}`)
  const isEarlier = ours.created && held.created && ours.created < held.created
  return relation === 'unknown' && isEarlier ? stay(`it holds a later commit${named(held.revision)}`) : SET
}

function amongOf({ tag, among }: Wanted, { version = '' }: Ours): NewestOf {
  return among ?? { version, line: lineOf(tag) ?? {}, affixes: NO_AFFIXES }
}

function isNewer(a: Version, b: Version): boolean {
  return compareVersions(a, b) > 0
}

function named(revision: string | undefined): string {
  return revision === undefined ? '' : `, ${revision.slice(0, 12)}`
}

function stay(why: string): TagDecision {
  return { kind: 'stay', why }
}
