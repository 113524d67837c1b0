import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asArray, asObject, asStrings, parseJson } from '../util/json.js'
import type { ImageSource } from './source.js'

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
    if (source.kind !== 'stream-script') return (await stat(source.path)).size
    const paths = await listStreamedPaths(source.path)
    return paths === undefined ? undefined : await sizeOfPaths(paths)
  } catch {
    return undefined
  }
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
