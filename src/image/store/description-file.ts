import { readFile, stat } from 'node:fs/promises'
import { messageOf, UserError } from '../../util/error.js'
import { findFirstInStore, findInStore } from './described-path.js'
import type { StoreImage } from './store-image.js'

/** A file that names the store paths of each layer. The tars of the layers are made from them. */
export interface DescriptionFile {
  /** The real path on this machine. */
  readonly path: string
  /** Reads no layer. Throws a `UserError` if the image cannot be made from the description. */
  read(): Promise<StoreImage>
}

/** A format of descriptions. */
export interface DescriptionFormat {
  /** What messages call a file of this format: `an image of nix2container`. */
  readonly label: string
  /** Only descriptions of this format have all of these keys. A file with them can still be refused. */
  readonly keys: readonly string[]
  /** What to do if a file is refused. */
  readonly hint: string
  /**
   * Throws an `Error` if the description cannot be used, or if it names files that it may not name.
   *
   * @param path the real path of the description
   */
  parse(bytes: Buffer, path: string): Promise<StoreImage>
}

/** A description has some 200 bytes for each store path. */
const MAX_DESCRIPTION_BYTES = 16 * 1024 ** 2

/**
 * Opens a description. It is read from the disk only once. Returns `undefined` if the file has none of the formats. Throws a
 * `UserError` if a link in a Nix store leads to a description that is not in this store.
 *
 * @param path the real path of the file on this machine
 * @param input the path before links were resolved
 */
export async function openDescription(
  path: string,
  input: string,
  formats: readonly DescriptionFormat[],
): Promise<DescriptionFile | undefined> {
  if ((await stat(path)).size > MAX_DESCRIPTION_BYTES) return undefined
  const bytes = await readFile(path)
  const format = formats.find(({ keys }) => keys.every(key => bytes.includes(`"${key}"`)))
  if (format === undefined) return undefined
  await checkLink(path, input)
  let image: Promise<StoreImage> | undefined
  return {
    path,
    read() {
      image ??= parseDescription(bytes, path, format)
      return image
    },
  }
}

/** Nix knows only what a description in the store depends on. The files of another one could be anybody's. */
async function checkLink(path: string, input: string): Promise<void> {
  const first = await findFirstInStore(input)
  if (first === undefined || findInStore(path)?.root === first.root) return
  throw new UserError(`${input} is a link to ${path}, which is not in the Nix store`, {
    hint: 'The image description itself must be the output of the build, and not a link to a file of this machine.',
  })
}

/** Like `parse` of the format, but all errors are a `UserError` that names the file. */
export async function parseDescription(
  bytes: Buffer,
  path: string,
  { label, hint, parse }: DescriptionFormat,
): Promise<StoreImage> {
  try {
    return await parse(bytes, path)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path} is not ${label} that can be used: ${messageOf(error)}`, {
      hint,
      cause: error,
    })
  }
}
