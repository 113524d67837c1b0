import type { Affixes, VersionRange } from './version.js'

/** Where in Git's history a run stands, as far as that is known. */
export interface GitRef {
  /** What started the run on GitHub: `push`, `pull_request`, `schedule`, `release`, …; `undefined` elsewhere. */
  readonly event?: string
  /** `commit` is one that is checked out by itself; with `none` there is no Git. */
  readonly kind: 'branch' | 'tag' | 'pull-request' | 'commit' | 'none'
  /** The branch's or the tag's short name; for a pull request, its head branch. */
  readonly name?: string
  /** The pull request's number. */
  readonly number?: number
  /** The branch that a pull request wants to be merged into. */
  readonly base?: string
  readonly defaultBranch?: string
  /** The whole commit, in 40 (or 64) hex digits. */
  readonly sha?: string
  /** When the commit was made. */
  readonly commitDate?: Date
}

/** Whether this is a push to the branch that the repository is known by, or something of its kind. */
export function isDefaultBranch({ kind, name, defaultBranch }: GitRef): boolean {
  return kind === 'branch' && name !== undefined && name === defaultBranch
}

/**
 * Why a tag may move, which is decided against what the registry has:
 * - `exact` names one version, and is never rewritten;
 * - `newest` names the newest version of a line (`latest`, `1`, `1.2`), and moves only to newer ones;
 * - `branch` follows a branch, and does not move to a commit that is an ancestor of what it holds;
 * - `free` is set as it was asked for.
 */
export type TagKind = 'exact' | 'newest' | 'branch' | 'free'

/** A tag that a run asks for. */
export interface RequestedTag {
  readonly tag: string
  readonly kind: TagKind
  /** Of a `newest` tag: among which versions ours has to be the newest. */
  readonly newestOf?: NewestOf
}

export interface NewestOf {
  /** Ours, as it stands in tags. */
  readonly version: string
  readonly range: VersionRange
  /** What the versions' own tags have before and after the version. */
  readonly affixes: Affixes
}

/** What tags are made from. */
export interface TagSubject {
  /** Of the input, else of the image; may be no semver. */
  readonly version?: string
  readonly ref: GitRef
  readonly now: Date
}
