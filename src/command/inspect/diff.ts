import type { Host } from '../../host/host.js'
import type { InspectInputs } from '../../input/inputs.js'
import { UserError } from '../../util/error.js'
import { plural } from '../../util/text.js'
import { diffTrees, type ImageDiff } from './diff-trees.js'
import { type Contents, readingOf, withPaths } from './layer-paths.js'
import { type ImagePlace, withPlaces } from './places.js'
import { pairPlatforms } from './platform-pairs.js'
import { type ImageTree, loadTree } from './tree.js'
import type { PlatformTree } from './tree-platform.js'

/** What changed from one image to another; each is a file, a folder or a reference. */
export async function diff(
  names: readonly [a: string, b: string],
  inputs: InspectInputs,
  host: Host,
  signal?: AbortSignal,
): Promise<ImageDiff> {
  return withPlaces(names, inputs, { host, signal }, async places => {
    const [placeA, placeB] = places as [ImagePlace, ImagePlace]
    const [a, b] = await Promise.all([onlyImage(placeA), onlyImage(placeB)])
    const contents: Contents = new Map()
    return diffTrees(
      await withNeededPaths(a, b, { place: placeA, inputs, contents }),
      await withNeededPaths(b, a, { place: placeB, inputs, contents }),
    )
  })
}

function onlyImage(place: ImagePlace): Promise<ImageTree> {
  const [image, ...more] = place.images
  if (image && more.length === 0) return loadTree(image.name, image.top, place.read)
  throw new UserError(
    `${place.name} holds ${plural(place.images.length, 'image')}, and --diff compares one with one`,
    {
      hint: 'Name a file with one image, or a reference.',
    },
  )
}

/** Layers are read only where the other image has the platform too, and not the same for it. */
async function withNeededPaths(
  tree: ImageTree,
  other: ImageTree,
  of: { place: ImagePlace; inputs: InspectInputs; contents: Contents },
): Promise<ImageTree> {
  const platforms: PlatformTree[] = []
  for (const { a, b } of pairPlatforms(tree.platforms, other.platforms)) {
    if (!a) continue
    const isNeeded = b !== undefined && b.digest !== a.digest
    const reading = isNeeded ? readingOf(of.inputs, of.place) : 'none'
    platforms.push(...(await withPaths([a], of.place, reading, of.contents)))
  }
  return { ...tree, platforms }
}
