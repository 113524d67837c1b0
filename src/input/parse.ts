import { parseStoreUri } from '../nix/store-uri.js'
import { findSimilarSystems } from '../oci/find-similar-system.js'
import {
  formatPlatform,
  isSystem,
  normalizePlatform,
  parsePlatform,
  platformOf,
  SYSTEMS,
  type System,
} from '../oci/platform.js'
import { parseReferenceWith, withoutLogin } from '../oci/reference.js'
import { UserError } from '../util/error.js'
import { askIfMeant, findSimilar } from '../util/find-similar.js'
import { parseUrl } from '../util/text.js'

// Each parser in this file throws an `Error` that says what is wrong.

export function parseText(value: string): string {
  return value
}

export function parseOptionalText(value: string): string | undefined {
  return value === '' ? undefined : value
}

/** Parses words, separated by spaces, commas or newlines, without duplicates. */
export function parseWords(value: string): readonly string[] {
  return [...new Set(value.split(/[\s,]+/).filter(word => word !== ''))]
}

/** Parses lines: trimmed, without blank lines and duplicates. */
export function parseLines(value: string): readonly string[] {
  const trimmed = value.split(/\r?\n/).map(line => line.trim())
  return [...new Set(trimmed.filter(line => line !== ''))]
}

/** Parses lines with repositories. Placeholders are replaced later. */
export function parseRepositories(text: string): readonly string[] {
  const templates = parseLines(text)
  for (const template of templates) checkRepository(template)
  return templates
}

function checkRepository(template: string): void {
  const shown = JSON.stringify(withoutLogin(template))
  const createError = (reason: string): UserError => {
    const address = /^[a-z]+:\/\/([^/@]+\/.*)$/i.exec(template)?.[1]
    const hint =
      address === undefined
        ? 'Write it as registry/owner/name, for example ghcr.io/owner/{image}.'
        : `Leave out what is before the host: ${address}`
    return new UserError(`${shown} is not a repository: ${reason}`, { hint })
  }
  parseReferenceWith(template.replace(/\{[^{}]*\}/g, 'x'), createError)
}

export function parseBoolean(value: string): boolean {
  if (/^(true|yes|on|1)$/i.test(value)) return true
  if (/^(false|no|off|0|)$/i.test(value)) return false
  throw new Error(`${JSON.stringify(value)} is not true or false`)
}

/** Makes a parser that accepts one of the choices. */
export function choiceOf<const Choice extends string>(
  ...choices: readonly Choice[]
): (value: string) => Choice {
  return value => {
    const choice = choices.find(each => each === value)
    if (choice !== undefined) return choice
    throw new UserError(`${JSON.stringify(value)} is not one of ${choices.join(', ')}`, {
      hint: askIfMeant(findSimilar(value, choices).map(each => `\`${each}\``)),
    })
  }
}

/** Makes a parser of a list of words from the parser of a word. */
export function listOf<T>(parse: (word: string) => T): (value: string) => readonly T[] {
  return value => parseWords(value).map(parse)
}

/** Makes a parser that returns `undefined` for an empty text. */
export function makeOptional<T>(parse: (text: string) => T): (text: string) => T | undefined {
  return text => (text === '' ? undefined : parse(text))
}

/** Parses a compression level: 1 to 99. The maximum depends on the compression and is not checked here. */
export function parseOptionalLevel(value: string): number | undefined {
  if (value === '') return undefined
  if (!/^[1-9]\d?$/.test(value))
    throw new Error(`${JSON.stringify(value)} is not a compression level, for example 6`)
  return Number(value)
}

/** Parses a number of minutes and returns milliseconds. */
export function parseMinutes(value: string): number {
  const number = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || number <= 0 || number > 24 * 60)
    throw new Error(`${JSON.stringify(value)} is not a number of minutes: more than 0, at most 1440`)
  return number * 60_000
}

/** Parses a number of seconds and returns milliseconds. */
export function parseSeconds(value: string): number {
  const number = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || number <= 0 || number > 24 * 3600)
    throw new Error(`${JSON.stringify(value)} is not a number of seconds: more than 0, at most 86400`)
  return number * 1000
}

export function parseNixVersion(text: string): string {
  if (/^\d+\.\d+(\.\d+)?(pre[\w.]*)?$/.test(text)) return text
  throw new Error(`${JSON.stringify(text)} is not a Nix version, for example 2.34.8`)
}

/** Returns the digits in lower case. */
export function parseSha256(text: string): string | undefined {
  if (text === '') return undefined
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new Error(`${JSON.stringify(text)} is not a SHA-256 (64 hex digits)`)
}

function isConfLine(line: string): boolean {
  return /^(#|!?include\s+\S|[\w-]+\s*=)/.test(line)
}

/** Parses lines of nix.conf. */
export function parseConfLines(text: string): readonly string[] {
  const all = parseLines(text)
  if (all.every(isConfLine)) return all
  const index = all.findIndex(line => !isConfLine(line))
  // Do not quote the line: it may contain a secret. A first word without `=` is the name of a setting.
  const [name = ''] = /^[a-z]+(-[a-z0-9]+)*(?=\s)/.exec(all[index] ?? '') ?? []
  throw new UserError(`line ${index + 1} does not have the form \`name = value\``, {
    hint: name === '' ? 'For example: `max-jobs = 2`.' : `Write an equals sign: \`${name} = …\`.`,
  })
}

/** Parses entries `host=token` or `host/path=token`, separated by spaces or newlines. */
export function parseAccessTokens(text: string): readonly string[] {
  const entries = text.split(/\s+/).filter(entry => entry !== '')
  if (entries.every(entry => /^[\w.-]+(:\d+)?(\/[^=\s]*)?=[^#]+$/.test(entry))) return entries
  // Do not quote the entry: it may be a secret.
  throw new Error(
    'an entry does not have the form `host=token`, for example `github.com=…` or `gitlab.com=PAT:…`',
  )
}

const UNIT_POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3 }

/** Parses a size such as `500 MB` or `2 GiB` and returns bytes. */
export function parseSize(text: string): number {
  const [, number = '', unit = '', binary] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?$/i.exec(text) ?? []
  if (number === '') throw new Error(`${JSON.stringify(text)} is not a size, for example 500 MB or 2 GB`)
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** (UNIT_POWERS[unit.toLowerCase()] ?? 0))
}

/** Parses an HTTP or HTTPS URL. */
export function parseWebUrl(text: string): string {
  const url = parseUrl(text)
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text
  throw new Error(`${JSON.stringify(text)} is not a URL that starts with https:// or http://`)
}

/** Parses the URI of a Nix store. */
export function parseStoreAddress(text: string): string {
  return parseStoreUri(text).text
}

const ANNOTATION_LEVELS = ['index', 'manifest'] as const

type AnnotationLevel = (typeof ANNOTATION_LEVELS)[number]

/** Which parts of an image get an annotation. */
interface AnnotationTarget {
  readonly level: AnnotationLevel
  /** `linux/arm64`: only the manifest of this platform. */
  readonly platform?: string
}

/** One line of the input `annotations`. */
interface AnnotationLine {
  readonly key: string
  readonly value: string
  readonly targets: readonly AnnotationTarget[]
}

/**
 * Parses lines `key=value`. A line is for the index and the manifests, or for the targets of its prefix: `index:`, `manifest:`,
 * `manifest,index:` or `manifest[linux/amd64]:`, as in the output of docker/metadata-action and in `--annotation` of
 * `docker buildx build`. As there, the key ends at the first `=`, and the prefix at the first `:` in it.
 */
export function parseAnnotations(text: string): readonly AnnotationLine[] {
  return parseUncommentedLines(text).map(line => {
    const [, prefix, key = '', value] = /^(?:([^=:]*):)?([^=]*)=(.*)$/.exec(line) ?? []
    if (value === undefined) throw createFormError(line)
    const targets = prefix === undefined ? EVERY_TARGET : parseTargets(prefix, line)
    checkAnnotationKey(key, { line, value })
    return { ...parseKeyValue(`${key}=${value}`), targets }
  })
}

const EVERY_TARGET: readonly AnnotationTarget[] = ANNOTATION_LEVELS.map(level => ({ level }))

const ANNOTATION_FORMS =
  'write `index:key=value`, `manifest,index:key=value` or `manifest[linux/amd64]:key=value`'

function parseTargets(prefix: string, line: string): AnnotationTarget[] {
  return prefix.split(',').map(text => {
    const [, word, platform] = /^\s*([a-z-]+)(?:\[([^\]]*)\])?\s*$/.exec(text) ?? []
    const level = ANNOTATION_LEVELS.find(each => each === word)
    if (level === undefined) {
      throw new Error(
        `${JSON.stringify(text)} in ${JSON.stringify(line)} is not a target of annotations; ${ANNOTATION_FORMS}`,
      )
    }
    if (platform === undefined) return { level }
    if (level === 'index')
      throw new Error(`${JSON.stringify(line)}: an index has no platform; ${ANNOTATION_FORMS}`)
    return { level, platform: parseAnnotatedPlatform(platform) }
  })
}

function parseAnnotatedPlatform(text: string): string {
  const names = SYSTEMS.map(system => formatPlatform(platformOf(system)))
  const [os = '', architecture = '', variant] = text.split('/')
  const found = names.find(
    name =>
      name ===
      formatPlatform(normalizePlatform({ os, architecture, ...(variant !== undefined && { variant }) })),
  )
  if (found !== undefined) return found
  throw new Error(`${JSON.stringify(text)} is not a platform; write one of ${names.join(', ')}`)
}

/** No key has these characters. Without the check, `index,key=value` would annotate everything with the key `index,key`. */
function checkAnnotationKey(
  key: string,
  { line, value }: { readonly line: string; readonly value: string },
): void {
  const isTarget = /^(index|manifest)(-descriptor)?$/.test(key)
  if (!/[,[\]]/.test(key) && !(isTarget && value.includes('='))) return
  throw new Error(
    `${JSON.stringify(line)} has the key ${JSON.stringify(key)}. For an annotation of a part of the image, ${ANNOTATION_FORMS}`,
  )
}

/** Parses lines `key=value`, as in the output `labels` of docker/metadata-action. The last line of a key counts. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const all = parseUncommentedLines(text).map(parseKeyValue)
  return Object.fromEntries(all.map(({ key, value }) => [key, value]))
}

/** As in docker/metadata-action, lines that begin with `#` are comments. */
function parseUncommentedLines(text: string): readonly string[] {
  return parseLines(text).filter(line => !line.startsWith('#'))
}

function parseKeyValue(line: string): { key: string; value: string } {
  const [, key, value] = /^([^\s=]+)=(.*)$/.exec(line) ?? []
  if (key === undefined || value === undefined) throw createFormError(line)
  const [expression] = /\{\{.*?\}\}/.exec(value) ?? []
  if (expression !== undefined)
    throw new Error(`${key} contains ${expression}; expressions are only for tags, so write the value itself`)
  return { key, value }
}

function createFormError(line: string): Error {
  return new Error(`${JSON.stringify(line)} does not have the form \`key=value\``)
}

/** A value of `runs-on`: a label, or all labels that a self-hosted runner must have. */
export type Runner = string | readonly string[]

/** The runners of the input `runners`, by system. */
export type Runners = Readonly<Partial<Record<System, Runner>>>

/** Parses `system=label` and `system=[label, label]`, separated by spaces, commas or newlines. */
export function parseRunners(text: string): Runners {
  const entry = /([^\s,=]+)\s*=\s*(\[[^\]]*\]|[^\s,[\]]+)|[^\s,]+/g
  const runners = [...text.matchAll(entry)].map(([word, system = '', runner]) => {
    if (runner === undefined)
      throw new Error(`${JSON.stringify(word)} does not have the form \`system=label\``)
    return [parseSystem(system), parseRunner(runner)] as const
  })
  const duplicate = runners.find(([system], n) => runners.findIndex(([other]) => other === system) < n)
  if (duplicate !== undefined) throw new Error(`${duplicate[0]} has more than one runner`)
  return Object.fromEntries(runners)
}

/** Parses `linux/arm64` or `linux/arm/v7`, also a platform that no system is for. */
export function parsePlatformName(word: string): string {
  const [os = '', architecture = '', variant, ...others] = word.split('/')
  if (os === '' || architecture === '' || others.length > 0)
    throw new Error(`${JSON.stringify(word)} is not a platform such as linux/arm64`)
  const platform = parsePlatform({ os, architecture, ...(variant !== undefined && { variant }) })
  return formatPlatform(normalizePlatform(platform))
}

export function parseSystem(word: string): System {
  if (isSystem(word)) return word
  const question = askIfMeant(findSimilarSystems(word).map(system => `\`${system}\``))
  throw new UserError(`${JSON.stringify(word)} is not a system`, {
    hint: question ?? `Known systems: ${SYSTEMS.join(', ')}.`,
  })
}

/** Removes quotes around labels, because YAML allows them. */
function parseRunner(text: string): Runner {
  if (!text.startsWith('[')) return text
  const labels = text
    .slice(1, -1)
    .split(',')
    .map(label => label.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter(label => label !== '')
  if (labels.length === 0) throw new Error(`${text} does not contain a label`)
  return labels
}
