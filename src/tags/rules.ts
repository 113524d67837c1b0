import { messageOf } from '../util/error.js'
import {
  DATE_VOCABULARY,
  GLOBAL_VOCABULARY,
  parseTemplate,
  type Template,
  VERSION_VOCABULARY,
} from './template.js'

const COMMON = ['type', 'enable', 'priority', 'prefix', 'suffix']

/** Reads one line of rules: `type=…,…`, a tag as it is, or `auto`. Throws an `Error` that says what is wrong. */
export function parseRule(line: string): Rule {
  if (line === 'auto') return { line, type: 'auto', enable: ['true'], priority: 1000 }
  const given = new Map(parseAttributes(line).map(({ key, value }) => [key ?? 'value', value]))
  const form = formOf(given.get('type') ?? 'raw')
  const known = [...COMMON, ...Object.keys(form.attributes)]
  const odd = [...given.keys()].find(key => !known.includes(key))
  if (odd !== undefined) throw new Error(`${odd} is not an attribute of it; there are ${known.join(', ')}`)
  const defaults = { enable: 'true', priority: String(form.priority), ...form.attributes }
  const all: Attributes = new Map([...Object.entries(defaults), ...given].flatMap(definite))
  const prefix = all.get('prefix') ?? (given.get('event') === 'pr' ? 'pr-' : form.prefix)
  return {
    line,
    enable: parseTemplate(needed(all, 'enable', 'true'), GLOBAL_VOCABULARY),
    priority: wholeNumber(all, 'priority'),
    ...affix('prefix', prefix),
    ...affix('suffix', all.get('suffix')),
    ...form.own(all),
  }
}

function definite([key, value]: readonly [string, string | undefined]): [string, string][] {
  return value === undefined ? [] : [[key, value]]
}

function affix(key: 'prefix' | 'suffix', text: string | undefined): { [Key in typeof key]?: Template } {
  return text === undefined ? {} : { [key]: parseTemplate(text, GLOBAL_VOCABULARY) }
}

/** What all rules have, whatever their type. */
interface RuleBasics {
  /** As it was given. */
  readonly line: string
  /** Must come out as `true` or `false`. */
  readonly enable: Template
  /** Tags of a higher priority come first. */
  readonly priority: number
  /** `undefined` takes the flavor's. */
  readonly prefix?: Template
  readonly suffix?: Template
}

/** What each type of rule has. */
type RuleOwn =
  | { readonly type: 'auto' }
  | { readonly type: 'schedule'; readonly pattern: Template }
  | { readonly type: 'semver'; readonly pattern: Template; readonly value: Template; readonly match?: RegExp }
  | { readonly type: 'match'; readonly pattern: RegExp; readonly group: number; readonly value: Template }
  | { readonly type: 'edge'; readonly branch?: string }
  | { readonly type: 'ref'; readonly event: RefEvent }
  | { readonly type: 'raw'; readonly value: Template }
  | { readonly type: 'sha'; readonly format: ShaFormat }

type RefEvent = 'branch' | 'tag' | 'pr'
type ShaFormat = 'short' | 'long'

/** One line of docker/metadata-action's input `tags`, or the word `auto`. */
export type Rule = RuleBasics & RuleOwn
type RuleType = Rule['type']
export type RuleOf<Type extends RuleType> = Extract<Rule, { type: Type }>

/** What a type of rule takes. */
interface Form {
  readonly priority: number
  /** Those of its own; a default makes one optional, `undefined` is for those that may be left out. */
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly prefix?: string
  readonly own: (attributes: Attributes) => RuleOwn
}

const EVENTS: readonly RefEvent[] = ['branch', 'tag', 'pr']
const FORMATS: readonly ShaFormat[] = ['short', 'long']

const FORMS: Readonly<Record<Exclude<RuleType, 'auto'>, Form>> = {
  schedule: {
    priority: 1000,
    attributes: { pattern: 'nightly' },
    own: all => ({
      type: 'schedule',
      pattern: parseTemplate(needed(all, 'pattern', 'nightly'), DATE_VOCABULARY),
    }),
  },
  semver: {
    priority: 900,
    attributes: { pattern: undefined, value: '', match: undefined },
    own: all => ({
      type: 'semver',
      pattern: parseTemplate(needed(all, 'pattern', '{{version}}'), VERSION_VOCABULARY),
      value: givenValue(all),
      ...(all.get('match') && { match: parseRegExp(needed(all, 'match', 'v(.*)')) }),
    }),
  },
  match: {
    priority: 800,
    attributes: { pattern: undefined, group: '0', value: '' },
    own: all => ({
      type: 'match',
      pattern: parseRegExp(needed(all, 'pattern', 'v(.*)')),
      group: wholeNumber(all, 'group'),
      value: givenValue(all),
    }),
  },
  edge: {
    priority: 700,
    attributes: { branch: undefined },
    own: all => ({ type: 'edge', ...(all.get('branch') && { branch: needed(all, 'branch', 'main') }) }),
  },
  ref: {
    priority: 600,
    attributes: { event: undefined },
    own: all => ({ type: 'ref', event: oneOf(EVENTS, all, 'event') }),
  },
  raw: {
    priority: 200,
    attributes: { value: undefined },
    own: all => ({ type: 'raw', value: parseTemplate(needed(all, 'value', 'stable'), GLOBAL_VOCABULARY) }),
  },
  sha: {
    priority: 100,
    attributes: { format: 'short' },
    prefix: 'sha-',
    own: all => ({ type: 'sha', format: oneOf(FORMATS, all, 'format') }),
  },
}

/** Throws an `Error` for a type that there is not. */
function formOf(type: string): Form {
  if (type === 'pep440') {
    throw new Error('versions of PEP 440 are not read here; give the tag itself, or use type=match')
  }
  const form = Object.entries(FORMS).find(([name]) => name === type)?.[1]
  if (!form) throw new Error(`type=${type} is not one of ${Object.keys(FORMS).join(', ')}`)
  return form
}

/** A rule's attributes, by their names in lower case. */
type Attributes = ReadonlyMap<string, string>

/** Throws an `Error` with the example when it is absent or empty. */
function needed(attributes: Attributes, key: string, example: string): string {
  const value = attributes.get(key)
  if (!value) throw new Error(`it lacks ${key}, such as ${key}=${example}`)
  return value
}

/** Its `value`, which may be empty. */
function givenValue(attributes: Attributes): Template {
  return parseTemplate(attributes.get('value') ?? '', GLOBAL_VOCABULARY)
}

/** Throws an `Error` that lists what is allowed. */
function oneOf<Word extends string>(allowed: readonly Word[], attributes: Attributes, key: string): Word {
  const value = attributes.get(key)
  const found = allowed.find(word => word === value)
  if (found === undefined) throw new Error(`${key}=${value ?? ''} is not one of ${allowed.join(', ')}`)
  return found
}

/** Throws an `Error` when it is none. */
function wholeNumber(attributes: Attributes, key: string): number {
  const value = attributes.get(key) ?? ''
  if (!/^\d{1,9}$/.test(value)) throw new Error(`${key}=${value} is not a whole number`)
  return Number(value)
}

/** `v(.*)`, or with flags `/v(.*)/i`. */
function parseRegExp(text: string): RegExp {
  const [, inner = text, flags = ''] = /^\/(.+)\/(.*)$/.exec(text) ?? []
  try {
    // Without a memory, so that two uses of it give the same.
    return new RegExp(inner, flags.replace(/[gy]/g, ''))
  } catch (cause) {
    throw new Error(`${text} is not a regular expression`, { cause })
  }
}

const FIELD = /\s*(?:"((?:[^"]|"")*)"|((?!")[^,]*))\s*(?:,|$)/y

interface Attribute {
  /** In lower case; `undefined` for a word alone. */
  readonly key: string | undefined
  readonly value: string
}

/** Reads `key=value` between commas; a field in double quotes may hold commas, and `""` for a quote. */
export function parseAttributes(line: string): Attribute[] {
  return fieldsOf(line)
    .map(field => field.trim())
    .filter(field => field !== '')
    .map(attributeOf)
}

function fieldsOf(line: string): string[] {
  const fields: string[] = []
  FIELD.lastIndex = 0
  while (FIELD.lastIndex < line.length) {
    const match = FIELD.exec(line)
    if (!match) throw new Error('a quote is not closed, or something stands after it')
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  return fields
}

function attributeOf(field: string): Attribute {
  const equals = field.indexOf('=')
  if (equals < 0) return { key: undefined, value: field }
  return { key: field.slice(0, equals).trim().toLowerCase(), value: field.slice(equals + 1).trim() }
}

/** Reads each line that is neither blank nor a comment (`# …`). Errors name the line at fault. */
export function inputLines<T>(text: string, parse: (line: string) => T): T[] {
  return text.split(/\r?\n/).flatMap((whole, index) => {
    const line = whole.trim()
    if (line === '' || line.startsWith('#')) return []
    try {
      return [parse(line)]
    } catch (cause) {
      throw new Error(`line ${index + 1}, ${line}: ${messageOf(cause)}`, { cause })
    }
  })
}
