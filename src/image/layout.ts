import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parseConfig } from '../oci/config.js'
import { type Blob, type Descriptor, descriptorOf } from '../oci/descriptor.js'
import { type Digest, hexOf } from '../oci/digest.js'
import { type Image, parseManifest } from '../oci/image.js'
import { type IndexDocument, parseIndex } from '../oci/image-index.js'
import { DigestMismatch, verified } from '../oci/verify.js'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { asObject, asString, parseJson } from '../util/json.js'
import { openFile, readHead } from './format/bytes.js'
import { encodingOf, HEAD } from './format/decode.js'
import { scanTar } from './format/tar.js'

/** An OCI image layout (image-layout.md), a folder or an archive, read in place. Its errors are `UserError`s naming it. */
export interface Layout {
  readonly path: string
  readonly index: IndexDocument
  /** Whether a blob is here. */
  has(descriptor: Descriptor): boolean
  /** What a descriptor names; missing or of another size is an error. Its digest is verified as it is read. */
  blob(descriptor: Descriptor): Blob
  /** A small blob, verified; up to 16 MiB. */
  read(descriptor: Descriptor): Promise<Buffer>
  /**
   * The image of a manifest. The platform is the config's; the manifest's descriptor is kept where it has one.
   *
   * @param elsewhere gives the layers that are not here; without it, all must be
   */
  image(descriptor: Descriptor, elsewhere?: (layer: Descriptor) => Blob): Promise<Image>
  /** Reads a whole blob and holds it against its digest. */
  verify(descriptor: Descriptor): Promise<void>
}

const MAX_DOCUMENT = 16 << 20

const SPOILT = 'The file was changed or cut off after it was made. Make it again.'

/** Opens a layout folder or an uncompressed archive of one. */
export async function openLayout(path: string): Promise<Layout> {
  try {
    const files = await layoutFiles(path)
    checkVersion(await whole(files.get(LAYOUT_FILE)))
    return new FileLayout(path, files, parseIndex(await whole(files.get(INDEX_FILE)), INDEX_FILE))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new UserError(`${path} does not exist`, { cause: error })
    throw new UserError(`${path} is no OCI image layout: ${messageOf(error)}`, { cause: error })
  }
}

function checkVersion(bytes: Buffer): void {
  const version = asString(
    asObject(parseJson(bytes, LAYOUT_FILE), LAYOUT_FILE).imageLayoutVersion,
    'imageLayoutVersion',
  )
  if (!version.startsWith('1.')) throw new Error(`its version is ${version}, not 1`)
}

class FileLayout implements Layout {
  readonly path: string
  readonly index: IndexDocument
  readonly #files: ReadonlyMap<string, Slice>

  constructor(path: string, files: ReadonlyMap<string, Slice>, index: IndexDocument) {
    this.path = path
    this.#files = files
    this.index = index
  }

  has({ digest }: Descriptor): boolean {
    return this.#files.has(nameOf(digest))
  }

  blob(descriptor: Descriptor): Blob {
    const slice = this.#files.get(nameOf(descriptor.digest))
    if (!slice) throw this.#wrong(`${descriptor.digest} is missing`)
    if (slice.size !== descriptor.size) {
      throw this.#wrong(`${descriptor.digest} has ${slice.size} bytes, not ${descriptor.size}`)
    }
    const blob = { ...descriptorOf(descriptor), open: () => openSlice(slice) }
    return { ...blob, open: () => verified(blob, error => this.#wrong(messageOf(error), error)) }
  }

  async read(descriptor: Descriptor): Promise<Buffer> {
    if (descriptor.size > MAX_DOCUMENT) {
      throw this.#wrong(`${descriptor.digest} is too large for metadata: ${descriptor.size} bytes`)
    }
    return buffer(this.blob(descriptor).open())
  }

  async image(descriptor: Descriptor, elsewhere?: (layer: Descriptor) => Blob): Promise<Image> {
    const bytes = await this.read(descriptor)
    const { config, layers } = this.#parse(() => parseManifest(bytes))
    const configBytes = await this.read(config)
    const { platform, diffIds } = this.#parse(() => parseConfig(configBytes))
    if (diffIds.length !== layers.length) {
      throw this.#wrong(`the manifest lists ${layers.length} layers, the config ${diffIds.length}`)
    }
    return {
      platform,
      manifest: this.blob({ platform, ...descriptor }),
      config: this.blob(config),
      layers: layers.map(layer => (elsewhere && !this.has(layer) ? elsewhere(layer) : this.blob(layer))),
    }
  }

  async verify(descriptor: Descriptor): Promise<void> {
    for await (const _ of this.blob(descriptor).open());
  }

  #parse<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      throw this.#wrong(messageOf(error), error)
    }
  }

  #wrong(what: string, cause?: unknown): UserError {
    const hint = cause instanceof DigestMismatch ? SPOILT : undefined
    return new UserError(`${this.path}: ${what}`, { hint, cause })
  }
}

function nameOf(digest: Digest): string {
  return `${BLOBS}/${hexOf(digest)}`
}

async function whole(slice: Slice | undefined): Promise<Buffer> {
  if (!slice) return Buffer.alloc(0)
  if (slice.size > MAX_DOCUMENT) throw new Error(`its metadata is too large: ${slice.size} bytes`)
  return buffer(openSlice(slice))
}

/** The files of an image layout (OCI image-spec, image-layout.md). */
export const LAYOUT_FILE = 'oci-layout'
export const INDEX_FILE = 'index.json'
export const BLOBS = 'blobs/sha256'

/** Bytes that lie in a file: all of a layout folder's, a part of an archive. */
interface Slice {
  readonly path: string
  readonly offset: number
  readonly size: number
}

function openSlice({ path, offset, size }: Slice): Readable {
  if (size === 0) return Readable.from([])
  return openFile(path, { start: offset, end: offset + size - 1 })
}

/** The files of a layout folder or archive by name. Throws an `Error` that says what is wrong with it. */
async function layoutFiles(path: string): Promise<ReadonlyMap<string, Slice>> {
  const files = (await stat(path)).isDirectory() ? await filesOfFolder(path) : await filesOfArchive(path)
  for (const name of [LAYOUT_FILE, INDEX_FILE]) if (!files.has(name)) throw new Error(`it has no ${name}`)
  return files
}

async function filesOfFolder(folder: string): Promise<Map<string, Slice>> {
  const blobs = (await listing(join(folder, BLOBS))).map(name => `${BLOBS}/${name}`)
  const top = (await listing(folder)).filter(name => name === LAYOUT_FILE || name === INDEX_FILE)
  const files = new Map<string, Slice>()
  for (const name of [...top, ...blobs]) {
    const path = join(folder, name)
    files.set(name, { path, offset: 0, size: (await stat(path)).size })
  }
  return files
}

/** A layout without blobs needs no folder for them. */
async function listing(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function filesOfArchive(path: string): Promise<Map<string, Slice>> {
  const compression = encodingOf(await readHead(path, HEAD))
  if (compression !== 'none') throw new Error(`it is compressed with ${compression}; decompress it first`)
  const files = new Map<string, Slice>()
  for (const entry of await scanTar(path)) {
    if (entry.kind !== 'file') continue
    if (files.has(entry.name)) throw new Error(`it holds ${entry.name} twice`)
    files.set(entry.name, { path, offset: entry.offset, size: entry.size })
  }
  return files
}
