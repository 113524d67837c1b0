import { formatReference, isTag, parseReference } from '../oci/reference.js'
import { parseAttributes, parseEachLine, parseRule, type Rule } from './parse-metadata-action-rules.js'
import { GLOBAL_VOCABULARY, parseTemplate, type Template } from './tag-template.js'

/** The parsed input `tags`. */
export type TagRequest =
  | { readonly kind: 'auto' }
  | { readonly kind: 'list'; readonly tags: readonly ListedTag[] }
  | { readonly kind: 'rules'; readonly rules: readonly Rule[] }

export interface ListedTag {
  readonly tag: string
  /** `ghcr.io/owner/app`, if the input has a full reference, as docker/metadata-action's output `tags` does. */
  readonly name?: string
}

/**
 * Parses the input `tags`. It is `auto` or empty; or a list of tags or full references, separated by spaces, commas or newlines;
 * or lines of which at least one is a rule (`type=…`). Throws an `Error` that names the line.
 */
export function parseTagRequest(text: string): TagRequest {
  const lines = parseEachLine(text, line => line)
  if (lines.length === 0 || lines.every(line => line === 'auto')) return { kind: 'auto' }
  if (!lines.some(isRuleLine)) {
    const tags = parseEachLine(text, parseTagList).flat()
    if (tags.length === 0) throw new Error('it contains no tag')
    return { kind: 'list', tags }
  }
  const rules = parseEachLine(text, parseRulesLine).flat()
  return { kind: 'rules', rules: rules.toSorted((a, b) => b.priority - a.priority) }
}

function isRuleLine(line: string): boolean {
  return line === 'auto' || /=|\{\{/.test(line)
}

/** Parses a line of an input that has rules. A line of tags becomes one rule for each tag. */
function parseRulesLine(line: string): Rule[] {
  if (isRuleLine(line)) return [parseRule(line)]
  return parseTagList(line).map(({ tag, name }) =>
    name === undefined ? parseRule(tag) : { ...parseRule(`type=raw,value=${tag},prefix=,suffix=`), name },
  )
}

/** Lists the image names of a request: a tag with an image name is for that image only. */
export function listImageNames(request: TagRequest): string[] {
  return entriesOf(request).flatMap(({ name }) => name ?? [])
}

/** Returns the request without the tags for other images. */
export function selectTagsOf(request: TagRequest, isNameOfImage: (name: string) => boolean): TagRequest {
  const isSelected = ({ name }: { readonly name?: string }): boolean =>
    name === undefined || isNameOfImage(name)
  switch (request.kind) {
    case 'auto':
      return request
    case 'list':
      return { kind: 'list', tags: request.tags.filter(isSelected) }
    case 'rules':
      return { kind: 'rules', rules: request.rules.filter(isSelected) }
  }
}

function entriesOf(request: TagRequest): readonly { readonly name?: string }[] {
  switch (request.kind) {
    case 'auto':
      return []
    case 'list':
      return request.tags
    case 'rules':
      return request.rules
  }
}

function parseTagList(line: string): ListedTag[] {
  const words = line.split(/[\s,]+/).filter(word => word !== '')
  if (words.includes('auto')) throw new Error('auto must be on a separate line')
  return words.map(parseListedTag)
}

function parseListedTag(word: string): ListedTag {
  if (isTag(word)) return { tag: word }
  if (!word.includes('/') && !word.includes(':'))
    throw new Error(
      `${word} is not a tag, which has at most 128 letters, digits, _, . and -, and begins with none of . and -`,
    )
  // `my/branch` is not the name of an image: it has no registry.
  if (/^[^.:@]+\//.test(word) && !word.includes(':') && !word.startsWith('localhost/')) {
    throw new Error(
      `${word} is not a tag; write type=raw,value=${word} to replace the characters that a tag cannot have`,
    )
  }
  const { tag, digest, ...name } = parseReference(word)
  if (digest !== undefined) throw new Error(`${word} has a digest; write only the name and the tag`)
  if (tag === undefined) throw new Error(`${word} has no tag; write ${word}:latest, for example`)
  return { tag, name: formatReference(name) }
}

/** The parsed input `flavor`: settings for all tags. */
export interface Flavor {
  readonly latest: 'auto' | boolean
  readonly prefix: Affix
  readonly suffix: Affix
}

/** The prefix or suffix of each tag. */
interface Affix {
  readonly text: Template
  /** Whether `latest` gets the affix too. */
  readonly onLatest: boolean
}

const NO_AFFIX: Affix = { text: [], onLatest: false }
const LATEST_VALUES: Readonly<Record<string, Flavor['latest']>> = { auto: 'auto', true: true, false: false }
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false }

/**
 * Parses the lines of docker/metadata-action's input `flavor`. An empty text means the default. Throws an `Error` that names the
 * line.
 */
export function parseFlavor(text: string): Flavor {
  const settings = parseEachLine(text, parseFlavorLine)
  return Object.assign({ latest: 'auto', prefix: NO_AFFIX, suffix: NO_AFFIX }, ...settings)
}

function parseFlavorLine(line: string): Partial<Flavor> {
  let flavor: Partial<Flavor> = {}
  let affix: 'prefix' | 'suffix' | undefined
  for (const { key, value } of parseAttributes(line)) {
    if (key === 'latest') {
      flavor = { ...flavor, latest: parseChoice(LATEST_VALUES, key, value) }
    } else if (key === 'prefix' || key === 'suffix') {
      affix = key
      flavor = { ...flavor, [key]: { text: parseTemplate(value, GLOBAL_VOCABULARY), onLatest: false } }
    } else if (key === 'onlatest' && affix) {
      flavor = { ...flavor, [affix]: { ...flavor[affix], onLatest: parseChoice(BOOLEANS, key, value) } }
    } else {
      throw new Error(
        `${key ?? value} is unknown; use latest=auto|true|false, prefix=… or suffix=…, or onlatest=true after an affix`,
      )
    }
  }
  return flavor
}

function parseChoice<T>(choices: Readonly<Record<string, T>>, key: string, value: string): T {
  const choice = Object.hasOwn(choices, value) ? choices[value] : undefined
  if (choice === undefined)
    throw new Error(`${key}=${value} is not one of ${Object.keys(choices).join(', ')}`)
  return choice
}
