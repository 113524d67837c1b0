import type { GitRef } from '../../tags/subject.js'
import { chooseGitTag } from '../../tags/version-name.js'
import { nameInput } from '../../util/input-name.js'
import type { CheckedOutCommit, WorkTree } from './work-tree.js'

/** What GitHub says about a workflow run. */
export interface RunEvent {
  /** GITHUB_EVENT_NAME */
  readonly name: string
  /** GITHUB_REF; empty for a deployment of a commit. */
  readonly ref: string
  /** GITHUB_SHA */
  readonly sha: string
  readonly headRef?: string
  readonly baseRef?: string
  readonly defaultBranch?: string
  /** The number of the pull request that the event is about; also for a comment on it. */
  readonly pullRequest?: number
  /** The date of the commit `sha`, if the event contains it. */
  readonly commitDate?: Date
  /** The run after which a `workflow_run` event was sent. */
  readonly cause?: CausingRun
}

export interface CausingRun {
  readonly event: string
  readonly sha: string
  /** The name of its branch, or of its tag: GitHub uses one field for both. */
  readonly branch: string
  /** It ran for a commit of this repository, not of a fork. */
  readonly isOwn: boolean
}

/** Facts about a run that decide what its images are made from. */
export interface RunFacts {
  /** Missing outside GitHub. */
  readonly event?: RunEvent
  /** What is built; `undefined` if no build has recorded it, as older versions did not. */
  readonly tree: WorkTree | undefined
  /** A person started the run on their machine: `CI` is not set. */
  readonly isPersonal: boolean
}

export interface RefDecision {
  readonly ref: GitRef
  readonly warning?: string
}

interface Row {
  /** The situation, as docs/tags.md names it. */
  readonly when: string
  readonly matches: (facts: RunFacts) => boolean
  readonly decide: (facts: RunFacts) => RefDecision
}

/**
 * Decides what a run builds: a branch, a tag, a pull request, a commit, or something that has no known commit. The first row that
 * matches counts. A branch or a tag needs a positive reason: the commit that is built is the one that the event is about. See the
 * table in docs/tags.md.
 */
export function decideRef(facts: RunFacts): RefDecision {
  const row = ROWS.find(({ matches }) => matches(facts))
  if (row === undefined) throw new Error('the last row matches everything')
  const { ref, ...rest } = row.decide(facts)
  const { event } = facts
  const defaultBranch = event === undefined ? undefined : defaultBranchOf(event)
  return {
    ref: { ...ref, ...(event && { event: event.name }), ...(defaultBranch && { defaultBranch }) },
    ...rest,
  }
}

export const ROWS: readonly Row[] = [
  {
    when: 'GitHub: a pull request, a merge queue, or a `workflow_run` after one of them',
    matches: ({ event }) => event !== undefined && isPullRequestRun(event),
    decide: ({ event, tree }) => ({ ref: makePullRequest(event as RunEvent, tree) }),
  },
  {
    when: 'GitHub: a comment on a pull request, and the commit of the event is not checked out',
    matches: ({ event, tree }) =>
      event?.pullRequest !== undefined && tree !== undefined && shaOf(tree) !== event.sha,
    decide: ({ event, tree }) => ({ ref: makePullRequest(event as RunEvent, tree) }),
  },
  {
    when: 'Git fails',
    matches: ({ tree }) => tree?.kind === 'git-failed',
    decide: ({ tree }) => {
      const { reason, hint } = tree as Extract<WorkTree, { kind: 'git-failed' }>
      return {
        ref: { kind: 'git-failed' },
        warning:
          `Git cannot read the commit that is built: ${reason}. ` +
          `Only tags that are named in ${nameInput('tags')} are set. ${hint}`,
      }
    },
  },
  {
    when: 'the flake is not a local path',
    matches: ({ tree }) => tree?.kind === 'remote',
    decide: () => ({
      ref: { kind: 'no-commit' },
      warning: `The flake is not a local path. ${describeUnknownCommit()}`,
    }),
  },
  {
    when: 'no folder above the flake has a `.git`, on GitHub or with `CI=true`',
    matches: ({ tree, isPersonal }) => tree?.kind === 'no-git' && !isPersonal,
    decide: () => ({
      ref: { kind: 'no-commit' },
      warning: `The flake is not in a Git repository. ${describeUnknownCommit()}`,
    }),
  },
  {
    when: 'no folder above the flake has a `.git`, on your machine',
    matches: ({ tree, event }) => tree?.kind === 'no-git' && event === undefined,
    decide: () => ({ ref: { kind: 'none' } }),
  },
  {
    when: 'GitHub: the commit of the event is checked out',
    matches: ({ event, tree }) => event !== undefined && (tree === undefined || shaOf(tree) === event.sha),
    decide: ({ event, tree }) => ({ ref: makeEventRef(event as RunEvent, tree) }),
  },
  {
    when: 'GitHub: the commit of the run before a `workflow_run` is checked out',
    matches: ({ event, tree }) =>
      event?.cause !== undefined && tree !== undefined && shaOf(tree) === event.cause.sha,
    decide: ({ event, tree }) => ({
      ref: makeCauseRef(event as RunEvent & { cause: CausingRun }, tree as CheckedOutCommit),
    }),
  },
  {
    when: 'GitHub: another commit is checked out',
    matches: ({ event }) => event !== undefined,
    decide: ({ event, tree }) => {
      const commit = tree as CheckedOutCommit
      const [built, expected] = [commit.sha, event?.sha ?? ''].map(sha => sha.slice(0, 12))
      return {
        ref: { kind: 'commit', sha: commit.sha, ...(commit.commitDate && { commitDate: commit.commitDate }) },
        warning:
          `The commit ${built} is checked out, but the event ${event?.name} is for ${expected}: ` +
          `only the tag sha-${commit.sha.slice(0, 7)} is set. ` +
          `Check out the commit of the event, or name the tags with ${nameInput('tags')}.`,
      }
    },
  },
  {
    when: 'a branch is checked out',
    matches: ({ tree }) => tree?.kind === 'commit' && tree.branch !== undefined,
    decide: ({ tree }) => {
      const commit = tree as CheckedOutCommit
      const { branch = '', defaultBranch = branch === 'master' ? 'master' : 'main' } = commit
      return { ref: { kind: 'branch', name: branch, defaultBranch, ...commitOf(commit) } }
    },
  },
  {
    when: 'a commit with Git tags is checked out',
    matches: ({ tree }) => tree?.kind === 'commit' && tree.isClean && tree.tags.length > 0,
    decide: ({ tree }) => {
      const commit = tree as CheckedOutCommit
      const { tags } = commit
      const several = tags.length > 1 ? { tags } : {}
      return { ref: { kind: 'tag', name: chooseGitTag(tags), ...several, ...commitOf(commit) } }
    },
  },
  {
    when: 'a commit without Git tags is checked out',
    matches: ({ tree }) => tree?.kind === 'commit',
    decide: ({ tree }) => ({ ref: { kind: 'commit', ...commitOf(tree as CheckedOutCommit) } }),
  },
  {
    when: 'no commit is recorded in the archives',
    matches: () => true,
    decide: () => ({ ref: { kind: 'no-commit' } }),
  },
]

function describeUnknownCommit(): string {
  return (
    'The commit that is built is not known, so only the tag of the exact version is set. ' +
    `Check out the repository, or name the tags with ${nameInput('tags')}.`
  )
}

/** Also the branches of a merge queue, which a `push` event may be about. */
const MERGE_QUEUE_REF = /^refs\/heads\/gh-readonly-queue\//

function isPullRequestRun({ name, ref, cause }: RunEvent): boolean {
  const isPullRequest = (event: string): boolean => /^(pull_request|merge_group)/.test(event)
  return (
    isPullRequest(name) ||
    /^refs\/pull\//.test(ref) ||
    MERGE_QUEUE_REF.test(ref) ||
    (cause !== undefined &&
      (isPullRequest(cause.event) || !cause.isOwn || MERGE_QUEUE_REF.test(`refs/heads/${cause.branch}`)))
  )
}

function makePullRequest(event: RunEvent, tree: WorkTree | undefined): GitRef {
  const { headRef, baseRef, pullRequest, sha, commitDate } = event
  const number = pullRequest ?? numberOf(event.ref)
  return {
    kind: 'pull-request',
    ...(headRef && { name: headRef }),
    ...(number !== undefined && { number }),
    ...(baseRef && { base: baseRef }),
    ...(tree?.kind === 'commit'
      ? commitOf(tree)
      : { ...(sha && { sha }), ...(commitDate && { commitDate }) }),
  }
}

function numberOf(ref: string): number | undefined {
  const [, number] = /^refs\/pull\/(\d{1,15})\//.exec(ref) ?? []
  return number === undefined ? undefined : Number(number)
}

function makeEventRef({ ref, sha, commitDate }: RunEvent, tree: WorkTree | undefined): GitRef {
  const date = commitDate ?? (tree?.kind === 'commit' ? tree.commitDate : undefined)
  const commit = { ...(sha && { sha }), ...(date && { commitDate: date }) }
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? []
  if (name === undefined) return { kind: sha ? 'commit' : 'no-commit', ...commit }
  return { kind: kind === 'tags' ? 'tag' : 'branch', name, ...commit }
}

/** A push of a Git tag and a push of a branch look alike. A tag of this name at the commit is the reason to believe in a tag. */
function makeCauseRef({ cause: { branch } }: { cause: CausingRun }, tree: CheckedOutCommit): GitRef {
  if (branch === '') return { kind: 'commit', ...commitOf(tree) }
  const kind = tree.tags.includes(branch) ? 'tag' : 'branch'
  return { kind, name: branch, ...commitOf(tree) }
}

/** With uncommitted changes, there is no commit of what is built. */
function commitOf({ sha, isClean, commitDate }: CheckedOutCommit): Pick<GitRef, 'sha' | 'commitDate'> {
  return isClean ? { sha, ...(commitDate && { commitDate }) } : {}
}

function shaOf(tree: WorkTree): string | undefined {
  return tree.kind === 'commit' ? tree.sha : undefined
}

/** Events whose GITHUB_REF is the default branch. Their payload may not name it. */
const DEFAULT_BRANCH_EVENTS = new Set([
  'branch_protection_rule',
  'check_run',
  'check_suite',
  'delete',
  'discussion',
  'discussion_comment',
  'fork',
  'gollum',
  'image_version',
  'issue_comment',
  'issues',
  'label',
  'milestone',
  'page_build',
  'public',
  'repository_dispatch',
  'schedule',
  'status',
  'watch',
  'workflow_run',
])

function defaultBranchOf({ name, ref, defaultBranch }: RunEvent): string | undefined {
  if (defaultBranch !== undefined || !DEFAULT_BRANCH_EVENTS.has(name)) return defaultBranch
  return /^refs\/heads\/(.+)$/s.exec(ref)?.[1]
}
