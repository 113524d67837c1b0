import { readFile, stat } from 'node:fs/promises'
import { messageOf, UserError } from '../util/error.js'
import { formatBytes } from '../util/text.js'
import { findInStore, locateDescribedFile, locateDescribedPath } from './described-path.js'
import { GoPatterns } from './go-pattern.js'
import {
  type Nix2containerDocument,
  type Nix2containerLayer,
  type Nix2containerPath,
  parseNix2containerDocument,
} from './nix2container-document.js'
import { isMovedSimply, listTreeMembers } from './nix2container-tree.js'
import type { PathsLayer, StoreImage, StoreLayer } from './store-image.js'
import { StoreTarSource } from './store-tar-source.js'

/** A description has some 200 bytes for each store path. */
const MAX_BYTES = 16 * 1024 ** 2

/** Part of the key of a layer: the rules by which a tar is made from store paths. A change of them must change it. */
const RULES_ID = 'nix2container-1'

/** Returns true if a file has the keys that only such a description has. It can be one that is refused. */
export async function isNix2containerImage(path: string): Promise<boolean> {
  const { size } = await stat(path)
  if (size > MAX_BYTES) return false
  const text = await readFile(path, 'latin1')
  return ['"version"', '"image-config"', '"layers"'].every(key => text.includes(key))
}

/**
 * Reads the description of an image that nix2container made. Its layers are store paths. Throws a `UserError` if it is not an
 * image, or if it names files outside of the store.
 *
 * @param path the real path of the file on this machine
 */
export async function readNix2containerImage(path: string): Promise<StoreImage> {
  try {
    const document = parseNix2containerDocument(await readDocumentFile(path))
    checkIsImage(document, path)
    const patterns = new GoPatterns()
    const layers: StoreLayer[] = []
    for (const layer of document.layers) layers.push(await openLayer(layer, path, patterns))
    return { names: [], layers, encodeConfig: diffIds => document.encodeConfig(diffIds) }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path} is not an image of nix2container that can be used: ${messageOf(error)}`, {
      hint:
        'Only the result of `nix2container.buildImage` is an image. If a newer nix2container has built it, ' +
        'update this program.',
      cause: error,
    })
  }
}

async function readDocumentFile(path: string): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > MAX_BYTES)
    throw new Error(`it has ${formatBytes(size)}, and a description of an image has fewer`)
  return readFile(path)
}

function checkIsImage({ architecture, layers }: Nix2containerDocument, path: string): void {
  if (architecture === '')
    throw new UserError(`${path}: it has no architecture, as the result of \`pullImage\` of nix2container`, {
      hint: 'Use it as `fromImage` of `nix2container.buildImage`, and build that image.',
    })
  if (layers.length === 0)
    throw new UserError(`${path}: the image of nix2container has no layers`, {
      hint: 'Set `copyToRoot` or `layers` of `nix2container.buildImage`, or a `config` that contains a store path.',
    })
}

/** @param description the real path of the description */
async function openLayer(
  layer: Nix2containerLayer,
  description: string,
  patterns: GoPatterns,
): Promise<StoreLayer> {
  const { file, diffId, paths } = layer
  if (file !== undefined) return { kind: 'file', path: await locateDescribedFile(file, description), diffId }
  for (const { path } of paths) await locateDescribedPath(path, description)
  return createTreeLayer(layer, findInStore(description)?.root ?? '', patterns)
}

/** Makes a layer from its paths, which the caller has checked. */
export async function createTreeLayer(
  { paths, diffId }: Pick<Nix2containerLayer, 'paths' | 'diffId'>,
  root: string,
  patterns = new GoPatterns(),
): Promise<PathsLayer> {
  await addPatterns(paths, patterns)
  return {
    kind: 'paths',
    paths: paths.map(({ path }) => path),
    rules: JSON.stringify([RULES_ID, ...paths.map(({ rewrite, perms }) => ({ rewrite, perms }))]),
    diffId,
    open: onRead =>
      new StoreTarSource(
        listTreeMembers(paths, { storeRoot: root, patterns }),
        onRead === undefined ? {} : { onRead },
      ),
  }
}

async function addPatterns(paths: readonly Nix2containerPath[], patterns: GoPatterns): Promise<void> {
  for (const { path, rewrite, perms } of paths) {
    const moving = rewrite && !isMovedSimply({ path, rewrite, perms }) ? [rewrite.regex] : []
    try {
      for (const regex of [...moving, ...perms.map(rule => rule.regex)]) await patterns.add(regex)
    } catch (error) {
      throw new Error(`${path}: ${messageOf(error)}`, { cause: error })
    }
  }
}
