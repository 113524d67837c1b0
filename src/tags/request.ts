import { isTag, parseReference, referenceName } from '../oci/reference.js'
import { inputLines } from './input-lines.js'
import type { Rule } from './rule.js'
import { parseRule } from './rules.js'

export { type Flavor, parseFlavor } from './flavor.js'

/** What the input `tags` asks for. */
export type TagRequest =
  | { readonly kind: 'auto' }
  | { readonly kind: 'list'; readonly tags: readonly ListedTag[] }
  | { readonly kind: 'rules'; readonly rules: readonly Rule[] }

export interface ListedTag {
  readonly tag: string
  /** `ghcr.io/owner/app`, where a full reference was given, as docker/metadata-action's output `tags` has them. */
  readonly name?: string
}

/**
 * Reads the input `tags`: `auto` or nothing; tags or whole references between spaces, commas or line ends; or lines of
 * which some are rules (`type=…`) or `auto`. Errors name the line at fault.
 */
export function parseTagRequest(text: string): TagRequest {
  const lines = inputLines(text, line => line)
  if (lines.length === 0 || lines.every(line => line === 'auto')) return { kind: 'auto' }
  if (!lines.some(isRule)) {
    const tags = inputLines(text, parseList).flat()
    if (tags.length === 0) throw new Error('it names no tag')
    return { kind: 'list', tags }
  }
  const rules = inputLines(text, parseRules).flat()
  return { kind: 'rules', rules: rules.toSorted((a, b) => b.priority - a.priority) }
}

function isRule(line: string): boolean {
  return line === 'auto' || /=|\{\{/.test(line)
}

/** A line of rules; beside such lines, one of tags. */
function parseRules(line: string): Rule[] {
  if (isRule(line)) return [parseRule(line)]
  return parseList(line).map(({ tag, name }) =>
    parseRule(name === undefined ? tag : `type=raw,value=${tag},prefix=,suffix=`),
  )
}

function parseList(line: string): ListedTag[] {
  const words = line.split(/[\s,]+/).filter(word => word !== '')
  if (words.includes('auto')) throw new Error('auto needs a line of its own')
  return words.map(parseListed)
}

function parseListed(word: string): ListedTag {
  if (isTag(word)) return { tag: word }
  if (!word.includes('/') && !word.includes(':')) throw new Error(`${word} is not a tag`)
  const { tag, digest, ...name } = parseReference(word)
  if (tag === undefined || digest !== undefined) throw new Error(`${word} has no tag, or more than one`)
  return { tag, name: referenceName(name) }
}
