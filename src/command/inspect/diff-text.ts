import { parseStoreName } from '../../image/store-paths.js'
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

/** The difference as text: `-` stands before what only A has, `+` before what only B has. */
export function renderDiff(diff: ImageDiff): string {
  const head = [diff.a, diff.b].map(
    ({ name, digest, size }, n) =>
      `${'AB'[n]}  ${quoteControlCharacters(name)}  ${digest}  ${formatBytes(size)}`,
  )
  if (diff.same) return [...head, 'The two are the same image.'].join('\n')
  const branches = [
    ...titled('annotations', diff.annotations.map(changeLine)),
    ...diff.platforms.map(renderPlatform),
  ]
  const untold = diff.platforms.some(each => each.kind === 'different' && each.paths === undefined)
  return [...head, ...renderBranches(branches), ...(untold ? [UNKNOWN_PATHS_NOTE] : [])].join('\n')
}

function renderPlatform(of: PlatformDiff): Branch {
  switch (of.kind) {
    case 'only-a':
      return `- ${of.platform}  ${of.digest}  only in A, ${formatBytes(of.size)}`
    case 'only-b':
      return `+ ${of.platform}  ${of.digest}  only in B, ${formatBytes(of.size)}`
    case 'same':
      return [`${of.platform}  the same, ${of.digest}`, titled('annotations', of.annotations.map(changeLine))]
    case 'different':
      return [
        `${of.platform}  B costs one who has A ${formatBytes(of.layers.pull)} of ${formatBytes(of.size)}`,
        [
          `- ${of.a}`,
          `+ ${of.b}`,
          renderLayers(of.layers),
          ...(of.paths ? renderPaths(of.paths) : []),
          ...titled('config', of.config.map(changeLine)),
          ...titled('annotations', of.annotations.map(changeLine)),
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
    [...onlyA.map(layer => `- ${layerLine(layer)}`), ...onlyB.map(layer => `+ ${layerLine(layer)}`)],
  ]
}

function layerLine({ digest, size, isRecompressed }: UnsharedLayer): string {
  return `${digest}  ${formatBytes(size)}${isRecompressed ? '  the same content, compressed otherwise' : ''}`
}

function renderPaths({ same, came, went, changed, rebuilt }: PathsDiff): Branch[] {
  const counts = [
    `${same} in both`,
    `${changed.length} in another version`,
    `${rebuilt.length} rebuilt`,
    `${went.length} only in A`,
    `${came.length} only in B`,
  ]
  return [
    [
      `store paths: ${counts.join(', ')}`,
      [
        ...changed.map(pathChangeLine),
        ...rebuilt.map(({ a, b }) => `${fullName(b.path)}  rebuilt${sizeChange({ a, b })}`),
        ...went.map(path => `- ${formatPath(path)}`),
        ...came.map(path => `+ ${formatPath(path)}`),
      ],
    ],
  ]
}

function pathChangeLine({ name, a, b }: PathChange): string {
  return `${name}  ${a.version || '(none)'} → ${b.version || '(none)'}${sizeChange({ a, b })}`
}

function sizeChange({ a, b }: Pick<PathChange, 'a' | 'b'>): string {
  if (a.size === undefined || b.size === undefined) return ''
  const [before, after] = [formatBytes(a.size), formatBytes(b.size)]
  return before === after ? `  ${after}` : `  ${before} → ${after}`
}

function fullName(path: string): string {
  const { name, version } = parseStoreName(path)
  return version === '' ? name : `${name} ${version}`
}

/** One line for each change, below a title; nothing where there is none. */
function titled(title: string, lines: readonly string[]): Branch[] {
  return lines.length === 0 ? [] : [[title, lines]]
}

function changeLine({ key, a, b }: Change): string {
  if (a === undefined) return `+ ${key} = ${b}`
  if (b === undefined) return `- ${key} = ${a}`
  return `${key}: ${a} → ${b}`
}
