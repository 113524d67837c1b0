import { join, resolve } from 'node:path'
import { type Digest, hexOf } from '../oci/digest.js'
import { PartFile } from '../util/part-file.js'
import type { Cut } from './cut-layer.js'
import type { LayerSource } from './format/block-pool.js'
import { checkEncoding, type StagedEncoding } from './format/blocks.js'
import { ByteReader } from './format/byte-reader.js'
import type { Bytes } from './format/bytes.js'
import { openFile } from './format/file-bytes.js'
import { LayerPacker } from './layer-packer.js'
import type { ReadLayer, StagedLayer } from './staged-layer.js'
import type { KnownLayer } from './staged-parts.js'

export interface StagingOptions {
  readonly encoding: StagedEncoding
  readonly level?: number
  readonly directory: string
}

/**
 * Where the layers of one image are compressed to. They stay in part files until the whole image is known to be good:
 * then `keep` gives those it has their names, and `discard` removes the others.
 */
export class Staging {
  readonly #directory: string
  readonly #packer: LayerPacker
  readonly #parts: PartFile[] = []
  readonly #finishing: Promise<StagedLayer>[] = []

  /** Throws a `UserError` when this Node.js cannot write the encoding, or when that has no such level. */
  constructor({ encoding, level, directory }: StagingOptions) {
    checkEncoding(encoding, level)
    this.#directory = resolve(directory)
    this.#packer = new LayerPacker({ encoding, level, newPart: () => this.#newPart() })
  }

  /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
  async read(source: LayerSource): Promise<ReadLayer> {
    return this.#noted(await this.#packer.pack(source))
  }

  /**
   * The same for one that streams by. With `cut` it is a plain one that lies in a gzip stream, as which the layers are wanted.
   */
  async readBytes(bytes: Bytes, cut?: Cut): Promise<ReadLayer> {
    if (cut) return this.#noted(await this.#packer.cut(bytes, cut))
    const source = new ByteReader(bytes)
    try {
      return await this.read(source)
    } finally {
      await source.close()
    }
  }

  /** Gives the layers their names, `<hex>` in the folder. */
  async keep(layers: readonly StagedLayer[]): Promise<void> {
    const parts = new Map(layers.map(({ stored, part }) => [this.#pathOf(stored.digest), part]))
    for (const [path, part] of parts) await part.rename(path)
  }

  /** A layer that has its name. */
  blobOf({ stored, machines }: StagedLayer): KnownLayer {
    return { ...stored, machines, open: () => openFile(this.#pathOf(stored.digest)) }
  }

  /** Removes every file that was not kept, once nothing writes any more. More may be staged after it. Never fails. */
  async discard(): Promise<void> {
    await this.#packer.settled()
    await Promise.allSettled(this.#finishing.splice(0))
    for (const part of this.#parts.splice(0)) await part.discard()
  }

  #noted(layer: ReadLayer): ReadLayer {
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
