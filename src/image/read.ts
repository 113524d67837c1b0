import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Blob, deduplicate } from '../oci/descriptor.js'
import { parseIndex } from '../oci/image-index.js'
import type { Platform } from '../oci/platform.js'
import { codeOf, isSystemError, UserError } from '../util/error.js'
import { DOCKER_MANIFEST_FILE, packDockerImage, readDockerImages } from './docker-archive.js'
import type { LayerCompression } from './format/blocks.js'
import { type Bytes, openLazily, readFileBytes, tapBytes } from './format/bytes.js'
import { decode } from './format/decode.js'
import { WorkerUnavailable } from './format/deflate.js'
import { CannotSliceGzip } from './format/gzip.js'
import { GzipSource } from './format/gzip-index.js'
import { scanTar } from './format/tar.js'
import { INDEX_FILE, openLayout } from './layout.js'
import { type ArchiveMembers, FileMembers, LayerSkipped, readMembers } from './members.js'
import { contentOf, type OciContent, packOciImage } from './oci-image.js'
import { type FindKnown, type ImageParts, LayerFolder, type LayerFolderOptions } from './pack-layers.js'
import { addMachines, type Machines } from './platform-check.js'
import { runScript, type ScriptOptions } from './script.js'
import type { ImageSource } from './source.js'

export interface PackImageOptions extends ReadOptions {
  readonly encoding: LayerCompression
  /** How hard to compress, as `checkEncoding` knows it; the encoding's own default if absent. */
  readonly level?: number
  /**
   * The folder for the compressed layers, each under the hex digits of its digest. It lies in the process's private
   * temporary folder.
   */
  readonly directory: string
}

/** An image whose layers lie in a folder, compressed where that makes them smaller, or are known ones. */
export interface PackedImage {
  /** As it came. */
  readonly config: Buffer
  /** Lowest first; the same blob may stand twice. */
  readonly layers: readonly Blob[]
  /** Those of them that lie in the folder, each once. */
  readonly packedLayers: readonly Blob[]
  /** For which machines the programs in the layers are; `undefined` when that is not known of all layers. */
  readonly machines: Machines | undefined
}

/**
 * Reads what Nix produced, compresses its layers and verifies every digest in it. Throws a `UserError` naming the
 * source and what is wrong with it; nothing of a failed image is left in the folder.
 */
export async function packImage(source: ImageSource, options: PackImageOptions): Promise<PackedImage> {
  const staging = new LayerFolder(options)
  try {
    return await finishImage(await new ImageReader(staging, options).read(source), staging)
  } catch (error) {
    throw toPackError(error, source.path, options)
  } finally {
    await staging.discard()
  }
}

async function finishImage(
  { config, layers: parts }: ImageParts,
  staging: LayerFolder,
): Promise<PackedImage> {
  const read = parts.flatMap(part => ('staged' in part ? [part.packed] : []))
  await staging.commit(read)
  return {
    config,
    layers: parts.map(part => ('staged' in part ? staging.blobOf(part.packed) : part.known)),
    packedLayers: deduplicate(read.map(layer => staging.blobOf(layer))),
    machines: countMachines(parts),
  }
}

function countMachines(parts: ImageParts['layers']): Machines | undefined {
  const all = parts.flatMap(part => ('staged' in part ? part.packed.machines : (part.known.machines ?? [])))
  return all.length < parts.length ? undefined : addMachines(all)
}

const DISK_FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** The private folder is gone by the time this is read, so the one that it was made in is named. */
function makeDiskFullHint(directory: string): string {
  const disk = dirname(dirname(directory))
  return `Make room on the disk of ${disk}, or set TMPDIR (on GitHub RUNNER_TEMP) to a folder on another one.`
}

/** What is wrong with the content, or with the disk, becomes the user's error; a mistake of ours stays what it is. */
function toPackError(error: unknown, path: string, { signal, directory }: PackImageOptions): unknown {
  if (signal?.aborted) return signal.reason
  const isPlain = error instanceof Error && error.name === 'Error'
  if (!isPlain && !isSystemError(error)) return error
  const hint = DISK_FULL_CODES.has(codeOf(error) ?? '') ? makeDiskFullHint(directory) : undefined
  return new UserError(`${path}: ${error.message}`, { hint, cause: error })
}

interface ReadOptions extends ScriptOptions, Pick<LayerFolderOptions, 'encoding' | 'level'> {
  /** Picks one of several images in an OCI index. */
  readonly platform?: Platform
  /**
   * Finds a layer that lies somewhere already, by its diff_id. It is taken as it is; what the source holds in its place is not
   * compressed, and not even read where it can be jumped over.
   */
  readonly findKnown?: FindKnown
  /**
   * Called as the source is read, with all bytes so far; what is jumped over counts at the end. It begins again where the source
   * has to be read once more.
   */
  readonly onProgress?: (bytesRead: number) => void
}

const findNothing: FindKnown = () => undefined

/** Reads an image's parts out of what Nix produced. */
class ImageReader {
  readonly #folder: LayerFolder
  readonly #options: ReadOptions
  readonly #findKnown: FindKnown
  #bytesRead = 0

  constructor(staging: LayerFolder, options: ReadOptions) {
    this.#folder = staging
    this.#options = options
    this.#findKnown = options.findKnown ?? findNothing
  }

  read(source: ImageSource): Promise<ImageParts> {
    switch (source.kind) {
      case 'docker-archive':
        return this.#readFile(source.path)
      case 'compressed-archive':
        return this.#readCompressed(source.path, source.compression)
      case 'stream-script':
        return this.#readStream(() => this.#trackProgress(runScript(source.path, this.#options)))
      case 'oci-archive':
      case 'oci-layout':
        return this.#readLayout(source.path)
    }
  }

  async #readFile(path: string): Promise<ImageParts> {
    const entries = await scanTar(path)
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const members = new FileMembers(file, entries, this.#folder, count => this.#countBytes(count))
      const parts = await this.#packImage(members)
      this.#countBytes(Math.max(0, size - this.#bytesRead))
      return parts
    } finally {
      await file.close()
    }
  }

  async #readCompressed(path: string, compression: 'gzip' | 'zstd'): Promise<ImageParts> {
    const bytes = (): Bytes => this.#trackProgress(readFileBytes(path))
    if (await canSliceGzip(path, compression, this.#options)) {
      try {
        return await this.#readStream(() => new GzipSource(bytes()))
      } catch (error) {
        // The usual way takes more than this one, and has the words for what it does not take.
        if (!(error instanceof CannotSliceGzip || error instanceof WorkerUnavailable)) throw error
        await this.#startOver()
      }
    }
    return this.#readStream(() => decode(compression, bytes()))
  }

  async #readStream(start: () => Bytes | GzipSource): Promise<ImageParts> {
    try {
      return await this.#packImage(await this.#readMembers(start(), this.#findKnown))
    } catch (error) {
      if (!(error instanceof LayerSkipped)) throw error
      await this.#startOver()
      return this.#packImage(await this.#readMembers(start(), findNothing))
    }
  }

  #readMembers(source: Bytes | GzipSource, known: FindKnown): Promise<ArchiveMembers> {
    return source instanceof GzipSource
      ? readMembers(source.readContent(), this.#folder, known, source)
      : readMembers(source, this.#folder, known)
  }

  async #packImage(members: ArchiveMembers): Promise<ImageParts> {
    const images = await readDockerImages(members)
    const index = await members.findDocument(INDEX_FILE)
    // A multi-arch archive lists one image for each platform in both; only the index tells which is for which.
    if (images && (images.length === 1 || !index)) return packDockerImage(images, members, this.#findKnown)
    if (!index) throw new Error(`it holds neither ${DOCKER_MANIFEST_FILE} nor ${INDEX_FILE}`)
    return packOciImage(
      parseIndex(index, INDEX_FILE),
      contentOf(members),
      this.#options.platform,
      this.#findKnown,
    )
  }

  async #readLayout(path: string): Promise<ImageParts> {
    const layout = await openLayout(path)
    const content: OciContent = {
      readBlob: descriptor => layout.readBlob(descriptor),
      packLayer: async descriptor => {
        const blob = layout.getBlob(descriptor)
        return this.#folder.packBytes(this.#trackProgress(openLazily(() => blob.open())))
      },
    }
    return packOciImage(layout.index, content, this.#options.platform, this.#findKnown)
  }

  async #startOver(): Promise<void> {
    await this.#folder.discard()
    this.#bytesRead = 0
  }

  #trackProgress(bytes: Bytes): Bytes {
    return tapBytes(bytes, chunk => this.#countBytes(chunk.length))
  }

  /** Tells of progress, and stops when asked to. */
  #countBytes(count: number): void {
    this.#options.signal?.throwIfAborted()
    this.#bytesRead += count
    this.#options.onProgress?.(this.#bytesRead)
  }
}

/** A smaller file is compressed again before a thread has been started. */
const MIN_SLICE_BYTES = 1 << 20

/** Whether layers may be taken out of a file as they are compressed there: not where a level is asked for. */
async function canSliceGzip(
  path: string,
  compression: 'gzip' | 'zstd',
  { encoding, level }: Pick<LayerFolderOptions, 'encoding' | 'level'>,
): Promise<boolean> {
  if (compression !== 'gzip' || encoding !== 'gzip' || level !== undefined) return false
  return (await stat(path)).size >= MIN_SLICE_BYTES
}
