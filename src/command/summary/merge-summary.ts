import { basename } from 'node:path'
import { sizeOf } from '../../oci/descriptor.js'
import { isFileName } from '../../util/files.js'
import { escapeProse, formatCode, formatCodeBlock, formatTable } from '../../util/markdown.js'
import { formatBytes, pluralize } from '../../util/text.js'
import type { BuiltImage, RunReport } from '../shared/build-report.js'
import type { Merged, Sent } from '../shared/merge-result.js'
import { firstRows, howText, moreOf, shortDigest } from './build-summary.js'
import { type MergeTimes, timeChart } from './timeline.js'

interface MergeView {
  readonly times?: MergeTimes
  /** Where the archives can be had, when they are artifacts and nothing was pushed. */
  readonly trial?: Trial
  /** How many more jobs left a report that was not read. */
  readonly unread?: number
}

/** What a person sees on the page of a run: the images with all that is known of them, their tags, and how to get them. */
export function mergeSummary(
  merged: readonly Merged[],
  reports: readonly RunReport[] = [],
  { times, trial, unread = 0 }: MergeView = {},
): string {
  const origins = builtIn(reports)
  const parts = [
    '### Multi-arch images',
    overview(merged, origins),
    imageTable(merged, origins),
    unread === 0 ? '' : `… and ${pluralize(unread, 'more job')}, whose reports were not read`,
    tagTable(merged),
    howToPull(merged),
    trial === undefined ? archiveList(merged) : howToTry(merged, trial),
    timeChart(reports, times),
  ]
  return parts.filter(Boolean).join('\n\n')
}

/** What is known of an image from the job that made it. */
type Origins = ReadonlyMap<string, BuiltImage>

const keyOf = (container: string, system: string): string => `${container} ${system}`

function builtIn(reports: readonly RunReport[]): Origins {
  return new Map(
    reports.flatMap(({ built }) => built).map(each => [keyOf(each.container, each.system), each]),
  )
}

/** The whole run in one sentence. */
function overview(merged: readonly Merged[], origins: Origins): string {
  const images = merged.flatMap(({ container, platforms, unchanged }) =>
    platforms.map(({ system }) => (unchanged ? 'unchanged' : origins.get(keyOf(container, system))?.how)),
  )
  const hows = ['built', 'emulated', 'fetched', 'cached', 'unchanged'] as const
  const counts = hows.flatMap(how => {
    const count = images.filter(each => each === how).length
    return count === 0 ? [] : [`${count} ${how}`]
  })
  const sent = merged.flatMap(({ pushed }) => pushed).reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  const pushed = merged.some(each => each.pushed.length > 0)
  const made = `${pluralize(merged.length, 'container')}, ${pluralize(images.length, 'image')}`
  const how = counts.length === 0 ? '' : `: ${counts.join(', ')}`
  return `${made}${how}; ${pushed ? `${formatBytes(sent)} sent` : 'nothing was pushed'}.`
}

function imageTable(merged: readonly Merged[], origins: Origins): string {
  const head = ['container', 'platform', 'how', 'layers', 'size', 'digest']
  const rows = firstRows(merged).flatMap(each => [indexRow(each), ...platformRows(each, origins)])
  return formatTable(head, rows, { right: ['layers', 'size'] }) + moreOf(merged, 'container')
}

function indexRow({ container, digest, platforms, pushed, kept }: Merged): string[] {
  const size = sizeOf(platforms)
  const where = [...(kept ? ['same as before'] : []), ...(pushed.length > 0 ? [sentText(pushed)] : [])].join(
    ', ',
  )
  return [
    `**${formatCode(container)}**`,
    '*all*',
    where,
    '',
    `**${formatBytes(size)}**`,
    `**${shortDigest(digest)}**`,
  ]
}

function sentText(pushed: readonly Sent[]): string {
  const count = (pick: (sent: Sent) => number): number => pushed.reduce((sum, each) => sum + pick(each), 0)
  const [uploaded, there] = [
    count(({ blobs }) => blobs.uploaded),
    count(({ blobs }) => blobs.existed + blobs.mounted),
  ]
  if (uploaded === 0) return 'nothing to send'
  const reused = there === 0 ? '' : `, ${there} were there`
  return `${formatBytes(count(({ bytesSent }) => bytesSent))} in ${pluralize(uploaded, 'blob')} sent${reused}`
}

function platformRows({ container, platforms, unchanged }: Merged, origins: Origins): string[][] {
  return platforms.map(({ platform, system, layers, size, digest }) => {
    const origin = origins.get(keyOf(container, system))
    const how = unchanged ? 'unchanged, from the registry' : origin ? howText(origin) : ''
    return ['', formatCode(platform), how, String(layers), formatBytes(size), shortDigest(digest)]
  })
}

/** The tags of every repository: those that name the image now, and those that were left as they were. */
function tagTable(merged: readonly Merged[]): string {
  const pushed = merged.flatMap(each => each.pushed)
  const rows = firstRows(pushed).map(({ image, tags, left = [] }) => [
    formatCode(image.replace(/@.*$/, '')),
    tags.map(tag => formatCode(tagOf(tag))).join(' '),
    left.map(({ tag, why }) => `${formatCode(tagOf(tag))}: ${escapeProse(why)}`).join('<br>'),
  ])
  if (pushed.every(({ tags, left = [] }) => tags.length + left.length === 0)) return ''
  const anyLeft = pushed.some(({ left = [] }) => left.length > 0)
  const columns = anyLeft ? 3 : 2
  const head = ['repository', 'tags', 'left as they were'].slice(0, columns)
  return (
    formatTable(
      head,
      rows.map(row => row.slice(0, columns)),
    ) + moreOf(pushed, 'place')
  )
}

function tagOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(':') + 1)
}

function archiveList(merged: readonly Merged[]): string {
  const archives = merged.flatMap(({ archive }) => archive ?? [])
  return (
    firstRows(archives)
      .map(archive => `- ${formatCode(archive)}`)
      .join('\n') + moreOf(archives, 'archive')
  )
}

/** The run whose artifacts can be tried. */
export interface Trial {
  /** `owner/name` */
  readonly repository: string
  /** The run's number. */
  readonly run: string
}

/** More is a list, and no help. */
const MOST_LINES = 10

/** The commands that bring the images to a machine, by their foremost tags. */
function howToPull(merged: readonly Merged[]): string {
  const images = merged.flatMap(({ pushed }) => pushed.map(({ tags, image }) => tags[0] ?? image))
  if (images.length === 0) return ''
  const rest = images.length - MOST_LINES
  const more = rest <= 0 ? '' : `\n\n… and ${pluralize(rest, 'more image')}`
  const lines = images.slice(0, MOST_LINES).map(image => `docker pull ${image}`)
  return `#### Pull\n\n${formatCodeBlock('sh', lines)}${more}`
}

/**
 * The commands that load an image out of the run's artifacts. GitHub's own `gh run download` takes only those that are zipped,
 * so the file comes by its address.
 */
function howToTry(merged: readonly Merged[], { repository, run }: Trial): string {
  const [file, ...others] = merged
    .flatMap(({ archive }) => (archive === undefined ? [] : [basename(archive)]))
    .filter(isFileName)
  if (file === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^\d+$/.test(run)) return ''
  const actions = `repos/${repository}/actions`
  const lines = [
    `id=$(gh api '${actions}/runs/${run}/artifacts?name=${encodeURIComponent(file)}' \\`,
    `  --jq '.artifacts[0].id')`,
    `gh api "${actions}/artifacts/$id/zip" > ${file}`,
    `docker load --input ${file}`,
  ]
  return [
    '#### Try it',
    'Nothing was pushed. The images are artifacts of this run, one archive for all platforms:',
    formatCodeBlock('sh', lines),
    `Or \`skopeo copy oci-archive:${file} …\`, \`podman load --input ${file}\`.`,
    ...sameWay(others),
  ].join('\n\n')
}

/** The other archives, a paragraph of them or none. */
function sameWay(files: readonly string[]): string[] {
  if (files.length === 0) return []
  const names = files.slice(0, MOST_LINES).map(formatCode).join(', ')
  return [`The same way: ${names}${files.length > MOST_LINES ? ', …' : ''}`]
}
