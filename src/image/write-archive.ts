import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Blob, type Descriptor, deduplicate } from '../oci/descriptor.js'
import { hexOf } from '../oci/digest.js'
import { encodeIndex } from '../oci/image-index.js'
import { openVerified } from '../oci/verify.js'
import { codeOf, isSystemError, UserError } from '../util/error.js'
import { PartFile } from '../util/files.js'
import { DOCKER_MANIFEST_FILE } from './docker-archive.js'
import { encodeHeader, paddingOf, TAR_BLOCK_BYTES } from './format/tar.js'
import { BLOBS_FOLDER, INDEX_FILE, LAYOUT_FILE } from './layout.js'

interface ArchiveContent {
  /** What `index.json` names. With more than one, tools that are given no name do not know which is meant. */
  readonly index: readonly Descriptor[]
  readonly blobs: readonly Blob[]
  /** For Docker's own store: see `encodeDockerManifest`. */
  readonly dockerManifest?: Buffer
}

interface WriteOptions {
  /** An abort leaves nothing behind and throws the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * Writes an OCI image layout (image-layout.md) as a tar: `oci-layout`, `index.json`, Docker's `manifest.json`, then the
 * blobs in the order of their digests, nothing of the machine or the hour, so that the same image gives the same bytes.
 * Every blob is verified on the way. The file gets its name once it is whole; its folder is created. Throws a
 * `UserError` naming it when the disk or the system refuses; a blob's own failure stays what it is.
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

/** Refuses, before any work is done, a path at which no file can be written. */
async function checkNotFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats?.isDirectory() && !path.endsWith('/')) return
  throw new UserError(`${path} is a folder, and the archive is a file`, {
    hint: `Name a file, such as ${join(path, 'image.oci.tar')}.`,
  })
}

const DISK_FULL_HINT = 'Make room on its disk, or choose a folder on another one.'
const NO_PERMISSION_HINT = 'Choose a folder that you may write to.'

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: DISK_FULL_HINT,
  EDQUOT: DISK_FULL_HINT,
  EFBIG: 'Choose a folder on a disk that takes files as large as this.',
  EACCES: NO_PERMISSION_HINT,
  EPERM: NO_PERMISSION_HINT,
  EROFS: NO_PERMISSION_HINT,
  ENOTDIR: 'A part of its path is a file. Choose another folder.',
  EEXIST: 'A part of its path is a file. Choose another folder.',
}

function toWriteError(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error
  const hint = HINTS[codeOf(error) ?? '']
  return new UserError(`${path} could not be written: ${error.message}`, { hint, cause: error })
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
    await tar.finish()
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
    await this.#write(encodeFileHeader(`${BLOBS_FOLDER}/${hexOf(blob.digest)}`, blob.size))
    // Not `pipeline`, which tells of its own abort where a write failed (Node.js 20).
    for await (const chunk of openVerified(blob)) await this.#write(chunk)
    await this.#write(Buffer.alloc(paddingOf(blob.size)))
  }

  async finish(): Promise<void> {
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
