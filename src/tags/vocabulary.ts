import { checkDateFormat } from './date-tokens.js'
import type { Call, Vocabulary } from './template.js'

/** The time zone of a date that names none. */
export const DEFAULT_ZONE = 'UTC'

/** Expressions that take a format and a time zone. */
export const DATE_VOCABULARY = { date: dated, commit_date: dated } as const satisfies Vocabulary

/** The expressions of `value`, `enable`, `prefix` and `suffix`; all but `version` are docker/metadata-action's. */
export const GLOBAL_VOCABULARY = {
  branch: alone,
  tag: alone,
  sha: alone,
  base_ref: alone,
  is_default_branch: alone,
  is_not_default_branch: alone,
  version: alone,
  ...DATE_VOCABULARY,
} as const satisfies Vocabulary

/** The expressions of the pattern of a semver rule. */
export const VERSION_VOCABULARY = {
  raw: alone,
  version: alone,
  major: alone,
  minor: alone,
  patch: alone,
} as const satisfies Vocabulary

function alone({ name, words, options }: Call): void {
  if (words.length + Object.keys(options).length > 0) throw new Error(`{{${name}}} stands alone`)
}

function dated({ name, words: [format, ...more], options: { tz = DEFAULT_ZONE, ...others } }: Call): void {
  if (format === undefined || more.length > 0 || Object.keys(others).length > 0) {
    throw new Error(`{{${name}}} takes a format and a time zone: {{${name} 'YYYYMMDD' tz='UTC'}}`)
  }
  checkDateFormat(format, tz)
}
