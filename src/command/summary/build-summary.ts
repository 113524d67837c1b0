import { formatPlatform, platformOf, type System } from '../../oci/platform.js'
import { formatCode, formatDigestCode, formatTable } from '../../util/markdown.js'
import { formatBytes, formatSeconds, pluralize } from '../../util/text.js'
import type { BuiltImage, ImageOrigin, RunReport } from '../shared/build-report.js'
import { formatTimeChart } from './timeline-chart.js'

/** An image that a build should have made. */
export interface UnbuiltImage {
  readonly container: string
  readonly system: System
  /** `stopped`: the run was ended while it was built. */
  readonly result: 'failed' | 'stopped' | 'not started'
}

interface BuildSummaryOptions {
  /** The images that were not built. */
  readonly unbuilt?: readonly UnbuiltImage[]
  /** Links to the commit and to the artifacts, as Markdown. */
  readonly links?: string
}

/** Returns the job summary of a build, as Markdown. */
export function formatBuildSummary(
  report: RunReport,
  { unbuilt = [], links = '' }: BuildSummaryOptions = {},
): string {
  const { built } = report
  const title = `### Built ${formatCount(built.length, unbuilt.length)}`
  const head = ['container', 'platform', 'how', 'layers', 'archive', 'manifest']
  const failed = limitRows(unbuilt).map(({ container, system, result }) => [
    formatCode(container),
    formatCode(formatPlatform(platformOf(system))),
    `**${result}**`,
    '',
    '',
    '',
  ])
  const rows = limitRows(built).map(image => [
    formatCode(image.container),
    formatCode(image.platform),
    formatOrigin(image),
    String(image.layers),
    formatBytes(image.size),
    formatDigestCode(image.digest),
  ])
  const omitted = formatOmitted(unbuilt, 'image') + formatOmitted(built, 'image')
  const images = formatTable(head, [...failed, ...rows], { right: ['layers', 'archive'] }) + omitted
  return [title, links, images, formatTimeChart([report])].filter(Boolean).join('\n\n')
}

/** `3 images`, or `2 of 3 images`. */
function formatCount(built: number, unbuilt: number): string {
  const all = pluralize(built + unbuilt, 'image')
  return unbuilt === 0 ? all : `${built} of ${all}`
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
