import { basename } from 'node:path'
import { sizeOf } from '../../oci/descriptor.js'
import { isFileName } from '../../util/files.js'
import {
  escapeProse,
  formatCode,
  formatCodeBlock,
  formatDigestCode,
  formatTable,
} from '../../util/markdown.js'
import { formatBytes, pluralize } from '../../util/text.js'
import type { BuiltImage, RunReport } from '../shared/build-report.js'
import type { Merged, PushResult } from '../shared/merge-result.js'
import { formatPackageChanges, type PackageChanges } from '../shared/package-changes.js'
import { formatOmitted, formatOrigin, limitRows } from './build-summary.js'
import { formatRepository } from './links.js'
import { formatTimeChart, type MergeTimes } from './timeline-chart.js'

/** The workflow run whose artifacts contain the archives. */
export interface ArtifactSource {
  /** `owner/name` */
  readonly repository: string
  /** The ID of the run. */
  readonly run: string
}

interface MergeSummaryOptions {
  readonly times?: MergeTimes
  /** Only if nothing was pushed. */
  readonly artifacts?: ArtifactSource
  /** The number of build reports that were not read. */
  readonly unread?: number
  /** The containers whose tags could not be set in every repository. */
  readonly failed?: readonly string[]
  /** Links to the commit and to the artifacts, as Markdown. */
  readonly links?: string
  readonly packageChanges?: readonly PackageChanges[]
  /** How to verify the images, as Markdown. */
  readonly verification?: string | undefined
}

/** Returns the job summary of a merge, as Markdown: the images, their tags, and the commands to pull them. */
export function formatMergeSummary(
  merged: readonly Merged[],
  reports: readonly RunReport[] = [],
  { verification = '', ...options }: MergeSummaryOptions = {},
): string {
  const { times, artifacts, unread = 0, failed = [], links = '', packageChanges = [] } = options
  const builtImages = indexBuiltImages(reports)
  const parts = [
    '### Multi-arch images',
    links,
    formatOverview(merged, builtImages),
    formatImageTable(merged, builtImages, new Set(failed)),
    unread === 0 ? '' : `… and ${pluralize(unread, 'more job')} with reports that were not read`,
    formatTagTable(merged),
    formatPackages(packageChanges),
    formatPullCommands(merged),
    verification === '' ? '' : `#### Verify\n\n${verification}`,
    artifacts === undefined ? formatArchiveList(merged) : formatDownloadCommands(merged, artifacts),
    formatTimeChart(reports, times),
  ]
  return parts.filter(Boolean).join('\n\n')
}

/** An image that a failed merge did not push. */
export interface UnpushedImage {
  readonly container: string
  readonly platforms: readonly string[]
  readonly digest: string
}

/** Returns the job summary of a merge that failed before any tag was set, as Markdown. The reason is not part of it. */
export function formatUnpushedSummary(images: readonly UnpushedImage[], links = ''): string {
  const rows = limitRows(images).map(({ container, platforms, digest }) => [
    formatCode(container),
    platforms.map(formatCode).join(' '),
    '**not pushed**',
    formatDigestCode(digest),
  ])
  const table = formatTable(['container', 'platforms', 'result', 'digest'], rows)
  const note = 'The merge failed. No tag was changed: each tag points to the same image as before.'
  return ['### Multi-arch images', links, note, table + formatOmitted(images, 'container')]
    .filter(Boolean)
    .join('\n\n')
}

/** The reported images, by `imageKeyOf`. */
type BuiltImages = ReadonlyMap<string, BuiltImage>

function indexBuiltImages(reports: readonly RunReport[]): BuiltImages {
  const images = reports.flatMap(({ built }) => built)
  return new Map(images.map(image => [imageKeyOf(image.container, image.system), image]))
}

function imageKeyOf(container: string, system: string): string {
  return `${container} ${system}`
}

/** Summarizes the run in one sentence. */
function formatOverview(merged: readonly Merged[], builtImages: BuiltImages): string {
  const images = merged.flatMap(({ container, platforms, unchanged }) =>
    platforms.map(({ system }) =>
      unchanged ? 'unchanged' : builtImages.get(imageKeyOf(container, system))?.how,
    ),
  )
  const origins = ['built', 'emulated', 'fetched', 'present', 'cached', 'unchanged'] as const
  const counts = origins.flatMap(origin => {
    const count = images.filter(each => each === origin).length
    return count === 0 ? [] : [`${count} ${origin}`]
  })
  const bytesSent = merged.flatMap(({ pushed }) => pushed).reduce((sum, push) => sum + push.bytesSent, 0)
  const isPushed = merged.some(({ pushed }) => pushed.length > 0)
  const total = `${pluralize(merged.length, 'container')}, ${pluralize(images.length, 'image')}`
  const details = counts.length === 0 ? '' : `: ${counts.join(', ')}`
  return `${total}${details}; ${isPushed ? `${formatBytes(bytesSent)} uploaded` : 'nothing was pushed'}.`
}

function formatImageTable(
  merged: readonly Merged[],
  builtImages: BuiltImages,
  failed: ReadonlySet<string>,
): string {
  const head = ['container', 'platform', 'how', 'layers', 'size', 'digest']
  const rows = limitRows(merged).flatMap(each => [
    formatIndexRow(each, failed.has(each.container)),
    ...formatPlatformRows(each, builtImages),
  ])
  return formatTable(head, rows, { right: ['layers', 'size'] }) + formatOmitted(merged, 'container')
}

function formatIndexRow({ container, digest, platforms, pushed, kept }: Merged, isFailed: boolean): string[] {
  const how = [
    ...(isFailed ? ['**failed**: not all tags are set'] : []),
    ...(kept ? ['same digest as before'] : []),
    ...(pushed.length > 0 ? [formatPushes(pushed)] : []),
  ]
  return [
    `**${formatCode(container)}**`,
    '*all*',
    how.join(', '),
    '',
    `**${formatBytes(sizeOf(platforms))}**`,
    `**${formatDigestCode(digest)}**`,
  ]
}

function formatPushes(pushed: readonly PushResult[]): string {
  const sum = (select: (push: PushResult) => number): number =>
    pushed.reduce((total, push) => total + select(push), 0)
  const uploaded = sum(({ blobs }) => blobs.uploaded)
  const existing = sum(({ blobs }) => blobs.existed + blobs.mounted)
  if (uploaded === 0) return 'nothing to upload'
  const reused = existing === 0 ? '' : `, ${existing} reused`
  return `${formatBytes(sum(({ bytesSent }) => bytesSent))} in ${pluralize(uploaded, 'blob')} uploaded${reused}`
}

function formatPlatformRows(
  { container, platforms, unchanged }: Merged,
  builtImages: BuiltImages,
): string[][] {
  return platforms.map(({ platform, system, layers, size, digest }) => {
    const built = builtImages.get(imageKeyOf(container, system))
    const how = unchanged ? 'unchanged, from the registry' : built ? formatOrigin(built) : ''
    return ['', formatCode(platform), how, String(layers), formatBytes(size), formatDigestCode(digest)]
  })
}

/** Lists the tags in each repository: tags that point to the image now, and tags that were not changed. */
function formatTagTable(merged: readonly Merged[]): string {
  const pushed = merged.flatMap(each => each.pushed)
  if (pushed.every(({ tags, left = [] }) => tags.length + left.length === 0)) return ''
  const hasLeft = pushed.some(({ left = [] }) => left.length > 0)
  const columns = hasLeft ? 3 : 2
  const head = ['repository', 'tags', 'not changed'].slice(0, columns)
  const rows = limitRows(pushed).map(({ image, tags, left = [] }) =>
    [
      formatRepository(image.replace(/@.*$/, '')),
      tags.map(tag => formatCode(tagOf(tag))).join(' '),
      left.map(({ tag, why }) => `${formatCode(tagOf(tag))}: ${escapeProse(why)}`).join('<br>'),
    ].slice(0, columns),
  )
  return formatTable(head, rows) + formatOmitted(pushed, 'destination')
}

function formatPackages(changes: readonly PackageChanges[]): string {
  const lines = formatPackageChanges(changes)
  return lines.length === 0 ? '' : ['#### Packages', '', ...lines].join('\n').trimEnd()
}

function tagOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(':') + 1)
}

/** A longer list of commands is hard to read. */
const MAX_COMMANDS = 10

/** Uses the first tag of each image. */
function formatPullCommands(merged: readonly Merged[]): string {
  const images = merged.flatMap(({ pushed }) => pushed.map(({ tags, image }) => tags[0] ?? image))
  if (images.length === 0) return ''
  const omitted = images.length - MAX_COMMANDS
  const more = omitted <= 0 ? '' : `\n\n… and ${pluralize(omitted, 'more image')}`
  const lines = images.slice(0, MAX_COMMANDS).map(image => `docker pull ${image}`)
  return `#### Pull\n\n${formatCodeBlock('sh', lines)}${more}`
}

function formatArchiveList(merged: readonly Merged[]): string {
  const archives = merged.flatMap(({ archive }) => archive ?? [])
  const lines = limitRows(archives).map(archive => `- ${formatCode(archive)}`)
  return lines.join('\n') + formatOmitted(archives, 'archive')
}

/**
 * Returns the commands that load an image from the artifacts of the run. The artifacts are not zipped, and `gh run download` only
 * supports zipped ones, so the file is downloaded with `gh api`.
 */
function formatDownloadCommands(merged: readonly Merged[], { repository, run }: ArtifactSource): string {
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
    'Nothing was pushed. The images are artifacts of this run. Each archive contains all platforms:',
    formatCodeBlock('sh', lines),
    `Or \`skopeo copy oci-archive:${file} …\`, \`podman load --input ${file}\`.`,
    ...formatOtherArchives(others),
  ].join('\n\n')
}

/** Returns one paragraph, or nothing if there are no other archives. */
function formatOtherArchives(files: readonly string[]): string[] {
  if (files.length === 0) return []
  const names = files.slice(0, MAX_COMMANDS).map(formatCode).join(', ')
  return [`Other archives: ${names}${files.length > MAX_COMMANDS ? ', …' : ''}`]
}
