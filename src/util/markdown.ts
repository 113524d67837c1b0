/**
 * Markdown as GitHub renders it, out of text that is not ours: none of it may be read as Markdown or HTML, end a table's
 * cell, or call somebody by name.
 */

/** A name as it is, in a fixed font. What would end it is shown as its like. */
export function formatCode(text: string): string {
  const plain = flattenText(text).replaceAll('`', "'").replaceAll('|', '¦')
  return plain === '' ? '' : `\`${plain}\``
}

/** Words. An invisible character (zero-width space) keeps `@name` and `#1` from becoming links. */
export function escapeProse(text: string): string {
  return flattenText(text)
    .replace(/[^\p{L}\p{M}\p{N} .,;/()–…-]/gu, character => `&#${character.codePointAt(0)};`)
    .replace(/&#(64|35);/g, '&#$1;\u200b')
    .replace(/www\./gi, found => `${found.slice(0, -1)}&#46;`)
}

/** A table. Cells are Markdown, so what is not ours goes through `code` or `prose` first. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly string[] } = {},
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = head.map(title => (right.includes(title) ? '---:' : '---'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** Lines as they are, to be copied. */
export function formatCodeBlock(language: string, lines: readonly string[]): string {
  const text = lines.map(line => line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' '))
  const longest = Math.max(2, ...text.flatMap(line => line.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  return [fence + language, ...text, fence].join('\n')
}

/** Folded away under a title, which is Markdown within one line. */
export function formatDetails(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

const TRUNCATION_NOTE = '\n\n*The rest was left out: it is too long for this page.*\n'

/** Cuts at an empty line outside of what is fenced or folded, so that it has at most so many bytes of UTF-8, and says so. */
export function truncateMarkdown(markdown: string, bytes: number): string {
  if (Buffer.byteLength(markdown) <= bytes) return markdown
  const parts = markdown.split('\n\n')
  let room = bytes - Buffer.byteLength(TRUNCATION_NOTE)
  let whole = 0
  let open = 0
  for (const [n, part] of parts.entries()) {
    room -= Buffer.byteLength(part) + 2
    if (room < 0) break
    open += countOpenDetails(part)
    if (open === 0) whole = n + 1
  }
  if (whole > 0) return parts.slice(0, whole).join('\n\n') + TRUNCATION_NOTE
  return Buffer.byteLength(TRUNCATION_NOTE) <= bytes ? TRUNCATION_NOTE.trimStart() : ''
}

function countOpenDetails(part: string): number {
  const count = (mark: RegExp): number => part.match(mark)?.length ?? 0
  return count(/<details>/g) - count(/<\/details>/g)
}

function flattenText(text: string): string {
  return text
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
}
