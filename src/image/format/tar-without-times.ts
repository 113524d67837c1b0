import { type Digest, Hasher } from '../../oci/digest.js'
import { ByteReader, type Bytes } from './bytes.js'
import {
  isPaxHeader,
  isZeroBlock,
  MAX_EXTENSION_BYTES,
  paddingOf,
  parseHeader,
  parsePaxRecords,
  paxOverridesOf,
  TAR_BLOCK_BYTES,
} from './tar.js'

/** A part of a tar: a member, a pax header, or everything from the end mark on. */
export interface TarPart {
  /** The name in the header; empty for the end of the tar. It can be any text. */
  readonly name: string
  /** A digest of the header without its times, and of the body. */
  readonly digest: Digest
}

/**
 * Yields the parts of an uncompressed tar, with digests that do not depend on times: two tars with the same digests in the same
 * order differ in the times of their members only. Memory does not depend on the size of the tar. Throws an `Error` if it is not
 * a tar, or is damaged or truncated.
 */
export async function* readPartsWithoutTimes(tar: Bytes): AsyncGenerator<TarPart> {
  const input = new ByteReader(tar)
  const sizes: PaxSizes = {}
  try {
    for (;;) {
      const block = await input.read(TAR_BLOCK_BYTES)
      if (block.length < TAR_BLOCK_BYTES || isZeroBlock(block)) {
        yield { name: '', digest: await digestRest(block, input) }
        return
      }
      const part = await readPart(block, input, sizes)
      if (part) yield part
    }
  } finally {
    await input.close()
  }
}

/**
 * Compares two uncompressed tars without times. Returns the first part that only one of them has, or `undefined`. Both are read
 * at the same time, to the end unless a part differs. Throws like `readPartsWithoutTimes`.
 */
export async function findChangedPart(a: Bytes, b: Bytes): Promise<TarPart | undefined> {
  const [partsA, partsB] = [readPartsWithoutTimes(a), readPartsWithoutTimes(b)]
  try {
    for (;;) {
      const [resultA, resultB] = await Promise.all([partsA.next(), partsB.next()])
      if (resultA.done && resultB.done) return undefined
      const [partA, partB] = [resultA, resultB].map(result => (result.done ? undefined : result.value))
      if (partA?.digest !== partB?.digest) return partB ?? partA
    }
  } finally {
    await Promise.all([partsA.return(undefined), partsB.return(undefined)])
  }
}

/** Sizes in pax headers. They replace the size in the header of the next member, or of all members that follow. */
interface PaxSizes {
  local?: number | undefined
  global?: number | undefined
}

/** Returns `undefined` for a pax header that contains only times. */
async function readPart(block: Buffer, input: ByteReader, sizes: PaxSizes): Promise<TarPart | undefined> {
  const header = parseHeader(block)
  if (!header) throw new Error(`there is no tar header at byte ${input.position - TAR_BLOCK_BYTES}`)
  if (isPaxHeader(header)) return readPaxHeader(header, input, sizes)
  const hasBody = !'123456'.includes(header.type)
  const size = hasBody ? (sizes.local ?? sizes.global ?? header.size) : 0
  if (!'LK'.includes(header.type)) sizes.local = undefined
  const hasher = new Hasher().update(removeTimes(block))
  for await (const chunk of input.take(size)) hasher.update(chunk)
  await input.skip(paddingOf(size))
  return { name: header.name, digest: hasher.digest() }
}

/** The name of a pax header can contain the ID of a process, and its size depends on the digits of the times. Neither counts. */
async function readPaxHeader(
  { type, size }: { readonly type: string; readonly size: number },
  input: ByteReader,
  sizes: PaxSizes,
): Promise<TarPart | undefined> {
  if (size > MAX_EXTENSION_BYTES) throw new Error(`the tar has a header of ${size} bytes`)
  const records = parsePaxRecords(await input.readExactly(size))
  await input.skip(paddingOf(size))
  const replaced = paxOverridesOf(records).size
  if (replaced !== undefined) sizes[type === 'g' ? 'global' : 'local'] = replaced
  const others = [...records].filter(([key]) => !PAX_TIMES.includes(key))
  if (others.length === 0) return undefined
  const text = JSON.stringify(['pax', type, others])
  return { name: records.get('path') ?? '', digest: new Hasher().update(Buffer.from(text)).digest() }
}

const PAX_TIMES = ['mtime', 'atime', 'ctime', 'LIBARCHIVE.creationtime']

/** The fields of a header that contain times, and the checksum, which depends on them: offset and length. */
const MTIME_FIELD = [136, 12] as const
const CHECKSUM_FIELD = [148, 8] as const
/** The times of access and of the last change of the inode. */
const GNU_TIME_FIELDS = [345, 24] as const

/** In ustar, another field is in the place of GNU's times. */
const GNU_MAGIC = 'ustar  \0'

function removeTimes(block: Buffer): Buffer {
  const isGnu = block.toString('latin1', 257, 265) === GNU_MAGIC
  const copy = Buffer.from(block)
  for (const [at, length] of [MTIME_FIELD, CHECKSUM_FIELD, ...(isGnu ? [GNU_TIME_FIELDS] : [])])
    copy.fill(0, at, at + length)
  return copy
}

async function digestRest(block: Buffer, input: ByteReader): Promise<Digest> {
  const hasher = new Hasher().update(block)
  for await (const chunk of input.readRest()) hasher.update(chunk)
  return hasher.digest()
}
