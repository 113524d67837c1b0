import type { Affixes, VersionRange } from './version.js'

/** What tags are made from. */
export interface TagSubject {
  /** The version of the input, otherwise of the image. It may not be a semver version. */
  readonly version?: string
  /** The names of the container and of its image. A Git tag may be for one container only. */
  readonly names?: readonly string[]
  readonly ref: GitRef
  readonly now: Date
}

/**
 * - `commit`: a commit that no branch or tag is known to point to.
 * - `none`: a person builds without a Git repository.
 * - `no-commit`: the commit that is built is not known: CI builds without a Git repository, or the flake is not a local path.
 * - `git-failed`: there is a Git repository, but Git cannot read it.
 */
export type RefKind = 'branch' | 'tag' | 'pull-request' | 'commit' | 'none' | 'no-commit' | 'git-failed'

/** The Git ref of a run. Unknown fields are missing. */
export interface GitRef {
  /** The GitHub event that started the run: `push`, `pull_request`, `schedule`, `release`, …. `undefined` outside GitHub. */
  readonly event?: string
  readonly kind: RefKind
  /** The short name of the branch or tag; for a pull request, of its head branch. */
  readonly name?: string
  /** All Git tags of the commit, if there are several; see `selectRefOf`. */
  readonly tags?: readonly string[]
  /** The number of the pull request. */
  readonly number?: number
  /** The base branch of the pull request. */
  readonly base?: string
  readonly defaultBranch?: string
  /** The full SHA of the commit, 40 (or 64) hex digits. */
  readonly sha?: string
  /** The committer date. */
  readonly commitDate?: Date
}

export function isDefaultBranch({ kind, name, defaultBranch }: GitRef): boolean {
  return kind === 'branch' && name !== undefined && name === defaultBranch
}

/** Returns the default branch if the ref is another branch or a Git tag, which may have the same name. */
export function otherBranchOf(ref: GitRef): string | undefined {
  return isDefaultBranch(ref) ? undefined : ref.defaultBranch
}

/** A tag that a run wants to set. */
export interface RequestedTag {
  readonly tag: string
  readonly kind: TagKind
  /** Only for `newest`: the versions among which the version of this run must be the newest. */
  readonly newestOf?: NewestOf
}

/**
 * When a tag may move. `mayMove` compares the image of the run with the image that the tag points to.
 * - `exact` names one version and is never overwritten.
 * - `newest` names the newest version of a range (`latest`, `1`, `1.2`) and only moves to newer versions.
 * - `branch` follows a branch and does not move to an ancestor of its current commit.
 * - `free` is always set.
 */
export type TagKind = 'exact' | 'newest' | 'branch' | 'free'

export interface NewestOf {
  /** The version of this run, in the form that tags use. */
  readonly version: string
  readonly range: VersionRange
  /** The prefix and suffix of the tags of these versions. */
  readonly affixes: Affixes
}
