import { describe, expect, test } from '@jest/globals'
import { checkDateFormat } from '../../src/tags/tag-template.js'
import { formatDate } from '../../src/tags/template-expressions.js'

const TIME = new Date('2020-01-10T15:05:09.087Z')

describe('formatDate with formats of Moment.js', () => {
  test.each([
    ['YYYYMMDD', 'UTC', '20200110'],
    ['YYYYMMDD-HHmmss', 'Asia/Tokyo', '20200111-000509'],
    ['dddd, MMMM Do YYYY, h:mm:ss a', 'UTC', 'Friday, January 10th 2020, 3:05:09 pm'],
    ['YYYY-MM-DDTHH:mm:ss.SSS[Z]', 'UTC', '2020-01-10T15:05:09.087Z'],
    ['YYYY-MM-DD[T]HH:mm:ssZ', 'America/New_York', '2020-01-10T10:05:09-05:00'],
    ['YYYYMMDDTHHmm', 'UTC', '20200110T1505'],
    ['YY M D H m s S SS', 'UTC', '20 1 10 15 5 9 0 08'],
    ['DDD DDDD E d ddd dd', 'UTC', '10 010 5 5 Fri Fr'],
    ['W WW Q X x', 'UTC', '2 02 1 1578668709 1578668709087'],
    ['ZZ A hh kk', 'Europe/Berlin', '+0100 PM 04 16'],
    ['[week] W', 'UTC', 'week 2'],
  ])('formats %s in %s', (format, zone, expected) => {
    checkDateFormat(format, zone)
    expect(formatDate(TIME, format, zone)).toBe(expected)
  })

  test.each(['GGGG', 'w', 'gg', 'LLL', 'YYYYY', 'N', 'DDDDD'])('rejects the token %s', format => {
    expect(() => checkDateFormat(format, 'UTC')).toThrow(`${format} in the date format`)
  })
})
