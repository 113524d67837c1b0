import { formatBytes } from '../../util/text.js'

/** `+0.4 MB (+2.0 %)`, `−3.0 MB (−75 %)`, or `same`; sizes in bytes. */
export function sizeDifference(before: number, now: number): string {
  if (before === now) return 'same'
  const sign = now > before ? '+' : '−'
  const by = Math.abs(now - before)
  return `${sign}${formatBytes(by)}${before === 0 ? '' : ` (${sign}${percentOf(by, before)} %)`}`
}

function percentOf(part: number, whole: number): string {
  const percent = (100 * part) / whole
  return percent < 10 ? percent.toFixed(1) : String(Math.round(percent))
}
