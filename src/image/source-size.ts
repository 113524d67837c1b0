import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asArray, asObject, asStrings, parseJson } from '../util/json.js'
import type { ImageSource } from './source.js'
import type { StoreImage } from './store/store-image.js'

/**
 * Returns how many bytes are read from a source, for its progress. An estimate: layers that are known elsewhere may not be read.
 * Returns `undefined` if the size is not known.
 *
 * @param sizeOfPaths returns the total size of store paths in bytes
 */
export async function estimateSourceSize(
  source: ImageSource,
  sizeOfPaths: (paths: readonly string[]) => Promise<number>,
): Promise<number | undefined> {
  try {
    if (source.kind === 'oci-layout') return await sumFiles(join(source.path, 'blobs'))
    if (source.kind === 'description') return await sizeOfLayers(await source.read(), sizeOfPaths)
    if (source.kind !== 'stream-script') return (await stat(source.path)).size
    const paths = await listStreamedPaths(source.path)
    return paths === undefined ? undefined : await sizeOfPaths(paths)
  } catch {
    return undefined
  }
}

async function sizeOfLayers(
  { base, layers }: StoreImage,
  sizeOfPaths: (paths: readonly string[]) => Promise<number>,
): Promise<number> {
  const files = layers.flatMap(layer => (layer.kind === 'file' ? [layer.path] : []))
  const paths = layers.flatMap(layer => (layer.kind === 'paths' ? layer.paths : []))
  const stats = await Promise.all((base === undefined ? files : [base, ...files]).map(file => stat(file)))
  return stats.reduce((sum, { size }) => sum + size, paths.length === 0 ? 0 : await sizeOfPaths(paths))
}

async function sumFiles(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const stats = await Promise.all(names.map(name => stat(join(folder, name))))
  return stats.reduce((sum, each) => sum + (each.isFile() ? each.size : 0), 0)
}

/** A script of dockerTools names a JSON file, whose `store_layers` lists the store paths of each layer. */
async function listStreamedPaths(script: string): Promise<string[] | undefined> {
  const [config] =
    /\/[^\s"']*\/store\/[0-9a-z]{32}-[^\s"'/]+\.json/.exec(await readFile(script, 'utf8')) ?? []
  if (config === undefined) return undefined
  const { store_layers: layers } = asObject(parseJson(await readFile(config), config), config)
  return asArray(layers, 'store_layers').flatMap(layer => asStrings(layer, 'a layer'))
}
