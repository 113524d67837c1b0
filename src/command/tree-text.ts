import type { Annotations } from '../oci/descriptor.js'
import { isIndexType } from '../oci/media-type.js'
import { formatBytes, plural } from '../util/format.js'
import type { ImageTree, LayerTree, PlatformTree } from './tree.js'

/** The tree as text, a line for each thing. */
export function renderTree(tree: ImageTree): string {
  const kind = isIndexType(tree.mediaType) ? plural(tree.platforms.length, 'platform') : 'a single image'
  const branches = [
    ...annotationLines(tree.annotations),
    ...tree.platforms.map(platform => renderPlatform(platform, tree.annotations)),
  ]
  return [tree.name, `${tree.digest}  ${kind}, ${formatBytes(tree.size)}`, ...branchLines(branches)].join(
    '\n',
  )
}

/** A line, and those below it. */
type Branch = string | readonly [string, readonly Branch[]]

/** @param known what the index says already, and need not be said again for each platform */
function renderPlatform(of: PlatformTree, known: Annotations): Branch {
  const own = Object.entries(of.annotations).filter(([key, value]) => known[key] !== value)
  const command = [...of.entrypoint, ...of.cmd].join(' ')
  return [
    `${of.platform}  ${of.digest}  ${plural(of.layers.length, 'layer')}, ${formatBytes(of.size)}`,
    [
      `config  ${of.config.digest}  ${formatBytes(of.config.size)}${command && `  runs ${command}`}`,
      ...of.layers.map(layer => `layer   ${layer.digest}  ${formatBytes(layer.size)}  ${encodingOf(layer)}`),
      ...annotationLines(Object.fromEntries(own)),
    ],
  ]
}

function annotationLines(annotations: Annotations): string[] {
  return Object.entries(annotations).map(([key, value]) => `${key} = ${value}`)
}

function encodingOf(layer: LayerTree): string {
  return /[+.](gzip|zstd)$/.exec(layer.mediaType)?.[1] ?? 'tar'
}

function branchLines(branches: readonly Branch[]): string[] {
  return branches.flatMap((branch, n) => {
    const last = n === branches.length - 1
    const [line, below] = typeof branch === 'string' ? [branch, []] : branch
    return [
      `${last ? '└─' : '├─'} ${line}`,
      ...branchLines(below).map(text => `${last ? '  ' : '│ '} ${text}`),
    ]
  })
}
