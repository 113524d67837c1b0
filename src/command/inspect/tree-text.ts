import { type Annotations, isIndexType, type LayerEncoding } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { formatBytes, pluralize, quoteControlCharacters, truncateText } from '../../util/text.js'
import { hasUnknownPaths } from './inspect.js'
import type { ArtifactTree, ImageTree, LayerPath, LayerTree, PlatformTree } from './tree.js'

/** The maximum number of store paths of a layer that are shown without `--paths`. */
const MAX_PATHS = 8

export const UNKNOWN_PATHS_NOTE =
  'The config does not list the store paths of all layers. Use --paths to read the layers.'

/**
 * Formats a tree as text.
 *
 * @param all show every store path
 */
export function renderTree(tree: ImageTree, { all = false }: { all?: boolean } = {}): string {
  const { omitted = 0 } = tree
  const count = tree.platforms.length + omitted
  const kind = isIndexType(tree.mediaType)
    ? pluralize(count, 'platform')
    : count === 0
      ? 'an artifact'
      : 'a single image'
  const branches = [
    ...formatAnnotations(tree.annotations),
    ...tree.platforms.map(platform => renderPlatform(platform, tree.annotations, all)),
    ...(omitted === 0 ? [] : [`… and ${pluralize(omitted, 'more platform')}`]),
    ...(tree.artifacts ?? []).map(artifact => renderArtifact(artifact, tree)),
  ]
  return [
    quoteControlCharacters(tree.name),
    `${tree.digest}  ${kind}, ${formatBytes(tree.size)}`,
    ...renderBranches(branches),
    ...(tree.platforms.some(({ layers }) => layers.some(hasUnknownPaths)) ? [UNKNOWN_PATHS_NOTE] : []),
  ].join('\n')
}

/** @param indexAnnotations annotations that are not repeated for each platform */
function renderPlatform(platform: PlatformTree, indexAnnotations: Annotations, all: boolean): Branch {
  const annotations = Object.entries(platform.annotations).filter(
    ([key, value]) => indexAnnotations[key] !== value,
  )
  const { config, layers } = platform
  const command = quoteControlCharacters([...platform.entrypoint, ...platform.cmd].join(' '))
  return [
    `${platform.platform}  ${platform.digest}  ${pluralize(layers.length, 'layer')}, ${formatBytes(platform.size)}`,
    [
      `config  ${config.digest}  ${formatBytes(config.size)}${command && `  runs ${command}`}`,
      ...layers.map(layer => renderLayer(layer, all)),
      ...formatAnnotations(Object.fromEntries(annotations)),
    ],
  ]
}

function renderArtifact(artifact: ArtifactTree, tree: ImageTree): Branch {
  const { digest, artifactType, predicateType, size, subject } = artifact
  const type = predicateType === undefined ? artifactType : `signed ${predicateType}`
  const line = `artifact  ${digest}  ${formatBytes(size)}  ${truncateText(type, 100)}`
  return subject === undefined ? line : [line, [`about ${nameSubject(subject, tree)}${subject}`]]
}

function nameSubject(subject: Digest, { digest, mediaType, platforms }: ImageTree): string {
  if (subject === digest && isIndexType(mediaType)) return 'the index  '
  const platform = platforms.find(each => each.digest === subject)?.platform
  return platform === undefined ? '' : `${platform}  `
}

const ENCODING_NAMES: Readonly<Record<LayerEncoding, string>> = {
  gzip: 'gzip',
  zstd: 'zstd',
  none: 'uncompressed',
}

function renderLayer({ digest, size, encoding, paths }: LayerTree, all: boolean): Branch {
  const none = paths?.length === 0 ? '  no store paths' : ''
  return [
    `layer   ${digest}  ${formatBytes(size)}  ${ENCODING_NAMES[encoding]}${none}`,
    formatPaths(paths ?? [], all),
  ]
}

/** Sorts by size, if it is known. Shows one path more than the maximum if the line would otherwise only say `1 more`. */
function formatPaths(paths: readonly LayerPath[], all: boolean): string[] {
  const sorted = paths.toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0))
  if (all || sorted.length <= MAX_PATHS + 1) return sorted.map(formatPath)
  return [
    ...sorted.slice(0, MAX_PATHS).map(formatPath),
    `… and ${sorted.length - MAX_PATHS} more: --paths shows all`,
  ]
}

/** Formats a store path, with its size if it is known. */
export function formatPath({ path, size }: LayerPath): string {
  return size === undefined ? path : `${path}  ${formatBytes(size)}`
}

function formatAnnotations(annotations: Annotations): string[] {
  return Object.entries(annotations).map(([key, value]) => `${key} = ${value}`)
}

/** A line of a tree, and its children. */
export type Branch = string | readonly [string, readonly Branch[]]

/** Draws the lines of a tree. Control characters are quoted, so that content of an image cannot break them. */
export function renderBranches(branches: readonly Branch[]): string[] {
  return branches.flatMap((branch, n) => {
    const isLast = n === branches.length - 1
    const [line, children] = typeof branch === 'string' ? [branch, []] : branch
    return [
      `${isLast ? '└─' : '├─'} ${quoteControlCharacters(line)}`,
      ...renderBranches(children).map(text => `${isLast ? '  ' : '│ '} ${text}`),
    ]
  })
}
