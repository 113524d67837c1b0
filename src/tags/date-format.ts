import dayjs from 'dayjs'
import advancedFormat from 'dayjs/plugin/advancedFormat.js'
import isoWeek from 'dayjs/plugin/isoWeek.js'
import timezone from 'dayjs/plugin/timezone.js'
import utc from 'dayjs/plugin/utc.js'
import { ALIKE, OWN, TOKEN } from './date-tokens.js'

/** A time in words, by a format of Moment.js such as `YYYYMMDD-HHmmss`, in a time zone such as `Asia/Tokyo`. */
export function formatDate(date: Date, format: string, zone: string): string {
  for (const plugin of [utc, timezone, isoWeek, advancedFormat]) dayjs.extend(plugin)
  const time = dayjs(date).tz(zone)
  return format.replace(TOKEN, (token, literal?: string) => {
    if (literal !== undefined) return literal
    const own = OWN.get(token)
    return own ? own(time) : ALIKE.has(token) ? time.format(token) : token
  })
}
