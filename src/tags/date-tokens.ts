import type { Dayjs } from 'dayjs'

/** Moment's tokens that dayjs and its plugin render alike. */
export const ALIKE: ReadonlySet<string> = new Set(
  'YYYY YY M MM MMM MMMM D DD Do d dd ddd dddd H HH h hh k kk m mm s ss SSS A a Z ZZ Q W WW X x z'.split(' '),
)

/** Those that dayjs would show as something else. */
export const OWN: ReadonlyMap<string, (time: Dayjs) => string> = new Map([
  ['DDD', time => String(dayOfYear(time))],
  ['DDDD', time => String(dayOfYear(time)).padStart(3, '0')],
  ['E', time => String(time.isoWeekday())],
  ['S', time => String(Math.floor(time.millisecond() / 100))],
  ['SS', time => String(Math.floor(time.millisecond() / 10)).padStart(2, '0')],
])

/** A token, text in brackets (first group), or what stands between. */
export const TOKEN = /\[([^\]]*)\]|Do|([A-Za-z])\2*|[^A-Za-z[]+|\[/g

/** Letters that Moment leaves as they are, such as the `T` before a time. */
const PLAIN = /^[^A-Za-z]|^([bcfijnpqrtuvBCFIJKOPRTUV])\1*$/

/** Throws an `Error` when a format holds a token that is not known, or a time zone is none. */
export function checkDateFormat(format: string, zone: string): void {
  for (const [token, literal] of format.matchAll(TOKEN)) {
    const known = literal !== undefined || PLAIN.test(token) || ALIKE.has(token) || OWN.has(token)
    if (!known) throw new Error(`${token} in the date format ${format} is not known; write text as [text]`)
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch (cause) {
    throw new Error(`${zone} is no time zone`, { cause })
  }
}

function dayOfYear(time: Dayjs): number {
  const first = Date.UTC(time.year(), 0, 1)
  return (Date.UTC(time.year(), time.month(), time.date()) - first) / 86_400_000 + 1
}
