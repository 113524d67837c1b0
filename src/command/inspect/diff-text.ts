import { parseStoreName } from '../../image/store/store-paths.js'
import { sizeOf } from '../../oci/descriptor.js'
import { formatBytes, quoteControlCharacters } from '../../util/text.js'
import type {
  Change,
  ImageDiff,
  LayersDiff,
  PathChange,
  PathsDiff,
  PlatformDiff,
  UnsharedLayer,
} from './diff.js'
import { type Branch, formatPath, renderBranches, UNKNOWN_PATHS_NOTE } from './tree-text.js'

/** Formats a diff as text. Lines with `-` are only in A, lines with `+` only in B. */
export function renderDiff(diff: ImageDiff): string {
  const head = [diff.a, diff.b].map(
    ({ name, digest, size }, n) =>
      `${'AB'[n]}  ${quoteControlCharacters(name)}  ${digest}  ${formatBytes(size)}`,
  )
  if (diff.same) return [...head, 'Both are the same image.'].join('\n')
  const branches = [
    ...createSection('annotations', diff.annotations.map(formatChange)),
    ...diff.platforms.map(renderPlatform),
  ]
  const hasUnknownPaths = diff.platforms.some(each => each.kind === 'different' && each.paths === undefined)
  return [...head, ...renderBranches(branches), ...(hasUnknownPaths ? [UNKNOWN_PATHS_NOTE] : [])].join('\n')
}

function renderPlatform(diff: PlatformDiff): Branch {
  switch (diff.kind) {
    case 'only-a':
      return `- ${diff.platform}  ${diff.digest}  only in A, ${formatBytes(diff.size)}`
    case 'only-b':
      return `+ ${diff.platform}  ${diff.digest}  only in B, ${formatBytes(diff.size)}`
    case 'same':
      return [
        `${diff.platform}  the same, ${diff.digest}`,
        createSection('annotations', diff.annotations.map(formatChange)),
      ]
    case 'different':
      return [
        `${diff.platform}  update from A to B: ${formatBytes(diff.layers.pull)} of ${formatBytes(diff.size)}`,
        [
          `- ${diff.a}`,
          `+ ${diff.b}`,
          renderLayers(diff.layers),
          ...(diff.paths ? [renderPaths(diff.paths)] : []),
          ...createSection('config', diff.config.map(formatChange)),
          ...createSection('annotations', diff.annotations.map(formatChange)),
        ],
      ]
  }
}

function renderLayers({ shared, onlyA, onlyB }: LayersDiff): Branch {
  const counts = [
    `${shared.count} in both (${formatBytes(shared.size)})`,
    `${onlyA.length} only in A (${formatBytes(sizeOf(onlyA))})`,
    `${onlyB.length} only in B (${formatBytes(sizeOf(onlyB))})`,
  ]
  return [
    `layers: ${counts.join(', ')}`,
    [...onlyA.map(layer => `- ${formatLayer(layer)}`), ...onlyB.map(layer => `+ ${formatLayer(layer)}`)],
  ]
}

function formatLayer({ digest, size, isRecompressed, isRetimed }: UnsharedLayer): string {
  const note = isRecompressed ? 'different compression' : isRetimed ? 'different times' : undefined
  return `${digest}  ${formatBytes(size)}${note ? `  same content, ${note}` : ''}`
}

function renderPaths({ same, came, went, changed, rebuilt }: PathsDiff): Branch {
  const counts = [
    `${same} in both`,
    `${changed.length} with another version`,
    `${rebuilt.length} rebuilt`,
    `${went.length} only in A`,
    `${came.length} only in B`,
  ]
  return [
    `store paths: ${counts.join(', ')}`,
    [
      ...changed.map(formatPathChange),
      ...rebuilt.map(({ a, b }) => `${formatStoreName(b.path)}  rebuilt${formatSizeChange({ a, b })}`),
      ...went.map(path => `- ${formatPath(path)}`),
      ...came.map(path => `+ ${formatPath(path)}`),
    ],
  ]
}

function formatPathChange({ name, a, b }: PathChange): string {
  return `${name}  ${a.version || '(none)'} → ${b.version || '(none)'}${formatSizeChange({ a, b })}`
}

function formatSizeChange({ a, b }: Pick<PathChange, 'a' | 'b'>): string {
  if (a.size === undefined || b.size === undefined) return ''
  const [before, after] = [formatBytes(a.size), formatBytes(b.size)]
  return before === after ? `  ${after}` : `  ${before} → ${after}`
}

/** `hello 2.12`. */
function formatStoreName(path: string): string {
  const { name, version } = parseStoreName(path)
  return version === '' ? name : `${name} ${version}`
}

/** Returns lines below a title, or nothing if there are no lines. */
function createSection(title: string, lines: readonly string[]): Branch[] {
  return lines.length === 0 ? [] : [[title, lines]]
}

function formatChange({ key, a, b }: Change): string {
  if (a === undefined) return `+ ${key} = ${b}`
  if (b === undefined) return `- ${key} = ${a}`
  return `${key}: ${a} → ${b}`
}
