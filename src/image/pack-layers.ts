import { join, resolve } from 'node:path'
import type { Config } from '../oci/config.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  type LayerEncoding,
  layerTypeOf,
} from '../oci/descriptor.js'
import { type Digest, hexOf } from '../oci/digest.js'
import { mapLimit } from '../util/async.js'
import { PartFile } from '../util/files.js'
import {
  type Block,
  BlockPool,
  ByteReader,
  type Bytes,
  ContentHasher,
  type ContentSum,
  type LayerSource,
  openFile,
  prependBytes,
  readFileBytes,
  tapBytes,
} from './format/bytes.js'
import { BLOCK_FORMATS } from './format/compress-layer-gzip-zstd.js'
import { decode, encodingOf } from './format/decompress.js'
import { isNotSmallerEnough } from './format/deflate.js'
import type { GzipSource } from './format/gzip-index.js'
import { GzipSliceWriter } from './format/gzip-slice.js'
import { checkLayerCount } from './format/limit-archive.js'
import {
  BlockWriter,
  checkEncoding,
  type LayerCompression,
  type Sink,
} from './format/ordered-block-writer.js'
import type { LayerContents } from './programs/layer-contents.js'
import { LayerScanner } from './programs/scan-layer.js'
import type { LayerKeys } from './store/layer-key.js'

/** The config and the layers of an image, read and verified. The packed layers do not have their names yet. */
export interface ImageParts {
  /** The bytes from the source, unchanged. */
  readonly config: Buffer
  readonly layers: readonly PendingLayer[]
  /** As in the source: `hello:1.0`. In an OCI layout, it may be a tag only. */
  readonly names: readonly string[]
  /** Of the OCI manifest, if the source has one. */
  readonly annotations: Annotations
  /** For each layer, if the source is a `StoreImage`. */
  readonly layerKeys?: LayerKeys
  /** The name of the image below, and the number of its layers, if the source is a `StoreImage` with a base image. */
  readonly base?: BaseLayers
  /** The store paths in each layer, if the source is a `StoreImage`. `undefined` for a layer that is not made from them. */
  readonly layerPaths?: readonly (readonly string[] | undefined)[]
  /** The names of the layers in a docker-archive. */
  readonly layerNames?: readonly string[]
}

/** The layers of a base image: the lowest ones. */
export interface BaseLayers {
  /** `debian:12`, if the base image has a name. */
  readonly name: string | undefined
  readonly count: number
}

/** What an image says about itself, apart from its layers. */
export type ImageHead = Pick<ImageParts, 'config' | 'names'>

export interface PackPartsOptions {
  readonly findKnown: FindKnown
  /** Called before the layers are packed. If it throws, the image is not packed. */
  readonly onHead: (head: ImageHead) => Promise<void>
}

/** A layer of an image: known, or packed. */
export type PendingLayer = { readonly known: KnownLayer } | { readonly packed: PackedLayer }

/** A layer that exists elsewhere. */
type KnownLayer = Blob & {
  /** If it was read in this run. */
  readonly contents?: LayerContents
}

/** Finds a layer that exists elsewhere, by the digest of its uncompressed tar. */
export type FindKnown = (diffId: Digest) => KnownLayer | undefined

/** A layer whose source was read to its end. Its compression can still be running. */
export interface ImageLayer {
  readonly finished: Promise<PackedLayer>
}

/** A layer that was compressed and written to a part file. */
export interface PackedLayer {
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest
  /** The digest and size of the bytes in the source. */
  readonly source: ContentSum
  readonly stored: Descriptor
  readonly contents: LayerContents
  readonly part: PartFile
}

/** A layer that a manifest lists. */
export interface ListedLayer {
  readonly name: string
  /** In an OCI manifest. */
  readonly descriptor?: Descriptor
  pack(): Promise<ImageLayer>
  /** Throws an `Error` if the layer does not match the manifest. */
  check?(layer: PackedLayer): void
}

/** How many layers are read at the same time. */
export const MAX_PARALLEL_LAYERS = 4

/**
 * Packs the layers of an image, lowest first, in the order of the config's diff_ids. Each diff_id is packed once. Known layers
 * are not packed. Throws an `Error` with the name of a layer whose content does not have its diff_id.
 */
export async function packLayers(
  listed: readonly ListedLayer[],
  { diffIds }: Pick<Config, 'diffIds'>,
  findKnown: FindKnown,
): Promise<PendingLayer[]> {
  checkLayerCount(listed.length)
  const all = listed.map((layer, n) => ({ layer, n, diffId: diffIds[n] as Digest }))
  const seen = new Set<Digest>()
  const unique = all.filter(({ diffId }) => !seen.has(diffId) && seen.add(diffId))
  const results = await mapLimit(unique, MAX_PARALLEL_LAYERS, async ({ layer, diffId }) => {
    const known = findKnown(diffId)
    return known ? { known } : layer.pack()
  })
  const pending = new Map<Digest, PendingLayer>()
  for (const [at, { layer, n, diffId }] of unique.entries()) {
    const result = results[at] as { known: KnownLayer } | ImageLayer
    const label = `layer ${n + 1} of ${diffIds.length}, ${layer.name},`
    if ('known' in result) pending.set(diffId, { known: keepAnnotations(result.known, layer) })
    else {
      const packed = checkLayer(await result.finished, layer, diffId, label)
      pending.set(diffId, { packed: { ...packed, stored: keepAnnotations(packed.stored, layer) } })
    }
  }
  return diffIds.map(diffId => pending.get(diffId) as PendingLayer)
}

/** The annotations of a layer are kept. If the bytes are other ones, these are without the annotations that describe bytes. */
function keepAnnotations<T extends Descriptor>(stored: T, { descriptor }: ListedLayer): T {
  const entries = Object.entries(descriptor?.annotations ?? {})
  const isSame = descriptor?.digest === stored.digest
  const kept = isSame ? entries : entries.filter(([key]) => !ABOUT_BYTES.test(key))
  return kept.length === 0 ? stored : { ...stored, annotations: Object.fromEntries(kept) }
}

/** For example where the table of contents is: eStargz, zstd:chunked, and snapshotters of containerd (Nydus, OverlayBD). */
const ABOUT_BYTES =
  /^(containerd\.io\/snapshot\/|io\.containers\.estargz\.|io\.github\.containers\.zstd-chunked\.)/

function checkLayer(layer: PackedLayer, { check }: ListedLayer, diffId: Digest, label: string): PackedLayer {
  check?.(layer)
  if (layer.diffId === diffId) return layer
  throw new Error(`${label} should have the diff_id ${diffId} but has ${layer.diffId}`)
}

export interface LayerFolderOptions {
  readonly encoding: LayerCompression
  readonly level?: number
  readonly directory: string
}

/**
 * The folder for the compressed layers of one image. The layers are part files until the whole image is verified. Then `commit`
 * renames them, and `discard` removes the remaining files.
 */
export class LayerFolder {
  readonly #directory: string
  readonly #packer: LayerPacker
  readonly #parts: PartFile[] = []
  readonly #pending: Promise<PackedLayer>[] = []

  /** Throws a `UserError` if this Node.js cannot write the encoding, or if the encoding does not have this level. */
  constructor({ encoding, level, directory }: LayerFolderOptions) {
    checkEncoding(encoding, level)
    this.#directory = resolve(directory)
    this.#packer = new LayerPacker({ encoding, level, createPart: () => this.#createPart() })
  }

  /** Reads a whole layer in any encoding. Waits only while all blocks of memory are in use. */
  async packLayer(source: LayerSource): Promise<ImageLayer> {
    return this.#track(await this.#packer.pack(source))
  }

  /**
   * Reads a whole layer from a stream. With `slice`, the layer is a plain tar, and its compressed bytes in a gzip stream are
   * reused.
   */
  async packBytes(bytes: Bytes, slice?: GzipSlice): Promise<ImageLayer> {
    if (slice) return this.#track(await this.#packer.slice(bytes, slice))
    const source = new ByteReader(bytes)
    try {
      return await this.packLayer(source)
    } finally {
      await source.close()
    }
  }

  /** Renames the part files of the layers to `<hex>`. */
  async commit(layers: readonly PackedLayer[]): Promise<void> {
    const parts = new Map(layers.map(({ stored, part }) => [this.#pathOf(stored.digest), part]))
    for (const [path, part] of parts) await part.rename(path)
  }

  /** Returns the blob of a committed layer. */
  blobOf({ stored, contents }: PackedLayer): KnownLayer {
    return { ...stored, contents, open: () => openFile(this.#pathOf(stored.digest)) }
  }

  /**
   * Waits for running writes, and removes all files that were not committed. Never throws. More layers can be added afterwards.
   */
  async discard(): Promise<void> {
    await this.#packer.settle()
    await Promise.allSettled(this.#pending.splice(0))
    for (const part of this.#parts.splice(0)) await part.discard()
  }

  #track(layer: ImageLayer): ImageLayer {
    // The promise is awaited only at the end. An earlier failure must not count as an unhandled rejection.
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

interface PackerOptions {
  readonly encoding: LayerCompression
  /** Default: the default level of the encoding. */
  readonly level?: number | undefined
  /** Creates a file for a layer. The caller removes it. */
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

  async pack(source: LayerSource): Promise<ImageLayer> {
    const part = await this.#options.createPart()
    const first = await this.#pool.readBlock(source)
    const encoding = first ? encodingOf(first.bytes) : 'none'
    if (!first || encoding === 'none') return this.#compress(part, source, { first })
    const bytes = prependBytes(Buffer.from(first.bytes), source.readRest())
    first.release()
    return encoding === this.#options.encoding
      ? copyLayer(part, encoding, bytes)
      : this.#transcode(part, encoding, bytes)
  }

  async slice(bytes: Bytes, slice: GzipSlice): Promise<ImageLayer> {
    const part = await this.#options.createPart()
    const { plain, packed, contents } = await sliceLayer(part, bytes, slice)
    const stored = await this.#chooseSmaller(part, packed, plain)
    return { finished: Promise.resolve({ diffId: plain.digest, source: plain, ...stored, contents }) }
  }

  /** Waits for running writes. Never throws. */
  async settle(): Promise<void> {
    for (const writer of this.#writers.splice(0)) await writer.settle()
  }

  async #transcode(part: PartFile, encoding: LayerEncoding, bytes: Bytes): Promise<ImageLayer> {
    const sourceHasher = new ContentHasher()
    const source = tapBytes(bytes, chunk => sourceHasher.add(chunk))
    const input = new ByteReader(decode(encoding, source))
    try {
      return await this.#compress(part, input, { sourceHasher })
    } finally {
      await input.close()
    }
  }

  /** `first` is the first block if it was read before. `sourceHasher` is for a source that is not plain. */
  async #compress(
    part: PartFile,
    source: LayerSource,
    { first, sourceHasher }: { first?: Block | undefined; sourceHasher?: ContentHasher },
  ): Promise<ImageLayer> {
    const { encoding, level } = this.#options
    const plain = new ContentHasher()
    const packed = new ContentHasher()
    const scanner = new LayerScanner()
    const writer = new BlockWriter(BLOCK_FORMATS[encoding].createFormat(level), makeSink(part, packed))
    this.#writers.push(writer)
    const readNext = (): Promise<Block | undefined> => this.#pool.readBlock(source)
    for (let block = first ?? (await readNext()); block; block = await readNext()) {
      plain.add(block.bytes)
      scanner.add(block.bytes)
      writer.add(block)
    }
    const finish = async (): Promise<PackedLayer> => {
      await writer.finish()
      await part.close()
      const content = plain.finish()
      const sourceSum = sourceHasher?.finish() ?? content
      const stored = await this.#chooseSmaller(part, packed.finish(), content)
      return { diffId: content.digest, source: sourceSum, ...stored, contents: scanner.finish() }
    }
    return { finished: finish() }
  }

  /** Returns the compressed layer, or the plain layer if compression saves almost nothing. */
  async #chooseSmaller(
    part: PartFile,
    packed: ContentSum,
    plain: ContentSum,
  ): Promise<Pick<PackedLayer, 'stored' | 'part'>> {
    const { encoding, createPart } = this.#options
    if (!isNotSmallerEnough(packed.size, plain.size))
      return { part, stored: { mediaType: layerTypeOf(encoding), ...packed } }
    const plainPart = await createPart()
    for await (const chunk of decode(encoding, readFileBytes(part.path))) await plainPart.write(chunk)
    await plainPart.close()
    await part.discard()
    return { part: plainPart, stored: { mediaType: layerTypeOf('none'), ...plain } }
  }
}

/** Copies a layer that already has the wanted encoding. It is decoded only for its diff_id, and to find out what is in it. */
async function copyLayer(part: PartFile, encoding: LayerCompression, bytes: Bytes): Promise<ImageLayer> {
  const plain = new ContentHasher()
  const hasher = new ContentHasher()
  const scanner = new LayerScanner()
  for await (const chunk of decode(encoding, tapBytes(bytes, makeSink(part, hasher)))) {
    plain.add(chunk)
    scanner.add(chunk)
  }
  await part.close()
  const source = hasher.finish()
  const stored = { mediaType: layerTypeOf(encoding), ...source }
  const contents = scanner.finish()
  return { finished: Promise.resolve({ diffId: plain.finish().digest, source, stored, contents, part }) }
}

/** A layer's position in the content of a gzip stream. */
export interface GzipSlice {
  readonly source: GzipSource
  /** The offset of the layer in the content, in bytes. */
  readonly start: number
}

/** Writes a layer as one gzip member while its content is read. */
async function sliceLayer(
  part: PartFile,
  bytes: Bytes,
  { source, start }: GzipSlice,
): Promise<{ plain: ContentSum; packed: ContentSum; contents: LayerContents }> {
  const plain = new ContentHasher()
  const packed = new ContentHasher()
  const scanner = new LayerScanner()
  const writer = await GzipSliceWriter.begin(source, start, makeSink(part, packed))
  for await (const chunk of bytes) {
    plain.add(chunk)
    scanner.add(chunk)
    await writer.write(chunk)
  }
  await writer.end()
  await part.close()
  return { plain: plain.finish(), packed: packed.finish(), contents: scanner.finish() }
}

/** Writes to a part file, and hashes the written bytes. */
function makeSink(part: PartFile, hasher: ContentHasher): Sink {
  return bytes => {
    hasher.add(bytes)
    return part.write(bytes)
  }
}
