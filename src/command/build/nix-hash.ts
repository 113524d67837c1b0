/** The length of each hash in bytes. */
const LENGTHS: Readonly<Record<string, number>> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 }

/**
 * Returns a hash as `sha256-<base64>`. Nix and nixpkgs also accept hexadecimal digits, base 32 and base 64 without the algorithm.
 * Returns `undefined` if it is none of them, such as the empty hash of a source that nobody has built yet.
 *
 * @param algorithm if the hash does not name it
 */
export function toSri(hash: string, algorithm = 'sha256'): string | undefined {
  const [, named, digits = ''] = /^(?:(md5|sha1|sha256|sha512)[-:])?(.*)$/.exec(hash) ?? []
  const name = named ?? algorithm
  const length = LENGTHS[name]
  const bytes = length === undefined ? undefined : decodeDigits(digits, length)
  return bytes && `${name}-${bytes.toString('base64')}`
}

function decodeDigits(digits: string, length: number): Buffer | undefined {
  if (digits.length === length * 2 && /^[0-9a-f]+$/i.test(digits)) return Buffer.from(digits, 'hex')
  if (digits.length === Math.ceil((length * 8) / 5) && /^[0-9a-df-np-sv-z]+$/.test(digits))
    return decodeBase32(digits, length)
  const bytes = Buffer.from(digits, 'base64')
  return bytes.length === length && bytes.toString('base64') === digits ? bytes : undefined
}

const BASE32 = '0123456789abcdfghijklmnpqrsvwxyz'

/** In Nix's base 32, the last digit has the lowest bits. */
function decodeBase32(digits: string, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (const [n, digit] of [...digits].reverse().entries()) {
    const value = BASE32.indexOf(digit)
    const [byte, bit] = [Math.floor((n * 5) / 8), (n * 5) % 8]
    bytes[byte] = ((bytes[byte] ?? 0) | (value << bit)) & 0xff
    if (byte + 1 < length) bytes[byte + 1] = (bytes[byte + 1] ?? 0) | (value >> (8 - bit))
  }
  return bytes
}
