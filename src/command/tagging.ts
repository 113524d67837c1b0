import { referenceName } from '../oci/reference.js'
import { judge, type Ours, type Relation, type Verdict } from '../tag/guard.js'
import type { Wanted } from '../tag/wanted.js'
import { UserError } from '../util/error.js'
import type { Target } from './keep.js'
import type { Relate } from './relation.js'

/** What becomes of one tag in one repository. */
export interface Decision {
  /** `ghcr.io/owner/name:tag` */
  readonly name: string
  readonly tag: string
  readonly verdict: Verdict
}

export interface Tagging {
  readonly relate: Relate
  readonly overwrite: boolean
}

/** Decides about every wanted tag of a repository by what it holds now. */
export function decideAll(target: Target, ours: Ours, tagging: Tagging): Promise<Decision[]> {
  return Promise.all(target.wanted.map(wanted => decide(target, wanted, ours, tagging)))
}

async function decide(
  { repository, standing: { held, tags } }: Target,
  wanted: Wanted,
  ours: Ours,
  { relate, overwrite }: Tagging,
): Promise<Decision> {
  const { tag } = wanted
  const there = held.get(tag)
  const follows = wanted.kind === 'branch' || wanted.kind === 'newest'
  const relation: Relation =
    follows && ours.revision && there?.revision ? await relate(ours.revision, there.revision) : 'unknown'
  const { registry, repository: path } = repository.reference
  const verdict = judge(wanted, ours, { held: there, tags, relation }, overwrite)
  return { name: referenceName({ registry, repository: path, tag }), tag, verdict }
}

/** Throws one `UserError` that tells of all tags that must not be set. */
export function refuseRewriting(decisions: readonly Decision[]): void {
  const refused = decisions.flatMap(({ name, verdict }) =>
    verdict.kind === 'refuse' ? [`${name}: ${verdict.why}`] : [],
  )
  if (refused.length === 0) return
  throw new UserError(refused.join('\n'), {
    hint: 'A version that is out stays as it is: raise the version, or set `overwrite: true`.',
  })
}

export function tagsToSet(decisions: readonly Decision[]): string[] {
  return decisions.flatMap(({ tag, verdict }) => (verdict.kind === 'set' ? [tag] : []))
}
