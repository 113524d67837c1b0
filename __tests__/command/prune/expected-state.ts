import type { Digest } from '../../../src/oci/digest.js'
import type { PackageState } from '../../support/github-packages.js'
import { childrenIn, subjectIn } from './history-world.js'

// What must be true of a package, written without the code under test.

/** In hours. */
export const OLDER_THAN = 30 * 24
export const KEEP = 3

type PullRequests = ReadonlyMap<number, 'open' | 'closed'>

/** The digests that a tag is about. */
function subjectOfTag(tag: string): Digest | undefined {
  const [, hex] = /^sha256-([0-9a-f]{64})(\.sig|\.att)?$/.exec(tag) ?? []
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest)
}

function newestVersions(tags: Iterable<string>): Set<string> {
  const numbers = [...tags].flatMap(tag => /^1\.(\d+)\.(\d+)/.exec(tag)?.slice(1, 3).join('.') ?? [])
  const order = (text: string): number => {
    const [minor = 0, patch = 0] = text.split('.').map(Number)
    return minor * 1000 + patch
  }
  return new Set([...new Set(numbers)].sort((a, b) => order(b) - order(a)).slice(0, KEEP))
}

/** Whether a tag may be removed. The tags of referrers depend on their subject. */
export function mayRemoveTag(
  tag: string,
  ageInHours: number,
  allTags: Iterable<string>,
  pulls: PullRequests,
): boolean {
  if (subjectOfTag(tag) !== undefined) return true
  const [, number] = /^pr-(\d+)$/.exec(tag) ?? []
  if (number !== undefined) return pulls.get(Number(number)) === 'closed'
  if (/^sha-\d+$/.test(tag)) return ageInHours > OLDER_THAN
  const version = /^1\.\d+\.\d+/.exec(tag)?.[0].slice(2)
  return version !== undefined && ageInHours > OLDER_THAN && !newestVersions(allTags).has(version)
}

/** The manifests of a package by digest, with those that each one reaches. */
function edgesOf(state: PackageState): Map<Digest, Digest[]> {
  const { manifests, tags } = state.stored
  const edges = new Map([...manifests].map(([digest, manifest]) => [digest, childrenIn(manifest)] as const))
  for (const [digest, manifest] of manifests) {
    const subject = subjectIn(manifest)
    if (subject !== undefined) edges.get(subject)?.push(digest)
  }
  for (const [tag, digest] of tags) {
    const subject = subjectOfTag(tag)
    if (subject !== undefined) edges.get(subject)?.push(digest)
  }
  return edges
}

/** What roots reach. The digests may be missing in the package. */
export function reach(state: PackageState, roots: Iterable<Digest>): Set<Digest> {
  const edges = edgesOf(state)
  const found = new Set<Digest>()
  const waiting = [...roots]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue
    found.add(next)
    waiting.push(...(edges.get(next) ?? []))
  }
  return found
}

/** What a version is about, by its manifest and by its tags. */
export function subjectsOf(state: PackageState, digest: Digest): Digest[] {
  const manifest = state.stored.manifests.get(digest)
  const own = manifest && subjectIn(manifest)
  return [own, ...state.tagsOf(digest).map(subjectOfTag)].filter(each => each !== undefined)
}

/** The digests with a tag of an image. The tag of a referrer keeps nothing by itself. */
export function imageTags(state: PackageState): [tag: string, digest: Digest][] {
  return [...state.stored.tags].filter(([tag]) => subjectOfTag(tag) === undefined)
}

/** Which manifests are left when everything is old and was pruned. */
export function expectedRest(state: PackageState, pulls: PullRequests): Set<Digest> {
  const { manifests, tags } = state.stored
  const roots = new Set<Digest>()
  for (const [tag, digest] of imageTags(state))
    if (!mayRemoveTag(tag, OLDER_THAN + 1, tags.keys(), pulls)) roots.add(digest)
  // Without one of their images, signatures of cosign may be those of another repository.
  const cosign = [...tags].filter(([tag]) => /\.(sig|att)$/.test(tag))
  const isHere = cosign.some(([tag]) => manifests.has(subjectOfTag(tag) as Digest))
  if (!isHere) for (const [, digest] of cosign) roots.add(digest)
  for (const digest of manifests.keys()) if (state.isPopular(digest)) roots.add(digest)
  return reach(state, roots)
}
