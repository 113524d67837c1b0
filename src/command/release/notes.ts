import { formatCode } from '../../util/markdown.js'
import { formatBytes, pluralize } from '../../util/text.js'
import type { Merged } from '../shared/merge-result.js'

/** One container's image as it was pushed. */
export type ReleasedImage = Pick<Merged, 'container' | 'digest'> & {
  readonly platforms: readonly Pick<Merged['platforms'][number], 'platform' | 'size'>[]
  readonly pushed: readonly Pick<Merged['pushed'][number], 'image' | 'tags'>[]
}

/** In bytes, as a machine of the platform pulls it. */
export interface PlatformSize {
  readonly platform: string
  readonly size: number
}

/** `none`: there was no such image; `unknown`: the registry did not tell. */
export type PreviousSizes = readonly PlatformSize[] | 'none' | 'unknown'

/** What the release before was. */
export interface Previous {
  readonly version: string
  /** By container, for those of this release. */
  readonly sizes: ReadonlyMap<string, PreviousSizes>
  /** The containers that its notes name. */
  readonly images: readonly string[]
}

/** GitHub takes 125 000 characters. */
const MOST_CHARACTERS = 120_000
const MOST_PULLS = 20

/** A release's notes in Markdown: how to pull, sizes against the release before, and digests. */
export function releaseNotes(
  version: string,
  images: readonly ReleasedImage[],
  previous: Previous | undefined,
): string {
  const parts = [
    marker(images),
    ...pulls(version, images),
    '',
    ...sizeTable(images, previous),
    ...removedLines(images, previous),
    '',
    'Digests, which always name the same image:',
    '',
    ...images.flatMap(({ pushed }) => pushed.map(({ image }) => `- ${formatCode(image)}`)),
  ]
  return bounded(parts)
}

const MARKER = /^<!-- nix-multiarch images: (.*) -->$/m

/** The next release finds here which images this one had: a registry keeps what is no longer made. */
function marker(images: readonly ReleasedImage[]): string {
  return `<!-- nix-multiarch images: ${images.map(({ container }) => encodeURIComponent(container)).join(' ')} -->`
}

/** The containers that a release's notes name; none where somebody wrote the notes anew. */
export function imagesIn(body: string): string[] {
  const names = MARKER.exec(body.replaceAll('\r', ''))?.[1]?.split(' ') ?? []
  try {
    return names.filter(name => name !== '').map(decodeURIComponent)
  } catch {
    return []
  }
}

function pulls(version: string, images: readonly ReleasedImage[]): string[] {
  const all = images.flatMap(({ pushed }) => pushed.map(each => `docker pull ${nameToPull(version, each)}`))
  const rest = all.length - MOST_PULLS
  return ['```sh', ...all.slice(0, MOST_PULLS), ...(rest > 0 ? [`# and ${rest} more`] : []), '```']
}

/** By the exact version where the image bears it, since others move. A tag has no `+`. */
function nameToPull(version: string, { image, tags }: ReleasedImage['pushed'][number]): string {
  const tag = version.replaceAll('+', '-')
  return tags.find(name => name.endsWith(`:${tag}`) || name.endsWith(`:v${tag}`)) ?? image
}

function sizeTable(images: readonly ReleasedImage[], previous: Previous | undefined): string[] {
  const head = ['Image', 'Platform', 'Size', ...(previous ? [`Since ${previous.version}`] : [])]
  const rows = images.flatMap(({ container, platforms }) =>
    platforms.map(({ platform, size }) => [
      formatCode(container),
      platform,
      formatBytes(size),
      ...(previous ? [difference(platform, size, previous.sizes.get(container) ?? 'unknown')] : []),
    ]),
  )
  return [line(head), line(['---', '---', '---:', ...(previous ? ['---:'] : [])]), ...rows.map(line)]
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function difference(platform: string, size: number, sizes: PreviousSizes): string {
  if (sizes === 'unknown') return '?'
  if (sizes === 'none') return 'new'
  const before = sizes.find(each => each.platform === platform)?.size
  return before === undefined ? 'new' : sizeDifference(before, size)
}

function removedLines(images: readonly ReleasedImage[], previous: Previous | undefined): string[] {
  if (!previous) return []
  const gone = previous.images.filter(name => images.every(({ container }) => container !== name))
  const platforms = images.flatMap(image => removedPlatforms(image, previous))
  const left = [...gone.map(formatCode), ...platforms]
  return left.length === 0 ? [] : ['', `No longer there since ${previous.version}: ${left.join(', ')}.`]
}

function removedPlatforms({ container, platforms }: ReleasedImage, { sizes }: Previous): string[] {
  const before = sizes.get(container)
  if (before === undefined || typeof before === 'string') return []
  return before
    .filter(({ platform }) => platforms.every(each => each.platform !== platform))
    .map(({ platform }) => `${formatCode(container)} for ${formatCode(platform)}`)
}

/** Whole lines, as many as GitHub takes. */
function bounded(lines: readonly string[]): string {
  let size = 0
  const fits = lines.findIndex(each => {
    size += each.length + 1
    return size > MOST_CHARACTERS
  })
  if (fits < 0) return `${lines.join('\n')}\n`
  return `${lines.slice(0, fits).join('\n')}\n\n(${pluralize(lines.length - fits, 'more line')} left out.)\n`
}

/** `+0.4 MB (+2.0 %)`, `−3.0 MB (−75 %)`, or `same`; sizes in bytes. */
function sizeDifference(before: number, now: number): string {
  if (before === now) return 'same'
  const sign = now > before ? '+' : '−'
  const by = Math.abs(now - before)
  return `${sign}${formatBytes(by)}${before === 0 ? '' : ` (${sign}${percentOf(by, before)} %)`}`
}

function percentOf(part: number, whole: number): string {
  const percent = (100 * part) / whole
  return percent < 10 ? percent.toFixed(1) : String(Math.round(percent))
}
