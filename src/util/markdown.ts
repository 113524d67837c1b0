import { flattenText } from './text.js'

// GitHub Markdown from untrusted text: the text must not become Markdown, HTML or a mention, and must not end the cell of a
// table.

/** Formats text as inline code. A backtick and a bar would end it, so similar characters replace them. */
export function formatCode(text: string): string {
  const plain = flattenText(text).replaceAll('`', "'").replaceAll('|', '¦')
  return plain === '' ? '' : `\`${plain}\``
}

/**
 * Formats a digest as inline code that can break in the middle: a complete one is wider than the other columns of a table, and
 * pushes them out of view. A browser does not copy the break.
 */
export function formatDigestCode(digest: string): string {
  const [, start, end] = /^([a-z0-9]+:[0-9a-f]{32})([0-9a-f]+)$/.exec(digest) ?? []
  return start === undefined ? formatCode(digest) : `<code>${start}<wbr>${end}</code>`
}

/** Escapes text. A zero-width space prevents `@name` and `#1` from becoming links. */
export function escapeProse(text: string): string {
  return flattenText(text)
    .replace(/[^\p{L}\p{M}\p{N} .,;/()–…-]/gu, character => `&#${character.codePointAt(0)};`)
    .replace(/&#(64|35);/g, '&#$1;\u200b')
    .replace(/www\./gi, found => `${found.slice(0, -1)}&#46;`)
}

/** Formats a table. Cells are Markdown: pass untrusted text through `formatCode` or `escapeProse` first. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly string[] } = {},
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = head.map(title => (right.includes(title) ? '---:' : '---'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** Formats lines as a code block. */
export function formatCodeBlock(language: string, lines: readonly string[]): string {
  // The indent of a line is kept.
  const text = lines.map(line => (/^ */.exec(line)?.[0] ?? '') + flattenText(line))
  const longest = Math.max(2, ...text.flatMap(line => line.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  return [fence + language, ...text, fence].join('\n')
}

/** Formats a folded section. The title is Markdown without line breaks. */
export function formatDetails(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

const TRUNCATION_NOTE = '\n\n*The rest was left out: it is too long for this page.*\n'

/**
 * Truncates Markdown to a number of bytes of UTF-8 and adds a note. Cuts at an empty line outside of folded sections.
 */
export function truncateMarkdown(markdown: string, maxBytes: number): string {
  if (Buffer.byteLength(markdown) <= maxBytes) return markdown
  const parts = markdown.split('\n\n')
  let remaining = maxBytes - Buffer.byteLength(TRUNCATION_NOTE)
  let complete = 0
  let openDetails = 0
  for (const [n, part] of parts.entries()) {
    remaining -= Buffer.byteLength(part) + 2
    if (remaining < 0) break
    openDetails += countOpenDetails(part)
    if (openDetails === 0) complete = n + 1
  }
  if (complete > 0) return parts.slice(0, complete).join('\n\n') + TRUNCATION_NOTE
  return Buffer.byteLength(TRUNCATION_NOTE) <= maxBytes ? TRUNCATION_NOTE.trimStart() : ''
}

function countOpenDetails(part: string): number {
  const count = (mark: RegExp): number => part.match(mark)?.length ?? 0
  return count(/<details>/g) - count(/<\/details>/g)
}
