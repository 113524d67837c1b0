import { code, table } from '../../util/markdown.js'
import { formatBytes, formatSeconds, plural } from '../../util/text.js'
import type { BuiltImage, How } from '../shared/build-report.js'
import type { RunReport } from '../shared/run-report.js'
import { firstRows, moreOf, shortDigest } from './summary-parts.js'
import { timeChart } from './timeline.js'

/** What a person sees on the page of a job that built. */
export function buildSummary(report: RunReport): string {
  const { built } = report
  const title = `### Built ${plural(built.length, 'image')}`
  const head = ['container', 'platform', 'how', 'layers', 'archive', 'manifest']
  const rows = firstRows(built).map(each => [
    code(each.container),
    code(each.platform),
    howText(each),
    String(each.layers),
    formatBytes(each.size),
    shortDigest(each.digest),
  ])
  const images = table(head, rows, { right: ['layers', 'archive'] }) + moreOf(built, 'image')
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
