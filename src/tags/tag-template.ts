import type { Dayjs } from 'dayjs'

/** Text with expressions between `{{` and `}}`, as docker/metadata-action defines them. */
export type Template = readonly (string | Expression)[]

/** `{{date 'YYYY' tz='UTC'}}`: a name, arguments (without a key), and options (with a key). */
export interface Expression {
  readonly name: string
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/** Returns the text of an expression. */
export type Evaluator = (expression: Expression) => string

/** The known expressions by name. Each function checks the arguments and throws an `Error` that says what is wrong. */
type Vocabulary = Readonly<Record<string, (expression: Expression) => void>>

const EXPRESSION = /\{\{\{?([^{}]*)\}?\}\}/g
const ARGUMENT = /\s*(?:([a-z_]+)=)?(?:'([^']*)'|"([^"]*)"|([^\s'"=]+))/gy

/** Parses a template. Throws an `Error` that names an expression that is unknown or has wrong arguments. */
export function parseTemplate(text: string, vocabulary: Vocabulary): Template {
  const parts: (string | Expression)[] = []
  let end = 0
  for (const { 0: source, 1: content = '', index } of text.matchAll(EXPRESSION)) {
    parts.push(text.slice(end, index), checkExpression(parseExpression(content, source), vocabulary))
    end = index + source.length
  }
  const rest = text.slice(end)
  if (/\{\{|\}\}/.test(rest))
    throw new Error(`${JSON.stringify(text)} contains {{ without }}, or }} without {{`)
  return [...parts, rest].filter(part => part !== '')
}

/** @param source the expression with its braces, for the error */
function parseExpression(content: string, source: string): Expression {
  const [first, ...others] = [...content.matchAll(ARGUMENT)]
  const length = [first, ...others].reduce((sum, match) => sum + (match?.[0].length ?? 0), 0)
  const name = first?.[4]
  if (name === undefined || content.slice(length).trim() !== '')
    throw new Error(`${source} is not an expression`)
  const pairs = others.map(([, key, single, double, bare]) => [key, single ?? double ?? bare ?? ''] as const)
  return {
    name,
    args: pairs.flatMap(([key, value]) => (key === undefined ? [value] : [])),
    options: Object.fromEntries(pairs.filter(([key]) => key !== undefined)),
  }
}

function checkExpression(expression: Expression, vocabulary: Vocabulary): Expression {
  const { name } = expression
  const checkArguments = Object.hasOwn(vocabulary, name) ? vocabulary[name] : undefined
  if (!checkArguments) {
    const names = Object.keys(vocabulary).join(', ')
    throw new Error(`{{${name}}} is unknown here; use one of ${names}`)
  }
  checkArguments(expression)
  return expression
}

export function renderTemplate(template: Template, evaluate: Evaluator): string {
  return template.map(part => (typeof part === 'string' ? part : evaluate(part))).join('')
}

export function expressionNamesOf(template: Template): string[] {
  return template.flatMap(part => (typeof part === 'string' ? [] : [part.name]))
}

/** The time zone of a date without `tz`. */
export const DEFAULT_TIME_ZONE = 'UTC'

/** The expressions with a format and a time zone. */
export const DATE_VOCABULARY = {
  date: checkDateArguments,
  commit_date: checkDateArguments,
} as const satisfies Vocabulary

/** The expressions of `value`, `enable`, `prefix` and `suffix`. All except `version` come from docker/metadata-action. */
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

/** The expressions of the `pattern` of a semver rule. */
export const VERSION_VOCABULARY = {
  raw: checkNoArguments,
  version: checkNoArguments,
  major: checkNoArguments,
  minor: checkNoArguments,
  patch: checkNoArguments,
} as const satisfies Vocabulary

function checkNoArguments({ name, args, options }: Expression): void {
  if (args.length + Object.keys(options).length > 0) throw new Error(`{{${name}}} does not accept arguments`)
}

function checkDateArguments({
  name,
  args: [format, ...otherArgs],
  options: { tz = DEFAULT_TIME_ZONE, ...otherOptions },
}: Expression): void {
  if (format === undefined || otherArgs.length > 0 || Object.keys(otherOptions).length > 0) {
    throw new Error(`{{${name}}} needs a format, and accepts a time zone: {{${name} 'YYYYMMDD' tz='UTC'}}`)
  }
  checkDateFormat(format, tz)
}

/** Throws an `Error` if a format contains an unknown token or the time zone is unknown. */
export function checkDateFormat(format: string, zone: string): void {
  for (const [token, literal] of format.matchAll(FORMAT_TOKEN)) {
    const isKnown =
      literal !== undefined ||
      LITERAL_TOKEN.test(token) ||
      DAYJS_TOKENS.has(token) ||
      CUSTOM_TOKENS.has(token)
    if (!isKnown) throw new Error(`${token} in the date format ${format} is unknown; write text as [text]`)
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch (cause) {
    throw new Error(`${zone} is not a time zone, such as Asia/Tokyo`, { cause })
  }
}

/** Matches one token, text in brackets (its content is the first group), or the characters between tokens. */
export const FORMAT_TOKEN = /\[([^\]]*)\]|Do|([A-Za-z])\2*|[^A-Za-z[]+|\[/g

/** Letters that Moment.js copies to the output, such as the `T` before a time. */
const LITERAL_TOKEN = /^[^A-Za-z]|^([bcfijnpqrtuvBCFIJKOPRTUV])\1*$/

/** Tokens that dayjs with its plugin advancedFormat formats like Moment.js. */
export const DAYJS_TOKENS: ReadonlySet<string> = new Set(
  'YYYY YY M MM MMM MMMM D DD Do d dd ddd dddd H HH h hh k kk m mm s ss SSS A a Z ZZ Q W WW X x z'.split(' '),
)

/** Tokens that dayjs formats differently from Moment.js. */
export const CUSTOM_TOKENS: ReadonlyMap<string, (time: Dayjs) => string> = new Map([
  ['DDD', time => String(dayOfYear(time))],
  ['DDDD', time => String(dayOfYear(time)).padStart(3, '0')],
  ['E', time => String(time.isoWeekday())],
  ['S', time => String(Math.floor(time.millisecond() / 100))],
  ['SS', time => String(Math.floor(time.millisecond() / 10)).padStart(2, '0')],
])

function dayOfYear(time: Dayjs): number {
  const first = Date.UTC(time.year(), 0, 1)
  return (Date.UTC(time.year(), time.month(), time.date()) - first) / 86_400_000 + 1
}
