import type { Template } from './template.js'

/** What all rules have, whatever their type. */
export interface RuleBasics {
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
export type RuleOwn =
  | { readonly type: 'auto' }
  | { readonly type: 'schedule'; readonly pattern: Template }
  | { readonly type: 'semver'; readonly pattern: Template; readonly value: Template; readonly match?: RegExp }
  | { readonly type: 'match'; readonly pattern: RegExp; readonly group: number; readonly value: Template }
  | { readonly type: 'edge'; readonly branch?: string }
  | { readonly type: 'ref'; readonly event: RefEvent }
  | { readonly type: 'raw'; readonly value: Template }
  | { readonly type: 'sha'; readonly format: ShaFormat }

export type RefEvent = 'branch' | 'tag' | 'pr'
export type ShaFormat = 'short' | 'long'

/** One line of docker/metadata-action's input `tags`, or the word `auto`. */
export type Rule = RuleBasics & RuleOwn
export type RuleType = Rule['type']
export type RuleOf<Type extends RuleType> = Extract<Rule, { type: Type }>
