/** A path that a cache has or could take in. */
export interface Candidate {
  readonly path: string
  /** The file with its content, which paths of equal content share. */
  readonly nar: string
  /** Of that file, in bytes. */
  readonly size: number
  /** Store paths, its own perhaps among them. */
  readonly references: readonly string[]
  /** When it was last of use, in milliseconds. */
  readonly used: number
}

export interface Choice<T> {
  readonly kept: readonly T[]
  /** That their content takes. */
  readonly bytes: number
}

/**
 * Chooses what a cache of so many bytes keeps: what was used last comes first, small before large, so that the most paths are kept.
 * Each comes with those that it refers to, since it is of no use without them; what it refers to that is no candidate is in
 * other caches.
 */
export function chooseForCache<T extends Candidate>(candidates: readonly T[], most: number): Choice<T> {
  const known = new Map(candidates.map(each => [each.path, each]))
  const kept = new Set<T>()
  const nars = new Map<string, number>()
  let bytes = 0
  for (const candidate of [...known.values()].sort((a, b) => b.used - a.used || a.size - b.size)) {
    const missing = [...closureOf(candidate, known)].filter(each => !kept.has(each))
    const more = new Map(missing.filter(({ nar }) => !nars.has(nar)).map(({ nar, size }) => [nar, size]))
    const size = [...more.values()].reduce((sum, each) => sum + each, 0)
    if (bytes + size > most) continue
    for (const each of missing) kept.add(each)
    for (const entry of more) nars.set(...entry)
    bytes += size
  }
  return { kept: [...kept], bytes }
}

function closureOf<T extends Candidate>(start: T, known: ReadonlyMap<string, T>): Set<T> {
  const closure = new Set([start])
  // A set that grows is walked to its end.
  for (const { references } of closure) {
    for (const path of references) {
      const found = known.get(path)
      if (found) closure.add(found)
    }
  }
  return closure
}
