import type { Flavor, TagRequest } from '../../tags/request.js'
import type { GitRef } from '../../tags/subject.js'
import { type Wanted, wantedTags } from '../../tags/wanted.js'

/** Each costs a request where it is not there. */
const MOST = 6

const LATEST: Wanted = { tag: 'latest', kind: 'free' }

/** In which order they are looked at. */
const RANK = { exact: 0, branch: 1, newest: 2, free: 3 } as const

/**
 * The tags under which an image may stand as it would be built now: those that the run would set, the exact version's first, then
 * those that the default branch would set, and `latest`. What is named after a commit or a pull request is left out: it is new.
 */
export function candidateTags(
  request: TagRequest,
  flavor: Flavor,
  { version, ref, now }: { version: string | undefined; ref: GitRef; now: Date },
): Wanted[] {
  const wantedOn = (place: GitRef): Wanted[] =>
    telling(wantedTags(request, flavor, { ref: place, now, ...(version !== undefined && { version }) }))
  const { defaultBranch, sha } = ref
  const own = wantedOn(ref).filter(({ kind }) => kind !== 'free' || ref.kind !== 'pull-request')
  const onDefault =
    defaultBranch === undefined ? [] : wantedOn({ ...ref, kind: 'branch', name: defaultBranch })
  const all = [...own, ...onDefault, LATEST].filter(({ tag }) => !sha || !tag.includes(sha.slice(0, 7)))
  return all.filter(({ tag }, n) => all.findIndex(other => other.tag === tag) === n).slice(0, MOST)
}

/** Beside an exact version and the newest of all, `1` and `1.2` have nothing more to tell. */
function telling(tags: readonly Wanted[]): Wanted[] {
  const hasExact = tags.some(({ kind }) => kind === 'exact')
  const rest = hasExact ? tags.filter(({ among }) => among?.line.major === undefined) : tags
  return rest.toSorted((a, b) => RANK[a.kind] - RANK[b.kind])
}
