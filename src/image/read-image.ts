import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseConfig } from '../oci/config.js'
import { type Annotations, type Blob, deduplicate } from '../oci/descriptor.js'
import { parseIndex } from '../oci/image-index.js'
import type { Platform } from '../oci/platform.js'
import { codeOf, isSystemError, UserError } from '../util/error.js'
import { type ArchiveMembers, FileMembers, LayerSkipped, readMembers } from './archive-members.js'
import { DOCKER_MANIFEST_FILE, packDockerImage, readDockerImages } from './docker-archive.js'
import { type Bytes, openLazily, readFileBytes, tapBytes } from './format/bytes.js'
import { decode } from './format/decompress.js'
import { WorkerUnavailable } from './format/deflate.js'
import { CannotSliceGzip } from './format/gzip-frame.js'
import { GzipSource } from './format/gzip-index.js'
import type { LayerCompression } from './format/ordered-block-writer.js'
import { scanTar } from './format/tar.js'
import { INDEX_FILE, openLayout } from './layout.js'
import { contentOf, findManifest, type OciContent, packOciImage } from './oci-image.js'
import {
  type BaseLayers,
  type FindKnown,
  type ImageHead,
  type ImageParts,
  LayerFolder,
  type LayerFolderOptions,
  type PackPartsOptions,
} from './pack-layers.js'
import { type PackedBase, packStoreImage, type StoreRecords } from './pack-store-image.js'
import type { LayerContents } from './programs/layer-contents.js'
import { type ImageSource, openSource } from './source.js'
import type { LayerKeys } from './store/layer-key.js'
import type { StoreImage } from './store/store-image.js'
import { runScript, type ScriptOptions } from './stream-script.js'

export interface PackImageOptions extends ReadOptions {
  readonly encoding: LayerCompression
  /** The compression level, in the range that `checkEncoding` accepts. Default: the default level of the encoding. */
  readonly level?: number
  /**
   * The folder for the compressed layers. Each file is named after the hex digits of its digest. The folder must be in the
   * private temporary folder of the process.
   */
  readonly directory: string
}

/** An image whose layers are compressed files in a folder, or known layers from elsewhere. */
export interface PackedImage {
  /** The bytes from the source, unchanged. */
  readonly config: Buffer
  /** The names in the source: `hello:1.0`. In an OCI layout, a name may be a tag only. */
  readonly names: readonly string[]
  /** The annotations of the OCI manifest in the source. */
  readonly annotations: Annotations
  /** Lowest first. The same blob can be in the list more than once. */
  readonly layers: readonly Blob[]
  /** The layers that are files in the folder, without duplicates. */
  readonly packedLayers: readonly Blob[]
  /** What is known about each layer. */
  readonly contents: readonly LayerContents[]
  /** For each layer, if the image is made from store paths. */
  readonly layerKeys?: LayerKeys | undefined
  /** Of an image that is made from store paths, if it has a base image. */
  readonly base?: BaseLayers | undefined
  /** The store paths in each layer, if the image is made from them. `undefined` for a layer that is another file. */
  readonly layerPaths?: readonly (readonly string[] | undefined)[] | undefined
}

/**
 * Reads an image that Nix built, compresses its layers and verifies every digest. Throws a `UserError` with the path of the
 * source if the source is invalid or the disk fails; then the folder contains no file of this image.
 */
export async function packImage(source: ImageSource, options: PackImageOptions): Promise<PackedImage> {
  const folder = new LayerFolder(options)
  try {
    return await commitLayers(await new ImageReader(folder, options).read(source), folder)
  } catch (error) {
    throw toPackError(error, source.path, options)
  } finally {
    await folder.discard()
  }
}

async function commitLayers(
  { config, layers, names, annotations, layerKeys, layerPaths, base }: ImageParts,
  folder: LayerFolder,
): Promise<PackedImage> {
  const packed = layers.flatMap(layer => ('packed' in layer ? [layer.packed] : []))
  await folder.commit(packed)
  return {
    config,
    names,
    annotations,
    layers: layers.map(layer => ('packed' in layer ? folder.blobOf(layer.packed) : layer.known)),
    packedLayers: deduplicate(packed.map(layer => folder.blobOf(layer))),
    contents: layers.map(layer =>
      'packed' in layer ? layer.packed.contents : (layer.known.contents ?? NOTHING_KNOWN),
    ),
    ...(layerKeys && { layerKeys }),
    ...(layerPaths && { layerPaths }),
    ...(base && { base }),
  }
}

const NOTHING_KNOWN: LayerContents = {}

/** Errors of the content and of the disk become a `UserError`; a programming error is returned unchanged. */
function toPackError(error: unknown, path: string, { signal, directory }: PackImageOptions): unknown {
  if (signal?.aborted) return signal.reason
  const isPlain = error instanceof Error && error.name === 'Error'
  if (!isPlain && !isSystemError(error)) return error
  const hint = DISK_FULL_CODES.has(codeOf(error) ?? '') ? makeDiskFullHint(directory) : undefined
  return new UserError(`${path}: ${error.message}`, { hint, cause: error })
}

const DISK_FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** Reports the parent of the private temporary folder, because this folder no longer exists when the user reads the hint. */
function makeDiskFullHint(directory: string): string {
  const parent = dirname(dirname(directory))
  return `Free space on the disk of ${parent}, or set TMPDIR (on GitHub: RUNNER_TEMP) to a folder on another disk.`
}

interface ReadOptions extends ScriptOptions, Pick<LayerFolderOptions, 'encoding' | 'level'> {
  /** Selects one of several images in an OCI index. */
  readonly platform?: Platform
  /**
   * Finds a layer that exists elsewhere, by its diff_id. It is used unchanged. The layer in the source is not compressed. If the
   * source allows skipping it, it is not read either.
   */
  readonly findKnown?: FindKnown
  /**
   * Called while the source is read, with the number of bytes so far. Skipped bytes count at the end. The number starts at 0
   * again if the source must be read a second time.
   */
  readonly onProgress?: (bytesRead: number) => void
  /**
   * Called once, with the config and the names of the image. If the source does not have to be read in order, this is before its
   * layers are read. If it throws, the image is not packed.
   */
  readonly onHead?: (head: ImageHead) => Promise<void>
  /** Without it, all layers that are made from store paths are read. */
  readonly records?: StoreRecords
}

/** Nothing is recorded, and Nix is not asked. */
const NO_RECORDS: StoreRecords = {
  readClosure: async () => undefined,
  findDiffId: () => undefined,
  addDiffId: () => {},
  findChangedPaths: async () => [],
}

const findNothing: FindKnown = () => undefined

/** Reads the config and the layers of an image. */
class ImageReader {
  readonly #folder: LayerFolder
  readonly #options: ReadOptions
  readonly #findKnown: FindKnown
  #bytesRead = 0
  #hasHead = false

  constructor(folder: LayerFolder, options: ReadOptions) {
    this.#folder = folder
    this.#options = options
    this.#findKnown = options.findKnown ?? findNothing
  }

  async read(source: ImageSource): Promise<ImageParts> {
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
      case 'description':
        return this.#packStoreImage(source.path, await source.read())
    }
  }

  async #readFile(path: string): Promise<ImageParts> {
    const entries = await scanTar(path)
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const members = new FileMembers(file, entries, this.#folder, count => this.#countBytes(count))
      const parts = await this.#packMembers(members)
      this.#countBytes(Math.max(0, size - this.#bytesRead))
      return parts
    } finally {
      await file.close()
    }
  }

  async #readCompressed(path: string, compression: 'gzip' | 'zstd'): Promise<ImageParts> {
    const openFile = (): Bytes => this.#trackProgress(readFileBytes(path))
    if (await canSliceGzip(path, compression, this.#options)) {
      try {
        return await this.#readStream(() => new GzipSource(openFile()))
      } catch (error) {
        // Plain decoding accepts more streams than slicing, and has better error messages.
        if (!(error instanceof CannotSliceGzip || error instanceof WorkerUnavailable)) throw error
        await this.#startOver()
      }
    }
    return this.#readStream(() => decode(compression, openFile()))
  }

  async #readStream(start: () => Bytes | GzipSource): Promise<ImageParts> {
    try {
      return await this.#packMembers(await this.#readMembers(start(), this.#findKnown))
    } catch (error) {
      if (!(error instanceof LayerSkipped)) throw error
      await this.#startOver()
      return this.#packMembers(await this.#readMembers(start(), findNothing))
    }
  }

  #readMembers(source: Bytes | GzipSource, findKnown: FindKnown): Promise<ArchiveMembers> {
    return source instanceof GzipSource
      ? readMembers(source.readContent(), this.#folder, findKnown, source)
      : readMembers(source, this.#folder, findKnown)
  }

  async #packMembers(members: ArchiveMembers): Promise<ImageParts> {
    const images = await readDockerImages(members)
    const index = await members.findDocument(INDEX_FILE)
    // A multi-arch archive lists one image per platform in both files. Only index.json says which image is for which platform.
    if (images && (images.length === 1 || !index)) {
      const manifest = index && (await findManifest(index, contentOf(members), this.#options.platform))
      return packDockerImage(images, { members, manifest }, this.#partsOptions)
    }
    if (!index) throw new Error(`it contains neither ${DOCKER_MANIFEST_FILE} nor ${INDEX_FILE}`)
    return packOciImage(
      parseIndex(index, INDEX_FILE),
      contentOf(members),
      this.#options.platform,
      this.#partsOptions,
    )
  }

  get #partsOptions(): PackPartsOptions {
    const onHead = async (head: ImageHead): Promise<void> => {
      if (this.#hasHead) return
      this.#hasHead = true
      await this.#options.onHead?.(head)
    }
    return { findKnown: this.#findKnown, onHead }
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
    return packOciImage(layout.index, content, this.#options.platform, this.#partsOptions)
  }

  async #packStoreImage(path: string, image: StoreImage): Promise<ImageParts> {
    const { records = NO_RECORDS } = this.#options
    return packStoreImage(image, {
      ...this.#partsOptions,
      path,
      folder: this.#folder,
      records,
      packBase: base => this.#packBase(base),
      onRead: count => this.#countBytes(count),
    })
  }

  /** Packs the image below the layers of another one. Only docker-archives can be that (`fromImage` of dockerTools). */
  async #packBase(path: string): Promise<PackedBase> {
    const { onHead: _, ...options } = this.#options
    const source = await openSource(path)
    // A script must not run here, where nothing isolates it.
    if (!BASE_KINDS.includes(source.kind)) throw createNotABaseError(path)
    const { config, layers, layerNames, names } = await new ImageReader(this.#folder, options).read(source)
    if (layerNames === undefined) throw createNotABaseError(path)
    return { config, layers, layerNames, names, diffIds: parseConfig(config).diffIds }
  }

  async #startOver(): Promise<void> {
    await this.#folder.discard()
    this.#bytesRead = 0
  }

  #trackProgress(bytes: Bytes): Bytes {
    return tapBytes(bytes, chunk => this.#countBytes(chunk.length))
  }

  #countBytes(count: number): void {
    this.#options.signal?.throwIfAborted()
    this.#bytesRead += count
    this.#options.onProgress?.(this.#bytesRead)
  }
}

const BASE_KINDS: readonly ImageSource['kind'][] = ['docker-archive', 'compressed-archive']

function createNotABaseError(path: string): Error {
  return new Error(`its base image ${path} is not a docker-archive`)
}

/** Compressing a smaller file again is faster than starting a thread. */
const MIN_SLICE_BYTES = 1 << 20

/** Whether the compressed bytes of a file can be reused for its layers. A compression level requires compressing again. */
async function canSliceGzip(
  path: string,
  compression: 'gzip' | 'zstd',
  { encoding, level }: Pick<LayerFolderOptions, 'encoding' | 'level'>,
): Promise<boolean> {
  if (compression !== 'gzip' || encoding !== 'gzip' || level !== undefined) return false
  return (await stat(path)).size >= MIN_SLICE_BYTES
}
