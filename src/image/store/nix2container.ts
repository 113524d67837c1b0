import { messageOf, UserError } from '../../util/error.js'
import { findInStore, locateDescribedFile, locateDescribedPath } from './described-path.js'
import type { DescriptionFormat } from './description-file.js'
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

/** Part of the key of a layer: the rules by which a tar is made from store paths. A change of them must change it. */
const RULES_ID = 'nix2container-1'

/** The description that nix2container makes of an image. Its layers are store paths. */
export const NIX2CONTAINER_IMAGE: DescriptionFormat = {
  label: 'an image of nix2container',
  keys: ['version', 'image-config', 'layers'],
  hint:
    'Only the result of `nix2container.buildImage` is an image. If a newer nix2container has built it, ' +
    'update this program.',
  parse: parseImage,
}

async function parseImage(bytes: Buffer, path: string): Promise<StoreImage> {
  const document = parseNix2containerDocument(bytes)
  checkIsImage(document, path)
  const patterns = new GoPatterns()
  const layers: StoreLayer[] = []
  for (const layer of document.layers) layers.push(await openLayer(layer, path, patterns))
  return { names: [], layers, encodeConfig: diffIds => document.encodeConfig(diffIds) }
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
