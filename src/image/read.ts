import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Blob, distinct } from '../oci/descriptor.js'
import { parseIndex } from '../oci/image-index.js'
import type { Platform } from '../oci/platform.js'
import { codeOf, isSystemError, UserError } from '../util/error.js'
import { DOCKER_MANIFEST_FILE, dockerImage, dockerImages } from './docker-archive.js'
import type { StagedEncoding } from './format/blocks.js'
import { type Bytes, fileBytes, lazily, tapped } from './format/bytes.js'
import { decode } from './format/decode.js'
import { WorkerUnavailable } from './format/deflate.js'
import { CannotSliceGzip } from './format/gzip.js'
import { GzipSource } from './format/gzip-index.js'
import { scanTar } from './format/tar.js'
import { INDEX_FILE, openLayout } from './layout.js'
import { type ArchiveMembers, FileMembers, LayerSkipped, readMembers } from './members.js'
import { contentOf, type OciContent, ociImage } from './oci-image.js'
import { type FindKnown, type ImageParts, LayerFolder, type LayerFolderOptions } from './pack-layers.js'
import { type Machines, sumOf } from './platform-check.js'
import { type ScriptOptions, scriptBytes } from './script.js'
import type { ImageSource } from './source.js'

export interface PackImageOptions extends ReadOptions {
  readonly encoding: StagedEncoding
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
  readonly staged: readonly Blob[]
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
    return await keepParts(await new ImageReader(staging, options).parts(source), staging)
  } catch (error) {
    throw explained(error, source.path, options)
  } finally {
    await staging.discard()
  }
}

async function keepParts({ config, layers: parts }: ImageParts, staging: LayerFolder): Promise<PackedImage> {
  const read = parts.flatMap(part => ('staged' in part ? [part.staged] : []))
  await staging.keep(read)
  return {
    config,
    layers: parts.map(part => ('staged' in part ? staging.blobOf(part.staged) : part.known)),
    staged: distinct(read.map(layer => staging.blobOf(layer))),
    machines: machinesIn(parts),
  }
}

function machinesIn(parts: ImageParts['layers']): Machines | undefined {
  const all = parts.flatMap(part => ('staged' in part ? part.staged.machines : (part.known.machines ?? [])))
  return all.length < parts.length ? undefined : sumOf(all)
}

const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** The private folder is gone by the time this is read, so the one that it was made in is named. */
function roomHint(directory: string): string {
  const disk = dirname(dirname(directory))
  return `Make room on the disk of ${disk}, or set TMPDIR (on GitHub RUNNER_TEMP) to a folder on another one.`
}

/** What is wrong with the content, or with the disk, becomes the user's error; a mistake of ours stays what it is. */
function explained(error: unknown, path: string, { signal, directory }: PackImageOptions): unknown {
  if (signal?.aborted) return signal.reason
  const isPlain = error instanceof Error && error.name === 'Error'
  if (!isPlain && !isSystemError(error)) return error
  const hint = NO_ROOM.has(codeOf(error) ?? '') ? roomHint(directory) : undefined
  return new UserError(`${path}: ${error.message}`, { hint, cause: error })
}

interface ReadOptions extends ScriptOptions, Pick<LayerFolderOptions, 'encoding' | 'level'> {
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
class ImageReader {
  readonly #staging: LayerFolder
  readonly #options: ReadOptions
  readonly #known: FindKnown
  #bytesRead = 0

  constructor(staging: LayerFolder, options: ReadOptions) {
    this.#staging = staging
    this.#options = options
    this.#known = options.known ?? nothingKnown
  }

  parts(source: ImageSource): Promise<ImageParts> {
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

  async #file(path: string): Promise<ImageParts> {
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

  async #compressed(path: string, compression: 'gzip' | 'zstd'): Promise<ImageParts> {
    const bytes = (): Bytes => this.#watched(fileBytes(path))
    if (await canSliceGzip(path, compression, this.#options)) {
      try {
        return await this.#stream(() => new GzipSource(bytes()))
      } catch (error) {
        // The usual way takes more than this one, and has the words for what it does not take.
        if (!(error instanceof CannotSliceGzip || error instanceof WorkerUnavailable)) throw error
        await this.#beginAgain()
      }
    }
    return this.#stream(() => decode(compression, bytes()))
  }

  async #stream(start: () => Bytes | GzipSource): Promise<ImageParts> {
    try {
      return await this.#archived(await this.#members(start(), this.#known))
    } catch (error) {
      if (!(error instanceof LayerSkipped)) throw error
      await this.#beginAgain()
      return this.#archived(await this.#members(start(), nothingKnown))
    }
  }

  #members(source: Bytes | GzipSource, known: FindKnown): Promise<ArchiveMembers> {
    return source instanceof GzipSource
      ? readMembers(source.content(), this.#staging, known, source)
      : readMembers(source, this.#staging, known)
  }

  async #archived(members: ArchiveMembers): Promise<ImageParts> {
    const images = await dockerImages(members)
    const index = await members.find(INDEX_FILE)
    // A multi-arch archive lists one image for each platform in both; only the index tells which is for which.
    if (images && (images.length === 1 || !index)) return dockerImage(images, members, this.#known)
    if (!index) throw new Error(`it holds neither ${DOCKER_MANIFEST_FILE} nor ${INDEX_FILE}`)
    return ociImage(parseIndex(index, INDEX_FILE), contentOf(members), this.#options.platform, this.#known)
  }

  async #layout(path: string): Promise<ImageParts> {
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

/** A smaller file is compressed again before a thread has been started. */
const WORTH_A_THREAD = 1 << 20

/** Whether layers may be taken out of a file as they are compressed there: not where a level is asked for. */
async function canSliceGzip(
  path: string,
  compression: 'gzip' | 'zstd',
  { encoding, level }: Pick<LayerFolderOptions, 'encoding' | 'level'>,
): Promise<boolean> {
  if (compression !== 'gzip' || encoding !== 'gzip' || level !== undefined) return false
  return (await stat(path)).size >= WORTH_A_THREAD
}
