import type { Host } from '../../host/host.js'
import type { Progress } from '../../registry/push.js'
import { formatBytes, formatSeconds } from '../../util/text.js'

/** A job's log has no live line, so there is one of its own now and then. */
const EVERY_MS = 15_000

/** Tells how far a push has come, how fast it is, and how long it will take. */
export function pushTeller(
  { kind, log }: Pick<Host, 'kind' | 'log'>,
  now: () => number = Date.now,
): (progress: Progress) => void {
  if (kind !== 'github') return progress => log.progress(textOf(progress))
  let told = now()
  return progress => {
    if (now() - told < EVERY_MS) return
    told = now()
    log.info(textOf(progress))
  }
}

/** `120 MB of 333 MB sent, 41.2 MB/s, 5.2 s to go`. */
function textOf({ sent, total, rate, remaining }: Progress): string {
  const speed = rate > 0 ? `, ${formatBytes(rate)}/s` : ''
  const rest = remaining === undefined ? '' : `, ${formatSeconds(remaining * 1000)} to go`
  return `${formatBytes(sent)} of ${formatBytes(total)} sent${speed}${rest}`
}
