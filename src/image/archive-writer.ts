import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Blob, type Descriptor, distinct } from '../oci/descriptor.js'
import { hexOf } from '../oci/digest.js'
import { encodeIndex } from '../oci/image-index.js'
import { verifier } from '../oci/verify.js'
import { messageOf, UserError } from '../util/error.js'
import { PartFile } from '../util/part-file.js'
import { DOCKER_MANIFEST_FILE } from './docker-archive.js'
import { BLOBS, INDEX_FILE, LAYOUT_FILE } from './layout-files.js'
import { BLOCK, encodeHeader, paddingOf } from './tar-header.js'

export interface ArchiveContent {
  /** What `index.json` names. With more than one, tools that are given no name do not know which is meant. */
  readonly index: readonly Descriptor[]
  readonly blobs: readonly Blob[]
  /** For Docker's own store: see `encodeDockerManifest`. */
  readonly dockerManifest?: Buffer
}

/**
 * Writes an OCI image layout (image-layout.md) as a tar: `oci-layout`, `index.json`, Docker's `manifest.json`, then the
 * blobs in the order of their digests, nothing of the machine or the hour, so that the same image gives the same bytes.
 * Every blob is verified on the way. The file gets its name once it is whole; its folder is created. Throws a
 * `UserError` naming it.
 */
export async function writeArchive(path: string, content: ArchiveContent): Promise<{ size: number }> {
  try {
    return await writeTo(path, content)
  } catch (error) {
    throw new UserError(`${path} could not be written: ${messageOf(error)}`, { cause: error })
  }
}

async function writeTo(path: string, { index, blobs, dockerManifest }: ArchiveContent) {
  const part = await PartFile.create(dirname(path))
  try {
    const tar = new TarWriter(part)
    await tar.file(LAYOUT_FILE, Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
    await tar.file(INDEX_FILE, encodeIndex(index))
    if (dockerManifest) await tar.file(DOCKER_MANIFEST_FILE, dockerManifest)
    await tar.folder('blobs/')
    await tar.folder(`${BLOBS}/`)
    const sorted = distinct(blobs).sort((a, b) => (a.digest < b.digest ? -1 : 1))
    for (const blob of sorted) await tar.blob(blob)
    await tar.end()
    await part.close()
    await part.rename(path)
    return { size: tar.size }
  } finally {
    await part.discard()
  }
}

class TarWriter {
  size = 0
  readonly #part: PartFile

  constructor(part: PartFile) {
    this.#part = part
  }

  async folder(name: string): Promise<void> {
    await this.#write(encodeHeader({ name, type: '5', mode: 0o755, size: 0 }))
  }

  async file(name: string, bytes: Buffer): Promise<void> {
    await this.#write(
      Buffer.concat([fileHeader(name, bytes.length), bytes, Buffer.alloc(paddingOf(bytes.length))]),
    )
  }

  async blob(blob: Blob): Promise<void> {
    await this.#write(fileHeader(`${BLOBS}/${hexOf(blob.digest)}`, blob.size))
    await pipeline(blob.open(), verifier(blob), async chunks => {
      for await (const chunk of chunks) await this.#write(chunk)
    })
    await this.#write(Buffer.alloc(paddingOf(blob.size)))
  }

  async end(): Promise<void> {
    await this.#write(Buffer.alloc(2 * BLOCK))
  }

  async #write(bytes: Buffer): Promise<void> {
    this.size += bytes.length
    await this.#part.write(bytes)
  }
}

function fileHeader(name: string, size: number): Buffer {
  return encodeHeader({ name, type: '0', mode: 0o644, size })
}
