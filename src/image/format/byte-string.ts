/**
 * The bytes of a text, one character (U+0000 to U+00FF) for each byte: names of files need not be UTF-8. The order of such
 * strings is the order of their bytes.
 */
export type ByteString = string

/** Encodes a text as UTF-8. */
export function toByteString(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text).toString('latin1')
}

export function toBytes(text: ByteString): Buffer {
  return Buffer.from(text, 'latin1')
}

export function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text)
}

export function compareByteStrings(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** One character of UTF-8, or one byte that is not part of a character. */
interface Utf8Part {
  readonly bytes: ByteString
  /** `undefined`: the byte is not part of UTF-8. */
  readonly character: string | undefined
}

/** Splits a text into its characters. Go and Python agree on them, but not on what stands for a byte between them. */
export function splitUtf8(text: ByteString): Utf8Part[] {
  return [...text.matchAll(UTF8_PART)].map(([bytes]) => ({ bytes, character: decodeCharacter(bytes) }))
}

/** The characters of UTF-8: no surrogates, no longer form than needed, nothing above U+10FFFF. Then any other byte. */
const UTF8_PART =
  /[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g

function decodeCharacter(bytes: ByteString): string | undefined {
  if (bytes.length > 1) return toBytes(bytes).toString()
  return isAscii(bytes) ? bytes : undefined
}
