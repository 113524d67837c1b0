import { formatBytes } from '../util/format.js'
import type { Built } from './built.js'
import type { Merged } from './merged.js'

/** What a person sees on a run's page: one row for each archive of the build. */
export function buildSummary(built: readonly Built[]): string {
  const rows = built.map(({ container, platform, size, digest }) => [
    container,
    platform,
    formatBytes(size),
    code(digest),
  ])
  return table('Built containers', ['container', 'platform', 'archive', 'manifest'], rows)
}

/** One row for each platform of each multi-arch image, and how to get it. */
export function mergeSummary(merged: readonly Merged[]): string {
  const rows = merged.flatMap(({ container, platforms }) =>
    platforms.map(({ platform, size, layers, digest }) => [
      container,
      platform,
      formatBytes(size),
      String(layers),
      code(digest),
    ]),
  )
  const places = merged.flatMap(({ archive, pushed }) => [
    ...(archive === undefined ? [] : [`- ${code(archive)}`]),
    ...pushed.map(
      ({ image, tags }) => `- ${code(image)}${tags.length > 0 ? ` as ${tags.map(code).join(', ')}` : ''}`,
    ),
  ])
  return `${table('Multi-arch images', ['container', 'platform', 'size', 'layers', 'manifest'], rows)}\n${places.join('\n')}\n`
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [`### ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}

/** Names come from outside, and are not to be read as Markdown. */
function code(text: string): string {
  return `\`${text.replaceAll('`', '').replaceAll('|', '')}\``
}
