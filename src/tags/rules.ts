import { messageOf } from '../util/error.js'
import {
  DATE_VOCABULARY,
  GLOBAL_VOCABULARY,
  parseTemplate,
  type Template,
  VERSION_VOCABULARY,
} from './template.js'

const COMMON_ATTRIBUTES = ['type', 'enable', 'priority', 'prefix', 'suffix']

/** Reads one line of rules: `type=…,…`, a tag as it is, or `auto`. Throws an `Error` that says what is wrong. */
export function parseRule(line: string): Rule {
  if (line === 'auto') return { line, type: 'auto', enable: ['true'], priority: 1000 }
  const given = new Map(parseAttributes(line).map(({ key, value }) => [key ?? 'value', value]))
  const form = definitionOf(given.get('type') ?? 'raw')
  const known = [...COMMON_ATTRIBUTES, ...Object.keys(form.attributes)]
  const odd = [...given.keys()].find(key => !known.includes(key))
  if (odd !== undefined) throw new Error(`${odd} is not an attribute of it; there are ${known.join(', ')}`)
  const defaults = { enable: 'true', priority: String(form.priority), ...form.attributes }
  const all: Attributes = new Map([...Object.entries(defaults), ...given].flatMap(definite))
  const prefix = all.get('prefix') ?? (given.get('event') === 'pr' ? 'pr-' : form.prefix)
  return {
    line,
    enable: parseTemplate(requireAttribute(all, 'enable', 'true'), GLOBAL_VOCABULARY),
    priority: parseWholeNumber(all, 'priority'),
    ...parseAffix('prefix', prefix),
    ...parseAffix('suffix', all.get('suffix')),
    ...form.parse(all),
  }
}

function definite([key, value]: readonly [string, string | undefined]): [string, string][] {
  return value === undefined ? [] : [[key, value]]
}

function parseAffix(key: 'prefix' | 'suffix', text: string | undefined): { [Key in typeof key]?: Template } {
  return text === undefined ? {} : { [key]: parseTemplate(text, GLOBAL_VOCABULARY) }
}

/** What all rules have, whatever their type. */
interface CommonRuleFields {
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
type RuleVariant =
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
export type Rule = CommonRuleFields & RuleVariant
type RuleType = Rule['type']
export type RuleOf<Type extends RuleType> = Extract<Rule, { type: Type }>

/** What a type of rule takes. */
interface RuleDefinition {
  readonly priority: number
  /** Those of its own; a default makes one optional, `undefined` is for those that may be left out. */
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly prefix?: string
  readonly parse: (attributes: Attributes) => RuleVariant
}

const REF_EVENTS: readonly RefEvent[] = ['branch', 'tag', 'pr']
const SHA_FORMATS: readonly ShaFormat[] = ['short', 'long']

const RULE_DEFINITIONS: Readonly<Record<Exclude<RuleType, 'auto'>, RuleDefinition>> = {
  schedule: {
    priority: 1000,
    attributes: { pattern: 'nightly' },
    parse: all => ({
      type: 'schedule',
      pattern: parseTemplate(requireAttribute(all, 'pattern', 'nightly'), DATE_VOCABULARY),
    }),
  },
  semver: {
    priority: 900,
    attributes: { pattern: undefined, value: '', match: undefined },
    parse: all => ({
      type: 'semver',
      pattern: parseTemplate(requireAttribute(all, 'pattern', '{{version}}'), VERSION_VOCABULARY),
      value: parseValueTemplate(all),
      ...(all.get('match') && { match: parseRegExp(requireAttribute(all, 'match', 'v(.*)')) }),
    }),
  },
  match: {
    priority: 800,
    attributes: { pattern: undefined, group: '0', value: '' },
    parse: all => ({
      type: 'match',
      pattern: parseRegExp(requireAttribute(all, 'pattern', 'v(.*)')),
      group: parseWholeNumber(all, 'group'),
      value: parseValueTemplate(all),
    }),
  },
  edge: {
    priority: 700,
    attributes: { branch: undefined },
    parse: all => ({
      type: 'edge',
      ...(all.get('branch') && { branch: requireAttribute(all, 'branch', 'main') }),
    }),
  },
  ref: {
    priority: 600,
    attributes: { event: undefined },
    parse: all => ({ type: 'ref', event: parseAttributeChoice(REF_EVENTS, all, 'event') }),
  },
  raw: {
    priority: 200,
    attributes: { value: undefined },
    parse: all => ({
      type: 'raw',
      value: parseTemplate(requireAttribute(all, 'value', 'stable'), GLOBAL_VOCABULARY),
    }),
  },
  sha: {
    priority: 100,
    attributes: { format: 'short' },
    prefix: 'sha-',
    parse: all => ({ type: 'sha', format: parseAttributeChoice(SHA_FORMATS, all, 'format') }),
  },
}

/** Throws an `Error` for a type that there is not. */
function definitionOf(type: string): RuleDefinition {
  if (type === 'pep440') {
    throw new Error('versions of PEP 440 are not read here; give the tag itself, or use type=match')
  }
  const form = Object.entries(RULE_DEFINITIONS).find(([name]) => name === type)?.[1]
  if (!form) throw new Error(`type=${type} is not one of ${Object.keys(RULE_DEFINITIONS).join(', ')}`)
  return form
}

/** A rule's attributes, by their names in lower case. */
type Attributes = ReadonlyMap<string, string>

/** Throws an `Error` with the example when it is absent or empty. */
function requireAttribute(attributes: Attributes, key: string, example: string): string {
  const value = attributes.get(key)
  if (!value) throw new Error(`it lacks ${key}, such as ${key}=${example}`)
  return value
}

/** Its `value`, which may be empty. */
function parseValueTemplate(attributes: Attributes): Template {
  return parseTemplate(attributes.get('value') ?? '', GLOBAL_VOCABULARY)
}

/** Throws an `Error` that lists what is allowed. */
function parseAttributeChoice<Word extends string>(
  allowed: readonly Word[],
  attributes: Attributes,
  key: string,
): Word {
  const value = attributes.get(key)
  const found = allowed.find(word => word === value)
  if (found === undefined) throw new Error(`${key}=${value ?? ''} is not one of ${allowed.join(', ')}`)
  return found
}

/** Throws an `Error` when it is none. */
function parseWholeNumber(attributes: Attributes, key: string): number {
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
  return splitFields(line)
    .map(field => field.trim())
    .filter(field => field !== '')
    .map(parseAttribute)
}

function splitFields(line: string): string[] {
  const fields: string[] = []
  FIELD.lastIndex = 0
  while (FIELD.lastIndex < line.length) {
    const match = FIELD.exec(line)
    if (!match) throw new Error('a quote is not closed, or something stands after it')
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  return fields
}

function parseAttribute(field: string): Attribute {
  const equals = field.indexOf('=')
  if (equals < 0) return { key: undefined, value: field }
  return { key: field.slice(0, equals).trim().toLowerCase(), value: field.slice(equals + 1).trim() }
}

/** Reads each line that is neither blank nor a comment (`# …`). Errors name the line at fault. */
export function parseEachLine<T>(text: string, parse: (line: string) => T): T[] {
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
