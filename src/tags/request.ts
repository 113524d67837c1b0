import { formatReference, isTag, parseReference } from '../oci/reference.js'
import { parseAttributes, parseEachLine, parseRule, type Rule } from './rules.js'
import { GLOBAL_VOCABULARY, parseTemplate, type Template } from './template.js'

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
  const lines = parseEachLine(text, line => line)
  if (lines.length === 0 || lines.every(line => line === 'auto')) return { kind: 'auto' }
  if (!lines.some(isRuleLine)) {
    const tags = parseEachLine(text, parseTagList).flat()
    if (tags.length === 0) throw new Error('it names no tag')
    return { kind: 'list', tags }
  }
  const rules = parseEachLine(text, parseRulesLine).flat()
  return { kind: 'rules', rules: rules.toSorted((a, b) => b.priority - a.priority) }
}

function isRuleLine(line: string): boolean {
  return line === 'auto' || /=|\{\{/.test(line)
}

/** A line of rules; beside such lines, one of tags. */
function parseRulesLine(line: string): Rule[] {
  if (isRuleLine(line)) return [parseRule(line)]
  return parseTagList(line).map(({ tag, name }) =>
    parseRule(name === undefined ? tag : `type=raw,value=${tag},prefix=,suffix=`),
  )
}

function parseTagList(line: string): ListedTag[] {
  const words = line.split(/[\s,]+/).filter(word => word !== '')
  if (words.includes('auto')) throw new Error('auto needs a line of its own')
  return words.map(parseListedTag)
}

function parseListedTag(word: string): ListedTag {
  if (isTag(word)) return { tag: word }
  if (!word.includes('/') && !word.includes(':')) throw new Error(`${word} is not a tag`)
  const { tag, digest, ...name } = parseReference(word)
  if (tag === undefined || digest !== undefined) throw new Error(`${word} has no tag, or more than one`)
  return { tag, name: formatReference(name) }
}

/** What holds for all tags that are made here. */
export interface Flavor {
  readonly latest: 'auto' | boolean
  readonly prefix: Affix
  readonly suffix: Affix
}

/** What stands before or after each tag. */
interface Affix {
  readonly text: Template
  /** Whether `latest` gets it, too. */
  readonly onLatest: boolean
}

const NO_AFFIX: Affix = { text: [], onLatest: false }
const LATEST_VALUES: Readonly<Record<string, Flavor['latest']>> = { auto: 'auto', true: true, false: false }

/** Reads the lines of docker/metadata-action's input `flavor`; an empty text is its default. Errors name the line at fault. */
export function parseFlavor(text: string): Flavor {
  const given = parseEachLine(text, parseFlavorLine)
  return Object.assign({ latest: 'auto', prefix: NO_AFFIX, suffix: NO_AFFIX }, ...given)
}

function parseFlavorLine(line: string): Partial<Flavor> {
  let found: Partial<Flavor> = {}
  let last: 'prefix' | 'suffix' | undefined
  for (const { key, value } of parseAttributes(line)) {
    if (key === 'latest') {
      found = { ...found, latest: parseChoice(LATEST_VALUES, 'latest', value) }
    } else if (key === 'prefix' || key === 'suffix') {
      last = key
      found = { ...found, [key]: { text: parseTemplate(value, GLOBAL_VOCABULARY), onLatest: false } }
    } else if (key === 'onlatest' && last) {
      found = {
        ...found,
        [last]: { ...found[last], onLatest: parseChoice({ true: true, false: false }, key, value) },
      }
    } else {
      throw new Error(
        `${key ?? value} is not latest=auto|true|false, prefix=… or suffix=… (these with onlatest=true)`,
      )
    }
  }
  return found
}

function parseChoice<T>(allowed: Readonly<Record<string, T>>, key: string, value: string): T {
  const found = Object.hasOwn(allowed, value) ? allowed[value] : undefined
  if (found === undefined) throw new Error(`${key}=${value} is not one of ${Object.keys(allowed).join(', ')}`)
  return found
}
