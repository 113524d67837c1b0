/** A value that two images do not share; the side that lacks it has none. */
export interface Change {
  readonly key: string
  readonly a?: string
  readonly b?: string
}

export type Facts = Readonly<Record<string, string>>

/** What differs between two sets of values, in the order of the first; what only the second has comes last. */
export function changesBetween(a: Facts, b: Facts): Change[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.flatMap(key => {
    const [before, after] = [own(a, key), own(b, key)]
    if (before === after) return []
    return [{ key, ...(before !== undefined && { a: before }), ...(after !== undefined && { b: after }) }]
  })
}

/** A key may be called as something that every object has. */
function own(facts: Facts, key: string): string | undefined {
  return Object.hasOwn(facts, key) ? facts[key] : undefined
}
