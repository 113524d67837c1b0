import { messageOf } from '../util/error.js'
import {
  DATE_VOCABULARY,
  GLOBAL_VOCABULARY,
  parseTemplate,
  type Template,
  VERSION_VOCABULARY,
} from './tag-template.js'

/** One line of docker/metadata-action's input `tags`, or the word `auto`. */
export type Rule = CommonRuleFields & RuleFields
type RuleType = Rule['type']
export type RuleOf<Type extends RuleType> = Extract<Rule, { type: Type }>

/** The fields of all rules. */
interface CommonRuleFields {
  /** The line of the input. */
  readonly line: string
  /** Must evaluate to `true` or `false`. */
  readonly enable: Template
  /** Tags of a higher priority come first. */
  readonly priority: number
  /** Default: the prefix of the flavor. */
  readonly prefix?: Template
  /** Default: the suffix of the flavor. */
  readonly suffix?: Template
  /** The image that the tag is for, if the line has a full reference: `ghcr.io/owner/app`. Default: all images. */
  readonly name?: string
}

/** The fields of each type of rule. */
type RuleFields =
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

const COMMON_ATTRIBUTES = ['type', 'enable', 'priority', 'prefix', 'suffix']

/** Parses one line of rules: `type=…,…`, a tag, or `auto`. Throws an `Error` that says what is wrong. */
export function parseRule(line: string): Rule {
  if (line === 'auto') return { line, type: 'auto', enable: ['true'], priority: 1000 }
  const specified = new Map(parseAttributes(line).map(({ key, value }) => [key ?? 'value', value]))
  const definition = definitionOf(specified.get('type') ?? 'raw')
  const known = [...COMMON_ATTRIBUTES, ...Object.keys(definition.attributes)]
  const unknown = [...specified.keys()].find(key => !known.includes(key))
  if (unknown !== undefined) throw new Error(`the attribute ${unknown} is unknown; use ${known.join(', ')}`)
  const attributes = withDefaults(specified, definition)
  const prefix = attributes.get('prefix') ?? (specified.get('event') === 'pr' ? 'pr-' : definition.prefix)
  return {
    line,
    enable: parseTemplate(requireAttribute(attributes, 'enable', 'true'), GLOBAL_VOCABULARY),
    priority: parseWholeNumber(attributes, 'priority'),
    ...parseAffix('prefix', prefix),
    ...parseAffix('suffix', attributes.get('suffix')),
    ...definition.parse(attributes),
  }
}

/** The attributes of a rule. The keys are in lower case. */
type Attributes = ReadonlyMap<string, string>

function withDefaults(specified: Attributes, definition: RuleDefinition): Attributes {
  const defaults = { enable: 'true', priority: String(definition.priority), ...definition.attributes }
  const entries = Object.entries(defaults).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, value]],
  )
  return new Map([...entries, ...specified])
}

function parseAffix(key: 'prefix' | 'suffix', text: string | undefined): { [Key in typeof key]?: Template } {
  return text === undefined ? {} : { [key]: parseTemplate(text, GLOBAL_VOCABULARY) }
}

/** The attributes of a type of rule, and how to parse them. */
interface RuleDefinition {
  readonly priority: number
  /** The attributes in addition to `COMMON_ATTRIBUTES`, with their defaults. `undefined` means no default. */
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly prefix?: string
  readonly parse: (attributes: Attributes) => RuleFields
}

const REF_EVENTS: readonly RefEvent[] = ['branch', 'tag', 'pr']
const SHA_FORMATS: readonly ShaFormat[] = ['short', 'long']

const RULE_DEFINITIONS: Readonly<Record<Exclude<RuleType, 'auto'>, RuleDefinition>> = {
  schedule: {
    priority: 1000,
    attributes: { pattern: 'nightly' },
    parse: attributes => ({
      type: 'schedule',
      pattern: parseTemplate(requireAttribute(attributes, 'pattern', 'nightly'), DATE_VOCABULARY),
    }),
  },
  semver: {
    priority: 900,
    attributes: { pattern: undefined, value: '', match: undefined },
    parse: attributes => ({
      type: 'semver',
      pattern: parseTemplate(requireAttribute(attributes, 'pattern', '{{version}}'), VERSION_VOCABULARY),
      value: parseValueTemplate(attributes),
      ...(attributes.get('match') && {
        match: parseRegExp(requireAttribute(attributes, 'match', 'v(.*)')),
      }),
    }),
  },
  match: {
    priority: 800,
    attributes: { pattern: undefined, group: '0', value: '' },
    parse: attributes => ({
      type: 'match',
      pattern: parseRegExp(requireAttribute(attributes, 'pattern', 'v(.*)')),
      group: parseWholeNumber(attributes, 'group'),
      value: parseValueTemplate(attributes),
    }),
  },
  edge: {
    priority: 700,
    attributes: { branch: undefined },
    parse: attributes => ({
      type: 'edge',
      ...(attributes.get('branch') && { branch: requireAttribute(attributes, 'branch', 'main') }),
    }),
  },
  ref: {
    priority: 600,
    attributes: { event: undefined },
    parse: attributes => ({ type: 'ref', event: parseAttributeChoice(REF_EVENTS, attributes, 'event') }),
  },
  raw: {
    priority: 200,
    attributes: { value: undefined },
    parse: attributes => ({
      type: 'raw',
      value: parseValueTemplate(requireKey(attributes, 'value', 'stable')),
    }),
  },
  sha: {
    priority: 100,
    attributes: { format: 'short' },
    prefix: 'sha-',
    parse: attributes => ({ type: 'sha', format: parseAttributeChoice(SHA_FORMATS, attributes, 'format') }),
  },
}

/** Throws an `Error` for an unknown type. */
function definitionOf(type: string): RuleDefinition {
  if (type === 'pep440') {
    throw new Error('type=pep440 is not supported; write the tag itself, or use type=match')
  }
  const definition = Object.entries(RULE_DEFINITIONS).find(([name]) => name === type)?.[1]
  if (!definition) throw new Error(`type=${type} is not one of ${Object.keys(RULE_DEFINITIONS).join(', ')}`)
  return definition
}

/** Throws an `Error` that shows the example if the attribute is missing. It may be empty: `value=${{ inputs.tag }}`. */
function requireKey(attributes: Attributes, key: string, example: string): Attributes {
  if (!attributes.has(key)) throw new Error(`${key} is missing; add ${key}=${example}, for example`)
  return attributes
}

/** Throws an `Error` that shows the example if the attribute is missing or empty. */
function requireAttribute(attributes: Attributes, key: string, example: string): string {
  const value = attributes.get(key)
  if (!value) throw new Error(`${key} is missing; add ${key}=${example}, for example`)
  return value
}

/** Parses the attribute `value`, which may be empty. */
function parseValueTemplate(attributes: Attributes): Template {
  return parseTemplate(attributes.get('value') ?? '', GLOBAL_VOCABULARY)
}

/** Throws an `Error` that lists the choices. */
function parseAttributeChoice<Choice extends string>(
  choices: readonly Choice[],
  attributes: Attributes,
  key: string,
): Choice {
  const value = attributes.get(key)
  const choice = choices.find(each => each === value)
  if (choice === undefined) throw new Error(`${key}=${value ?? ''} is not one of ${choices.join(', ')}`)
  return choice
}

/** Throws an `Error` if the value is not a whole number. */
function parseWholeNumber(attributes: Attributes, key: string): number {
  const value = attributes.get(key) ?? ''
  if (!/^\d{1,9}$/.test(value)) throw new Error(`${key}=${value} is not a whole number`)
  return Number(value)
}

/** Parses `v(.*)`, or with flags `/v(.*)/i`. */
function parseRegExp(text: string): RegExp {
  const [, pattern = text, flags = ''] = /^\/(.+)\/(.*)$/.exec(text) ?? []
  try {
    // With the flags g and y, a match starts at the `lastIndex` of the match before.
    return new RegExp(pattern, flags.replace(/[gy]/g, ''))
  } catch (cause) {
    throw new Error(`${text} is not a regular expression`, { cause })
  }
}

interface Attribute {
  /** In lower case; `undefined` for a value without a key. */
  readonly key: string | undefined
  readonly value: string
}

/** Parses comma-separated `key=value` fields. A field in double quotes may contain commas, and `""` means a quote. */
export function parseAttributes(line: string): Attribute[] {
  return splitFields(line)
    .map(field => field.trim())
    .filter(field => field !== '')
    .map(parseAttribute)
}

const FIELD = /\s*(?:"((?:[^"]|"")*)"|((?!")[^,]*))\s*(?:,|$)/y

function splitFields(line: string): string[] {
  const fields: string[] = []
  FIELD.lastIndex = 0
  while (FIELD.lastIndex < line.length) {
    const match = FIELD.exec(line)
    if (!match) throw new Error('a double quote is not closed, or text follows the closing quote')
    checkQuotes(match[2] ?? '')
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  return fields
}

/** A quote belongs around the whole field, except in an expression such as `{{date "YYYYMMDD"}}`. */
function checkQuotes(field: string): void {
  if (!field.replace(/\{\{.*?\}\}/gs, '').includes('"')) return
  const whole = `"${field.trim().replaceAll('"', '')}"`
  throw new Error(`a double quote is within ${field.trim()}; write the quotes around the field: ${whole}`)
}

function parseAttribute(field: string): Attribute {
  const equals = field.indexOf('=')
  if (equals < 0) return { key: undefined, value: field }
  return { key: field.slice(0, equals).trim().toLowerCase(), value: field.slice(equals + 1).trim() }
}

/** Removes the quotes around a whole rule or a whole tag. Quotes around a field with a comma are part of the format. */
function unquoteLine(line: string): string {
  const [, inner] = /^"([^"]*)"$/.exec(line) ?? /^'([^']*)'$/.exec(line) ?? []
  return inner !== undefined && /^type=|^[^,=]*$/.test(inner) ? inner.trim() : line
}

/** Parses each line, except blank lines and comments (`# …`). Throws an `Error` that names the line. */
export function parseEachLine<T>(text: string, parse: (line: string) => T): T[] {
  return text.split(/\r?\n/).flatMap((untrimmed, index) => {
    const line = unquoteLine(untrimmed.trim())
    if (line === '' || line.startsWith('#')) return []
    try {
      return [parse(line)]
    } catch (cause) {
      throw new Error(`line ${index + 1}, ${line}: ${messageOf(cause)}`, { cause })
    }
  })
}
