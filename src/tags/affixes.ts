import { isTag } from '../oci/reference.js'

const LONGEST = 128

/** What stands before and after a tag's own words. */
export interface Affixes {
  readonly prefix: string
  readonly suffix: string
}

export const NO_AFFIXES: Affixes = { prefix: '', suffix: '' }

/** Makes a tag of any text, as docker/metadata-action does: what no tag may hold becomes `-`. `undefined` if nothing is left. */
export function tagFrom(text: string, { prefix, suffix }: Affixes = NO_AFFIXES): string | undefined {
  if (text === '') return undefined
  const tag = sanitized(`${prefix}${text}${suffix}`)
    .replace(/^[.-]+/, '')
    .slice(0, LONGEST)
  return isTag(tag) ? tag : undefined
}

export function sanitized(text: string): string {
  return text.replace(/[^a-zA-Z0-9._-]+/g, '-')
}
