import type { Host } from '../../host/host.js'
import type { InspectInputs } from '../../input/inputs.js'
import { readingOf, withPaths } from './layer-paths.js'
import { withPlaces } from './places.js'
import { type ImageTree, loadTree } from './tree.js'

/** What the images of a file, a folder or a reference hold; a file can have several. */
export async function inspect(
  name: string,
  inputs: InspectInputs,
  host: Host,
  signal?: AbortSignal,
): Promise<ImageTree[]> {
  return withPlaces([name], inputs, { host, signal }, async places => {
    const trees: ImageTree[] = []
    for (const place of places) {
      for (const image of place.images) {
        const tree = await loadTree(image.name, image.top, place.read)
        trees.push({ ...tree, platforms: await withPaths(tree.platforms, place, readingOf(inputs, place)) })
      }
    }
    return trees
  })
}
