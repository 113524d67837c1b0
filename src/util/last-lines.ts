/** The last lines of what is said, within bounds. */
export interface LastLines {
  push(line: string): void
  /** Where lines were left out, the first one says how many. */
  lines(): string[]
}

/** @param characters in all, the line ends not counted */
export function lastLines({ count, characters }: { count: number; characters: number }): LastLines {
  const kept: string[] = []
  let size = 0
  let left = 0
  return {
    push(line) {
      kept.push(line)
      size += line.length
      while (kept.length > count || (size > characters && kept.length > 1)) {
        size -= kept.shift()?.length ?? 0
        left++
      }
    },
    lines: () => (left === 0 ? [...kept] : [`… ${left} more lines before these`, ...kept]),
  }
}
