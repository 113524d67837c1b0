import { type ByteString, compareByteStrings, isAscii, splitUtf8 } from './byte-string.js'

/**
 * Decodes a name of a file as Python does: as UTF-8, and each byte that is not part of UTF-8 as a lone surrogate (PEP 383).
 */
export function decodePythonName(name: ByteString): string {
  if (isAscii(name)) return name
  return splitUtf8(name)
    .map(({ bytes, character }) => character ?? String.fromCharCode(SURROGATE_OF_BYTE + bytes.charCodeAt(0)))
    .join('')
}

/** Python maps the bytes 0x80 to 0xFF to U+DC80 to U+DCFF. */
const SURROGATE_OF_BYTE = 0xdc00

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

/** Compares names of files as Python sorts them. The order differs from that of the bytes only for names outside UTF-8. */
export function comparePythonNames(a: ByteString, b: ByteString): number {
  if (isAscii(a) && isAscii(b)) return compareByteStrings(a, b)
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
