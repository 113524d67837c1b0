import type { Digest } from '../../oci/digest.js'
import { formatReference } from '../../oci/reference.js'
import type { RequestedTag } from '../../tags/choose-tags.js'
import { type CommitRelation, mayMove, type TagDecision, type TaggedVersion } from '../../tags/may-move.js'
import { UserError } from '../../util/error.js'
import { type Git, gitIn } from '../shared/git.js'
import type { Decision } from '../shared/merge-result.js'
import type { PlatformImage } from '../shared/platform-image.js'
import { contentOf, differenceOf, type TaggedImage } from '../shared/published.js'
import type { Target } from './make-index.js'

export interface Tagging {
  readonly history: History
  /** The branch that the run is for. */
  readonly branch: string | undefined
  readonly overwrite: boolean
  /** Of what we have, without what passes from commit to commit. */
  readonly content: Digest
  /** What our images are made from. */
  readonly pieces: readonly Pick<PlatformImage, 'system' | 'derivation'>[]
}

/** Decides about every wanted tag of a repository by what it holds now. */
export async function decideAll(target: Target, ours: TaggedVersion, tagging: Tagging): Promise<Decision[]> {
  const { held, tags } = target.standing
  const asksHistory = target.wanted.some(wanted => isContested(wanted, held.get(wanted.tag), ours))
  const overtaken = asksHistory && (await isOvertaken(tags, ours, tagging))
  return Promise.all(target.wanted.map(wanted => decide(target, wanted, ours, overtaken, tagging)))
}

/** Whether history decides: a tag that follows commits holds something else. */
function isContested(
  { kind }: RequestedTag,
  there: TaggedImage | undefined,
  { digest }: TaggedVersion,
): boolean {
  return (kind === 'branch' || kind === 'newest') && there !== undefined && there.digest !== digest
}

/**
 * Whether a run for a later commit of the branch was here already. What it found unchanged still bears an older commit, so its
 * own tag, which is the last that a run sets, is the only trace of it.
 */
async function isOvertaken(
  tags: readonly string[],
  { revision }: TaggedVersion,
  { history, branch }: Tagging,
): Promise<boolean> {
  if (revision === undefined || branch === undefined) return false
  const commits = tags.flatMap(tag => /^sha-([0-9a-f]{7,})$/.exec(tag)?.[1] ?? [])
  if (commits.length === 0) return false
  const later = await history.listCommitsAfter(revision, branch, commits)
  return later.some(sha => commits.some(short => sha.startsWith(short)))
}

async function decide(
  { repository, standing: { held, tags } }: Target,
  wanted: RequestedTag,
  ours: TaggedVersion,
  overtaken: boolean,
  { history, overwrite, content, pieces }: Tagging,
): Promise<Decision> {
  const { tag } = wanted
  const there = held.get(tag)
  const relation = overtaken ? 'ancestor' : await relationOf(wanted, there, ours, history)
  const { registry, repository: path } = repository.reference
  const verdict = mayMove(wanted, ours, { current: there, tags, relation }, overwrite)
  return {
    name: formatReference({ registry, repository: path, tag }),
    tag,
    verdict: verdict.kind === 'refuse' && there ? explained(verdict.why, there, content, pieces) : verdict,
  }
}

async function relationOf(
  wanted: RequestedTag,
  there: TaggedImage | undefined,
  ours: TaggedVersion,
  { compareCommits }: History,
): Promise<CommitRelation> {
  const [own, theirs] = [ours.revision, there?.revision]
  if (!own || !theirs || !isContested(wanted, there, ours)) return 'unknown'
  return compareCommits(own, theirs)
}

/** The same under another commit is no other version; it was put there by another run. */
function explained(why: string, there: TaggedImage, content: Digest, pieces: Tagging['pieces']): TagDecision {
  if (contentOf(there) === content)
    return { kind: 'stay', why: 'it holds the same image, from another commit' }
  const difference = differenceOf(there.manifests, pieces)
  const what = difference ?? 'the images are the same, but what is written on them has changed'
  return { kind: 'refuse', why: `${why} (${what})` }
}

/** Throws one `UserError` that tells of all tags that must not be set. */
export function refuseRewriting(decisions: readonly Decision[]): void {
  const refused = decisions.flatMap(({ name, verdict }) =>
    verdict.kind === 'refuse' ? [`${name}: ${verdict.why}`] : [],
  )
  if (refused.length === 0) return
  throw new UserError(refused.join('\n'), {
    hint: 'A version that is out stays as it is: raise the version, or set `overwrite: true`, as for packages that are built anew under their old version when something below them changes. `nix-multiarch inspect --diff` shows what differs.',
  })
}

/** Those that hold our image now, or will. */
export function tagsHeld(decisions: readonly Decision[]): string[] {
  return decisions.flatMap(({ tag, verdict: { kind } }) => (kind === 'set' || kind === 'same' ? [tag] : []))
}

export function tagsToSet(decisions: readonly Decision[]): string[] {
  return decisions.flatMap(({ tag, verdict }) => (verdict.kind === 'set' ? [tag] : []))
}

/** How commits stand to each other; they are given in full. */
interface History {
  compareCommits(ours: string, theirs: string): Promise<CommitRelation>
  /**
   * The commits that a branch has beyond one of its own, as far as that is known.
   *
   * @param seen commits that were met in tags: an answer from before the first of them may be too old
   */
  listCommitsAfter(sha: string, branch: string, seen?: readonly string[]): Promise<readonly string[]>
}

/** Asks the work tree, and where that does not have both commits, as a checkout of one commit alone, somebody else. */
export function historyOf(otherwise: History | undefined, git: Git = gitIn('.')): History {
  const relation = async (ours: string, theirs: string): Promise<CommitRelation> => {
    if (ours === theirs) return 'same'
    // What an image calls its commit may be anything.
    if (![ours, theirs].every(sha => COMMIT.test(sha))) return 'unknown'
    const found = await inHistory(git, ours, theirs)
    if (found !== 'unknown' || otherwise === undefined) return found
    return otherwise.compareCommits(ours, theirs).catch(() => 'unknown')
  }
  const commitsAfter = async (sha: string, branch: string): Promise<readonly string[]> =>
    (await otherwise?.listCommitsAfter(sha, branch).catch(() => [])) ?? []
  return { compareCommits: once(relation), listCommitsAfter: onceFor(commitsAfter) }
}

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/

/** Asks each question once. */
function once<T>(ask: (one: string, other: string) => Promise<T>): typeof ask {
  const known = new Map<string, Promise<T>>()
  return (one, other) => {
    const key = `${one} ${other}`
    const answer = known.get(key) ?? ask(one, other)
    known.set(key, answer)
    return answer
  }
}

/** Asks a question again when something is seen that was not there the last time: a branch moves on while a run goes on. */
function onceFor<T>(ask: (sha: string, branch: string) => Promise<T>) {
  const known = new Map<string, { answer: Promise<T>; seen: ReadonlySet<string> }>()
  return (sha: string, branch: string, seen: readonly string[] = []): Promise<T> => {
    const key = `${sha} ${branch}`
    const held = known.get(key)
    if (held && seen.every(each => held.seen.has(each))) return held.answer
    const answer = ask(sha, branch)
    known.set(key, { answer, seen: new Set([...(held?.seen ?? []), ...seen]) })
    return answer
  }
}

/** A history that is cut off says nothing about what lies before. */
async function inHistory(git: Git, ours: string, theirs: string): Promise<CommitRelation> {
  const base = await git('merge-base', ours, theirs)
  if (base === ours) return 'ancestor'
  if (base === theirs) return 'descendant'
  if (base !== undefined && (await git('rev-parse', '--is-shallow-repository')) === 'false') return 'diverged'
  return 'unknown'
}
