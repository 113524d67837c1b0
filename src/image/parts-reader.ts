import { open } from 'node:fs/promises'
import { parseIndex } from '../oci/image-index.js'
import type { Platform } from '../oci/platform.js'
import { isCuttable } from './cuttable.js'
import { DOCKER_MANIFEST_FILE, dockerImage, dockerImages } from './docker-archive.js'
import { FileMembers } from './file-members.js'
import { type Bytes, lazily, tapped } from './format/bytes.js'
import { decode } from './format/decode.js'
import { fileBytes } from './format/file-bytes.js'
import { GzipSource } from './format/gzip-index.js'
import { NotCuttable } from './format/not-cuttable.js'
import { scanTar } from './format/tar-scan.js'
import { ThreadLost } from './format/thread-lost.js'
import { openLayout } from './layout.js'
import { INDEX_FILE } from './layout-files.js'
import { type Members, PassedOver } from './members.js'
import { type OciContent, ociImage } from './oci-image.js'
import { contentOf } from './oci-members.js'
import type { Staging, StagingOptions } from './pack-layers.js'
import { type ScriptOptions, scriptBytes } from './script.js'
import type { ImageSource } from './source-2.js'
import type { FindKnown, StagedParts } from './staged-parts.js'
import { readMembers } from './streamed-members.js'

export interface ReadOptions extends ScriptOptions, Pick<StagingOptions, 'encoding' | 'level'> {
  /** Picks one of several images in an OCI index. */
  readonly platform?: Platform
  /**
   * Finds a layer that lies somewhere already, by its diff_id. It is taken as it is; what the source holds in its place is not
   * compressed, and not even read where it can be jumped over.
   */
  readonly known?: FindKnown
  /**
   * Called as the source is read, with all bytes so far; what is jumped over counts at the end. It begins again where the source
   * has to be read once more.
   */
  readonly onProgress?: (bytesRead: number) => void
}

const nothingKnown: FindKnown = () => undefined

/** Reads an image's parts out of what Nix produced. */
export class PartsReader {
  readonly #staging: Staging
  readonly #options: ReadOptions
  readonly #known: FindKnown
  #bytesRead = 0

  constructor(staging: Staging, options: ReadOptions) {
    this.#staging = staging
    this.#options = options
    this.#known = options.known ?? nothingKnown
  }

  parts(source: ImageSource): Promise<StagedParts> {
    switch (source.kind) {
      case 'docker-archive':
        return this.#file(source.path)
      case 'compressed-archive':
        return this.#compressed(source.path, source.compression)
      case 'stream-script':
        return this.#stream(() => this.#watched(scriptBytes(source.path, this.#options)))
      case 'oci-archive':
      case 'oci-layout':
        return this.#layout(source.path)
    }
  }

  async #file(path: string): Promise<StagedParts> {
    const entries = await scanTar(path)
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const members = new FileMembers(file, entries, this.#staging, count => this.#see(count))
      const parts = await this.#archived(members)
      this.#see(Math.max(0, size - this.#bytesRead))
      return parts
    } finally {
      await file.close()
    }
  }

  async #compressed(path: string, compression: 'gzip' | 'zstd'): Promise<StagedParts> {
    const bytes = (): Bytes => this.#watched(fileBytes(path))
    if (await isCuttable(path, compression, this.#options)) {
      try {
        return await this.#stream(() => new GzipSource(bytes()))
      } catch (error) {
        // The usual way takes more than this one, and has the words for what it does not take.
        if (!(error instanceof NotCuttable || error instanceof ThreadLost)) throw error
        await this.#beginAgain()
      }
    }
    return this.#stream(() => decode(compression, bytes()))
  }

  async #stream(start: () => Bytes | GzipSource): Promise<StagedParts> {
    try {
      return await this.#archived(await this.#members(start(), this.#known))
    } catch (error) {
      if (!(error instanceof PassedOver)) throw error
      await this.#beginAgain()
      return this.#archived(await this.#members(start(), nothingKnown))
    }
  }

  #members(source: Bytes | GzipSource, known: FindKnown): Promise<Members> {
    return source instanceof GzipSource
      ? readMembers(source.content(), this.#staging, known, source)
      : readMembers(source, this.#staging, known)
  }

  async #archived(members: Members): Promise<StagedParts> {
    const images = await dockerImages(members)
    const index = await members.find(INDEX_FILE)
    // A multi-arch archive lists one image for each platform in both; only the index tells which is for which.
    if (images && (images.length === 1 || !index)) return dockerImage(images, members, this.#known)
    if (!index) throw new Error(`it holds neither ${DOCKER_MANIFEST_FILE} nor ${INDEX_FILE}`)
    return ociImage(parseIndex(index, INDEX_FILE), contentOf(members), this.#options.platform, this.#known)
  }

  async #layout(path: string): Promise<StagedParts> {
    const layout = await openLayout(path)
    const content: OciContent = {
      read: descriptor => layout.read(descriptor),
      stage: async descriptor => {
        const blob = layout.blob(descriptor)
        return this.#staging.readBytes(this.#watched(lazily(() => blob.open())))
      },
    }
    return ociImage(layout.index, content, this.#options.platform, this.#known)
  }

  async #beginAgain(): Promise<void> {
    await this.#staging.discard()
    this.#bytesRead = 0
  }

  #watched(bytes: Bytes): Bytes {
    return tapped(bytes, chunk => this.#see(chunk.length))
  }

  /** Tells of progress, and stops when asked to. */
  #see(count: number): void {
    this.#options.signal?.throwIfAborted()
    this.#bytesRead += count
    this.#options.onProgress?.(this.#bytesRead)
  }
}
