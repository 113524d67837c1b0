import { onOneLine } from '../../util/on-one-line.js'

/** A line of a tree, and those below it. */
export type Branch = string | readonly [string, readonly Branch[]]

/** The lines of a tree, drawn; what an image says of itself cannot break them. */
export function branchLines(branches: readonly Branch[]): string[] {
  return branches.flatMap((branch, n) => {
    const last = n === branches.length - 1
    const [line, below] = typeof branch === 'string' ? [branch, []] : branch
    return [
      `${last ? '└─' : '├─'} ${onOneLine(line)}`,
      ...branchLines(below).map(text => `${last ? '  ' : '│ '} ${text}`),
    ]
  })
}
