import type { Relation } from '../tag/guard.js'
import { type Git, gitIn } from './git.js'

/** How one commit stands to another; both are given in full. */
export type Relate = (ours: string, theirs: string) => Promise<Relation>

/** Asks the work tree, and where that does not have both commits, as a checkout of one commit alone, somebody else. */
export function relating(otherwise: Relate | undefined, git: Git = gitIn('.')): Relate {
  const known = new Map<string, Promise<Relation>>()
  const ask: Relate = async (ours, theirs) => {
    if (ours === theirs) return 'same'
    const relation = await inHistory(git, ours, theirs)
    if (relation !== 'unknown' || otherwise === undefined) return relation
    return otherwise(ours, theirs).catch(() => 'unknown')
  }
  return (ours, theirs) => {
    const key = `${ours} ${theirs}`
    const answer = known.get(key) ?? ask(ours, theirs)
    known.set(key, answer)
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
