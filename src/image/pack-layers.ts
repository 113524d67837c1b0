import { join, resolve } from 'node:path'
import type { Config } from '../oci/config.js'
import { type Blob, type Descriptor, type LayerEncoding, layerTypeOf } from '../oci/descriptor.js'
import { type Digest, hexOf } from '../oci/digest.js'
import { mapLimit } from '../util/async.js'
import { PartFile } from '../util/files.js'
import { BlockWriter, checkEncoding, type LayerCompression, type Sink } from './format/blocks.js'
import {
  type Block,
  BlockPool,
  ByteReader,
  type Bytes,
  ContentHasher,
  type LayerSource,
  openFile,
  prependBytes,
  readFileBytes,
  tapBytes,
} from './format/bytes.js'
import { BLOCK_FORMATS } from './format/codecs.js'
import { decode, encodingOf } from './format/decode.js'
import { isNotSmallerEnough } from './format/deflate.js'
import type { GzipSource } from './format/gzip-index.js'
import { GzipSliceWriter } from './format/gzip-slice.js'
import { MachineCounter, type Machines } from './platform-check.js'

export interface LayerFolderOptions {
  readonly encoding: LayerCompression
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
  readonly #pending: Promise<PackedLayer>[] = []

  /** Throws a `UserError` when this Node.js cannot write the encoding, or when that has no such level. */
  constructor({ encoding, level, directory }: LayerFolderOptions) {
    checkEncoding(encoding, level)
    this.#directory = resolve(directory)
    this.#packer = new LayerPacker({ encoding, level, createPart: () => this.#createPart() })
  }

  /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
  async packLayer(source: LayerSource): Promise<ImageLayer> {
    return this.#track(await this.#packer.pack(source))
  }

  /**
   * The same for one that streams by. With `cut` it is a plain one that lies in a gzip stream, as which the layers are wanted.
   */
  async packBytes(bytes: Bytes, cut?: GzipSlice): Promise<ImageLayer> {
    if (cut) return this.#track(await this.#packer.slice(bytes, cut))
    const source = new ByteReader(bytes)
    try {
      return await this.packLayer(source)
    } finally {
      await source.close()
    }
  }

  /** Gives the layers their names, `<hex>` in the folder. */
  async commit(layers: readonly PackedLayer[]): Promise<void> {
    const parts = new Map(layers.map(({ stored, part }) => [this.#pathOf(stored.digest), part]))
    for (const [path, part] of parts) await part.rename(path)
  }

  /** A layer that has its name. */
  blobOf({ stored, machines }: PackedLayer): KnownLayer {
    return { ...stored, machines, open: () => openFile(this.#pathOf(stored.digest)) }
  }

  /** Removes every file that was not kept, once nothing writes any more. More may be staged after it. Never fails. */
  async discard(): Promise<void> {
    await this.#packer.settle()
    await Promise.allSettled(this.#pending.splice(0))
    for (const part of this.#parts.splice(0)) await part.discard()
  }

  #track(layer: ImageLayer): ImageLayer {
    // Asked for again at the end; a failure before that must not count as unhandled.
    layer.finished.catch(() => {})
    this.#pending.push(layer.finished)
    return layer
  }

  async #createPart(): Promise<PartFile> {
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
type PendingLayer = { readonly known: KnownLayer } | { readonly packed: PackedLayer }

/** An image's parts, read and checked, before its layers get their names. */
export interface ImageParts {
  /** As it came. */
  readonly config: Buffer
  readonly layers: readonly PendingLayer[]
}

/** A layer that a manifest lists. */
export interface ListedLayer {
  readonly name: string
  pack(): Promise<ImageLayer>
  /** Throws an `Error` when it is not what the manifest says. */
  check?(layer: PackedLayer): void
}

/** How many layers are read side by side. */
const READERS = 4

/**
 * Takes the layers of an image, lowest first, which pair with the config's diff_ids. Each diff_id is read once, and not at all
 * when it is known. Throws an `Error` that names a layer whose content is not the one that the config names.
 */
export async function packLayers(
  listed: readonly ListedLayer[],
  { diffIds }: Pick<Config, 'diffIds'>,
  findKnown: FindKnown,
): Promise<PendingLayer[]> {
  const all = listed.map((layer, n) => ({ layer, n, diffId: diffIds[n] as Digest }))
  const unique = all.filter(({ diffId, n }) => diffIds.indexOf(diffId) === n)
  const taken = await mapLimit(unique, READERS, async ({ layer, diffId }) => {
    const blob = findKnown(diffId)
    return blob ? { known: blob } : layer.pack()
  })
  const parts = new Map<Digest, PendingLayer>()
  for (const [at, { layer, n, diffId }] of unique.entries()) {
    const it = taken[at] as { known: KnownLayer } | ImageLayer
    const what = `layer ${n + 1} of ${diffIds.length}, ${layer.name},`
    if ('known' in it) parts.set(diffId, it)
    else parts.set(diffId, { packed: checkLayer(await it.finished, layer, diffId, what) })
  }
  return diffIds.map(diffId => parts.get(diffId) as PendingLayer)
}

function checkLayer(layer: PackedLayer, { check }: ListedLayer, diffId: Digest, label: string): PackedLayer {
  check?.(layer)
  if (layer.diffId === diffId) return layer
  throw new Error(`${label} should have the diff_id ${diffId} but has ${layer.diffId}`)
}

interface PackerOptions {
  readonly encoding: LayerCompression
  /** The encoding's own default if absent. */
  readonly level?: number | undefined
  /** Makes a file to write to; the caller removes it. */
  createPart(): Promise<PartFile>
}

/** Compresses the layers of one image, which share a few blocks of memory. */
class LayerPacker {
  readonly #options: PackerOptions
  readonly #pool: BlockPool
  readonly #writers: BlockWriter[] = []

  constructor(options: PackerOptions) {
    this.#options = options
    const { blockSize, maxBlocks } = BLOCK_FORMATS[options.encoding]
    this.#pool = new BlockPool(blockSize, maxBlocks)
  }

  /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
  async pack(source: LayerSource): Promise<ImageLayer> {
    const part = await this.#options.createPart()
    const first = await this.#pool.readBlock(source)
    const encoding = first ? encodingOf(first.bytes) : 'none'
    if (!first || encoding === 'none') return this.#compress(part, source, first)
    const bytes = prependBytes(Buffer.from(first.bytes), source.readRest())
    first.release()
    return encoding === this.#options.encoding
      ? copyLayer(part, encoding, bytes)
      : this.#transcode(part, encoding, bytes)
  }

  /** Likewise, for a plain layer that lies in a gzip stream: what is compressed there is not compressed again. */
  async slice(bytes: Bytes, cut: GzipSlice): Promise<ImageLayer> {
    const part = await this.#options.createPart()
    const { plain, packed, machines } = await sliceLayer(part, bytes, cut)
    const stored = await this.#chooseSmaller(part, packed, plain)
    return { finished: Promise.resolve({ diffId: plain.digest, source: plain, ...stored, machines }) }
  }

  /** Waits until nothing is being written any more. Never fails. */
  async settle(): Promise<void> {
    for (const writer of this.#writers.splice(0)) await writer.settle()
  }

  async #transcode(part: PartFile, encoding: LayerEncoding, bytes: Bytes): Promise<ImageLayer> {
    const sum = new ContentHasher()
    const input = new ByteReader(
      decode(
        encoding,
        tapBytes(bytes, chunk => sum.add(chunk)),
      ),
    )
    try {
      return await this.#compress(part, input, undefined, sum)
    } finally {
      await input.close()
    }
  }

  async #compress(
    part: PartFile,
    from: LayerSource,
    first?: Block,
    asItCame?: ContentHasher,
  ): Promise<ImageLayer> {
    const { encoding, level } = this.#options
    const plain = new ContentHasher()
    const packed = new ContentHasher()
    const survey = new MachineCounter()
    const writer = new BlockWriter(BLOCK_FORMATS[encoding].createFormat(level), makeSink(part, packed))
    this.#writers.push(writer)
    for (
      let block = first ?? (await this.#pool.readBlock(from));
      block;
      block = await this.#pool.readBlock(from)
    ) {
      plain.add(block.bytes)
      survey.add(block.bytes)
      writer.add(block)
    }
    const finish = async (): Promise<PackedLayer> => {
      await writer.finish()
      await part.close()
      const content = plain.finish()
      const source = asItCame?.finish() ?? content
      const stored = await this.#chooseSmaller(part, packed.finish(), content)
      return { diffId: content.digest, source, ...stored, machines: survey.machines }
    }
    return { finished: finish() }
  }

  /** The compressed layer, or the plain one where compressing was for nothing. */
  async #chooseSmaller(
    part: PartFile,
    packed: Amount,
    plain: Amount,
  ): Promise<Pick<PackedLayer, 'stored' | 'part'>> {
    const { encoding, createPart } = this.#options
    if (!isNotSmallerEnough(packed.size, plain.size))
      return { part, stored: { mediaType: layerTypeOf(encoding), ...packed } }
    const unpacked = await createPart()
    for await (const chunk of decode(encoding, readFileBytes(part.path))) await unpacked.write(chunk)
    await unpacked.close()
    await part.discard()
    return { part: unpacked, stored: { mediaType: layerTypeOf('none'), ...plain } }
  }
}

type Amount = Pick<Descriptor, 'digest' | 'size'>

/** Already as wanted: the bytes are kept, and decoded only for the digest of what they hold. */
async function copyLayer(part: PartFile, encoding: LayerCompression, bytes: Bytes): Promise<ImageLayer> {
  const plain = new ContentHasher()
  const sum = new ContentHasher()
  const survey = new MachineCounter()
  for await (const chunk of decode(encoding, tapBytes(bytes, makeSink(part, sum)))) {
    plain.add(chunk)
    survey.add(chunk)
  }
  await part.close()
  const source = sum.finish()
  const stored = { mediaType: layerTypeOf(encoding), ...source }
  const { machines } = survey
  return { finished: Promise.resolve({ diffId: plain.finish().digest, source, stored, machines, part }) }
}

/** Writes to a part file, and sums up what is written. */
function makeSink(part: PartFile, hasher: ContentHasher): Sink {
  return bytes => {
    hasher.add(bytes)
    return part.write(bytes)
  }
}

/** Where a layer lies in the content of a gzip stream. */
interface GzipSlice {
  readonly source: GzipSource
  readonly start: number
}

/** Writes a layer as it goes by, as one gzip member, and closes the file. */
async function sliceLayer(
  part: PartFile,
  bytes: Bytes,
  { source, start }: GzipSlice,
): Promise<{ plain: Amount; packed: Amount; machines: Machines }> {
  const plain = new ContentHasher()
  const packed = new ContentHasher()
  const survey = new MachineCounter()
  const writer = await GzipSliceWriter.begin(source, start, makeSink(part, packed))
  for await (const chunk of bytes) {
    plain.add(chunk)
    survey.add(chunk)
    await writer.write(chunk)
  }
  await writer.end()
  await part.close()
  return { plain: plain.finish(), packed: packed.finish(), machines: survey.machines }
}
