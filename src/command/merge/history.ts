import type { Relation } from '../../tags/may-move.js'
import { type Git, gitIn } from '../shared/git.js'

/** How commits stand to each other; they are given in full. */
export interface History {
  relation(ours: string, theirs: string): Promise<Relation>
  /**
   * The commits that a branch has beyond one of its own, as far as that is known.
   *
   * @param seen commits that were met in tags: an answer from before the first of them may be too old
   */
  commitsAfter(sha: string, branch: string, seen?: readonly string[]): Promise<readonly string[]>
}

/** Asks the work tree, and where that does not have both commits, as a checkout of one commit alone, somebody else. */
export function historyOf(otherwise: History | undefined, git: Git = gitIn('.')): History {
  const relation = async (ours: string, theirs: string): Promise<Relation> => {
    if (ours === theirs) return 'same'
    // What an image calls its commit may be anything.
    if (![ours, theirs].every(sha => COMMIT.test(sha))) return 'unknown'
    const found = await inHistory(git, ours, theirs)
    if (found !== 'unknown' || otherwise === undefined) return found
    return otherwise.relation(ours, theirs).catch(() => 'unknown')
  }
  const commitsAfter = async (sha: string, branch: string): Promise<readonly string[]> =>
    (await otherwise?.commitsAfter(sha, branch).catch(() => [])) ?? []
  return { relation: once(relation), commitsAfter: onceFor(commitsAfter) }
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
async function inHistory(git: Git, ours: string, theirs: string): Promise<Relation> {
  const base = await git('merge-base', ours, theirs)
  if (base === ours) return 'ancestor'
  if (base === theirs) return 'descendant'
  if (base !== undefined && (await git('rev-parse', '--is-shallow-repository')) === 'false') return 'diverged'
  return 'unknown'
}
