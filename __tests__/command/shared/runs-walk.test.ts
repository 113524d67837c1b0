import { mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { decideRef, type RunEvent } from '../../../src/command/shared/decide-ref.js'
import { readWorkTree, type WorkTree } from '../../../src/command/shared/work-tree.js'
import { chooseTags } from '../../../src/tags/choose-tags.js'
import { mayMove } from '../../../src/tags/may-move.js'
import { parseFlavor, parseTagRequest } from '../../../src/tags/parse-tags-input.js'
import { commitIn, gitRepositoryIn, runGit } from '../../support/git-repository.js'
import { seeded } from '../../support/images.js'
import { testWith } from '../../support/programs.js'

/** The full count is 100000 steps with modelled answers of Git, and 300 with real Git. */
const STEPS = Number(process.env.WALK_STEPS ?? 1000)
const GIT_STEPS = Number(process.env.WALK_GIT_STEPS ?? 6)
const SEED = Number(process.env.WALK_SEED ?? 1)

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

/** A commit of a repository, and the branches and Git tags that point to it. */
interface Commit {
  readonly sha: string
  readonly branches: readonly string[]
  readonly gitTags: readonly string[]
  /** Only pull requests have it. */
  readonly pullRequest?: number
}

const shaOf = (n: number): string => String(n).padStart(2, '0').repeat(20)

/** Each branch and Git tag is at one commit. */
const COMMITS: readonly Commit[] = [
  { sha: shaOf(1), branches: ['main'], gitTags: [] },
  { sha: shaOf(2), branches: ['feature'], gitTags: [] },
  { sha: shaOf(3), branches: ['é-main'], gitTags: ['v1.2.3', 'nightly', 'v1.2.3-rc.1'] },
  { sha: shaOf(4), branches: ['1.2'], gitTags: ['fd/v1.4.0'] },
  { sha: shaOf(5), branches: ['pr-7', 'ошибка-1'], gitTags: ['v0.9.0'] },
  { sha: shaOf(6), branches: [], gitTags: [], pullRequest: 7 },
  { sha: shaOf(7), branches: [], gitTags: [] },
]

type Checkout = Commit | 'no-git' | 'git-failed' | 'remote'

/** A run, and what is true about it. */
interface Run {
  readonly event?: RunEvent
  readonly isPersonal: boolean
  readonly checkout: Checkout
  /** The branch that is checked out, outside GitHub. */
  readonly branch?: string
  /** The ref that the event is about, if its commit is checked out. */
  readonly about?: { readonly kind: 'branch' | 'tag' | 'pull-request' | 'none'; readonly name: string }
}

const DEFAULT_REF_EVENTS = ['schedule', 'issues', 'repository_dispatch', 'issue_comment', 'workflow_run']
const REF_EVENTS = ['push', 'workflow_dispatch', 'release', 'deployment', 'create']

function randomRun(random: () => number): Run {
  const checkout: Checkout =
    random() < 0.8 ? pick(random, COMMITS) : pick(random, ['no-git', 'git-failed', 'remote'] as const)
  if (random() < 0.3) return randomLocalRun(random, checkout)
  const [main] = COMMITS as readonly [Commit, ...Commit[]]
  const draw = random()
  if (draw < 0.2) {
    const name = pick(random, ['pull_request', 'pull_request_target', 'merge_group'])
    const ref = name === 'merge_group' ? 'refs/heads/gh-readonly-queue/main/pr-7-x' : 'refs/pull/7/merge'
    const event = { name, ref, sha: pick(random, COMMITS).sha, defaultBranch: 'main' }
    const number = name === 'merge_group' ? {} : { pullRequest: 7 }
    return {
      event: { ...event, ...number },
      isPersonal: false,
      checkout,
      about: { kind: 'pull-request', name: '7' },
    }
  }
  if (draw < 0.5) {
    const name = pick(random, DEFAULT_REF_EVENTS)
    const event = { name, ref: 'refs/heads/main', sha: main.sha, defaultBranch: 'main' }
    const isAtMain = checkout === main
    const about = isAtMain ? ({ kind: 'branch', name: 'main' } as const) : undefined
    if (name === 'issue_comment' && random() < 0.7)
      return {
        event: { ...event, pullRequest: 7 },
        isPersonal: false,
        checkout,
        ...(about ? { about } : { about: { kind: 'pull-request', name: '7' } }),
      }
    if (name === 'workflow_run')
      return randomWorkflowRun(random, { event, isPersonal: false, checkout, ...(about && { about }) })
    return { event, isPersonal: false, checkout, ...(about && { about }) }
  }
  const target = pick(
    random,
    COMMITS.filter(({ branches, gitTags }) => branches.length + gitTags.length > 0),
  )
  const refs = [
    ...target.branches.map(name => ({ kind: 'branch' as const, name, ref: `refs/heads/${name}` })),
    ...target.gitTags.map(name => ({ kind: 'tag' as const, name, ref: `refs/tags/${name}` })),
  ]
  const { kind, name, ref } = pick(random, refs)
  const isBare = random() < 0.1
  const event = {
    name: pick(random, REF_EVENTS),
    ref: isBare ? '' : ref,
    sha: target.sha,
    defaultBranch: 'main',
  }
  const about = isBare ? ({ kind: 'none', name: '' } as const) : { kind, name }
  return { event, isPersonal: false, checkout, ...(checkout === target && { about }) }
}

function randomLocalRun(random: () => number, checkout: Checkout): Run {
  const isPersonal = random() < 0.7
  if (typeof checkout === 'string') return { isPersonal, checkout }
  const branch = random() < 0.7 ? checkout.branches[0] : undefined
  return { isPersonal, checkout, ...(branch !== undefined && { branch }) }
}

function randomWorkflowRun(random: () => number, run: Run & { event: RunEvent }): Run {
  const causing = pick(random, COMMITS)
  const isOwn = random() < 0.8
  const name = pick(random, [...causing.branches, ...causing.gitTags, ''])
  const cause = {
    event: pick(random, ['push', 'pull_request', 'schedule']),
    sha: causing.sha,
    branch: name,
    isOwn,
  }
  const event = { ...run.event, cause }
  if (!isOwn || cause.event === 'pull_request')
    return { ...run, event, about: { kind: 'pull-request', name: '' } }
  if (run.about !== undefined || run.checkout !== causing) return { ...run, event }
  const kind = name === '' ? 'none' : causing.branches.includes(name) ? 'branch' : 'tag'
  return { ...run, event, about: { kind, name } }
}

/** What Git answers for a checkout. */
function treeOf({ checkout, branch }: Run): WorkTree {
  if (checkout === 'git-failed') return { kind: 'git-failed', reason: 'dubious ownership', hint: 'Trust it.' }
  if (typeof checkout === 'string') return { kind: checkout }
  return {
    kind: 'commit',
    sha: checkout.sha,
    isClean: true,
    tags: checkout.gitTags,
    ...(branch && { branch }),
  }
}

const VERSIONS = ['1.2.3', '1.2.4', '0.9.0', '2024.05.1', undefined]

/**
 * Says what is wrong with a tag of a run, by the rules of docs/tags.md. Does not use the code under test: it only knows what is
 * checked out and what the event is about.
 */
function findError(tag: string, run: Run): string | undefined {
  const { checkout, about, event, branch, isPersonal } = run
  const built = typeof checkout === 'string' ? undefined : checkout
  const isLocal = event === undefined
  if (checkout === 'git-failed' && about?.kind !== 'pull-request') return 'Git failed'
  if (tag.startsWith('pr-') && /^pr-\d+$/.test(tag))
    return about?.kind === 'pull-request' && tag === `pr-${about.name}` ? undefined : 'another pull request'
  if (about?.kind === 'pull-request') return 'a pull request has only its own tag'
  if (/^sha-[0-9a-f]{7}$/.test(tag)) return built?.sha.startsWith(tag.slice(4)) ? undefined : 'another commit'
  const isExact = /^\d+(\.\d+){2,}$/.test(tag)
  const isMoving = /^(latest|\d+(\.\d+)?)$/.test(tag)
  if (checkout === 'remote' || (checkout === 'no-git' && (!isLocal || !isPersonal)))
    return isExact ? undefined : 'the commit is not known'
  if (checkout === 'no-git') return isExact || isMoving ? undefined : 'there is no branch'
  if (built === undefined) return 'the commit is not known'
  const reason = isLocal ? localReason(built, branch) : about
  if (reason === undefined || reason.kind === 'none') return 'there is no reason for more than the commit'
  if (reason.kind === 'tag' && /^fd[/@]/.test(reason.name)) return 'the Git tag is for another container'
  if (isExact || (isMoving && tag !== '1.2'))
    return reason.kind === 'tag' || reason.name === 'main'
      ? undefined
      : `${reason.name} is not the default branch`
  const names = [...built.branches, ...built.gitTags].filter(name => name === reason.name)
  const isNameOf = (name: string): boolean =>
    tag === name ||
    (new RegExp(`^${name.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '')}-[0-9a-f]{7}$`).test(tag) &&
      tag !== name)
  if (names.some(isNameOf)) return undefined
  return tag === '1.2' && (reason.kind === 'tag' || reason.name === 'main')
    ? undefined
    : 'the name of another ref'
}

function localReason(built: Commit, branch: string | undefined): Run['about'] {
  if (branch !== undefined) return { kind: 'branch', name: branch }
  if (built.gitTags.length === 0) return undefined
  return { kind: 'tag', name: built.gitTags.find(name => name === 'v1.2.3') ?? built.gitTags[0] ?? '' }
}

function tagsOf(run: Run, tree: WorkTree, version: string | undefined): string[] {
  const { event, isPersonal } = run
  const { ref } = decideRef({ tree, isPersonal, ...(event && { event }) })
  const subject = { ref, now: new Date(0), names: ['hello'], ...(version !== undefined && { version }) }
  return chooseTags(parseTagRequest('auto'), parseFlavor(''), subject).map(({ tag }) => tag)
}

function check(run: Run, tree: WorkTree, version: string | undefined): { tags: string[]; errors: string[] } {
  const tags = tagsOf(run, tree, version)
  const errors = tags.flatMap(tag => {
    const error = findError(tag, run)
    return error === undefined ? [] : [`${tag}: ${error} in ${JSON.stringify({ run, version })}`]
  })
  return { tags, errors }
}

describe('a walk over events, checkouts and answers of Git', () => {
  test('no tag is for a commit that it should not name', () => {
    const random = seeded(SEED)
    const seen = new Map<string, number>()
    for (let step = 0; step < STEPS; step++) {
      const run = randomRun(random)
      const { tags, errors } = check(run, treeOf(run), pick(random, VERSIONS))
      expect(errors).toEqual([])
      for (const tag of tags) seen.set(tag, (seen.get(tag) ?? 0) + 1)
    }
    // The walk reaches all kinds of tags.
    for (const tag of ['latest', '1.2.3', '1.2', 'main', 'feature', 'pr-7', 'sha-0101010', 'nightly'])
      expect([tag, seen.get(tag)]).toEqual([tag, expect.any(Number)])
  })

  test('the oracle finds a wrong tag', () => {
    const [main, feature] = COMMITS as [Commit, Commit]
    const event = { name: 'push', ref: 'refs/heads/main', sha: main.sha, defaultBranch: 'main' }
    const run: Run = { event, isPersonal: false, checkout: feature }
    for (const tag of ['latest', '1.2.3', 'main', 'sha-0101010', 'pr-7', 'feature'])
      expect([tag, findError(tag, run)]).toEqual([tag, expect.any(String)])
    expect(findError('sha-0202020', run)).toBeUndefined()
  })
})

describe('two runs at once, with complete and incomplete lists of tags', () => {
  /** Versions are compared number by number. */
  const isOlder = (a: string, b: string): boolean => {
    const [x, y] = [a, b].map(text => text.split('.').map(Number)) as [number[], number[]]
    const n = x.findIndex((value, index) => value !== y[index])
    return n >= 0 && (x[n] ?? 0) < (y[n] ?? 0)
  }

  test('`latest` never goes back to an older version', () => {
    const random = seeded(SEED)
    for (let step = 0; step < STEPS / 10; step++) {
      const tags = new Map<string, string>()
      const versions = Array.from({ length: 8 }, () =>
        [1, 2].map(() => [0, 0, 0].map(() => Math.floor(random() * 3)).join('.')),
      )
      for (const pair of versions) {
        // Both runs read the registry before either of them sets a tag.
        const states = pair.map(() => {
          const isTagListIncomplete = random() < 0.3
          const all = [...tags.keys()]
          const list = isTagListIncomplete ? all.slice(0, Math.floor(random() * all.length)) : all
          return { list, isTagListIncomplete }
        })
        pair.forEach((version, n) => {
          const subject = { ref: { kind: 'none' as const }, now: new Date(0), version }
          const { list = [], isTagListIncomplete = false } = states[n] ?? {}
          for (const requested of chooseTags(parseTagRequest('auto'), parseFlavor(''), subject)) {
            // Before a tag is set, the run reads it and the list again.
            const current = tags.get(requested.tag)
            const known = isTagListIncomplete ? list : [...tags.keys()]
            const state = {
              current: current === undefined ? undefined : { digest: current, version: current },
              tags: known,
              isTagListIncomplete,
              relation: 'unknown' as const,
            }
            if (mayMove(requested, { digest: version, version }, state, false).kind !== 'set') continue
            if (requested.tag === 'latest' && current !== undefined)
              expect([current, version, isOlder(version, current)]).toEqual([current, version, false])
            if (requested.kind === 'newest') expect(isTagListIncomplete).toBe(false)
            tags.set(requested.tag, version)
          }
        })
      }
    }
  })
})

const testGit = testWith('git')

describe('with real Git', () => {
  testGit(
    'no tag is for a commit that it should not name',
    async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'walk-')))
      const git = gitRepositoryIn(folder)
      const random = seeded(SEED)
      try {
        git('init', '-qb', 'start')
        // The real commits, by their modelled ones.
        const real = new Map(
          COMMITS.map(commit => {
            commitIn(folder, commit.sha)
            const sha = git('rev-parse', 'HEAD')
            for (const name of commit.branches) git('branch', name)
            for (const name of commit.gitTags) git('tag', name)
            return [commit.sha, sha] as const
          }),
        )
        const realOf = (sha: string): string => real.get(sha) ?? sha
        const commits = new Map(COMMITS.map(commit => [commit, { ...commit, sha: realOf(commit.sha) }]))
        for (let step = 0; step < GIT_STEPS; step++) {
          const modelled = randomRun(random)
          const { event, checkout } = modelled
          const run: Run = {
            ...modelled,
            checkout: typeof checkout === 'string' ? checkout : (commits.get(checkout) as Commit),
            ...(event && {
              event: {
                ...event,
                sha: realOf(event.sha),
                ...(event.cause && { cause: { ...event.cause, sha: realOf(event.cause.sha) } }),
              },
            }),
          }
          const tree = await readState(run, folder, git)
          const { errors } = check(run, tree, pick(random, VERSIONS))
          expect(errors).toEqual([])
        }
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    600_000,
  )

  /** Brings the repository into the state of a run, reads it, and restores it. */
  async function readState(run: Run, folder: string, git: (...args: string[]) => string): Promise<WorkTree> {
    const { checkout, branch } = run
    const read = (flake: string): Promise<WorkTree> => readWorkTree(flake, folder, runGit)
    if (checkout === 'remote') return read('github:o/r')
    if (typeof checkout === 'object') {
      git('checkout', '-qf', ...(branch === undefined ? ['--detach', checkout.sha] : [branch]))
      return read('.')
    }
    const [from, to] = checkout === 'no-git' ? ['.git', '.hidden'] : ['.git/HEAD', '.git/hidden']
    renameSync(join(folder, from), join(folder, to))
    try {
      return await read('.')
    } finally {
      renameSync(join(folder, to), join(folder, from))
    }
  }
})
