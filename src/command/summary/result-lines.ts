import { sizeOf } from '../../oci/descriptor.js'
import { shortenMiddle, widthOf, wrapText } from '../../util/columns.js'
import { formatBytes, formatSeconds, pluralize } from '../../util/text.js'
import type { BuiltImage, ImageOrigin } from '../shared/build-report.js'
import type { Merged, PushResult } from '../shared/merge-result.js'

// What a run says at its end, in lines that fit the terminal. The job summary and `--json` have everything.

/**
 * Returns one line for each location of each image, and one for each tag that was not changed. Unchanged containers share one
 * line, if there is more than one.
 */
export function formatMergedLines(merged: readonly Merged[], columns: number): string[] {
  const unchanged = merged.filter(isUntouched)
  const isGrouped = unchanged.length > 1
  const single = isGrouped ? merged.filter(each => !isUntouched(each)) : merged
  return [
    ...single.flatMap(each => formatMerged(each, columns)),
    ...(isGrouped ? formatUnchanged(unchanged, columns) : []),
    ...formatKeptTags(merged, columns),
  ]
}

/**
 * Returns the result of a merge for standard output: the references and archives of all images. On a terminal, the images that
 * `formatMergedLines` puts into one line are left out: only a program reads all of them.
 */
export function formatReferences(
  merged: readonly Merged[],
  { isTerminal = false }: { readonly isTerminal?: boolean } = {},
): string {
  const isShort = isTerminal && merged.filter(isUntouched).length > 1
  return merged
    .filter(each => !(isShort && isUntouched(each)))
    .flatMap(({ archive, digest, pushed }) => [
      ...(archive === undefined ? [] : [`${archive} ${digest}`]),
      ...pushed.map(({ image }) => image),
    ])
    .join('\n')
}

/** True if the plan found the image in the registry and nothing but tags had to be written. */
function isUntouched({ unchanged, archive, pushed }: Merged): boolean {
  return unchanged && archive === undefined && pushed.every(({ blobs }) => blobs.uploaded === 0)
}

function formatUnchanged(merged: readonly Merged[], columns: number): string[] {
  const hasNewTags = (each: Merged): boolean => each.pushed.some(({ bytesSent }) => bytesSent > 0)
  const format = (images: readonly Merged[], what: string): string[] => {
    const title = `${pluralize(images.length, 'container')} unchanged, ${what}`
    const names = images.map(({ container }) => container)
    return images.length === 0 ? [] : [formatNames(title, names, columns)]
  }
  return [
    ...format(
      merged.filter(each => !hasNewTags(each)),
      'nothing to upload',
    ),
    ...format(merged.filter(hasNewTags), 'only tags set'),
  ]
}

function formatMerged(merged: Merged, columns: number): string[] {
  const { container, archive, pushed, platforms, sboms = [], attestations = [] } = merged
  const size = formatBytes(sizeOf(platforms))
  const names = formatPlatforms(platforms.map(({ platform }) => platform))
  const lines = [
    ...(archive === undefined ? [] : [fitName(archive, ` (${names}, ${size})`, columns)]),
    ...pushed.map((push, n) => {
      const before = pushed[n - 1]
      const isSigned = attestations.length > 0
      return formatPush(push, {
        content: `${names}, ${size}`,
        sboms: sboms.length,
        isSigned,
        before,
        columns,
      })
    }),
  ]
  return lines.length > 0
    ? lines
    : [fitName(container, ` (${names}, ${size}), already in the registry`, columns)]
}

interface PushLine {
  /** The platforms and the size. */
  readonly content: string
  /** The number of documents. */
  readonly sboms: number
  readonly isSigned: boolean
  readonly before: PushResult | undefined
  readonly columns: number
}

/** `ghcr.io/owner/fd: 1.2.3, 1.2, latest (amd64, arm64, 36 MB, 21 MB uploaded)`. Tags are more important than the upload. */
function formatPush(
  { image, tags, blobs, bytesSent }: PushResult,
  { content, sboms, isSigned, before, columns }: PushLine,
): string {
  const documents = `${sboms === 0 ? '' : `, ${pluralize(sboms, 'SBOM')}`}${isSigned ? ', signed' : ''}`
  // The documents may be new.
  const nothing = sboms === 0 && !isSigned ? 'nothing to upload' : 'no new layers'
  const sent = `${blobs.uploaded === 0 ? nothing : `${formatBytes(bytesSent)} uploaded`}${documents}`
  const facts = [` (${content}, ${sent})`, ` (${content})`]
  const names = tags.map(tagOf)
  const repository = image.replace(/@.*$/, '')
  if (names.length === 0) return fitFirst(shortenDigest(image), facts, columns)
  const isSame = before !== undefined && names.join() === before.tags.map(tagOf).join()
  if (isSame)
    return fitFirst(
      repository,
      facts.map(each => `: the same tags${each}`),
      columns,
    )
  const list = names.join(', ')
  const complete = facts.map(each => `${repository}: ${list}${each}`).find(line => widthOf(line) <= columns)
  return complete ?? shortenPush(repository, names, ` (${content})`, columns)
}

function shortenPush(repository: string, tags: readonly string[], facts: string, columns: number): string {
  const name = shortenMiddle(repository, Math.max(MIN_NAME, columns - widthOf(facts) - MIN_TAGS))
  return `${name}: ${fitList(tags, columns - widthOf(`${name}: ${facts}`))}${facts}`
}

/** In columns. A shorter name is not recognized. */
const MIN_NAME = 16
/** In columns: room for a tag and the number of others. */
const MIN_TAGS = 22

/** Adds the first of the texts with which the line fits. With the last one, the name is shortened. */
function fitFirst(name: string, texts: readonly string[], columns: number): string {
  const rest = texts.find(text => widthOf(name + text) <= columns) ?? texts.at(-1) ?? ''
  return fitName(name, rest, columns)
}

function fitName(name: string, rest: string, columns: number): string {
  return shortenMiddle(name, Math.max(MIN_NAME, columns - widthOf(rest))) + rest
}

/** `50 containers unchanged: a, b and 48 more`. */
export function formatNames(title: string, names: readonly string[], columns: number): string {
  return `${title}: ${fitList(names, columns - widthOf(title) - 2)}`
}

/** `a, b and 48 more`: as many names as fit. The first name is always there, but may be shortened. */
export function fitList(names: readonly string[], columns: number): string {
  const [first] = names
  if (first === undefined) return ''
  for (let count = names.length; count > 0; count--) {
    const text = names.slice(0, count).join(', ') + formatMore(names.length - count)
    if (widthOf(text) <= columns) return text
  }
  const more = formatMore(names.length - 1)
  return shortenMiddle(first, Math.max(MIN_NAME / 2, columns - widthOf(more))) + more
}

function formatMore(count: number): string {
  return count === 0 ? '' : ` and ${count} more`
}

/** More platforms are counted. */
const MAX_PLATFORMS = 3

/** `amd64, arm64`: all images are for Linux. */
function formatPlatforms(platforms: readonly string[]): string {
  if (platforms.length > MAX_PLATFORMS) return pluralize(platforms.length, 'platform')
  return platforms.map(platform => platform.replace(/^linux\//, '')).join(', ')
}

/** `ghcr.io/owner/fd@sha256:0123456789ab…`. */
function shortenDigest(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1…')
}

function tagOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(':') + 1)
}

/** Says for each tag why it was not changed. Containers with the same tag and the same reason share a line. */
function formatKeptTags(merged: readonly Merged[], columns: number): string[] {
  const groups = new Map<string, string[]>()
  for (const { tag, why } of merged.flatMap(({ pushed }) => pushed.flatMap(({ left }) => left))) {
    const key = JSON.stringify([tagOf(tag), why])
    groups.set(key, [...(groups.get(key) ?? []), tag])
  }
  return [...groups].flatMap(([key, tags]) => {
    const [tag, why] = JSON.parse(key) as [string, string]
    const subject = tags.length === 1 ? `${tags[0]}` : `${tag} of ${pluralize(tags.length, 'image')}`
    return indentRest(wrapText(`${subject} is not changed: ${why}`, columns - INDENT.length))
  })
}

const INDENT = '  '

function indentRest(lines: readonly string[]): string[] {
  return lines.map((line, n) => (n === 0 ? line : INDENT + line))
}

const ORIGIN_VERBS: Readonly<Record<ImageOrigin, string>> = {
  built: 'built',
  emulated: 'built under QEMU',
  fetched: 'fetched',
  present: 'already in the Nix store',
  cached: 'restored from the cache',
}

/** `fd for x86_64-linux: built in 1.2 s, packed in 0.4 s, 7 layers, 12.3 MB`. Leaves out the details that do not fit. */
export function formatBuiltLine(built: BuiltImage, columns: number): string {
  const { how, layers, size, times } = built
  const { build = 0, pack = 0 } = times
  const origin = how === 'present' ? ORIGIN_VERBS[how] : `${ORIGIN_VERBS[how]} in ${formatSeconds(build)}`
  const packed = `packed in ${formatSeconds(pack)}`
  const layerCount = pluralize(layers, 'layer')
  const bytes = formatBytes(size)
  const choices = [
    [origin, packed, layerCount, bytes],
    [origin, packed, bytes],
    [origin, bytes],
  ]
  const label = `${built.container} for ${built.system}`
  return fitFirst(
    label,
    choices.map(parts => `: ${parts.join(', ')}`),
    columns,
  )
}

/** One line for all images that were not built, because their archives are from an earlier run. */
export function formatCachedLine(images: readonly BuiltImage[], columns: number): string {
  const title = `${pluralize(images.length, 'image')} unchanged, restored from the cache`
  const names = images.map(({ container, system }) => `${container} for ${system}`)
  return formatNames(title, names, columns)
}
