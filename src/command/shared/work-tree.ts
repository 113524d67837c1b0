import { stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { findLocalSource, type LocalSource } from '../../nix/check-flake-ref.js'
import type { Exec } from '../../util/exec.js'
import { exists } from '../../util/files.js'
import { asArray, asObject, asOptionalString, asString, type JsonObject, parseJson } from '../../util/json.js'
import { redactAddresses } from '../../util/redact-addresses.js'

/** What Git says about the sources that are built. */
export type WorkTree =
  /** The flake is not a local path, so Git has no work tree of it. */
  | { readonly kind: 'remote' }
  /** No folder above the flake contains a `.git`. */
  | { readonly kind: 'no-git' }
  /** There is a `.git`, but Git does not name a commit. */
  | { readonly kind: 'git-failed'; readonly reason: string; readonly hint: string }
  | CheckedOutCommit

export interface CheckedOutCommit {
  readonly kind: 'commit'
  /** The full SHA. */
  readonly sha: string
  /** Without uncommitted changes to files that Git tracks. */
  readonly isClean: boolean
  /** The branch that is checked out. Missing if HEAD is detached. */
  readonly branch?: string
  /** The Git tags of this commit. */
  readonly tags: readonly string[]
  /** The committer date. */
  readonly commitDate?: Date
  /** The branch of `origin/HEAD`, if Git knows it. */
  readonly defaultBranch?: string
  /** The web page of the remote `origin`, without credentials. */
  readonly page?: string
  /** The parameters of a flake reference to the repository: `dir=images`. Missing if the flake is at its top. */
  readonly parameters?: string
}

/** Encodes a work tree as JSON, for archives and plans. */
export function encodeWorkTree(tree: WorkTree): string {
  return JSON.stringify(tree)
}

/** Parses the output of `encodeWorkTree`. Throws an `Error` that says what is wrong. */
export function parseWorkTree(text: string): WorkTree {
  const value = asObject(parseJson(text, 'the work tree'), 'the work tree')
  switch (value.kind) {
    case 'remote':
    case 'no-git':
      return { kind: value.kind }
    case 'git-failed':
      return {
        kind: 'git-failed',
        reason: asString(value.reason, 'reason'),
        hint: asString(value.hint, 'hint'),
      }
    case 'commit':
      return parseCommit(value)
    default:
      throw new Error(`the kind of the work tree is ${JSON.stringify(value.kind)}`)
  }
}

function parseCommit(value: JsonObject): CheckedOutCommit {
  const sha = asString(value.sha, 'sha')
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(sha)) throw new Error(`${JSON.stringify(sha)} is not a commit`)
  const text = (name: string): string | undefined => asOptionalString(value[name], name)
  const [branch, defaultBranch] = ['branch', 'defaultBranch'].map(text)
  const page = pageUrlOf(text('page'))
  const parameters = parseParameters(text('parameters'))
  const commitDate = parseDate(text('commitDate'))
  return {
    kind: 'commit',
    sha,
    isClean: value.isClean === true,
    tags: asArray(value.tags, 'tags').map(tag => asString(tag, 'tags')),
    ...(branch && { branch }),
    ...(commitDate && { commitDate }),
    ...(defaultBranch && { defaultBranch }),
    ...(page && { page }),
    ...(parameters && { parameters }),
  }
}

/** Describes what was built, for messages: `the commit 0123456789ab`. */
export function describeWorkTree(tree: WorkTree | undefined): string {
  switch (tree?.kind) {
    case undefined:
      return 'a commit that was not recorded'
    case 'remote':
      return 'a flake that is not a local path'
    case 'no-git':
      return 'a folder without Git'
    case 'git-failed':
      return 'a repository that Git could not read'
    case 'commit':
      return `the commit ${tree.sha.slice(0, 12)}${tree.isClean ? '' : ' with uncommitted changes'}`
  }
}

/** True if both were built from the same commit, or both without one for the same reason. */
export function isSameCommit(a: WorkTree | undefined, b: WorkTree | undefined): boolean {
  if (a?.kind === 'commit' && b?.kind === 'commit') return a.sha === b.sha && a.isClean === b.isClean
  return a?.kind === b?.kind
}

/**
 * Returns what several builds of one commit agree on: a branch or a Git tag that only some of them found does not count, because
 * tags would be set for it.
 */
export function findCommonTree([first, ...others]: readonly (WorkTree | undefined)[]): WorkTree | undefined {
  if (first?.kind !== 'commit') return first
  const commits = others.filter(tree => tree?.kind === 'commit')
  const agree = (key: 'branch' | 'defaultBranch' | 'page'): boolean =>
    commits.every(commit => commit[key] === first[key])
  const { branch, defaultBranch, page, ...rest } = first
  return {
    ...rest,
    tags: first.tags.filter(tag => commits.every(({ tags }) => tags.includes(tag))),
    ...(branch && agree('branch') && { branch }),
    ...(defaultBranch && agree('defaultBranch') && { defaultBranch }),
    ...(page && agree('page') && { page }),
  }
}

/** Runs Git and returns its exit code, its output without trailing newlines, and its errors. */
type RunGit = (...args: string[]) => Promise<GitResult>

interface GitResult {
  /** `undefined` if Git could not be started. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Reads the work tree of a flake. Never throws. */
export async function readWorkTree(flake: string, cwd: string, run: Exec): Promise<WorkTree> {
  const source = findLocalSource(flake, cwd)
  if (source === undefined) return { kind: 'remote' }
  if (!(await isInRepository(source.folder))) return { kind: 'no-git' }
  return readRepository(source, gitRunnerIn(source.folder, run))
}

/**
 * Variables that name a repository. A Git hook sets them, and then Git would read that repository instead of the one of the
 * folder.
 */
const REPOSITORY_VARIABLES = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_NAMESPACE: undefined,
}

/** Runs Git in a folder. */
export function gitRunnerIn(folder: string, run: Exec): RunGit {
  return async (...args) => {
    // A password prompt would hang. The messages of Git are quoted, so they are in English.
    const env = { ...REPOSITORY_VARIABLES, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' }
    try {
      const { code, stdout, stderr } = await run('git', args, { cwd: folder, env })
      return { code, stdout: stdout.trimEnd(), stderr }
    } catch (error) {
      return { code: undefined, stdout: '', stderr: error instanceof Error ? error.message : String(error) }
    }
  }
}

/**
 * Tells if a folder is in a work tree, or is a bare repository. Does not run Git, which may be missing or may fail. Like Git,
 * does not search in the folders of GIT_CEILING_DIRECTORIES and above them.
 */
async function isInRepository(folder: string): Promise<boolean> {
  if (await exists(join(folder, '.git'))) return true
  if (await isBareRepository(folder)) return true
  const parent = dirname(folder)
  const ceilings = process.env.GIT_CEILING_DIRECTORIES?.split(delimiter) ?? []
  return parent !== folder && !ceilings.includes(parent) && isInRepository(parent)
}

async function isBareRepository(folder: string): Promise<boolean> {
  const isFolder = (name: string): Promise<boolean> =>
    stat(join(folder, name)).then(
      stats => stats.isDirectory(),
      () => false,
    )
  return (await exists(join(folder, 'HEAD'))) && (await isFolder('objects')) && (await isFolder('refs'))
}

async function readRepository(source: LocalSource, git: RunGit): Promise<WorkTree> {
  const wanted = source.commit ?? source.ref
  const [head, status] = await Promise.all([
    git('rev-parse', '--verify', '--end-of-options', `${wanted ?? 'HEAD'}^{commit}`),
    // A reference with a commit does not read the files of the work tree.
    wanted === undefined ? git('status', '--porcelain', '--untracked-files=no') : undefined,
  ])
  if (head.code !== 0) return describeFailure(head, wanted)
  if (status !== undefined && status.code !== 0 && !isBare(status)) return describeFailure(status, wanted)
  if (source.isCopied && !(await isTracked('flake.nix', git))) return { kind: 'no-git' }
  const sha = head.stdout
  const [date, branch, tags, originHead, remote, prefix] = await Promise.all([
    git('show', '-s', '--format=%cI', sha),
    readBranch(source, git),
    git('tag', '--points-at', sha),
    git('symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'),
    git('remote', 'get-url', 'origin'),
    git('rev-parse', '--show-prefix'),
  ])
  if (branch?.sha !== undefined && branch.sha !== sha) return describeAmbiguity(branch.name)
  const commitDate = parseDate(outputOf(date))
  const defaultBranch = outputOf(originHead)?.replace(/^refs\/remotes\/origin\//, '')
  const page = pageUrlOf(outputOf(remote))
  const parameters = await findParameters(source, outputOf(prefix) ?? '')
  return {
    kind: 'commit',
    sha,
    isClean: status === undefined || status.stdout === '',
    tags: outputOf(tags)?.split('\n') ?? [],
    ...(branch && { branch: branch.name }),
    ...(commitDate && { commitDate }),
    ...(defaultBranch && { defaultBranch }),
    ...(page && { page }),
    ...(parameters && { parameters }),
  }
}

/** Nix looks for the `flake.nix` of a path in the folders above it, too. */
async function findParameters(source: LocalSource, prefix: string): Promise<string> {
  const { folder, dir, hasSubmodules } = source
  const below = prefix.split('/').filter(part => part !== '')
  let up = folder
  // A flake in a commit is in the folder that the parameter `dir` names.
  while (dir === undefined && below.length > 0 && !(await exists(join(up, 'flake.nix')))) {
    up = dirname(up)
    below.pop()
  }
  const path = [...below, ...(dir?.split('/') ?? [])].filter(part => part !== '' && part !== '.').join('/')
  return formatParameters({ ...(path && { dir: path }), ...(hasSubmodules && { submodules: '1' }) })
}

function formatParameters(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString().replaceAll('%2F', '/')
}

/** Keeps only parameters that `findParameters` returns: an archive must not decide what else Nix does. */
export function parseParameters(text: string | undefined): string {
  const parameters = new URLSearchParams(text ?? '')
  const [dir, submodules] = [parameters.get('dir'), parameters.get('submodules')]
  return formatParameters({ ...(dir && { dir }), ...(submodules === '1' && { submodules }) })
}

/** Nix builds the commit of HEAD then. */
function isBare({ stderr }: GitResult): boolean {
  return /must be run in a work tree/.test(stderr)
}

/** A repository above a flake, such as one in a home folder, need not contain the flake. */
async function isTracked(file: string, git: RunGit): Promise<boolean> {
  const { code } = await git('ls-files', '--error-unmatch', '--', file)
  return code === 0
}

/** A flake reference such as `git+file:.?ref=main` names the branch that is built. */
async function readBranch(
  { ref, commit }: LocalSource,
  git: RunGit,
): Promise<{ readonly name: string; readonly sha?: string } | undefined> {
  if (commit !== undefined) return undefined
  if (ref === undefined) {
    // With `--short`, the branch `main` is `heads/main` if there is a Git tag `main`.
    const head = outputOf(await git('symbolic-ref', '--quiet', 'HEAD'))
    return head?.startsWith(BRANCHES) ? { name: head.slice(BRANCHES.length) } : undefined
  }
  const name = ref.startsWith(BRANCHES) ? ref.slice(BRANCHES.length) : ref
  const commitName = `${BRANCHES}${name}^{commit}`
  const sha = outputOf(await git('rev-parse', '--verify', '--quiet', '--end-of-options', commitName))
  return sha === undefined ? undefined : { name, sha }
}

const BRANCHES = 'refs/heads/'

/** Nix 2.18 takes the branch, later versions take the Git tag. */
function describeAmbiguity(name: string): WorkTree {
  return {
    kind: 'git-failed',
    reason: `${name} is a branch and a Git tag`,
    hint: `Write ref=${BRANCHES}${name} or ref=refs/tags/${name} in the flake reference.`,
  }
}

/** Returns `undefined` if Git failed or printed nothing. */
function outputOf({ code, stdout }: GitResult): string | undefined {
  return code === 0 && stdout !== '' ? stdout : undefined
}

function describeFailure({ code, stderr }: GitResult, wanted: string | undefined): WorkTree {
  if (code === undefined) {
    const hint = 'Install Git, and check that it is on PATH.'
    return { kind: 'git-failed', reason: firstLineOf(stderr), hint }
  }
  if (/dubious ownership/.test(stderr)) {
    const hint =
      'Run this as the owner of the folder, or trust the folder: `git config --global --add safe.directory <folder>`.'
    return { kind: 'git-failed', reason: firstLineOf(stderr), hint }
  }
  if (/Needed a single revision|unknown revision|ambiguous argument/.test(stderr)) {
    return wanted === undefined
      ? { kind: 'git-failed', reason: 'the repository has no commit yet', hint: 'Commit your files.' }
      : {
          kind: 'git-failed',
          reason: `the repository has no commit ${wanted}`,
          hint: 'Fetch the commit, or correct the flake reference.',
        }
  }
  return {
    kind: 'git-failed',
    reason: firstLineOf(stderr) || `git ended with exit code ${code}`,
    hint: 'Run `git status` in the folder of the flake to see the error.',
  }
}

function firstLineOf(text: string): string {
  const [line = ''] = text.trim().split('\n')
  return redactAddresses(line.replace(/^fatal: /, ''))
}

export function parseDate(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

/**
 * Returns the web page for the URL of a Git remote (https, ssh, git or scp-like): only its host and its path, because the rest
 * may contain credentials.
 */
export function pageUrlOf(remote: string | undefined): string | undefined {
  if (remote === undefined) return undefined
  const scp = /^(?:[^@/]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(remote)
  const [, host, rawPath] =
    scp ?? /^(?:https?|ssh|git):\/\/(?:[^/]*@)?([\w.-]+)(?::\d+)?\/(.+)$/.exec(remote) ?? []
  const path = rawPath
    ?.replace(/[?#].*$/s, '')
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
  return host && path ? `https://${host}/${path}` : undefined
}
