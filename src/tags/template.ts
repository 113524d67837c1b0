import type { Dayjs } from 'dayjs'

/** `{{date 'YYYY' tz='UTC'}}`: a name, what stands after it in quotes, and what is named. */
export interface Expression {
  readonly name: string
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/** Text with expressions between `{{` and `}}`, as docker/metadata-action takes them. */
export type Template = readonly (string | Expression)[]

/** Gives an expression's text. */
export type Evaluator = (call: Expression) => string

/** By its name, what an expression must look like; throws an `Error` that says what is wrong. */
type Vocabulary = Readonly<Record<string, (call: Expression) => void>>

const EXPRESSION = /\{\{\{?([^{}]*)\}?\}\}/g
const ARGUMENT = /\s*(?:([a-z_]+)=)?(?:'([^']*)'|"([^"]*)"|([^\s'"=]+))/gy

/** Reads a template. Throws an `Error` that names an expression which is not in the vocabulary, or used wrongly. */
export function parseTemplate(text: string, vocabulary: Vocabulary): Template {
  const parts: (string | Expression)[] = []
  let end = 0
  for (const { 0: whole, 1: inner = '', index } of text.matchAll(EXPRESSION)) {
    parts.push(text.slice(end, index), checkExpression(parseExpression(inner, whole), vocabulary))
    end = index + whole.length
  }
  const rest = text.slice(end)
  if (/\{\{|\}\}/.test(rest))
    throw new Error(`${JSON.stringify(text)} opens or closes an expression too often`)
  return [...parts, rest].filter(part => part !== '')
}

export function renderTemplate(template: Template, meaning: Evaluator): string {
  return template.map(part => (typeof part === 'string' ? part : meaning(part))).join('')
}

/** The names of a template's expressions. */
export function expressionNamesOf(template: Template): string[] {
  return template.flatMap(part => (typeof part === 'string' ? [] : [part.name]))
}

function parseExpression(inner: string, whole: string): Expression {
  const [first, ...others] = [...inner.matchAll(ARGUMENT)]
  const length = [first, ...others].reduce((sum, match) => sum + (match?.[0].length ?? 0), 0)
  const name = first?.[4]
  if (name === undefined || inner.slice(length).trim() !== '') throw new Error(`${whole} is no expression`)
  const read = others.map(([, key, single, double, bare]) => [key, single ?? double ?? bare ?? ''] as const)
  return {
    name,
    args: read.flatMap(([key, value]) => (key === undefined ? [value] : [])),
    options: Object.fromEntries(read.filter(([key]) => key !== undefined)),
  }
}

function checkExpression(call: Expression, vocabulary: Vocabulary): Expression {
  const check = Object.hasOwn(vocabulary, call.name) ? vocabulary[call.name] : undefined
  if (!check) {
    const names = Object.keys(vocabulary).join(', ')
    throw new Error(`{{${call.name}}} is not known here; there are ${names}`)
  }
  check(call)
  return call
}

/** The time zone of a date that names none. */
export const DEFAULT_TIME_ZONE = 'UTC'

/** Expressions that take a format and a time zone. */
export const DATE_VOCABULARY = {
  date: checkDateArguments,
  commit_date: checkDateArguments,
} as const satisfies Vocabulary

/** The expressions of `value`, `enable`, `prefix` and `suffix`; all but `version` are docker/metadata-action's. */
export const GLOBAL_VOCABULARY = {
  branch: checkNoArguments,
  tag: checkNoArguments,
  sha: checkNoArguments,
  base_ref: checkNoArguments,
  is_default_branch: checkNoArguments,
  is_not_default_branch: checkNoArguments,
  version: checkNoArguments,
  ...DATE_VOCABULARY,
} as const satisfies Vocabulary

/** The expressions of the pattern of a semver rule. */
export const VERSION_VOCABULARY = {
  raw: checkNoArguments,
  version: checkNoArguments,
  major: checkNoArguments,
  minor: checkNoArguments,
  patch: checkNoArguments,
} as const satisfies Vocabulary

function checkNoArguments({ name, args, options }: Expression): void {
  if (args.length + Object.keys(options).length > 0) throw new Error(`{{${name}}} stands alone`)
}

function checkDateArguments({
  name,
  args: [format, ...more],
  options: { tz = DEFAULT_TIME_ZONE, ...others },
}: Expression): void {
  if (format === undefined || more.length > 0 || Object.keys(others).length > 0) {
    throw new Error(`{{${name}}} takes a format and a time zone: {{${name} 'YYYYMMDD' tz='UTC'}}`)
  }
  checkDateFormat(format, tz)
}

/** Moment's tokens that dayjs and its plugin render alike. */
export const DAYJS_TOKENS: ReadonlySet<string> = new Set(
  'YYYY YY M MM MMM MMMM D DD Do d dd ddd dddd H HH h hh k kk m mm s ss SSS A a Z ZZ Q W WW X x z'.split(' '),
)

/** Those that dayjs would show as something else. */
export const CUSTOM_TOKENS: ReadonlyMap<string, (time: Dayjs) => string> = new Map([
  ['DDD', time => String(dayOfYear(time))],
  ['DDDD', time => String(dayOfYear(time)).padStart(3, '0')],
  ['E', time => String(time.isoWeekday())],
  ['S', time => String(Math.floor(time.millisecond() / 100))],
  ['SS', time => String(Math.floor(time.millisecond() / 10)).padStart(2, '0')],
])

/** A token, text in brackets (first group), or what stands between. */
export const FORMAT_TOKEN = /\[([^\]]*)\]|Do|([A-Za-z])\2*|[^A-Za-z[]+|\[/g

/** Letters that Moment leaves as they are, such as the `T` before a time. */
const LITERAL_TOKEN = /^[^A-Za-z]|^([bcfijnpqrtuvBCFIJKOPRTUV])\1*$/

/** Throws an `Error` when a format holds a token that is not known, or a time zone is none. */
export function checkDateFormat(format: string, zone: string): void {
  for (const [token, literal] of format.matchAll(FORMAT_TOKEN)) {
    const known =
      literal !== undefined ||
      LITERAL_TOKEN.test(token) ||
      DAYJS_TOKENS.has(token) ||
      CUSTOM_TOKENS.has(token)
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
