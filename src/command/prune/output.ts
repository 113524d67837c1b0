import { escapeProse, formatCode, formatTable } from '../../util/markdown.js'
import { pluralize } from '../../util/text.js'
import { formatOmitted, limitRows } from '../summary/build-summary.js'
import type { PrunedVersion, PruneReport } from './prune-package.js'

/** In characters, of a digest in a table for people. */
const SHORT_DIGEST = 'sha256:'.length + 12

/** Formats a report for a terminal or a log: the versions that go, and why the others stay. */
export function formatReport(report: PruneReport): string {
  const rows = report.versions.map(each => [
    each.outcome,
    shortDigest(each),
    formatTags(each),
    dayOf(each),
    describe(each),
  ])
  const kept = report.kept.map(({ why, count }) => `  ${count} ${count === 1 ? 'stays' : 'stay'}: ${why}`)
  const unreadable = report.unreadable.map(
    ({ version, why }) => `  cannot be read: ${version.digest.slice(0, SHORT_DIGEST)}, ${why}`,
  )
  return [`${report.name}: ${summarize(report)}`, ...alignColumns(rows), ...kept, ...unreadable].join('\n')
}

function summarize({ versions, versionCount, isDryRun }: PruneReport): string {
  const total = pluralize(versionCount, 'version')
  if (isDryRun) return `${total}, ${versions.length} unused; nothing was deleted (dry run)`
  const count = (outcome: PrunedVersion['outcome']): number =>
    versions.filter(each => each.outcome === outcome).length
  const others = (['refused', 'left', 'restored'] as const).flatMap(outcome =>
    count(outcome) === 0 ? [] : [`${count(outcome)} ${outcome}`],
  )
  return [`${total}, ${count('deleted')} deleted`, ...others].join(', ')
}

function shortDigest({ version }: PrunedVersion): string {
  return version.digest.slice(0, SHORT_DIGEST)
}

function formatTags({ version }: PrunedVersion): string {
  return version.tags.length === 0 ? '(no tag)' : version.tags.join(' ')
}

function dayOf({ version }: PrunedVersion): string {
  return version.created.toISOString().slice(0, 10)
}

function describe({ why, note }: PrunedVersion): string {
  return note === undefined ? why : `${why}; ${note}`
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
}

/** Formats the reports as Markdown for the job summary. */
export function formatSummary(reports: readonly PruneReport[]): string {
  return ['### Prune', ...reports.flatMap(formatSection)].join('\n\n')
}

function formatSection(report: PruneReport): string[] {
  const { name, versions, kept, unreadable } = report
  const rows = limitRows(versions).map(each => [
    each.outcome,
    formatCode(shortDigest(each)),
    each.version.tags.map(formatCode).join(' '),
    dayOf(each),
    escapeProse(describe(each)),
  ])
  const table =
    formatTable(['result', 'version', 'tags', 'created', 'reason'], rows) + formatOmitted(versions, 'version')
  const stays = formatTable(
    ['versions that stay', 'reason'],
    kept.map(({ why, count }) => [String(count), escapeProse(why)]),
    { right: ['versions that stay'] },
  )
  const unread = limitRows(unreadable).map(
    ({ version, why }) =>
      `- ${formatCode(version.digest.slice(0, SHORT_DIGEST))} cannot be read: ${escapeProse(why)}`,
  )
  return [
    `${formatCode(name)}: ${summarize(report)}.`,
    ...(versions.length === 0 ? [] : [table]),
    ...(kept.length === 0 ? [] : [stays]),
    ...(unread.length === 0 ? [] : [unread.join('\n')]),
  ]
}

/** Returns the deleted versions as full references. */
export function listDeleted(reports: readonly PruneReport[]): string[] {
  return reports.flatMap(({ name, versions }) =>
    versions.filter(({ outcome }) => outcome === 'deleted').map(({ version }) => `${name}@${version.digest}`),
  )
}

/** Returns the value for `--json` and the output `json`. */
export function encodeReports(reports: readonly PruneReport[]) {
  return reports.map(({ name, isDryRun, versionCount, versions, kept, unreadable }) => ({
    image: name,
    dryRun: isDryRun,
    versions: versionCount,
    unused: versions.map(({ version, why, outcome, note }) => ({
      id: version.id,
      digest: version.digest,
      tags: version.tags,
      created: version.created.toISOString(),
      why,
      outcome,
      ...(note !== undefined && { note }),
    })),
    kept,
    unreadable: unreadable.map(({ version, why }) => ({ digest: version.digest, why })),
  }))
}
