import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { parseConfig } from '../oci/config.js'
import { type Blob, type Descriptor, descriptorOf } from '../oci/descriptor.js'
import { hexOf } from '../oci/digest.js'
import type { Image } from '../oci/image.js'
import { type IndexDocument, parseIndex } from '../oci/image-index.js'
import { parseManifest } from '../oci/manifest.js'
import { verifier } from '../oci/verify.js'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { asObject, asString, parseJson } from '../util/json.js'
import { BLOBS, INDEX_FILE, LAYOUT_FILE, layoutFiles, openSlice, type Slice } from './layout-files.js'

/** An OCI image layout (image-layout.md), a folder or an archive, read in place. Its errors are `UserError`s naming it. */
export interface Layout {
  readonly path: string
  readonly index: IndexDocument
  /** What a descriptor names; missing or of another size is an error. The digest is for the reader to verify. */
  blob(descriptor: Descriptor): Blob
  /** A small blob, verified; up to 16 MiB. */
  read(descriptor: Descriptor): Promise<Buffer>
  /** The image of a manifest. The platform is the config's; the manifest's descriptor is kept where it has one. */
  image(descriptor: Descriptor): Promise<Image>
  /** Reads a whole blob and holds it against its digest. */
  verify(descriptor: Descriptor): Promise<void>
}

const MAX_DOCUMENT = 16 << 20

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

  blob(descriptor: Descriptor): Blob {
    const slice = this.#files.get(`${BLOBS}/${hexOf(descriptor.digest)}`)
    if (!slice) throw this.#wrong(`${descriptor.digest} is missing`)
    if (slice.size !== descriptor.size) {
      throw this.#wrong(`${descriptor.digest} has ${slice.size} bytes, not ${descriptor.size}`)
    }
    return { ...descriptorOf(descriptor), open: () => openSlice(slice) }
  }

  async read(descriptor: Descriptor): Promise<Buffer> {
    if (descriptor.size > MAX_DOCUMENT) {
      throw this.#wrong(`${descriptor.digest} is too large for metadata: ${descriptor.size} bytes`)
    }
    const chunks: Buffer[] = []
    await this.#stream(descriptor, chunk => chunks.push(chunk))
    return Buffer.concat(chunks)
  }

  async image(descriptor: Descriptor): Promise<Image> {
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
      layers: layers.map(layer => this.blob(layer)),
    }
  }

  async verify(descriptor: Descriptor): Promise<void> {
    await this.#stream(descriptor, () => {})
  }

  async #stream(descriptor: Descriptor, see: (chunk: Buffer) => void): Promise<void> {
    const blob = this.blob(descriptor)
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        see(chunk)
        done()
      },
    })
    try {
      await pipeline(blob.open(), verifier(descriptor), sink)
    } catch (error) {
      throw this.#wrong(messageOf(error), error)
    }
  }

  #parse<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      throw this.#wrong(messageOf(error), error)
    }
  }

  #wrong(what: string, cause?: unknown): UserError {
    return new UserError(`${this.path}: ${what}`, { cause })
  }
}

async function whole(slice: Slice | undefined): Promise<Buffer> {
  if (!slice) return Buffer.alloc(0)
  if (slice.size > MAX_DOCUMENT) throw new Error(`its metadata is too large: ${slice.size} bytes`)
  return buffer(openSlice(slice))
}
