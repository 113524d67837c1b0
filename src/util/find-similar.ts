/** At most this many are useful in a sentence. */
const MAX_SIMILAR = 3

/**
 * Returns the candidates that a user may have meant by a word, the most similar first: with a few letters that differ, or with
 * the word as their beginning, their end or a part between hyphens. At most three.
 */
export function findSimilar(word: string, candidates: readonly string[]): string[] {
  const wanted = word.toLowerCase()
  return [...new Set(candidates)]
    .map(candidate => ({ candidate, distance: distanceBetween(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => Number.isFinite(distance))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_SIMILAR)
    .map(({ candidate }) => candidate)
}

/** Infinite if the words are too different. */
function distanceBetween(word: string, candidate: string): number {
  const maximum = word.length < 3 ? 1 : Math.ceil(word.length / 3)
  const edits = countEdits(word, candidate)
  if (edits <= maximum && edits < Math.max(word.length, candidate.length) / 2) return edits
  // After all misspelled words.
  if (word.length >= 2 && candidate.startsWith(word)) return 100
  if (word.length >= 3 && `-${candidate}-`.includes(`-${word}-`)) return 101
  return Number.POSITIVE_INFINITY
}

/** The number of letters to add, remove, replace or swap with the next one ("optimal string alignment"). */
export function countEdits(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? at(beforePrevious, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(at(previous, j) + 1, at(row, j - 1) + 1, replaced, swapped))
    }
    beforePrevious = previous
    previous = row
  }
  return at(previous, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}

/** `Did you mean a?`, `Did you mean a or b?`. Undefined without names. */
export function askIfMeant(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `Did you mean ${joinAlternatives(names)}?`
}

/** `a`, `a or b`, `a, b or c`. */
export function joinAlternatives(names: readonly string[]): string {
  return joinWith(names, 'or')
}

/** `a`, `a and b`, `a, b and c`. */
export function joinNames(names: readonly string[]): string {
  return joinWith(names, 'and')
}

function joinWith(names: readonly string[], word: 'or' | 'and'): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${word} ${last}`
}
