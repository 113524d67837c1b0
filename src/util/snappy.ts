/**
 * Decodes Snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt). Throws an `Error` if the
 * bytes are not in it, or have more than `maxBytes`.
 */
export function decodeSnappy(bytes: Buffer, maxBytes: number): Buffer {
  const reader = new SnappyReader(bytes)
  const length = reader.readVarint()
  if (length > maxBytes) throw new Error(`it has ${length} bytes, and at most ${maxBytes} are read`)
  const output = Buffer.alloc(length)
  let end = 0
  while (!reader.isAtEnd) {
    const element = reader.readElement()
    if (end + element.length > length) throw broken()
    if ('literal' in element) element.literal.copy(output, end)
    else copyWithin(output, end, element)
    end += element.length
  }
  if (end !== length) throw broken()
  return output
}

function broken(): Error {
  return new Error('it is not compressed with Snappy')
}

type Element =
  | { readonly length: number; readonly literal: Buffer }
  /** Repeats bytes that are already decoded. */
  | { readonly length: number; readonly offset: number }

/** The source and the target can overlap, which repeats a pattern. */
function copyWithin(
  output: Buffer,
  end: number,
  { length, offset }: { readonly length: number; readonly offset: number },
): void {
  if (offset === 0 || offset > end) throw broken()
  for (let n = end; n < end + length; n++) output[n] = output[n - offset] as number
}

const MAX_VARINT_BYTES = 5
/** Longer literals have their length in 1 to 4 bytes after the tag. */
const MAX_SHORT_LITERAL = 60

class SnappyReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  readVarint(): number {
    let value = 0
    for (let n = 0; n < MAX_VARINT_BYTES; n++) {
      const byte = this.#readNumber(1)
      value += (byte & 0x7f) * 2 ** (7 * n)
      if (byte < 0x80) return value
    }
    throw broken()
  }

  readElement(): Element {
    const tag = this.#readNumber(1)
    const upper = tag >> 2
    switch (tag & 3) {
      case 0:
        return this.#readLiteral(upper)
      case 1:
        return { length: (upper & 7) + 4, offset: (tag >> 5) * 256 + this.#readNumber(1) }
      case 2:
        return { length: upper + 1, offset: this.#readNumber(2) }
      default:
        return { length: upper + 1, offset: this.#readNumber(4) }
    }
  }

  #readLiteral(upper: number): Element {
    const length = 1 + (upper < MAX_SHORT_LITERAL ? upper : this.#readNumber(upper - MAX_SHORT_LITERAL + 1))
    return { length, literal: this.#take(length) }
  }

  #readNumber(size: number): number {
    return this.#take(size).readUIntLE(0, size)
  }

  #take(size: number): Buffer {
    const end = this.#at + size
    if (end > this.#bytes.length) throw broken()
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
