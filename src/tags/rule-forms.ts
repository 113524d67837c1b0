import type { RefEvent, RuleOwn, RuleType, ShaFormat } from './rule.js'
import { type Attributes, givenValue, needed, oneOf, parseRegExp, wholeNumber } from './rule-attributes.js'
import { parseTemplate } from './template.js'
import { DATE_VOCABULARY, GLOBAL_VOCABULARY, VERSION_VOCABULARY } from './vocabulary.js'

/** What a type of rule takes. */
export interface Form {
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
export function formOf(type: string): Form {
  if (type === 'pep440') {
    throw new Error('versions of PEP 440 are not read here; give the tag itself, or use type=match')
  }
  const form = Object.entries(FORMS).find(([name]) => name === type)?.[1]
  if (!form) throw new Error(`type=${type} is not one of ${Object.keys(FORMS).join(', ')}`)
  return form
}
