import { code } from '../../util/markdown.js'
import { plural } from '../../util/text.js'

/** A page is to be read, and is limited in size. */
const MOST_ROWS = 100

export function firstRows<T>(all: readonly T[]): readonly T[] {
  return all.slice(0, MOST_ROWS)
}

/** What `firstRows` leaves out, in words. */
export function moreOf(all: readonly unknown[], noun: string): string {
  const rest = all.length - MOST_ROWS
  return rest <= 0 ? '' : `\n\n… and ${plural(rest, `more ${noun}`)}`
}

/** As much of a digest as one needs to tell it from others. */
export function shortDigest(digest: string): string {
  return code(digest.slice(0, 'sha256:'.length + 12))
}
