import dayjs from 'dayjs'
import advancedFormat from 'dayjs/plugin/advancedFormat.js'
import isoWeek from 'dayjs/plugin/isoWeek.js'
import timezone from 'dayjs/plugin/timezone.js'
import utc from 'dayjs/plugin/utc.js'
import { isDefaultBranch, type TagSubject } from './subject.js'
import {
  ALIKE,
  type Call,
  DEFAULT_ZONE,
  type GLOBAL_VOCABULARY,
  type Meaning,
  OWN,
  TOKEN,
} from './template.js'

type Name = keyof typeof GLOBAL_VOCABULARY

const TEXTS: Readonly<Record<Name, (subject: TagSubject, call: Call) => string>> = {
  branch: ({ ref }) => (ref.kind === 'branch' ? (ref.name ?? '') : ''),
  tag: ({ ref }) => (ref.kind === 'tag' ? (ref.name ?? '') : ''),
  sha: ({ ref }) => shortSha(ref.sha) ?? '',
  base_ref: ({ ref }) => ref.base ?? '',
  is_default_branch: ({ ref }) => String(isDefaultBranch(ref)),
  is_not_default_branch: ({ ref }) => String(!isDefaultBranch(ref)),
  version: ({ version }) => version ?? '',
  date: ({ now }, call) => dateText(now, call),
  commit_date: ({ now, ref }, call) => dateText(ref.commitDate ?? now, call),
}

/** The text of an expression that templates of rules and flavors may hold. */
export function globalText(subject: TagSubject): Meaning {
  return call => (isName(call.name) ? TEXTS[call.name](subject, call) : '')
}

/** Seven digits, as Git shows them. */
export function shortSha(sha: string | undefined): string | undefined {
  return sha?.slice(0, 7)
}

function isName(name: string): name is Name {
  return Object.hasOwn(TEXTS, name)
}

function dateText(date: Date, { words: [format = ''], options: { tz = DEFAULT_ZONE } }: Call): string {
  return formatDate(date, format, tz)
}

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
