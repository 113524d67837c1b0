import { parseStoreName, type StoreName } from '../../image/store-paths.js'
import type { LayerPath } from './tree-platform.js'

/** One thing in two images, under two store paths. */
export interface PathChange {
  readonly name: string
  readonly a: VersionedPath
  readonly b: VersionedPath
}

export interface VersionedPath extends LayerPath {
  readonly version: string
}

export interface PathsDiff {
  /** How many both have. */
  readonly same: number
  readonly came: readonly LayerPath[]
  readonly went: readonly LayerPath[]
  /** Of one name, in another version. */
  readonly changed: readonly PathChange[]
  /** Of one name and version, made in another way. */
  readonly rebuilt: readonly PathChange[]
}

type Parsed = VersionedPath & StoreName

/** What makes two paths the same thing, the surest first. */
const LIKENESS: readonly ((path: Parsed) => string)[] = [
  ({ name, version }) => `${name} ${version}`,
  // glibc-2.40-bin goes with glibc-2.42-bin, not with glibc-2.42.
  ({ name, version }) => `${name} ${/-([a-z]+)$/.exec(version)?.[1] ?? ''}`,
  ({ name }) => name,
]

/** What came to, went from and changed in the store paths of an image. */
export function diffPaths(a: readonly LayerPath[], b: readonly LayerPath[]): PathsDiff {
  const [left, right] = [byPath(a), byPath(b)]
  const went = [...left.values()].filter(({ path }) => !right.has(path))
  const came = [...right.values()].filter(({ path }) => !left.has(path))
  const changes = pairsOf(went, came)
  const paired = new Set(changes.flatMap(change => [change.a.path, change.b.path]))
  const alone = ({ path }: LayerPath): boolean => !paired.has(path)
  return {
    same: left.size - went.length,
    came: came.filter(alone).map(sized),
    went: went.filter(alone).map(sized),
    changed: changes.filter(change => change.a.version !== change.b.version),
    rebuilt: changes.filter(change => change.a.version === change.b.version),
  }
}

function byPath(paths: readonly LayerPath[]): Map<string, Parsed> {
  return new Map(paths.map(each => [each.path, { ...each, ...parseStoreName(each.path) }]))
}

/** Paths that are alike go together in the order of their versions; where one side has more of them, nobody knows how. */
function pairsOf(went: readonly Parsed[], came: readonly Parsed[]): PathChange[] {
  const pairs: PathChange[] = []
  const paired = new Set<string>()
  for (const likeness of LIKENESS) {
    const left = grouped(went, paired, likeness)
    const right = grouped(came, paired, likeness)
    for (const [key, own] of left) {
      const others = right.get(key) ?? []
      if (own.length !== others.length) continue
      for (const [n, a] of own.entries()) {
        const b = others[n] as Parsed
        pairs.push({ name: a.name, a: versioned(a), b: versioned(b) })
        paired.add(a.path).add(b.path)
      }
    }
  }
  return pairs.sort((x, y) => byVersion(x.name, y.name) || byVersion(x.a.version, y.a.version))
}

function grouped(
  paths: readonly Parsed[],
  paired: ReadonlySet<string>,
  likeness: (path: Parsed) => string,
): Map<string, Parsed[]> {
  const groups = new Map<string, Parsed[]>()
  for (const path of paths.filter(each => !paired.has(each.path))) {
    groups.set(likeness(path), [...(groups.get(likeness(path)) ?? []), path])
  }
  for (const group of groups.values()) group.sort((a, b) => byVersion(a.version, b.version))
  return groups
}

/** 1.10 stands behind 1.9. */
const { compare: byVersion } = new Intl.Collator('en', { numeric: true })

function versioned({ path, version, size }: Parsed): VersionedPath {
  return { path, version, ...(size !== undefined && { size }) }
}

function sized({ path, size }: Parsed): LayerPath {
  return { path, ...(size !== undefined && { size }) }
}
