import { dirname } from 'node:path'
import { type Blob, distinct } from '../oci/descriptor.js'
import { codeOf, isSystemError, UserError } from '../util/error.js'
import type { StagedEncoding } from './format/blocks.js'
import { Staging } from './pack-layers.js'
import { PartsReader, type ReadOptions } from './parts-reader.js'
import { type Machines, sumOf } from './platform-check.js'
import type { ImageSource } from './source-2.js'
import type { StagedParts } from './staged-parts.js'

export interface StageOptions extends ReadOptions {
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
export interface StagedImage {
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
export async function stageImage(source: ImageSource, options: StageOptions): Promise<StagedImage> {
  const staging = new Staging(options)
  try {
    return await keepParts(await new PartsReader(staging, options).parts(source), staging)
  } catch (error) {
    throw explained(error, source.path, options)
  } finally {
    await staging.discard()
  }
}

async function keepParts({ config, layers: parts }: StagedParts, staging: Staging): Promise<StagedImage> {
  const read = parts.flatMap(part => ('staged' in part ? [part.staged] : []))
  await staging.keep(read)
  return {
    config,
    layers: parts.map(part => ('staged' in part ? staging.blobOf(part.staged) : part.known)),
    staged: distinct(read.map(layer => staging.blobOf(layer))),
    machines: machinesIn(parts),
  }
}

function machinesIn(parts: StagedParts['layers']): Machines | undefined {
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
function explained(error: unknown, path: string, { signal, directory }: StageOptions): unknown {
  if (signal?.aborted) return signal.reason
  const isPlain = error instanceof Error && error.name === 'Error'
  if (!isPlain && !isSystemError(error)) return error
  const hint = NO_ROOM.has(codeOf(error) ?? '') ? roomHint(directory) : undefined
  return new UserError(`${path}: ${error.message}`, { hint, cause: error })
}
