import { pushReport, type Transfer, tagIndex } from '../../registry/push.js'
import { type Attempt, attempt, doneOf } from '../shared/failures.js'
import type { Decision } from '../shared/merge-result.js'
import { type Merged, mergedOf, type Sent, sentOf } from '../shared/merge-result.js'
import { lookUp } from '../shared/published.js'
import { decideAll, refuseRewriting, tagsHeld, tagsToSet } from './decide-tags.js'
import { type DecidedTarget, nameOf, type Sending, type TaggingOfRun, taggingOf } from './push-index.js'

/**
 * Sets the tags, after another look, since another run may have moved them meanwhile. Every repository is waited for, whatever
 * becomes of the others: what was tagged is told, and nothing goes on unseen.
 */
export async function setTags(
  good: Sending,
  tagging: TaggingOfRun,
  signal: AbortSignal,
): Promise<{ merged: Merged; attempts: Attempt<Sent>[] }> {
  const attempts = await Promise.all(
    good.targets.map((_, n) => attempt(nameOf(good), () => tagRepository(good, n, tagging, signal))),
  )
  return { merged: mergedOf(good, doneOf(attempts)), attempts }
}

async function tagRepository(
  good: Sending,
  n: number,
  run: TaggingOfRun,
  signal: AbortSignal,
): Promise<Sent> {
  const { index, ours } = good
  const { target, decisions } = good.targets[n] as DecidedTarget
  const { repository } = target
  const look = async (tags: readonly string[]): Promise<Decision[]> => {
    const wanted = target.wanted.filter(({ tag }) => tags.includes(tag))
    if (wanted.length === 0) return []
    const standing = await lookUp(repository, wanted)
    const decided = await decideAll({ ...target, wanted, standing }, ours, taggingOf(good, run))
    refuseRewriting(decided)
    return decided
  }
  // Where there was something to do, that took time: an older run may have taken back also what was right before.
  const again = tagsToSet(decisions).length === 0 ? [] : await look(tagsHeld(decisions))
  const toSet = tagsToSet(again)
  const transfer = good.transfers[n] as Transfer
  const { meter, moved } = await tagIndex(index, repository, toSet, { signal, put: transfer.put })
  // Who has moved them on meanwhile had a reason to, or had not.
  const last = await look(moved.map(({ tag }) => tag))
  const lost = moved.find(({ tag }) => last.some(each => each.tag === tag && each.verdict.kind === 'set'))
  if (lost) throw lost.error
  const all = [decisions, again, last].reduce((before, after) =>
    before.map(decision => after.find(({ tag }) => tag === decision.tag) ?? decision),
  )
  return sentOf(pushReport(index, repository, tagsHeld(all), transfer, meter), repository.reference, all)
}
