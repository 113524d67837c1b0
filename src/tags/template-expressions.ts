import dayjs from 'dayjs'
import advancedFormat from 'dayjs/plugin/advancedFormat.js'
import isoWeek from 'dayjs/plugin/isoWeek.js'
import timezone from 'dayjs/plugin/timezone.js'
import utc from 'dayjs/plugin/utc.js'
import { isDefaultBranch, type TagSubject } from './subject.js'
import {
  CUSTOM_TOKENS,
  DAYJS_TOKENS,
  DEFAULT_TIME_ZONE,
  type Evaluator,
  type Expression,
  FORMAT_TOKEN,
  type GLOBAL_VOCABULARY,
} from './tag-template.js'

/** Evaluates the expressions of `GLOBAL_VOCABULARY` for a run. */
export function createEvaluator(subject: TagSubject): Evaluator {
  return expression =>
    isExpressionName(expression.name) ? EVALUATORS[expression.name](subject, expression) : ''
}

type ExpressionName = keyof typeof GLOBAL_VOCABULARY

const EVALUATORS: Readonly<Record<ExpressionName, (subject: TagSubject, expression: Expression) => string>> =
  {
    branch: ({ ref }) => (ref.kind === 'branch' ? (ref.name ?? '') : ''),
    tag: ({ ref }) => (ref.kind === 'tag' ? (ref.name ?? '') : ''),
    sha: ({ ref }) => shortenSha(ref.sha) ?? '',
    base_ref: ({ ref }) => ref.base ?? '',
    is_default_branch: ({ ref }) => String(isDefaultBranch(ref)),
    is_not_default_branch: ({ ref }) => String(!isDefaultBranch(ref)),
    version: ({ version }) => version ?? '',
    date: ({ now }, expression) => renderDate(now, expression),
    commit_date: ({ now, ref }, expression) => renderDate(ref.commitDate ?? now, expression),
  }

function isExpressionName(name: string): name is ExpressionName {
  return Object.hasOwn(EVALUATORS, name)
}

function renderDate(
  date: Date,
  { args: [format = ''], options: { tz = DEFAULT_TIME_ZONE } }: Expression,
): string {
  return formatDate(date, format, tz)
}

/** Formats a date. `format` is a format of Moment.js such as `YYYYMMDD-HHmmss`, `zone` a time zone such as `Asia/Tokyo`. */
export function formatDate(date: Date, format: string, zone: string): string {
  for (const plugin of [utc, timezone, isoWeek, advancedFormat]) dayjs.extend(plugin)
  const time = dayjs(date).tz(zone)
  return format.replace(FORMAT_TOKEN, (token, literal?: string) => {
    if (literal !== undefined) return literal
    const formatToken = CUSTOM_TOKENS.get(token)
    return formatToken ? formatToken(time) : DAYJS_TOKENS.has(token) ? time.format(token) : token
  })
}

/** Shortens a commit's SHA to 7 digits, like `git log --oneline`. */
export function shortenSha(sha: string | undefined): string | undefined {
  return sha?.slice(0, 7)
}
