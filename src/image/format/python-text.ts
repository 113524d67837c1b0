/**
 * Decodes bytes, one character for each, as Python decodes names of files: as UTF-8, and each byte that is not part of UTF-8 as a
 * lone surrogate (PEP 383).
 */
export function decodePythonName(bytes: string): string {
  if (isAscii(bytes)) return bytes
  const decoded: string[] = []
  for (let n = 0; n < bytes.length; ) {
    const sequence = UTF8_SEQUENCE.exec(bytes.slice(n, n + 4))?.[0]
    decoded.push(
      sequence === undefined
        ? String.fromCharCode(SURROGATE_OF_BYTE + bytes.charCodeAt(n))
        : Buffer.from(sequence, 'latin1').toString(),
    )
    n += sequence?.length ?? 1
  }
  return decoded.join('')
}

/** Python maps the bytes 0x80 to 0xFF to U+DC80 to U+DCFF. */
const SURROGATE_OF_BYTE = 0xdc00

/** One character of UTF-8 at the start of the bytes: no surrogates, no longer form than needed, nothing above U+10FFFF. */
const UTF8_SEQUENCE =
  /^(?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})/

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}

/** Returns true if a part of the text has no UTF-8 form: a surrogate without its partner. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

/** The order of Python's strings: by code points. JavaScript compares code units, and puts U+E000 to U+FFFF above U+10000. */
export function comparePythonStrings(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  const length = Math.min(left.length, right.length)
  for (let n = 0; n < length; n++) {
    const difference = codePointOf(left[n]) - codePointOf(right[n])
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function codePointOf(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0
}

/** Compares names of files, one character for each byte, as Python sorts them. The order differs only for names outside UTF-8. */
export function comparePythonNames(a: string, b: string): number {
  if (isAscii(a) && isAscii(b)) return a < b ? -1 : a > b ? 1 : 0
  return comparePythonStrings(decodePythonName(a), decodePythonName(b))
}

/**
 * Writes a list of strings as Python prints it. Throws an `Error` for characters outside ASCII: which of them Python escapes
 * depends on its version of Unicode.
 */
export function formatPythonList(texts: readonly string[]): string {
  return `[${texts.map(formatPythonString).join(', ')}]`
}

function formatPythonString(text: string): string {
  if (!isAscii(text)) throw new Error(`the name ${JSON.stringify(text)} has characters outside ASCII`)
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\\'\x00-\x1f\x7f]/g, character => {
    if (character === "'") return quote === "'" ? "\\'" : "'"
    return SHORT_ESCAPES.get(character) ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `${quote}${escaped}${quote}`
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
