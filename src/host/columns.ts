import { stripVTControlCharacters } from 'node:util'

/** Characters that terminals draw two columns wide: Unicode's East Asian Width W and F, and emoji. */
const WIDE = [
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff]/,
  /^[\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/,
  /^[\u{20000}-\u{3fffd}]/u,
  /^\p{Emoji_Presentation}|\ufe0f/u,
]

/** Marks that share the column of the character before them. */
const NO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u

/** Makes text safe to draw on one line of a terminal: no escape sequence, no line break, no control character. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    .trim()
}

/** Cuts text so that a terminal draws it in at most `columns` columns; an ellipsis stands for what is missing. */
export function cut(text: string, columns: number): string {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  if (widthOf(characters) <= columns) return text
  let used = 1
  const kept: string[] = []
  for (const character of characters) {
    used += width(character)
    if (used > columns) break
    kept.push(character)
  }
  return columns > 0 ? `${kept.join('')}…` : ''
}

function widthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + width(character), 0)
}

function width(character: string): number {
  if (NO_WIDTH.test(character)) return 0
  return WIDE.some(wide => wide.test(character)) ? 2 : 1
}
