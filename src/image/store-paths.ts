import type { HistoryEntry } from '../oci/config.js'
import { ByteReader, type Bytes, prependBytes } from './format/bytes.js'
import { decode, encodingOf, HEAD_BYTES } from './format/decode.js'
import { readRawMembers } from './format/tar.js'

/** A store path's name, divided as Nix does it: the version begins behind the first dash that no letter follows. */
export interface StoreName {
  readonly name: string
  /** Empty where the name has none. */
  readonly version: string
}

/** A path of the store without anything below it, the hash in Nix's base 32. */
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+._?=-]+$/

export function isStorePath(text: string): boolean {
  return STORE_PATH.test(text)
}

/** The store path that a file of an image belongs to; its name may begin with `/`, `./` or neither. */
export function storePathOf(file: string): string | undefined {
  const [nix, store, name] = file.replace(/^(\.?\/)+/, '').split('/', 3)
  const path = `/${nix}/${store}/${name}`
  return isStorePath(path) ? path : undefined
}

/** `/nix/store/<hash>-fd-10.2.0` is `fd` and `10.2.0`. */
export function parseStoreName(path: string): StoreName {
  const full = path.replace(/^\/nix\/store\/[^-]+-/, '')
  const dash = /-(?=[^A-Za-z])/.exec(full)?.index
  return dash === undefined
    ? { name: full, version: '' }
    : { name: full.slice(0, dash), version: full.slice(dash + 1) }
}

const STORE_PATHS_COMMENT = /^store paths: \[(.*)\]$/s

/** What dockerTools calls the layer of `contents` and `extraCommands`: the path it was made from, which it does not hold. */
const CUSTOMISATION_LAYER = /-customisation-layer$/

/**
 * The store paths that each layer holds, as nixpkgs' stream_layered_image.py writes them into the config's history; `undefined`
 * for a layer of which it does not tell, and for all where the history does not fit the layers.
 */
export function parseHistoryPaths(
  history: readonly HistoryEntry[],
  layers: number,
): readonly (readonly string[] | undefined)[] {
  const entries = history.filter(({ isEmpty }) => !isEmpty)
  if (entries.length !== layers) return Array.from({ length: layers }, () => undefined)
  return entries.map(({ comment }) => parseCommentPaths(comment))
}

/** The paths stand there as a list of Python, which quotes with `'`; a layer of a base image stands there by its file. */
function parseCommentPaths(comment: string): string[] | undefined {
  const list = STORE_PATHS_COMMENT.exec(comment)?.[1]
  if (list === undefined) return undefined
  const paths = [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(match => match[1] ?? match[2] ?? '')
  return paths.every(isStorePath) ? paths.filter(path => !CUSTOMISATION_LAYER.test(path)) : undefined
}

/** A store path in a layer, and the bytes of its files, uncompressed. */
interface SizedPath {
  readonly path: string
  readonly size: number
}

/** What a layer's tar holds. */
export interface LayerContent {
  /** In the order in which they stand there. */
  readonly paths: readonly SizedPath[]
  /** Of the whole tar, uncompressed, in bytes. */
  readonly size: number
}

/**
 * Reads a layer to its end for the names and sizes in it, and keeps nothing else. How it is compressed is told by its bytes.
 * Throws an `Error` when it is damaged, cut off or no tar.
 */
export async function readLayerContent(layer: Bytes): Promise<LayerContent> {
  const stored = new ByteReader(layer)
  try {
    const head = await stored.read(HEAD_BYTES)
    return await readTarContent(decode(encodingOf(head), prependBytes(head, stored.readRest())))
  } finally {
    await stored.close()
  }
}

async function readTarContent(bytes: Bytes): Promise<LayerContent> {
  const input = new ByteReader(bytes)
  const sizes = new Map<string, number>()
  try {
    for await (const { name, size } of readRawMembers(input)) {
      const path = storePathOf(name)
      if (path !== undefined) sizes.set(path, (sizes.get(path) ?? 0) + size)
    }
    // What verifies the layer speaks at its end.
    for await (const _ of input.readRest());
    return { paths: [...sizes].map(([path, size]) => ({ path, size })), size: input.position }
  } finally {
    await input.close()
  }
}
