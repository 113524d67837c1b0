/** The candidate that `text` is most likely a slip of, if any is near enough. */
export function suggestion(text: string, candidates: readonly string[]): string | undefined {
  const near = candidates.map(candidate => ({ candidate, steps: distance(text, candidate) }))
  const [best] = near.sort((a, b) => a.steps - b.steps)
  return best !== undefined && best.steps <= Math.max(1, Math.floor(text.length / 3))
    ? best.candidate
    : undefined
}

/** How many letters to add, drop or change, upper and lower case being the same (Levenshtein). */
function distance(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()]
  let row = Array.from({ length: to.length + 1 }, (_, n) => n)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const change = (row[j] ?? 0) + (letter === to[j] ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
