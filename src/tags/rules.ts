import { parseAttributes } from './attributes.js'
import type { Rule } from './rule.js'
import { type Attributes, needed, wholeNumber } from './rule-attributes.js'
import { formOf } from './rule-forms.js'
import { parseTemplate, type Template } from './template.js'
import { GLOBAL_VOCABULARY } from './vocabulary.js'

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
