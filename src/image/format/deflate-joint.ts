/**
 * What joins parts of deflate streams (RFC 1951) that begin and end at any bit of a byte. Shifting their bits would do as
 * well, but not for stored blocks, whose lengths stand at whole bytes.
 */

/** Blocks with no content, as their bits in order: with the codes that deflate has, and with codes of its own. */
const FIXED = '0 10 0000000'
const OWN = [
  '0 01 00000 10000 1111', // 257 codes of literals and lengths, 2 of distances, 19 lengths of codes for these lengths:
  '000 000 100 000 000 000 000 000 000 000 000 000 000 000 000 000 000 100 000', // 1 for "11 zeros or more" and for "1"
  '0 1 1111111 1 0101011 0 0 0', // 1, 138 and 117 zeros, 1; 1, 1
  '1', // the end of the block
].join(' ')

/** Bits after which a part can begin, by how many bits of its first byte belong to what was before it. */
const FILLERS: readonly Filler[] = Array.from({ length: 8 }, (_, bits) => fillerOf(bits))

interface Filler {
  readonly whole: Buffer
  /** The bits behind the whole bytes, lowest first; zeros above. */
  readonly rest: number
}

/** Begins a part at a whole byte: what goes before its first byte, and that byte, of which the first `bits` are not its own. */
export function beginPart(first: number, bits: number): Buffer {
  const { whole, rest } = FILLERS[bits] as Filler
  return Buffer.from([...whole, rest | (first & ~lowest(bits))])
}

/** Ends a part at a whole byte; of its last byte the first `bits` are its own. None of these is none of a byte. */
export function endPart(last: number, bits: number): Buffer {
  // A stored block of length 0: three bits of header, then whole bytes.
  const head = bits > 5 ? [last & lowest(bits), 0] : [last & lowest(bits)]
  return Buffer.from([...head, 0, 0, 0xff, 0xff])
}

function lowest(bits: number): number {
  return (1 << bits) - 1
}

/** One block of `FIXED` takes 10 bits, one of `OWN` 95. */
function fillerOf(bits: number): Filler {
  const own = bits % 2
  const fixed = ((bits - own * 7 + 16) % 8) / 2
  const text = (OWN.repeat(own) + FIXED.repeat(fixed)).replaceAll(' ', '')
  const bytes = (text.match(/.{1,8}/g) ?? []).map(byte => Number.parseInt([...byte].reverse().join(''), 2))
  const whole = Buffer.from(bytes.slice(0, text.length >>> 3))
  return { whole, rest: bytes[whole.length] ?? 0 }
}
