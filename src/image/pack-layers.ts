import { join, resolve } from 'node:path'
import type { Config } from '../oci/config.js'
import { type Blob, type Descriptor, type LayerEncoding, layerType } from '../oci/descriptor.js'
import { type Digest, hexOf } from '../oci/digest.js'
import { mapLimit } from '../util/async.js'
import { PartFile } from '../util/files.js'
import { BlockWriter, checkEncoding, type Sink, type StagedEncoding } from './format/blocks.js'
import {
  type Block,
  BlockPool,
  ByteReader,
  type Bytes,
  fileBytes,
  type LayerSource,
  openFile,
  prepended,
  Sum,
  tapped,
} from './format/bytes.js'
import { BLOCK_FORMATS } from './format/codecs.js'
import { decode, encodingOf } from './format/decode.js'
import { isNotSmallerEnough } from './format/deflate.js'
import type { GzipSource } from './format/gzip-index.js'
import { GzipSliceWriter } from './format/gzip-slice.js'
import { MachineSurvey, type Machines } from './platform-check.js'

export interface LayerFolderOptions {
  readonly encoding: StagedEncoding
  readonly level?: number
  readonly directory: string
}

/**
 * Where the layers of one image are compressed to. They stay in part files until the whole image is known to be good:
 * then `keep` gives those it has their names, and `discard` removes the others.
 */
export class LayerFolder {
  readonly #directory: string
  readonly #packer: LayerPacker
  readonly #parts: PartFile[] = []
  readonly #finishing: Promise<PackedLayer>[] = []

  /** Throws a `UserError` when this Node.js cannot write the encoding, or when that has no such level. */
  constructor({ encoding, level, directory }: LayerFolderOptions) {
    checkEncoding(encoding, level)
    this.#directory = resolve(directory)
    this.#packer = new LayerPacker({ encoding, level, newPart: () => this.#newPart() })
  }

  /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
  async read(source: LayerSource): Promise<ImageLayer> {
    return this.#noted(await this.#packer.pack(source))
  }

  /**
   * The same for one that streams by. With `cut` it is a plain one that lies in a gzip stream, as which the layers are wanted.
   */
  async readBytes(bytes: Bytes, cut?: GzipSlice): Promise<ImageLayer> {
    if (cut) return this.#noted(await this.#packer.cut(bytes, cut))
    const source = new ByteReader(bytes)
    try {
      return await this.read(source)
    } finally {
      await source.close()
    }
  }

  /** Gives the layers their names, `<hex>` in the folder. */
  async keep(layers: readonly PackedLayer[]): Promise<void> {
    const parts = new Map(layers.map(({ stored, part }) => [this.#pathOf(stored.digest), part]))
    for (const [path, part] of parts) await part.rename(path)
  }

  /** A layer that has its name. */
  blobOf({ stored, machines }: PackedLayer): KnownLayer {
    return { ...stored, machines, open: () => openFile(this.#pathOf(stored.digest)) }
  }

  /** Removes every file that was not kept, once nothing writes any more. More may be staged after it. Never fails. */
  async discard(): Promise<void> {
    await this.#packer.settled()
    await Promise.allSettled(this.#finishing.splice(0))
    for (const part of this.#parts.splice(0)) await part.discard()
  }

  #noted(layer: ImageLayer): ImageLayer {
    // Asked for again at the end; a failure before that must not count as unhandled.
    layer.finished.catch(() => {})
    this.#finishing.push(layer.finished)
    return layer
  }

  async #newPart(): Promise<PartFile> {
    const part = await PartFile.create(this.#directory)
    this.#parts.push(part)
    return part
  }

  #pathOf(digest: Digest): string {
    return join(this.#directory, hexOf(digest))
  }
}

/** A layer that has been compressed and written, not yet under its own name. */
export interface PackedLayer {
  /** Of the uncompressed tar. */
  readonly diffId: Digest
  /** Of the bytes as they came. */
  readonly source: { readonly digest: Digest; readonly size: number }
  readonly stored: Descriptor
  readonly machines: Machines
  readonly part: PartFile
}

/** A layer whose source has been read to its end, while its compression may still go on. */
export interface ImageLayer {
  readonly finished: Promise<PackedLayer>
}

/** A layer that lies somewhere. */
type KnownLayer = Blob & {
  /** For which machines the programs in it are, where it was read in this run. */
  readonly machines?: Machines
}

/** Finds a layer that lies somewhere already, by the digest of what it unpacks to. */
export type FindKnown = (diffId: Digest) => KnownLayer | undefined

/** A layer of an image: known to lie somewhere, or staged here. */
type PendingLayer = { readonly known: KnownLayer } | { readonly staged: PackedLayer }

/** An image's parts, read and checked, before its layers get their names. */
export interface ImageParts {
  /** As it came. */
  readonly config: Buffer
  readonly layers: readonly PendingLayer[]
}

/** A layer that a manifest lists. */
export interface ListedLayer {
  readonly name: string
  read(): Promise<ImageLayer>
  /** Throws an `Error` when it is not what the manifest says. */
  check?(layer: PackedLayer): void
}

/** How many layers are read side by side. */
const READERS = 4

/**
 * Takes the layers of an image, lowest first, which pair with the config's diff_ids. Each diff_id is read once, and not at all
 * when it is known. Throws an `Error` that names a layer whose content is not the one that the config names.
 */
export async function takeLayers(
  listed: readonly ListedLayer[],
  { diffIds }: Pick<Config, 'diffIds'>,
  known: FindKnown,
): Promise<PendingLayer[]> {
  const all = listed.map((layer, n) => ({ layer, n, diffId: diffIds[n] as Digest }))
  const unique = all.filter(({ diffId, n }) => diffIds.indexOf(diffId) === n)
  const taken = await mapLimit(unique, READERS, async ({ layer, diffId }) => {
    const blob = known(diffId)
    return blob ? { known: blob } : layer.read()
  })
  const parts = new Map<Digest, PendingLayer>()
  for (const [at, { layer, n, diffId }] of unique.entries()) {
    const it = taken[at] as { known: KnownLayer } | ImageLayer
    const what = `layer ${n + 1} of ${diffIds.length}, ${layer.name},`
    if ('known' in it) parts.set(diffId, it)
    else parts.set(diffId, { staged: checked(await it.finished, layer, diffId, what) })
  }
  return diffIds.map(diffId => parts.get(diffId) as PendingLayer)
}

function checked(layer: PackedLayer, { check }: ListedLayer, diffId: Digest, what: string): PackedLayer {
  check?.(layer)
  if (layer.diffId === diffId) return layer
  throw new Error(`${what} should have the diff_id ${diffId} but has ${layer.diffId}`)
}

interface PackerOptions {
  readonly encoding: StagedEncoding
  /** The encoding's own default if absent. */
  readonly level?: number | undefined
  /** Makes a file to write to; the caller removes it. */
  newPart(): Promise<PartFile>
}

/** Compresses the layers of one image, which share a few blocks of memory. */
class LayerPacker {
  readonly #options: PackerOptions
  readonly #pool: BlockPool
  readonly #writers: BlockWriter[] = []

  constructor(options: PackerOptions) {
    this.#options = options
    const { blockSize, blocks } = BLOCK_FORMATS[options.encoding]
    this.#pool = new BlockPool(blockSize, blocks)
  }

  /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
  async pack(source: LayerSource): Promise<ImageLayer> {
    const part = await this.#options.newPart()
    const first = await this.#pool.next(source)
    const encoding = first ? encodingOf(first.bytes) : 'none'
    if (!first || encoding === 'none') return this.#compress(part, source, first)
    const bytes = prepended(Buffer.from(first.bytes), source.rest())
    first.release()
    return encoding === this.#options.encoding
      ? copyLayer(part, encoding, bytes)
      : this.#transcode(part, encoding, bytes)
  }

  /** Likewise, for a plain layer that lies in a gzip stream: what is compressed there is not compressed again. */
  async cut(bytes: Bytes, cut: GzipSlice): Promise<ImageLayer> {
    const part = await this.#options.newPart()
    const { plain, packed, machines } = await sliceLayer(part, bytes, cut)
    const stored = await this.#smaller(part, packed, plain)
    return { finished: Promise.resolve({ diffId: plain.digest, source: plain, ...stored, machines }) }
  }

  /** Waits until nothing is being written any more. Never fails. */
  async settled(): Promise<void> {
    for (const writer of this.#writers.splice(0)) await writer.settled()
  }

  async #transcode(part: PartFile, encoding: LayerEncoding, bytes: Bytes): Promise<ImageLayer> {
    const sum = new Sum()
    const input = new ByteReader(
      decode(
        encoding,
        tapped(bytes, chunk => sum.add(chunk)),
      ),
    )
    try {
      return await this.#compress(part, input, undefined, sum)
    } finally {
      await input.close()
    }
  }

  async #compress(part: PartFile, from: LayerSource, first?: Block, asItCame?: Sum): Promise<ImageLayer> {
    const { encoding, level } = this.#options
    const plain = new Sum()
    const packed = new Sum()
    const survey = new MachineSurvey()
    const writer = new BlockWriter(BLOCK_FORMATS[encoding].begin(level), summed(part, packed))
    this.#writers.push(writer)
    for (let block = first ?? (await this.#pool.next(from)); block; block = await this.#pool.next(from)) {
      plain.add(block.bytes)
      survey.add(block.bytes)
      writer.add(block)
    }
    const finish = async (): Promise<PackedLayer> => {
      await writer.finished()
      await part.close()
      const content = plain.total()
      const source = asItCame?.total() ?? content
      const stored = await this.#smaller(part, packed.total(), content)
      return { diffId: content.digest, source, ...stored, machines: survey.machines }
    }
    return { finished: finish() }
  }

  /** The compressed layer, or the plain one where compressing was for nothing. */
  async #smaller(
    part: PartFile,
    packed: Amount,
    plain: Amount,
  ): Promise<Pick<PackedLayer, 'stored' | 'part'>> {
    const { encoding, newPart } = this.#options
    if (!isNotSmallerEnough(packed.size, plain.size))
      return { part, stored: { mediaType: layerType(encoding), ...packed } }
    const unpacked = await newPart()
    for await (const chunk of decode(encoding, fileBytes(part.path))) await unpacked.write(chunk)
    await unpacked.close()
    await part.discard()
    return { part: unpacked, stored: { mediaType: layerType('none'), ...plain } }
  }
}

type Amount = Pick<Descriptor, 'digest' | 'size'>

/** Already as wanted: the bytes are kept, and decoded only for the digest of what they hold. */
async function copyLayer(part: PartFile, encoding: StagedEncoding, bytes: Bytes): Promise<ImageLayer> {
  const plain = new Sum()
  const sum = new Sum()
  const survey = new MachineSurvey()
  for await (const chunk of decode(encoding, tapped(bytes, summed(part, sum)))) {
    plain.add(chunk)
    survey.add(chunk)
  }
  await part.close()
  const source = sum.total()
  const stored = { mediaType: layerType(encoding), ...source }
  const { machines } = survey
  return { finished: Promise.resolve({ diffId: plain.total().digest, source, stored, machines, part }) }
}

/** Writes to a part file, and sums up what is written. */
function summed(part: PartFile, sum: Sum): Sink {
  return bytes => {
    sum.add(bytes)
    return part.write(bytes)
  }
}

/** Where a layer lies in the content of a gzip stream. */
interface GzipSlice {
  readonly from: GzipSource
  readonly start: number
}

/** Writes a layer as it goes by, as one gzip member, and closes the file. */
async function sliceLayer(
  part: PartFile,
  bytes: Bytes,
  { from, start }: GzipSlice,
): Promise<{ plain: Amount; packed: Amount; machines: Machines }> {
  const plain = new Sum()
  const packed = new Sum()
  const survey = new MachineSurvey()
  const writer = await GzipSliceWriter.begin(from, start, summed(part, packed))
  for await (const chunk of bytes) {
    plain.add(chunk)
    survey.add(chunk)
    await writer.write(chunk)
  }
  await writer.end()
  await part.close()
  return { plain: plain.total(), packed: packed.total(), machines: survey.machines }
}
