import type { Sample } from './turn.js'

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >>> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The median of a figure. Missing values count as 0. */
export function medianOf(samples: readonly Sample[], key: keyof Sample): number {
  return median(samples.map(sample => sample[key] ?? 0))
}
