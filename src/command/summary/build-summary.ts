import { formatCode, formatTable } from '../../util/markdown.js'
import { formatBytes, formatSeconds, pluralize } from '../../util/text.js'
import type { BuiltImage, How, RunReport } from '../shared/build-report.js'
import { timeChart } from './timeline.js'

/** What a person sees on the page of a job that built. */
export function buildSummary(report: RunReport): string {
  const { built } = report
  const title = `### Built ${pluralize(built.length, 'image')}`
  const head = ['container', 'platform', 'how', 'layers', 'archive', 'manifest']
  const rows = firstRows(built).map(each => [
    formatCode(each.container),
    formatCode(each.platform),
    howText(each),
    String(each.layers),
    formatBytes(each.size),
    shortDigest(each.digest),
  ])
  const images = formatTable(head, rows, { right: ['layers', 'archive'] }) + moreOf(built, 'image')
  return [title, images, timeChart([report])].filter(Boolean).join('\n\n')
}

const HOW: Readonly<Record<How, string>> = {
  built: 'built',
  emulated: 'built under QEMU',
  fetched: 'fetched by Nix',
  cached: 'cached by an earlier run',
}

/** How an image came to be, and how long that took where it is worth telling. */
export function howText({ how, times }: Pick<BuiltImage, 'how' | 'times'>): string {
  return how === 'cached' || times.build === undefined
    ? HOW[how]
    : `${HOW[how]} in ${formatSeconds(times.build)}`
}

/** A page is to be read, and is limited in size. */
const MOST_ROWS = 100

export function firstRows<T>(all: readonly T[]): readonly T[] {
  return all.slice(0, MOST_ROWS)
}

/** What `firstRows` leaves out, in words. */
export function moreOf(all: readonly unknown[], noun: string): string {
  const rest = all.length - MOST_ROWS
  return rest <= 0 ? '' : `\n\n… and ${pluralize(rest, `more ${noun}`)}`
}

/** As much of a digest as one needs to tell it from others. */
export function shortDigest(digest: string): string {
  return formatCode(digest.slice(0, 'sha256:'.length + 12))
}
