/** A line of a tree, and those below it. */
export type Branch = string | readonly [string, readonly Branch[]]

/** The lines of a tree, drawn. */
export function branchLines(branches: readonly Branch[]): string[] {
  return branches.flatMap((branch, n) => {
    const last = n === branches.length - 1
    const [line, below] = typeof branch === 'string' ? [branch, []] : branch
    return [
      `${last ? '└─' : '├─'} ${line}`,
      ...branchLines(below).map(text => `${last ? '  ' : '│ '} ${text}`),
    ]
  })
}

/** What an image says of itself, on one line: quoted where it would break the line or speak to the terminal. */
export function onOneLine(text: string): string {
  return /[\x00-\x1f\x7f-\x9f]/.test(text) ? JSON.stringify(text).replace(/[\x7f-\x9f]/g, '?') : text
}
