import { type Annotations, isIndexType, type LayerEncoding } from '../../oci/descriptor.js'
import { formatBytes, pluralize, quoteControlCharacters } from '../../util/text.js'
import { hasUnknownPaths } from './inspect.js'
import type { ImageTree, LayerPath, LayerTree, PlatformTree } from './tree.js'

/** How many store paths of a layer are shown when not all were asked for. */
const MOST_PATHS = 8

/** What reading the layers would tell. */
export const UNKNOWN_PATHS_NOTE =
  'Which store paths the layers hold is not said in the config: --paths reads the layers.'

/**
 * The tree as text, a line for each thing.
 *
 * @param all every store path, not only some of those in a layer with many
 */
export function renderTree(tree: ImageTree, { all = false }: { all?: boolean } = {}): string {
  const kind = isIndexType(tree.mediaType) ? pluralize(tree.platforms.length, 'platform') : 'a single image'
  const branches = [
    ...annotationLines(tree.annotations),
    ...tree.platforms.map(platform => renderPlatform(platform, tree.annotations, all)),
  ]
  return [
    quoteControlCharacters(tree.name),
    `${tree.digest}  ${kind}, ${formatBytes(tree.size)}`,
    ...renderBranches(branches),
    ...(tree.platforms.some(({ layers }) => layers.some(hasUnknownPaths)) ? [UNKNOWN_PATHS_NOTE] : []),
  ].join('\n')
}

/** @param known what the index says already, and need not be said again for each platform */
function renderPlatform(of: PlatformTree, known: Annotations, all: boolean): Branch {
  const own = Object.entries(of.annotations).filter(([key, value]) => known[key] !== value)
  const command = quoteControlCharacters([...of.entrypoint, ...of.cmd].join(' '))
  return [
    `${of.platform}  ${of.digest}  ${pluralize(of.layers.length, 'layer')}, ${formatBytes(of.size)}`,
    [
      `config  ${of.config.digest}  ${formatBytes(of.config.size)}${command && `  runs ${command}`}`,
      ...of.layers.map(layer => renderLayer(layer, all)),
      ...annotationLines(Object.fromEntries(own)),
    ],
  ]
}

function renderLayer(layer: LayerTree, all: boolean): Branch {
  const none = layer.paths?.length === 0 ? '  no store paths' : ''
  return [
    `layer   ${layer.digest}  ${formatBytes(layer.size)}  ${WORDS[layer.encoding]}${none}`,
    pathLines(layer.paths ?? [], all),
  ]
}

const WORDS: Readonly<Record<LayerEncoding, string>> = { gzip: 'gzip', zstd: 'zstd', none: 'uncompressed' }

/** The largest first, where their sizes are known. One more than fits is shown too: its line would be taken anyway. */
function pathLines(paths: readonly LayerPath[], all: boolean): string[] {
  const sorted = paths.toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0))
  if (all || sorted.length <= MOST_PATHS + 1) return sorted.map(formatPath)
  return [
    ...sorted.slice(0, MOST_PATHS).map(formatPath),
    `… and ${sorted.length - MOST_PATHS} more: --paths shows all`,
  ]
}

/** A store path, with its size where it is known. */
export function formatPath({ path, size }: LayerPath): string {
  return size === undefined ? path : `${path}  ${formatBytes(size)}`
}

function annotationLines(annotations: Annotations): string[] {
  return Object.entries(annotations).map(([key, value]) => `${key} = ${value}`)
}

/** A line of a tree, and those below it. */
export type Branch = string | readonly [string, readonly Branch[]]

/** The lines of a tree, drawn; what an image says of itself cannot break them. */
export function renderBranches(branches: readonly Branch[]): string[] {
  return branches.flatMap((branch, n) => {
    const last = n === branches.length - 1
    const [line, below] = typeof branch === 'string' ? [branch, []] : branch
    return [
      `${last ? '└─' : '├─'} ${quoteControlCharacters(line)}`,
      ...renderBranches(below).map(text => `${last ? '  ' : '│ '} ${text}`),
    ]
  })
}
