import { formatCode, formatTable } from '../../util/markdown.js'
import { formatBytes, formatSeconds, pluralize } from '../../util/text.js'
import type { BuiltImage, ImageOrigin, RunReport } from '../shared/build-report.js'
import { formatTimeChart } from './timeline-chart.js'

/** Returns the job summary of a build, as Markdown. */
export function formatBuildSummary(report: RunReport): string {
  const { built } = report
  const title = `### Built ${pluralize(built.length, 'image')}`
  const head = ['container', 'platform', 'how', 'layers', 'archive', 'manifest']
  const rows = limitRows(built).map(image => [
    formatCode(image.container),
    formatCode(image.platform),
    formatOrigin(image),
    String(image.layers),
    formatBytes(image.size),
    formatShortDigest(image.digest),
  ])
  const images = formatTable(head, rows, { right: ['layers', 'archive'] }) + formatOmitted(built, 'image')
  return [title, images, formatTimeChart([report])].filter(Boolean).join('\n\n')
}

const ORIGIN_TEXT: Readonly<Record<ImageOrigin, string>> = {
  built: 'built',
  emulated: 'built under QEMU',
  fetched: 'fetched by Nix',
  present: 'already in the Nix store',
  cached: 'cached by an earlier run',
}

/** Describes the origin of an image, with the build time if Nix built or fetched it. */
export function formatOrigin({ how, times }: Pick<BuiltImage, 'how' | 'times'>): string {
  return how === 'cached' || how === 'present' || times.build === undefined
    ? ORIGIN_TEXT[how]
    : `${ORIGIN_TEXT[how]} in ${formatSeconds(times.build)}`
}

/** GitHub limits the size of a summary, and longer tables are hard to read. */
const MAX_ROWS = 100

export function limitRows<T>(rows: readonly T[]): readonly T[] {
  return rows.slice(0, MAX_ROWS)
}

/** Returns a note about the rows that `limitRows` omits; empty if there are none. */
export function formatOmitted(rows: readonly unknown[], noun: string): string {
  const omitted = rows.length - MAX_ROWS
  return omitted <= 0 ? '' : `\n\n… and ${pluralize(omitted, `more ${noun}`)}`
}

/** Returns the first 12 hex digits, with the algorithm. */
export function formatShortDigest(digest: string): string {
  return formatCode(digest.slice(0, 'sha256:'.length + 12))
}
