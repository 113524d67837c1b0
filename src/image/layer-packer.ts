import type { Descriptor } from '../oci/descriptor.js'
import { type LayerEncoding, layerType } from '../oci/media-type.js'
import type { PartFile } from '../util/part-file.js'
import { copyLayer, summed } from './copy-layer.js'
import { type Cut, cutLayer } from './cut-layer.js'
import { type Block, BlockPool, type LayerSource } from './format/block-pool.js'
import { BlockWriter } from './format/block-writer.js'
import type { StagedEncoding } from './format/blocks.js'
import { ByteReader } from './format/byte-reader.js'
import { type Bytes, prepended, Sum, tapped } from './format/bytes.js'
import { BLOCK_FORMATS } from './format/codecs.js'
import { decode } from './format/decode.js'
import { isWorthless } from './format/dense.js'
import { fileBytes } from './format/file-bytes.js'
import { encodingOf } from './format/magic.js'
import { MachineSurvey } from './platform-check.js'
import type { ReadLayer, StagedLayer } from './staged-layer.js'

export interface PackerOptions {
  readonly encoding: StagedEncoding
  /** The encoding's own default if absent. */
  readonly level?: number | undefined
  /** Makes a file to write to; the caller removes it. */
  newPart(): Promise<PartFile>
}

/** Compresses the layers of one image, which share a few blocks of memory. */
export class LayerPacker {
  readonly #options: PackerOptions
  readonly #pool: BlockPool
  readonly #writers: BlockWriter[] = []

  constructor(options: PackerOptions) {
    this.#options = options
    const { blockSize, blocks } = BLOCK_FORMATS[options.encoding]
    this.#pool = new BlockPool(blockSize, blocks)
  }

  /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
  async pack(source: LayerSource): Promise<ReadLayer> {
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
  async cut(bytes: Bytes, cut: Cut): Promise<ReadLayer> {
    const part = await this.#options.newPart()
    const { plain, packed, machines } = await cutLayer(part, bytes, cut)
    const stored = await this.#smaller(part, packed, plain)
    return { finished: Promise.resolve({ diffId: plain.digest, source: plain, ...stored, machines }) }
  }

  /** Waits until nothing is being written any more. Never fails. */
  async settled(): Promise<void> {
    for (const writer of this.#writers.splice(0)) await writer.settled()
  }

  async #transcode(part: PartFile, encoding: LayerEncoding, bytes: Bytes): Promise<ReadLayer> {
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

  async #compress(part: PartFile, from: LayerSource, first?: Block, asItCame?: Sum): Promise<ReadLayer> {
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
    const finish = async (): Promise<StagedLayer> => {
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
  ): Promise<Pick<StagedLayer, 'stored' | 'part'>> {
    const { encoding, newPart } = this.#options
    if (!isWorthless(packed.size, plain.size))
      return { part, stored: { mediaType: layerType(encoding), ...packed } }
    const unpacked = await newPart()
    for await (const chunk of decode(encoding, fileBytes(part.path))) await unpacked.write(chunk)
    await unpacked.close()
    await part.discard()
    return { part: unpacked, stored: { mediaType: layerType('none'), ...plain } }
  }
}

type Amount = Pick<Descriptor, 'digest' | 'size'>
