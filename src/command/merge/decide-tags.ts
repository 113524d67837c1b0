import type { Digest } from '../../oci/digest.js'
import { referenceName } from '../../oci/reference.js'
import { judge, type Ours, type Relation, type Verdict } from '../../tags/may-move.js'
import type { Wanted } from '../../tags/wanted.js'
import { UserError } from '../../util/error.js'
import { differenceOf } from '../shared/derivations.js'
import type { Decision } from '../shared/merge-result.js'
import type { Piece } from '../shared/platform-image.js'
import { contentOf, type Holding } from '../shared/published.js'
import type { History } from './history.js'
import type { Target } from './keep.js'

export interface Tagging {
  readonly history: History
  /** The branch that the run is for. */
  readonly branch: string | undefined
  readonly overwrite: boolean
  /** Of what we have, without what passes from commit to commit. */
  readonly content: Digest
  /** What our images are made from. */
  readonly pieces: readonly Pick<Piece, 'system' | 'derivation'>[]
}

/** Decides about every wanted tag of a repository by what it holds now. */
export async function decideAll(target: Target, ours: Ours, tagging: Tagging): Promise<Decision[]> {
  const { held, tags } = target.standing
  const asksHistory = target.wanted.some(wanted => isContested(wanted, held.get(wanted.tag), ours))
  const overtaken = asksHistory && (await isOvertaken(tags, ours, tagging))
  return Promise.all(target.wanted.map(wanted => decide(target, wanted, ours, overtaken, tagging)))
}

/** Whether history decides: a tag that follows commits holds something else. */
function isContested({ kind }: Wanted, there: Holding | undefined, { digest }: Ours): boolean {
  return (kind === 'branch' || kind === 'newest') && there !== undefined && there.digest !== digest
}

/**
 * Whether a run for a later commit of the branch was here already. What it found unchanged still bears an older commit, so its
 * own tag, which is the last that a run sets, is the only trace of it.
 */
async function isOvertaken(
  tags: readonly string[],
  { revision }: Ours,
  { history, branch }: Tagging,
): Promise<boolean> {
  if (revision === undefined || branch === undefined) return false
  const commits = tags.flatMap(tag => /^sha-([0-9a-f]{7,})$/.exec(tag)?.[1] ?? [])
  if (commits.length === 0) return false
  const later = await history.commitsAfter(revision, branch, commits)
  return later.some(sha => commits.some(short => sha.startsWith(short)))
}

async function decide(
  { repository, standing: { held, tags } }: Target,
  wanted: Wanted,
  ours: Ours,
  overtaken: boolean,
  { history, overwrite, content, pieces }: Tagging,
): Promise<Decision> {
  const { tag } = wanted
  const there = held.get(tag)
  const relation = overtaken ? 'ancestor' : await relationOf(wanted, there, ours, history)
  const { registry, repository: path } = repository.reference
  const verdict = judge(wanted, ours, { held: there, tags, relation }, overwrite)
  return {
    name: referenceName({ registry, repository: path, tag }),
    tag,
    verdict: verdict.kind === 'refuse' && there ? explained(verdict.why, there, content, pieces) : verdict,
  }
}

async function relationOf(
  wanted: Wanted,
  there: Holding | undefined,
  ours: Ours,
  { relation }: History,
): Promise<Relation> {
  const [own, theirs] = [ours.revision, there?.revision]
  if (!own || !theirs || !isContested(wanted, there, ours)) return 'unknown'
  return relation(own, theirs)
}

/** The same under another commit is no other version; it was put there by another run. */
function explained(why: string, there: Holding, content: Digest, pieces: Tagging['pieces']): Verdict {
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
