import { access, constants, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Blob, type Descriptor, deduplicate } from '../oci/descriptor.js'
import { encodeIndex } from '../oci/image-index.js'
import { openVerified } from '../oci/verify.js'
import { codeOf, UserError } from '../util/error.js'
import { PartFile, toWriteError } from '../util/files.js'
import { DOCKER_MANIFEST_FILE } from './docker-archive.js'
import { paddingOf, TAR_BLOCK_BYTES } from './format/tar.js'
import { encodeHeader } from './format/write-tar-header.js'
import { BLOBS_FOLDER, blobPath, INDEX_FILE, LAYOUT_FILE } from './layout.js'

interface ArchiveContent {
  /** The descriptors in `index.json`. Tools cannot choose between several descriptors if the user gives no name. */
  readonly index: readonly Descriptor[]
  readonly blobs: readonly Blob[]
  /** For Docker's classic image store: see `encodeDockerManifest`. */
  readonly dockerManifest?: Buffer
}

interface WriteOptions {
  /** If it is aborted, no file is written and its reason is thrown. */
  readonly signal?: AbortSignal
}

/**
 * Writes an OCI image layout (image-layout.md) as a tar: `oci-layout`, `index.json`, Docker's `manifest.json`, then the blobs
 * sorted by digest. The tar has no owners and no times, so the same image gives the same bytes. Every blob is verified while it
 * is written. The file gets its name when it is complete. Its folder is created if it is missing. Throws a `UserError` with the
 * path if the system cannot write the file. Errors of a blob are thrown unchanged.
 */
export async function writeArchive(
  path: string,
  content: ArchiveContent,
  options: WriteOptions = {},
): Promise<{ size: number }> {
  await checkNotFolder(path)
  try {
    return await writeLayout(path, content, options)
  } catch (error) {
    throw toWriteError(error, path)
  }
}

/**
 * Checks that an archive can be written, before the work for it begins. No folder is created. Throws a `UserError` with the path.
 */
export async function checkCanWriteArchive(path: string): Promise<void> {
  await checkNotFolder(path)
  try {
    await checkCanCreateIn(dirname(resolve(path)))
  } catch (error) {
    throw toWriteError(error, path)
  }
}

/** Throws the error of the system if the folder cannot be created, or if a file cannot be created in it. */
export async function checkCanCreateIn(folder: string): Promise<void> {
  const stats = await stat(folder).catch(error => {
    if (codeOf(error) === 'ENOENT' && dirname(folder) !== folder) return undefined
    throw error
  })
  if (stats === undefined) return checkCanCreateIn(dirname(folder))
  if (!stats.isDirectory()) throw Object.assign(new Error(`${folder} is not a folder`), { code: 'ENOTDIR' })
  return access(folder, constants.W_OK)
}

/** Called before any other work, so that the error is reported immediately. */
async function checkNotFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isDirectory() && !path.endsWith('/')) return
  throw new UserError(`${path} is a folder, but an archive is a file`, {
    hint: `Write the path of a file, for example ${join(path, 'image.oci.tar')}.`,
  })
}

async function writeLayout(
  path: string,
  { index, blobs, dockerManifest }: ArchiveContent,
  { signal }: WriteOptions,
): Promise<{ size: number }> {
  const part = await PartFile.create(dirname(path))
  try {
    const tar = new TarWriter(part, signal)
    await tar.writeFile(LAYOUT_FILE, Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
    await tar.writeFile(INDEX_FILE, encodeIndex(index))
    if (dockerManifest) await tar.writeFile(DOCKER_MANIFEST_FILE, dockerManifest)
    await tar.writeFolder('blobs/')
    await tar.writeFolder(`${BLOBS_FOLDER}/`)
    const sorted = deduplicate(blobs).sort((a, b) => (a.digest < b.digest ? -1 : 1))
    for (const blob of sorted) await tar.writeBlob(blob)
    await tar.writeEndMark()
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
  readonly #signal: AbortSignal | undefined

  constructor(part: PartFile, signal: AbortSignal | undefined) {
    this.#part = part
    this.#signal = signal
  }

  async writeFolder(name: string): Promise<void> {
    await this.#write(encodeHeader({ name, type: '5', mode: 0o755, size: 0 }))
  }

  async writeFile(name: string, bytes: Buffer): Promise<void> {
    await this.#write(
      Buffer.concat([encodeFileHeader(name, bytes.length), bytes, Buffer.alloc(paddingOf(bytes.length))]),
    )
  }

  async writeBlob(blob: Blob): Promise<void> {
    await this.#write(encodeFileHeader(blobPath(blob), blob.size))
    // Not `pipeline`: after a failed write it throws its own AbortError instead of the error of the write (Node.js 20).
    for await (const chunk of openVerified(blob)) await this.#write(chunk)
    await this.#write(Buffer.alloc(paddingOf(blob.size)))
  }

  async writeEndMark(): Promise<void> {
    await this.#write(Buffer.alloc(2 * TAR_BLOCK_BYTES))
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#signal?.throwIfAborted()
    this.size += bytes.length
    await this.#part.write(bytes)
  }
}

function encodeFileHeader(name: string, size: number): Buffer {
  return encodeHeader({ name, type: '0', mode: 0o644, size })
}
