import { buffer } from 'node:stream/consumers'
import { parseConfig } from '../oci/config.js'
import { type Blob, type Descriptor, descriptorOf } from '../oci/descriptor.js'
import { type Digest, hexOf } from '../oci/digest.js'
import type { Image } from '../oci/image.js'
import { type IndexDocument, parseIndex } from '../oci/image-index.js'
import { parseManifest } from '../oci/manifest.js'
import { DigestMismatch, verified } from '../oci/verify.js'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { asObject, asString, parseJson } from '../util/json.js'
import { BLOBS, INDEX_FILE, LAYOUT_FILE, layoutFiles, openSlice, type Slice } from './layout-files.js'

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
