import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { formatBytes } from '../util/text.js'
import { cleanPath } from './format/go-tar.js'
import { GoPattern } from './go-pattern.js'
import {
  type Nix2containerDocument,
  type Nix2containerLayer,
  type Nix2containerPath,
  parseNix2containerDocument,
} from './nix2container-document.js'
import { isMovedSimply, listTreeMembers } from './nix2container-tree.js'
import type { FileLayer, PathsLayer, StoreImage, StoreLayer } from './store-image.js'
import { StoreTarSource } from './store-tar-source.js'

export interface Nix2containerOptions {
  /** The root of the store, for stores that are not in `/nix`. */
  readonly storeRoot?: string
  /** The folder of all store paths, without the root. Default: `/nix/store`. */
  readonly storeFolder?: string
}

/** A description has some 200 bytes for each store path. */
const MAX_BYTES = 64 * 1024 ** 2

/** Part of the key of a layer: the rules by which a tar is made from store paths. A change of them must change it. */
const RULES_ID = 'nix2container-1'

/**
 * Reads the description of an image that nix2container made. Its layers are store paths. Throws a `UserError` if it is not an
 * image, or if it refers to files outside of the store.
 */
export async function readNix2containerImage(
  path: string,
  options: Nix2containerOptions = {},
): Promise<StoreImage> {
  try {
    const document = parseNix2containerDocument(await readDocumentFile(path))
    checkIsImage(document, path)
    const layers: StoreLayer[] = []
    for (const layer of document.layers) layers.push(await openLayer(layer, options))
    return { names: [], layers, encodeConfig: diffIds => document.encodeConfig(diffIds) }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path}: ${messageOf(error)}`, { cause: error })
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

async function openLayer(layer: Nix2containerLayer, options: Nix2containerOptions): Promise<StoreLayer> {
  const { storeRoot = '', storeFolder = '/nix/store' } = options
  return layer.file === undefined
    ? openPathsLayer(layer, { storeRoot, storeFolder })
    : openFileLayer(layer.file, layer, { storeRoot, storeFolder })
}

/** The flake decides the paths. Files outside of the store, such as credentials, must not get into an image. */
function checkIsInStore(path: string, folder: string, isInStore: boolean): void {
  if (!isInStore)
    throw new Error(
      `it lists ${JSON.stringify(path)}, and only files of the store ${folder} can be in an image`,
    )
}

function isStorePath(path: string, storeFolder: string): boolean {
  return cleanPath(path) === path && dirname(path) === storeFolder
}

async function openFileLayer(
  file: string,
  { diffId }: Nix2containerLayer,
  { storeRoot, storeFolder }: Required<Nix2containerOptions>,
): Promise<FileLayer> {
  const folder = await realpath(storeRoot + storeFolder)
  const path = await findInStore(file, storeRoot)
  checkIsInStore(file, storeFolder, path.startsWith(`${folder}/`))
  return { kind: 'file', path, diffId }
}

/** Resolves links. */
async function findInStore(path: string, storeRoot: string): Promise<string> {
  try {
    return await realpath(storeRoot + path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    throw new Error(`it lists ${path}, which does not exist`, { cause: error })
  }
}

async function openPathsLayer(
  { paths, diffId }: Nix2containerLayer,
  { storeRoot, storeFolder }: Required<Nix2containerOptions>,
): Promise<PathsLayer> {
  // A path further below could lead through a link.
  for (const { path } of paths) checkIsInStore(path, storeFolder, isStorePath(path, storeFolder))
  const patterns = await compilePatterns(paths)
  return {
    kind: 'paths',
    paths: paths.map(({ path }) => path),
    rules: JSON.stringify([RULES_ID, ...paths.map(({ rewrite, perms }) => ({ rewrite, perms }))]),
    diffId,
    open: onRead =>
      new StoreTarSource(
        listTreeMembers(paths, { storeRoot, patterns }),
        onRead === undefined ? {} : { onRead },
      ),
  }
}

async function compilePatterns(paths: readonly Nix2containerPath[]): Promise<Map<string, GoPattern>> {
  const patterns = new Map<string, GoPattern>()
  for (const path of paths) {
    const moving = path.rewrite && !isMovedSimply(path) ? [path.rewrite.regex] : []
    for (const regex of [...moving, ...path.perms.map(rule => rule.regex)])
      if (!patterns.has(regex)) patterns.set(regex, await compilePattern(regex, path))
  }
  return patterns
}

async function compilePattern(regex: string, { path }: Nix2containerPath): Promise<GoPattern> {
  try {
    return await GoPattern.compile(regex)
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error })
  }
}
