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
