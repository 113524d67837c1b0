/** Nix's own Base32: no e, o, t, u, and the last digit stands first. */
const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'

/** The bytes, as hex, that `length` bytes of Nix's Base32 stand for. Throws an `Error` for anything else. */
export function hexOfNix32(text: string, length = 32): string {
  const digits = [...text].map(char => ALPHABET.indexOf(char))
  if (digits.includes(-1) || digits.length !== Math.ceil((length * 8) / 5))
    throw new Error(`${JSON.stringify(text)} is no hash of ${length} bytes in Base32`)
  const value = digits.reduce((sum, digit) => sum * 32n + BigInt(digit), 0n)
  const bytes = Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
  return bytes.reverse().toString('hex')
}

/** A SHA-256 as hex, from any of the ways in which Nix writes one: `sha256-<Base64>`, or `sha256:` and Base32 or hex. */
export function hexOfHash(text: string): string {
  const [, form = '', value = ''] = /^sha256([-:])(\S+)$/.exec(text) ?? []
  if (form === '-') return checked(Buffer.from(value, 'base64').toString('hex'), text)
  return checked(value.length === 52 ? hexOfNix32(value) : value.toLowerCase(), text)
}

function checked(hex: string, text: string): string {
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw new Error(`${JSON.stringify(text)} is no SHA-256`)
}
