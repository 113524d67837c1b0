/** Words that mean something to a shell, and would be plain arguments here. */
const SHELL_OPERATOR = /^(\|\|?|&&?|;|[0-9]?(>>?|<<?<?)(&[0-9-])?)$/

/**
 * Splits a command line into words, as a shell does: at spaces, with quotes and backslashes. Nothing is expanded, and a `$` or a
 * `*` stays as it is. Throws an `Error` for a quote that is not closed, and for an operator of a shell that is not quoted.
 */
export function splitWords(text: string): string[] {
  const words: string[] = []
  const pattern = /\s+|((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+)|(.)/gsu
  for (const [, word, rest] of text.matchAll(pattern)) {
    if (rest !== undefined) throw new Error(describeOpenEnd(rest))
    if (word === undefined) continue
    if (SHELL_OPERATOR.test(word))
      throw new Error(
        `it contains \`${word}\`, but it is not run by a shell: write \`sh -c '…'\`, or quote the word`,
      )
    words.push(unquote(word))
  }
  return words
}

function describeOpenEnd(character: string): string {
  return character === '\\' ? 'it ends with a backslash' : `a quote (${character}) is not closed`
}

/** In double quotes, a backslash only quotes the characters that would be special there. */
function unquote(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gsu,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  )
}
