import { type Figure, ofOurs, peakMemory, type ReadFigure, toPeer } from './figures.js'
import { table } from './report.js'
import type { Result } from './rounds.js'
import { bytes, times } from './units.js'

/** A target for pushes. */
interface Target {
  readonly title: string
  readonly limit: number
  /** The value must be lower than the limit, not equal to it. */
  readonly below?: true
  readonly figure: ReadFigure
  show(value: number): string
}

const TARGETS: readonly Target[] = [
  {
    title: 'cold, from plain archives: time / the fastest peer’s',
    limit: 1,
    show: times,
    figure: toPeer('push-tar', 'seconds'),
  },
  {
    title: 'cold, from plain archives: bytes sent / the fastest peer’s',
    limit: 1.05,
    show: times,
    figure: toPeer('push-tar', 'sent'),
  },
  {
    title: 'cold, from gzipped archives: time / podman’s',
    limit: 0.4,
    show: times,
    figure: toPeer('push-tar-gz', 'seconds', 'podman'),
  },
  {
    title: 'cold, zstd: time / skopeo’s',
    limit: 0.5,
    show: times,
    figure: toPeer('push-zstd', 'seconds', 'skopeo'),
  },
  {
    title: 'one layer of 30 changed: time / the fastest peer’s',
    limit: 0.15,
    show: times,
    figure: toPeer('push-changed', 'seconds'),
  },
  {
    title: 'nothing changed: time / the fastest peer’s',
    limit: 0.1,
    show: times,
    figure: toPeer('push-again', 'seconds'),
  },
  {
    title: 'nothing changed: requests',
    limit: 12,
    below: true,
    show: String,
    figure: ofOurs('push-again', 'requests'),
  },
  {
    title: 'fifty containers: bytes sent / the size of their distinct layers',
    limit: 1.05,
    show: times,
    figure: ofOurs('push-fifty', 'sent', 'distinct'),
  },
  {
    title: 'a stream, cold: time / the script to skopeo',
    limit: 0.5,
    show: times,
    figure: toPeer('push-stream', 'seconds'),
  },
  {
    title: 'a stream, only its config changed: time / the script to skopeo',
    limit: 0.2,
    show: times,
    figure: toPeer('push-stream-config', 'seconds'),
  },
  {
    title: 'a stream, a new tag alone: time / the script to skopeo',
    limit: 0.1,
    show: times,
    figure: toPeer('push-stream-tag', 'seconds'),
  },
  {
    title: 'peak memory, the largest of any run',
    limit: 200e6,
    below: true,
    show: value => bytes(value) ?? '',
    figure: peakMemory,
  },
]

/** The targets and results as Markdown. Empty if no push was measured. */
export function targets(results: readonly Result[]): string[] {
  const rows = TARGETS.flatMap(target => {
    const figure = target.figure(results)
    return figure ? [row(target, figure)] : []
  })
  if (rows.length === 0) return []
  return ['## Targets', table(['push', 'compared with', 'target', 'result', ''], rows)]
}

function row({ title, limit, below, show }: Target, { value, beside }: Figure): string[] {
  const isReached = below ? value < limit : value <= limit
  return [title, beside, `${below ? '<' : '≤'} ${show(limit)}`, show(value), isReached ? 'yes' : 'no']
}
