import type { PackageVersion } from '../../github/packages.js'
import type { ManifestLinks } from './manifest-links.js'
import { kindOfTag, type TagKind } from './tag-kinds.js'
import { ageOf, findNewestVersions, judgeTags, MIN_AGE, NOT_OLD, type RuleFacts } from './tag-rules.js'

/** What is known about a package. */
export interface PackageView {
  readonly versions: readonly PackageVersion[]
  /** The manifests that were read, by digest. */
  readonly links: ReadonlyMap<string, ManifestLinks>
  readonly facts: RuleFacts
  /** Returns why a version must stay although nothing needs it. Only for a list that is read again during the run. */
  readonly held?: ((version: PackageVersion) => string | undefined) | undefined
}

/** A version that may go. */
export interface UnusedVersion {
  readonly version: PackageVersion
  readonly why: string
  /** The digests of other unused versions that name it: they must go first. */
  readonly namedBy: ReadonlySet<string>
  /** The part of `namedBy` that names it in a manifest and not in a tag. */
  readonly listedBy: ReadonlySet<string>
}

export type Examination =
  /** Nothing can be decided before these manifests are read. */
  | { readonly kind: 'incomplete'; readonly unread: readonly string[] }
  | {
      readonly kind: 'complete'
      readonly kept: ReadonlyMap<PackageVersion, string>
      readonly unused: readonly UnusedVersion[]
      /** Digests that manifests of kept versions name, but that the package does not have. */
      readonly missing: readonly string[]
      /** The versions whose manifest cannot be read, with the reason. */
      readonly unreadable: ReadonlyMap<PackageVersion, string>
    }

/**
 * Finds the versions that nothing reaches: not a tag that stays, not a young version, and not what these name, directly or
 * through other manifests. A referrer is reached from its subject.
 */
export function examinePackage(view: PackageView): Examination {
  const graph = new PackageGraph(view)
  graph.keepRoots()
  const unreadKept = graph.listUnread(true)
  if (unreadKept.length > 0) return { kind: 'incomplete', unread: unreadKept }
  const unreadOthers = graph.listUnread(false)
  if (unreadOthers.length > 0) return { kind: 'incomplete', unread: unreadOthers }
  graph.keepWhatUnreadableMayReach()
  graph.keepRecentOrphans()
  graph.keepLastVersion()
  return graph.result()
}

const PART = 'part of an image that stays'
const REFERRER = 'about an image that stays'

class PackageGraph {
  readonly #view: PackageView
  readonly #byDigest: ReadonlyMap<string, PackageVersion>
  readonly #kinds: ReadonlyMap<PackageVersion, readonly TagKind[]>
  /** By the digest of the subject. */
  readonly #referrers = new Map<string, Set<PackageVersion>>()
  /** By digest: the digests of indexes that list it. */
  readonly #parents = new Map<string, Set<string>>()
  /** Digests that an index lists as something that is not an image. */
  readonly #maybeIndexes = new Set<string>()
  readonly #newest: ReadonlySet<string>
  readonly #kept = new Map<PackageVersion, string>()

  constructor(view: PackageView) {
    this.#view = view
    this.#newest = findNewestVersions(view.versions, view.facts.rules.keep)
    this.#byDigest = new Map(view.versions.map(version => [version.digest, version]))
    this.#kinds = new Map(view.versions.map(version => [version, version.tags.map(kindOfTag)]))
    for (const version of view.versions) this.#addEdges(version)
  }

  #addEdges(version: PackageVersion): void {
    for (const kind of this.#kindsOf(version))
      if (kind.kind === 'referrer') addTo(this.#referrers, kind.subject, version)
    const links = this.#linksOf(version)
    if (links === undefined || links.kind === 'unreadable') return
    if (links.subject !== undefined) addTo(this.#referrers, links.subject, version)
    if (links.kind !== 'index') return
    for (const { digest, isImage } of links.children) {
      addTo(this.#parents, digest, version.digest)
      if (!isImage) this.#maybeIndexes.add(digest)
    }
  }

  #linksOf({ digest }: PackageVersion): ManifestLinks | undefined {
    return this.#view.links.get(digest)
  }

  #kindsOf(version: PackageVersion): readonly TagKind[] {
    return this.#kinds.get(version) ?? []
  }

  /** Tags of an image, and not of its referrers. */
  #ownTagsOf(version: PackageVersion): readonly string[] {
    const kinds = this.#kindsOf(version)
    return version.tags.filter((_, n) => kinds[n]?.kind !== 'referrer')
  }

  /** Keeps a version and everything that it reaches. */
  #keep(root: PackageVersion, why: string): void {
    const waiting: [PackageVersion, string][] = [[root, why]]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [version, reason] = next
      if (this.#kept.has(version)) continue
      this.#kept.set(version, reason)
      for (const child of this.#childrenOf(version)) {
        const found = this.#byDigest.get(child)
        if (found) waiting.push([found, PART])
      }
      for (const referrer of this.#referrers.get(version.digest) ?? []) waiting.push([referrer, REFERRER])
    }
  }

  #childrenOf(version: PackageVersion): readonly string[] {
    const links = this.#linksOf(version)
    return links?.kind === 'index' ? links.children.map(({ digest }) => digest) : []
  }

  keepRoots(): void {
    const { versions, facts, held } = this.#view
    // When the list is read again, this run may have deleted the subjects.
    const mayBeForeign = held === undefined && !this.#hasCosignSubject()
    for (const version of versions) {
      const ownTags = this.#ownTagsOf(version)
      const verdict = judgeTags({ ...version, tags: ownTags }, facts, this.#newest)
      const isForeign = mayBeForeign && this.#isCosign(version)
      if (ownTags.length > 0 && verdict.stays) this.#keep(version, verdict.why)
      else if (ageOf(version, facts.now) < MIN_AGE) this.#keep(version, 'younger than 24 hours')
      else if (isForeign) this.#keep(version, 'a signature of an image in another repository')
      else {
        const why = held?.(version)
        if (why !== undefined) this.#keep(version, why)
      }
    }
  }

  /** Cosign can store the signatures of other repositories in this one. */
  #hasCosignSubject(): boolean {
    return [...this.#kinds.values()]
      .flat()
      .some(kind => kind.kind === 'referrer' && kind.isCosign && this.#byDigest.has(kind.subject))
  }

  #isCosign(version: PackageVersion): boolean {
    return this.#kindsOf(version).some(kind => kind.kind === 'referrer' && kind.isCosign)
  }

  /** An image has no children, so an image that is only kept as a part of an index is not read. */
  listUnread(isKept: boolean): string[] {
    const isImage = ({ digest, tags }: PackageVersion): boolean =>
      tags.length === 0 && this.#parents.has(digest) && !this.#maybeIndexes.has(digest)
    return this.#view.versions
      .filter(version => this.#kept.has(version) === isKept && !this.#view.links.has(version.digest))
      .filter(version => !isKept || !isImage(version))
      .map(({ digest }) => digest)
  }

  /** A manifest that cannot be read may list any other one, also one that another index lists, and may be about any image. */
  keepWhatUnreadableMayReach(): void {
    const { versions } = this.#view
    const unreadable = versions.filter(version => this.#linksOf(version)?.kind === 'unreadable')
    for (const version of unreadable) this.#keep(version, 'its manifest cannot be read')
    if (unreadable.length === 0) return
    for (const version of versions) this.#keep(version, 'may be part of a manifest that cannot be read')
  }

  /** An image may be deployed by its digest. Parts of an image that goes are not orphans. */
  keepRecentOrphans(): void {
    const { versions, facts } = this.#view
    for (const version of versions) {
      const isRecent = ageOf(version, facts.now) <= facts.rules.olderThan
      if (isRecent && this.#ownTagsOf(version).length === 0 && this.#namesOf(version).size === 0)
        this.#keep(version, NOT_OLD)
    }
  }

  /** GitHub refuses to delete the last version with a tag, and the last version. */
  keepLastVersion(): void {
    const { versions } = this.#view
    const kept = [...this.#kept.keys()]
    const tagged = versions.filter(({ tags }) => tags.length > 0)
    if (tagged.length > 0 && !kept.some(({ tags }) => tags.length > 0)) {
      const images = tagged.filter(version => this.#ownTagsOf(version).length > 0)
      this.#keepNewest(images.length > 0 ? images : tagged, 'the last version with a tag')
    } else if (kept.length === 0) this.#keepNewest(versions, 'the last version')
  }

  #keepNewest(versions: readonly PackageVersion[], why: string): void {
    const [newest] = versions.toSorted((a, b) => b.created.getTime() - a.created.getTime())
    if (newest) this.#keep(newest, why)
  }

  /** The digests of versions that list a version, or that it is about. */
  #namesOf(version: PackageVersion): Set<string> {
    return new Set([...this.#listsOf(version), ...this.#subjectsOf(version, { isTagged: true })])
  }

  #listsOf(version: PackageVersion): string[] {
    return [...(this.#parents.get(version.digest) ?? []), ...this.#subjectsOf(version, { isTagged: false })]
  }

  /** The subjects that the package has. */
  #subjectsOf(version: PackageVersion, { isTagged }: { readonly isTagged: boolean }): string[] {
    const links = this.#linksOf(version)
    const subjects = isTagged ? listSubjects(version, links) : listSubjects({ tags: [] }, links)
    return subjects.filter(digest => this.#byDigest.has(digest))
  }

  result(): Examination {
    const { versions } = this.#view
    const unusedVersions = versions.filter(version => !this.#kept.has(version))
    const digests = new Set(unusedVersions.map(({ digest }) => digest))
    const amongUnused = (names: Iterable<string>, own: string): Set<string> =>
      new Set([...names].filter(digest => digests.has(digest) && digest !== own))
    const unused = unusedVersions.map(version => ({
      version,
      why: this.#whyUnused(version),
      namedBy: amongUnused(this.#namesOf(version), version.digest),
      listedBy: amongUnused(this.#listsOf(version), version.digest),
    }))
    const missing = [...this.#kept.keys()]
      .flatMap(version => this.#childrenOf(version))
      .filter(digest => !this.#byDigest.has(digest))
    return {
      kind: 'complete',
      kept: this.#kept,
      unused,
      missing: [...new Set(missing)],
      unreadable: this.#unreadable(),
    }
  }

  #whyUnused(version: PackageVersion): string {
    const ownTags = this.#ownTagsOf(version)
    if (ownTags.length > 0)
      return judgeTags({ ...version, tags: ownTags }, this.#view.facts, this.#newest).why
    if (this.#parents.has(version.digest)) return 'part of an image that is removed'
    if (this.#subjectsOf(version, { isTagged: true }).length > 0) return 'about an image that is removed'
    const isReferrer = listSubjects(version, this.#linksOf(version)).length > 0
    return isReferrer ? 'about an image that does not exist' : 'no tag, and not part of an image'
  }

  #unreadable(): Map<PackageVersion, string> {
    return new Map(
      this.#view.versions.flatMap(version => {
        const links = this.#linksOf(version)
        return links?.kind === 'unreadable' ? [[version, links.why] as const] : []
      }),
    )
  }
}

/** The digests that a version is about: by its tags, and by its manifest. */
export function listSubjects(
  { tags }: Pick<PackageVersion, 'tags'>,
  links: ManifestLinks | undefined,
): string[] {
  const tagged = tags.map(kindOfTag).flatMap(kind => (kind.kind === 'referrer' ? [kind.subject] : []))
  const named = links === undefined || links.kind === 'unreadable' ? undefined : links.subject
  return named === undefined ? tagged : [...tagged, named]
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key)
  if (values) values.add(value)
  else map.set(key, new Set([value]))
}

/**
 * Selects the versions that can go now, because nothing that is left names them: an index before its images, an image before its
 * referrers. After an interruption, no index misses an image.
 */
export function selectFirst(unused: readonly UnusedVersion[]): UnusedVersion[] {
  const first = unused.filter(({ namedBy }) => namedBy.size === 0)
  // Tags can name each other in a circle. Manifests cannot: a digest is known only after the manifest is written.
  return first.length > 0 ? first : unused.filter(({ listedBy }) => listedBy.size === 0)
}
