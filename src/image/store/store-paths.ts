import type { HistoryEntry } from '../../oci/config.js'
import { ByteReader, type Bytes } from '../format/bytes.js'
import { decodeDetected } from '../format/decompress.js'
import { readRawMembers } from '../format/tar.js'

/** Where Nix keeps store paths. Images have no other store. */
export const STORE = '/nix/store'

/** Matches a store path, but not a path below it. The hash is in Nix's base 32. Nix limits the name to 211 characters. */
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+._?=-]{1,211}$/

export function isStorePath(text: string): boolean {
  return STORE_PATH.test(text)
}

/** Returns the store path that contains a file of an image. The file's name may start with `/`, `./` or neither. */
export function storePathOf(file: string): string | undefined {
  const [nix, store, name] = file.replace(/^(\.?\/)+/, '').split('/', 3)
  const path = `/${nix}/${store}/${name}`
  return isStorePath(path) ? path : undefined
}

/** The name of a store path, split as Nix does: the version starts after the first dash that is not followed by a letter. */
export interface StoreName {
  readonly name: string
  /** Empty if the name has no version. */
  readonly version: string
}

/** `/nix/store/<hash>-fd-10.2.0` gives `fd` and `10.2.0`. */
export function parseStoreName(path: string): StoreName {
  const full = path.replace(/^\/nix\/store\/[^-]+-/, '')
  const dash = /-(?=[^A-Za-z])/.exec(full)?.index
  return dash === undefined
    ? { name: full, version: '' }
    : { name: full.slice(0, dash), version: full.slice(dash + 1) }
}

/**
 * Returns the store paths in each layer, from the comments that nixpkgs' stream_layered_image.py writes into the config's
 * history. Returns `undefined` for a layer without such a comment, and for all layers if the history does not match the number of
 * layers.
 */
export function parseHistoryPaths(
  history: readonly HistoryEntry[],
  layers: number,
): readonly (readonly string[] | undefined)[] {
  const entries = history.filter(({ isEmpty }) => !isEmpty)
  if (entries.length !== layers) return Array.from({ length: layers }, () => undefined)
  return entries.map(({ comment }) => parseCommentPaths(comment))
}

const STORE_PATHS_COMMENT = /^store paths: \[(.*)\]$/s

/** The path that dockerTools builds the layer of `contents` and `extraCommands` from. The layer does not contain this path. */
const CUSTOMISATION_LAYER = /-customisation-layer$/

/** The comment is a Python list, quoted with `'` or `"`. For a layer of a base image it has a file name, not store paths. */
function parseCommentPaths(comment: string): string[] | undefined {
  const list = STORE_PATHS_COMMENT.exec(comment)?.[1]
  if (list === undefined) return undefined
  const paths = [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(match => match[1] ?? match[2] ?? '')
  return paths.every(isStorePath) ? paths.filter(path => !CUSTOMISATION_LAYER.test(path)) : undefined
}

/** A store path in a layer. `size` is the sum of its files, uncompressed, in bytes. */
interface SizedPath {
  readonly path: string
  readonly size: number
}

/** The content of a layer's tar. */
export interface LayerContent {
  /** In the order of the tar. */
  readonly paths: readonly SizedPath[]
  /** The size of the whole tar, uncompressed, in bytes. */
  readonly size: number
}

/** A whole NixOS has some thousand. */
export const MAX_STORE_PATHS = 100_000

/**
 * Reads a whole layer and returns its store paths with their sizes. The compression is detected from the first bytes. Throws an
 * `Error` if the layer is damaged, truncated or not a tar.
 */
export async function readLayerContent(layer: Bytes): Promise<LayerContent> {
  const input = new ByteReader(decodeDetected(layer))
  const sizes = new Map<string, number>()
  try {
    for await (const { name, size } of readRawMembers(input)) {
      const path = storePathOf(name)
      if (path !== undefined) sizes.set(path, (sizes.get(path) ?? 0) + size)
      if (sizes.size > MAX_STORE_PATHS) throw new Error(`it has more than ${MAX_STORE_PATHS} store paths`)
    }
    // Read to the end, because a source that verifies its digest throws only there.
    for await (const _ of input.readRest());
    return { paths: [...sizes].map(([path, size]) => ({ path, size })), size: input.position }
  } finally {
    await input.close()
  }
}
