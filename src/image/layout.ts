import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { checkConfigTypes, InvalidConfig } from '../oci/check-config.js'
import { parseConfig } from '../oci/config.js'
import {
  type Blob,
  type Descriptor,
  descriptorOf,
  type FileSlice,
  isForeignLayer,
} from '../oci/descriptor.js'
import { hexOf } from '../oci/digest.js'
import { type Image, parseManifest } from '../oci/image.js'
import { type IndexDocument, parseIndex } from '../oci/image-index.js'
import { DigestMismatch, openVerified } from '../oci/verify.js'
import { mapLimit } from '../util/async.js'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { asObject, asString, parseJson } from '../util/json.js'
import { redactAddresses } from '../util/redact-addresses.js'
import { quoteControlCharacters, truncateText } from '../util/text.js'
import { openFile, readHead } from './format/bytes.js'
import { encodingOf, HEAD_BYTES } from './format/decompress.js'
import { ARCHIVE_LIMITS, checkLayerCount } from './format/limit-archive.js'
import { scanTar } from './format/tar.js'

/** The names in an image layout (OCI image-spec, image-layout.md). */
export const LAYOUT_FILE = 'oci-layout'
export const INDEX_FILE = 'index.json'
export const BLOBS_FOLDER = 'blobs/sha256'

/** The name of a blob's file in an image layout. */
export function blobPath({ digest }: Pick<Descriptor, 'digest'>): string {
  return `${BLOBS_FOLDER}/${hexOf(digest)}`
}

/** For a foreign layer whose content is not in the image. */
export function describeForeignLayer({ digest, urls = [] }: Descriptor): string {
  const [url] = urls
  const place =
    url === undefined ? 'elsewhere' : `at ${quoteControlCharacters(truncateText(redactAddresses(url), 100))}`
  return (
    `the content of ${digest} is not in the image, but ${place} (a foreign layer). ` +
    'It cannot be verified. Make the image with the content of all layers'
  )
}

/**
 * An OCI image layout (image-layout.md) in a folder or an archive. Blobs are read directly from it, without unpacking. Its errors
 * are `UserError`s with its path.
 */
export interface Layout {
  readonly path: string
  readonly index: IndexDocument
  hasBlob(descriptor: Descriptor): boolean
  /** Throws if the blob is missing or has another size. The digest is verified while the blob is read. */
  getBlob(descriptor: Descriptor): Blob
  /** Reads and verifies a blob of up to 16 MiB. */
  readBlob(descriptor: Descriptor): Promise<Buffer>
  /**
   * Reads the image of a manifest. Its platform is the platform in the config. If the descriptor has a platform, it is not
   * changed.
   *
   * @param elsewhere returns the layers that are not in this layout; without it, a missing layer is an error
   */
  readImage(descriptor: Descriptor, elsewhere?: (layer: Descriptor) => Blob): Promise<Image>
  /** Reads a whole blob and verifies its digest. */
  verifyBlob(descriptor: Descriptor): Promise<void>
}

/** Opens a layout folder or an uncompressed archive of a layout. */
export async function openLayout(path: string): Promise<Layout> {
  try {
    const files = await listLayoutFiles(path)
    checkVersion(await readMetadata(files.get(LAYOUT_FILE)))
    return new FileLayout(path, files, parseIndex(await readMetadata(files.get(INDEX_FILE)), INDEX_FILE))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new UserError(`${path} does not exist`, { cause: error })
    throw new UserError(`${path} is not an OCI image layout: ${messageOf(error)}`, {
      hint: 'It is something else, or was changed or truncated after it was written. Create the image again, or leave it out.',
      cause: error,
    })
  }
}

/** True if the file or folder contains the files of a layout. They may be damaged. */
export async function isLayout(path: string): Promise<boolean> {
  return listLayoutFiles(path).then(
    () => true,
    () => false,
  )
}

function checkVersion(bytes: Buffer): void {
  const version = asString(
    asObject(parseJson(bytes, LAYOUT_FILE), LAYOUT_FILE).imageLayoutVersion,
    'imageLayoutVersion',
  )
  if (!version.startsWith('1.')) throw new Error(`its layout version is ${version}, not 1`)
}

const MAX_METADATA_BYTES = 16 << 20

async function readMetadata(slice: FileSlice | undefined): Promise<Buffer> {
  if (!slice) return Buffer.alloc(0)
  if (slice.size > MAX_METADATA_BYTES) throw new Error(`its metadata is too large: ${slice.size} bytes`)
  return buffer(openSlice(slice))
}

const DAMAGED_BLOB_HINT = 'The file was changed or truncated after it was written. Create it again.'

/** A part of a layout is missing, damaged, or not what its descriptor says. */
export class DamagedLayout extends UserError {}

class FileLayout implements Layout {
  readonly path: string
  readonly index: IndexDocument
  /** Whole files in a layout folder, members in an archive. */
  readonly #files: ReadonlyMap<string, FileSlice>

  constructor(path: string, files: ReadonlyMap<string, FileSlice>, index: IndexDocument) {
    this.path = path
    this.#files = files
    this.index = index
  }

  hasBlob(descriptor: Descriptor): boolean {
    return this.#files.has(blobPath(descriptor))
  }

  getBlob(descriptor: Descriptor): Blob {
    const slice = this.#files.get(blobPath(descriptor))
    if (!slice) {
      throw this.#makeError(
        isForeignLayer(descriptor) ? describeForeignLayer(descriptor) : `${descriptor.digest} is missing`,
      )
    }
    if (slice.size !== descriptor.size) {
      throw this.#makeError(`${descriptor.digest} has ${slice.size} bytes, not ${descriptor.size}`)
    }
    const blob = { ...descriptorOf(descriptor), open: () => openSlice(slice) }
    return {
      ...blob,
      file: slice,
      open: () => openVerified(blob, error => this.#makeError(messageOf(error), error)),
    }
  }

  async readBlob(descriptor: Descriptor): Promise<Buffer> {
    if (descriptor.size > MAX_METADATA_BYTES) {
      throw this.#makeError(`${descriptor.digest} is too large for metadata: ${descriptor.size} bytes`)
    }
    return buffer(this.getBlob(descriptor).open())
  }

  async readImage(descriptor: Descriptor, elsewhere?: (layer: Descriptor) => Blob): Promise<Image> {
    const bytes = await this.readBlob(descriptor)
    const { config, layers } = this.#parse(() => parseManifest(bytes))
    const configBytes = await this.readBlob(config)
    this.#parse(() => checkConfigTypes(configBytes))
    const { platform, diffIds } = this.#parse(() => parseConfig(configBytes))
    this.#parse(() => checkLayerCount(layers.length))
    if (diffIds.length !== layers.length) {
      throw this.#makeError(`the manifest lists ${layers.length} layers, the config ${diffIds.length}`)
    }
    return {
      platform,
      manifest: this.getBlob({ platform, ...descriptor }),
      config: this.getBlob(config),
      layers: layers.map(layer =>
        elsewhere && !this.hasBlob(layer) ? elsewhere(layer) : this.getBlob(layer),
      ),
    }
  }

  async verifyBlob(descriptor: Descriptor): Promise<void> {
    for await (const _ of this.getBlob(descriptor).open());
  }

  #parse<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      throw this.#makeError(messageOf(error), error)
    }
  }

  #makeError(message: string, cause?: unknown): UserError {
    const hint = cause instanceof DigestMismatch ? DAMAGED_BLOB_HINT : suggestFix(cause)
    return new DamagedLayout(`${this.path}: ${message}`, { hint, cause })
  }
}

function suggestFix(cause: unknown): string | undefined {
  const suggestion = cause instanceof InvalidConfig ? cause.suggestion : undefined
  return suggestion && `In the flake, write ${suggestion}.`
}

function openSlice({ path, offset, size }: FileSlice): Readable {
  if (size === 0) return Readable.from([])
  return openFile(path, { start: offset, end: offset + size - 1 })
}

/** The files of a layout folder or archive, by name. Throws an `Error` if it is not an image layout. */
async function listLayoutFiles(path: string): Promise<ReadonlyMap<string, FileSlice>> {
  const stats = await stat(path)
  // A device or a pipe may have no end.
  if (!stats.isDirectory() && !stats.isFile()) throw new Error('it is neither a file nor a folder')
  const files = stats.isDirectory() ? await listFolderFiles(path) : await listArchiveFiles(path)
  for (const name of [LAYOUT_FILE, INDEX_FILE]) if (!files.has(name)) throw new Error(`it has no ${name}`)
  return files
}

const FILES_AT_ONCE = 16

async function listFolderFiles(folder: string): Promise<Map<string, FileSlice>> {
  const blobs = (await readFolder(join(folder, BLOBS_FOLDER))).map(name => `${BLOBS_FOLDER}/${name}`)
  const metadata = (await readFolder(folder)).filter(name => name === LAYOUT_FILE || name === INDEX_FILE)
  const files = new Map<string, FileSlice>()
  if (blobs.length > ARCHIVE_LIMITS.members)
    throw new Error(`it has more than ${ARCHIVE_LIMITS.members} blobs`)
  await mapLimit([...metadata, ...blobs], FILES_AT_ONCE, async name => {
    const path = join(folder, name)
    files.set(name, { path, offset: 0, size: (await stat(path)).size })
  })
  return files
}

/** Returns an empty list for a missing folder, because a layout without blobs may omit the folder. */
async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function listArchiveFiles(path: string): Promise<Map<string, FileSlice>> {
  const compression = encodingOf(await readHead(path, HEAD_BYTES))
  if (compression !== 'none') throw new Error(`it is compressed with ${compression}; decompress it first`)
  const files = new Map<string, FileSlice>()
  for (const entry of await scanTar(path)) {
    if (entry.kind !== 'file') continue
    if (files.has(entry.name)) throw new Error(`it contains ${entry.name} more than once`)
    files.set(entry.name, { path, offset: entry.offset, size: entry.size })
  }
  return files
}
