// How wide text is on a terminal, and how it is shortened to fit.

/** Characters that take two columns: Unicode's East Asian Width W and F, and emoji. */
const WIDE_CHARACTERS = [
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff]/,
  /^[\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/,
  /^[\u{20000}-\u{3fffd}]/u,
  /^\p{Emoji_Presentation}|\ufe0f/u,
]

/** Marks that combine with the character before them. */
const ZERO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u

/** Truncates text to a number of columns. An ellipsis replaces the rest. */
export function truncateToColumns(text: string, columns: number): string {
  const characters = charactersOf(text)
  if (totalWidthOf(characters) <= columns) return text
  let used = 1
  const truncated: string[] = []
  for (const character of characters) {
    used += columnWidthOf(character)
    if (used > columns) break
    truncated.push(character)
  }
  return columns > 0 ? `${truncated.join('')}…` : ''
}

/** Shortens text to a number of columns. An ellipsis replaces its middle, because names differ at both ends. */
export function shortenMiddle(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  const start = truncateToColumns(text, Math.ceil(columns / 2))
  const room = columns - widthOf(start)
  const characters = charactersOf(text)
  let from = characters.length
  let used = 0
  while (from > 0) {
    used += columnWidthOf(characters[from - 1] ?? '')
    if (used > room) break
    from--
  }
  return start + characters.slice(from).join('')
}

/** The number of columns of a terminal that text takes. */
export function widthOf(text: string): number {
  // The segmenter of other text needs 10 ms when it is first used, which is half of the start of `--help`.
  if (isPlain(text)) return text.length
  return totalWidthOf(charactersOf(text))
}

/** The characters as a reader sees them: marks belong to the character before them. */
function charactersOf(text: string): string[] {
  if (isPlain(text)) return [...text]
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
}

/** True for text of Latin letters and of punctuation such as `…`, which take one column each and do not combine. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027]*$/.test(text)
}

function totalWidthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + columnWidthOf(character), 0)
}

function columnWidthOf(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE_CHARACTERS.some(wide => wide.test(character)) ? 2 : 1
}

/** Breaks a text at spaces. A word that is longer than `width` is not broken. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Breaks a text and indents its lines. */
export function indentText(text: string, indent: number, width: number): string[] {
  return wrapText(text, width - indent).map(line => ' '.repeat(indent) + line)
}

const MIN_COLUMNS = 40
/** Longer lines are hard to read. */
const MAX_COLUMNS = 100

/** The width of a text for a terminal with this number of columns. */
export function limitWidth(columns: number): number {
  return Math.min(Math.max(columns, MIN_COLUMNS), MAX_COLUMNS)
}
