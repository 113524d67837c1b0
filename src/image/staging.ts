import { join, resolve } from 'node:path'
import type { Blob, Descriptor } from '../oci/descriptor.js'
import { type Digest, hexOf } from '../oci/digest.js'
import { type LayerEncoding, layerType } from '../oci/media-type.js'
import { type Limit, limit } from '../util/limit.js'
import { PartFile } from '../util/part-file.js'
import { blockFormat, checkEncoding, type StagedEncoding } from './block-format.js'
import { BlockWriter, type Sink } from './block-writer.js'
import { ByteReader } from './byte-reader.js'
import { type Bytes, prepended, Sum, tapped } from './bytes.js'
import { decode } from './decode.js'
import { openFile } from './file-bytes.js'
import { MachineSurvey, type Machines } from './machine-survey.js'
import { encodingOf, HEAD } from './magic.js'

/** A layer that has been compressed and written, not yet under its own name. */
export interface StagedLayer {
  /** Of the uncompressed tar. */
  readonly diffId: Digest
  /** Of the bytes as they came. */
  readonly source: { readonly digest: Digest; readonly size: number }
  readonly stored: Descriptor
  readonly machines: Machines
  readonly part: PartFile
}

/** A layer whose source has been read to its end, while its compression may still go on. */
export interface ReadLayer {
  readonly finished: Promise<StagedLayer>
}

/** Enough to keep four threads busy while the next are read: 8 MiB with gzip's blocks, 16 MiB with zstd's. */
const BLOCKS_IN_MEMORY = 8

/**
 * Where the layers of one image are compressed to. They stay in part files until the whole image is known to be good:
 * then `keep` gives those it has their names, and `discard` removes the others.
 */
export class Staging {
  readonly #directory: string
  readonly #encoding: StagedEncoding
  readonly #slots: Limit = limit(BLOCKS_IN_MEMORY)
  readonly #parts: PartFile[] = []
  readonly #writers: BlockWriter[] = []
  readonly #finishing: Promise<StagedLayer>[] = []

  /** Throws a `UserError` when this Node.js cannot write the encoding. */
  constructor(directory: string, encoding: StagedEncoding) {
    checkEncoding(encoding)
    this.#directory = resolve(directory)
    this.#encoding = encoding
  }

  /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
  async read(body: Bytes): Promise<ReadLayer> {
    const part = await PartFile.create(this.#directory)
    this.#parts.push(part)
    const input = new ByteReader(body)
    try {
      const head = await input.read(HEAD)
      const layer = await this.#readInto(part, encodingOf(head), prepended(head, input.rest()))
      // Asked for again at the end; a failure before that must not count as unhandled.
      layer.finished.catch(() => {})
      this.#finishing.push(layer.finished)
      return layer
    } finally {
      await input.close()
    }
  }

  /** Gives the layers their names, `<hex>` in the folder, and opens them from there. */
  async keep(layers: readonly StagedLayer[]): Promise<Blob[]> {
    const parts = new Map(layers.map(layer => [this.#pathOf(layer), layer.part]))
    for (const [path, part] of parts) await part.rename(path)
    return layers.map(layer => ({ ...layer.stored, open: () => openFile(this.#pathOf(layer)) }))
  }

  /** Removes every file that was not kept, once nothing writes any more. Never fails. */
  async discard(): Promise<void> {
    await Promise.allSettled([...this.#finishing, ...this.#writers.map(writer => writer.settled())])
    for (const part of this.#parts) await part.discard()
  }

  #readInto(part: PartFile, encoding: LayerEncoding, bytes: Bytes): Promise<ReadLayer> {
    if (encoding === this.#encoding) return this.#copy(part, encoding, bytes)
    return encoding === 'none' ? this.#compress(part, bytes) : this.#transcode(part, encoding, bytes)
  }

  /** Already as wanted: the bytes are kept, and decoded only for the digest of what they hold. */
  async #copy(part: PartFile, encoding: StagedEncoding, bytes: Bytes): Promise<ReadLayer> {
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

  #transcode(part: PartFile, encoding: StagedEncoding, bytes: Bytes): Promise<ReadLayer> {
    const source = new Sum()
    const seen = tapped(bytes, chunk => source.add(chunk))
    return this.#compress(part, decode(encoding, seen), source)
  }

  async #compress(part: PartFile, plain: Bytes, source?: Sum): Promise<ReadLayer> {
    const sum = new Sum()
    const writer = new BlockWriter(blockFormat(this.#encoding), summed(part, sum), this.#slots)
    this.#writers.push(writer)
    const survey = new MachineSurvey()
    for await (const chunk of plain) {
      survey.add(chunk)
      await writer.write(chunk)
    }
    await writer.end()
    const finish = async (): Promise<StagedLayer> => {
      const content = await writer.finished()
      await part.close()
      const stored = { mediaType: layerType(this.#encoding), ...sum.total() }
      const { machines } = survey
      return { diffId: content.digest, source: source?.total() ?? content, stored, machines, part }
    }
    return { finished: finish() }
  }

  #pathOf(layer: StagedLayer): string {
    return join(this.#directory, hexOf(layer.stored.digest))
  }
}

function summed(part: PartFile, sum: Sum): Sink {
  return bytes => {
    sum.add(bytes)
    return part.write(bytes)
  }
}
