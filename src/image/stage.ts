import { dirname } from 'node:path'
import type { Blob, Descriptor } from '../oci/descriptor.js'
import { digestOf, hexOf } from '../oci/digest.js'
import { parseIndex } from '../oci/image-index.js'
import type { Platform } from '../oci/platform.js'
import { codeOf, isSystemError, UserError } from '../util/error.js'
import type { StagedEncoding } from './block-format.js'
import { type Bytes, lazily, tapped } from './bytes.js'
import { decode } from './decode.js'
import { DOCKER_MANIFEST_FILE, dockerImage, dockerImages } from './docker-archive.js'
import { fileBytes } from './file-bytes.js'
import { openLayout } from './layout.js'
import { BLOBS, INDEX_FILE } from './layout-files.js'
import { type Machines, sumOf } from './machine-survey.js'
import { documentAt, layerAt, type Members, readMembers } from './members.js'
import { type OciContent, ociImage } from './oci-image.js'
import { type ScriptOptions, scriptBytes } from './script-bytes.js'
import type { ImageSource } from './source.js'
import type { StagedParts } from './staged-parts.js'
import { Staging } from './staging.js'

export interface StageOptions extends ScriptOptions {
  readonly encoding: StagedEncoding
  /**
   * The folder for the compressed layers, each under the hex digits of its digest. It lies in the process's private
   * temporary folder.
   */
  readonly directory: string
  /** Picks one of several images in an OCI index. */
  readonly platform?: Platform
  /** Called as the source is read, with all bytes so far. */
  readonly onProgress?: (bytesRead: number) => void
}

/** An image whose layers lie compressed in a folder. */
export interface StagedImage {
  /** As it came. */
  readonly config: Buffer
  /** Lowest first; the same blob may stand twice. */
  readonly layers: readonly Blob[]
  /** For which machines the programs in the layers are. */
  readonly machines: Machines
}

/**
 * Reads what Nix produced, compresses its layers and verifies every digest in it. Throws a `UserError` naming the
 * source and what is wrong with it; nothing of a failed image is left in the folder.
 */
export async function stageImage(source: ImageSource, options: StageOptions): Promise<StagedImage> {
  const staging = new Staging(options.directory, options.encoding)
  try {
    const { config, layers } = await new Stager(staging, options).parts(source)
    const machines = sumOf(layers.map(layer => layer.machines))
    return { config, layers: await staging.keep(layers), machines }
  } catch (error) {
    throw explained(error, source.path, options)
  } finally {
    await staging.discard()
  }
}

class Stager {
  readonly #staging: Staging
  readonly #options: StageOptions
  #bytesRead = 0

  constructor(staging: Staging, options: StageOptions) {
    this.#staging = staging
    this.#options = options
  }

  parts(source: ImageSource): Promise<StagedParts> {
    switch (source.kind) {
      case 'docker-archive':
        return this.#archive(this.#watched(fileBytes(source.path)))
      case 'compressed-archive':
        return this.#archive(decode(source.compression, this.#watched(fileBytes(source.path))))
      case 'stream-script':
        return this.#archive(this.#watched(scriptBytes(source.path, this.#options)))
      case 'oci-archive':
      case 'oci-layout':
        return this.#layout(source.path)
    }
  }

  async #archive(bytes: Bytes): Promise<StagedParts> {
    const members = await readMembers(bytes, this.#staging)
    const images = dockerImages(members)
    const index = members.documents.get(INDEX_FILE)
    // A multi-arch archive lists one image for each platform in both; only the index tells which is for which.
    if (images && (images.length === 1 || !index)) return dockerImage(images, members, this.#staging)
    if (!index) throw new Error(`it holds neither ${DOCKER_MANIFEST_FILE} nor ${INDEX_FILE}`)
    return ociImage(parseIndex(index, INDEX_FILE), contentOf(members, this.#staging), this.#options.platform)
  }

  async #layout(path: string): Promise<StagedParts> {
    const layout = await openLayout(path)
    const content: OciContent = {
      read: descriptor => layout.read(descriptor),
      stage: async descriptor => {
        const blob = layout.blob(descriptor)
        return this.#staging.read(this.#watched(lazily(() => blob.open())))
      },
    }
    return ociImage(layout.index, content, this.#options.platform)
  }

  /** Tells of progress, and stops when asked to. */
  #watched(bytes: Bytes): Bytes {
    return tapped(bytes, chunk => {
      this.#options.signal?.throwIfAborted()
      this.#bytesRead += chunk.length
      this.#options.onProgress?.(this.#bytesRead)
    })
  }
}

/** The blobs of an OCI archive that was read in one pass. */
function contentOf(members: Members, staging: Staging): OciContent {
  const nameOf = (descriptor: Descriptor): string => `${BLOBS}/${hexOf(descriptor.digest)}`
  return {
    async read(descriptor) {
      const bytes = documentAt(members, nameOf(descriptor))
      const actual = digestOf(bytes)
      if (actual !== descriptor.digest) throw new Error(`${descriptor.digest} holds ${actual}`)
      return bytes
    },
    stage: descriptor => layerAt(members, nameOf(descriptor), staging),
  }
}

const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** The private folder is gone by the time this is read, so the one that it was made in is named. */
function roomHint(directory: string): string {
  const disk = dirname(dirname(directory))
  return `Make room on the disk of ${disk}, or set TMPDIR (on GitHub RUNNER_TEMP) to a folder on another one.`
}

/** What is wrong with the content, or with the disk, becomes the user's error; a mistake of ours stays what it is. */
function explained(error: unknown, path: string, { signal, directory }: StageOptions): unknown {
  if (signal?.aborted) return signal.reason
  const isPlain = error instanceof Error && error.name === 'Error'
  if (!isPlain && !isSystemError(error)) return error
  const hint = NO_ROOM.has(codeOf(error) ?? '') ? roomHint(directory) : undefined
  return new UserError(`${path}: ${error.message}`, { hint, cause: error })
}
