import { escapeProse, formatCode, formatCodeBlock, formatTable } from '../../util/markdown.js'
import { formatBytes, pluralize } from '../../util/text.js'
import type { Merged } from '../shared/merge-result.js'
import { formatPackageChanges, type PackageChanges } from '../shared/package-changes.js'
import { formatVerification, type NamedSigner } from '../shared/verification-lines.js'

/** The pushed image of one container. */
export type ReleasedImage = Pick<Merged, 'container' | 'digest'> & {
  readonly platforms: readonly Pick<Merged['platforms'][number], 'platform' | 'size'>[]
  readonly pushed: readonly Pick<Merged['pushed'][number], 'image' | 'tags'>[]
}

/** The compressed size of an image, in bytes. */
export interface PlatformSize {
  readonly platform: string
  readonly size: number
}

/** `none`: the container had no image. `unknown`: the registry could not be read. */
export type PreviousSizes = readonly PlatformSize[] | 'none' | 'unknown'

export interface PreviousRelease {
  readonly version: string
  /** The sizes of the containers of the new release. */
  readonly sizes: ReadonlyMap<string, PreviousSizes>
  /** The containers of the previous release, from its notes. */
  readonly images: readonly string[]
  /** How the packages have changed since then, as far as it is known. */
  readonly packages?: readonly PackageChanges[]
}

/** GitHub accepts 125 000 characters. */
const MAX_CHARACTERS = 120_000
const MAX_PULL_COMMANDS = 20

/**
 * Returns the notes of a release as Markdown: the commands to pull the images, the sizes compared with the previous release, and
 * the digests, and how to verify signed images.
 */
export function formatReleaseNotes(
  version: string,
  images: readonly ReleasedImage[],
  previous: PreviousRelease | undefined,
  signer?: NamedSigner | undefined,
): string {
  const lines = [
    formatImagesMarker(images),
    ...formatPullCommands(version, images),
    '',
    ...formatSizeTable(images, previous),
    ...formatRemoved(images, previous),
    ...formatPackages(previous),
    ...formatSigner(images, signer),
    '',
    'Digests, which always refer to the same image:',
    '',
    ...images.flatMap(({ pushed }) => pushed.map(({ image }) => `- ${formatCode(image)}`)),
  ]
  return truncateLines(lines)
}

function formatSigner(images: readonly ReleasedImage[], signer: NamedSigner | undefined): string[] {
  if (signer === undefined) return []
  const references = images.flatMap(({ pushed }) => pushed.map(({ image }) => image))
  return ['', 'Verify the signatures:', '', ...formatVerification(references, signer).split('\n')]
}

const IMAGES_MARKER = /^<!-- nix-multiarch images: (.*) -->$/m

/** Records the containers for the next release: the registry also has images that are no longer built. */
function formatImagesMarker(images: readonly ReleasedImage[]): string {
  return `<!-- nix-multiarch images: ${images.map(({ container }) => encodeURIComponent(container)).join(' ')} -->`
}

/** Whether this program has written the notes of a release. */
export function hasImagesMarker(body: string): boolean {
  return IMAGES_MARKER.test(body.replaceAll('\r', ''))
}

/** Returns the containers that the notes of a release record; none if the notes were rewritten by hand. */
export function parseImagesMarker(body: string): string[] {
  const names = IMAGES_MARKER.exec(body.replaceAll('\r', ''))?.[1]?.split(' ') ?? []
  try {
    return names.filter(name => name !== '').map(decodeURIComponent)
  } catch {
    return []
  }
}

function formatPullCommands(version: string, images: readonly ReleasedImage[]): string[] {
  const commands = images.flatMap(({ pushed }) =>
    pushed.map(push => `docker pull ${selectReference(version, push)}`),
  )
  const omitted = commands.length - MAX_PULL_COMMANDS
  const note = omitted > 0 ? [`# and ${omitted} more`] : []
  return formatCodeBlock('sh', [...commands.slice(0, MAX_PULL_COMMANDS), ...note]).split('\n')
}

/** Selects the tag of the exact version, because other tags move; otherwise the digest. A tag cannot contain `+`. */
function selectReference(version: string, { image, tags }: ReleasedImage['pushed'][number]): string {
  const tag = version.replaceAll('+', '-')
  return tags.find(name => name.endsWith(`:${tag}`) || name.endsWith(`:v${tag}`)) ?? image
}

function formatSizeTable(images: readonly ReleasedImage[], previous: PreviousRelease | undefined): string[] {
  const since = previous ? [`Since ${escapeProse(previous.version)}`] : []
  const rows = images.flatMap(({ container, platforms }) =>
    platforms.map(({ platform, size }) => [
      formatCode(container),
      escapeProse(platform),
      formatBytes(size),
      ...(previous ? [compareSizes(platform, size, previous.sizes.get(container) ?? 'unknown')] : []),
    ]),
  )
  const head = ['Image', 'Platform', 'Size', ...since]
  return formatTable(head, rows, { right: ['Size', ...since] }).split('\n')
}

function compareSizes(platform: string, size: number, previousSizes: PreviousSizes): string {
  if (previousSizes === 'unknown') return '?'
  if (previousSizes === 'none') return 'new'
  const previous = previousSizes.find(each => each.platform === platform)?.size
  return previous === undefined ? 'new' : formatSizeChange(previous, size)
}

/** `+0.4 MB (+2.0 %)`, `−3.0 MB (−75 %)`, or `same`. Sizes are in bytes. */
function formatSizeChange(previous: number, size: number): string {
  if (previous === size) return 'same'
  const sign = size > previous ? '+' : '−'
  const change = Math.abs(size - previous)
  const percent = previous === 0 ? '' : ` (${sign}${percentOf(change, previous)} %)`
  return `${sign}${formatBytes(change)}${percent}`
}

function percentOf(part: number, total: number): string {
  const percent = (100 * part) / total
  return percent < 10 ? percent.toFixed(1) : String(Math.round(percent))
}

function formatRemoved(images: readonly ReleasedImage[], previous: PreviousRelease | undefined): string[] {
  if (!previous) return []
  const containers = previous.images.filter(name => images.every(({ container }) => container !== name))
  const platforms = images.flatMap(image => formatRemovedPlatforms(image, previous))
  const removed = [...containers.map(formatCode), ...platforms]
  return removed.length === 0
    ? []
    : ['', `Removed since ${escapeProse(previous.version)}: ${removed.join(', ')}.`]
}

function formatPackages(previous: PreviousRelease | undefined): string[] {
  const lines = formatPackageChanges(previous?.packages ?? [])
  return lines.length === 0 ? [] : ['', '### Packages', '', ...lines.slice(0, -1)]
}

function formatRemovedPlatforms(
  { container, platforms }: ReleasedImage,
  { sizes }: PreviousRelease,
): string[] {
  const previous = sizes.get(container)
  if (previous === undefined || typeof previous === 'string') return []
  return previous
    .filter(({ platform }) => platforms.every(each => each.platform !== platform))
    .map(({ platform }) => `${formatCode(container)} for ${formatCode(platform)}`)
}

/** Joins as many whole lines as GitHub accepts. */
function truncateLines(lines: readonly string[]): string {
  let size = 0
  const firstOmitted = lines.findIndex(line => {
    size += line.length + 1
    return size > MAX_CHARACTERS
  })
  if (firstOmitted < 0) return `${lines.join('\n')}\n`
  const omitted = pluralize(lines.length - firstOmitted, 'more line')
  return `${lines.slice(0, firstOmitted).join('\n')}\n\n(${omitted} omitted.)\n`
}
