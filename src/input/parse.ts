import { parseStoreUri } from '../nix/store-uri.js'
import { isSystem, SYSTEMS, type System } from '../oci/platform.js'
import { parseUrl } from '../util/text.js'

/** Parsers from the text of an input; each throws an `Error` whose message says what was expected. */

export function parseText(value: string): string {
  return value
}

export function parseOptionalText(value: string): string | undefined {
  return value === '' ? undefined : value
}

/** Words between spaces, commas or line ends, each once. */
export function parseWords(value: string): readonly string[] {
  return [...new Set(value.split(/[\s,]+/).filter(word => word !== ''))]
}

/** Lines that are not blank, trimmed, each once. */
export function parseLines(value: string): readonly string[] {
  const trimmed = value.split(/\r?\n/).map(line => line.trim())
  return [...new Set(trimmed.filter(line => line !== ''))]
}

export function parseBoolean(value: string): boolean {
  if (/^(true|yes|on|1)$/i.test(value)) return true
  if (/^(false|no|off|0|)$/i.test(value)) return false
  throw new Error(`${JSON.stringify(value)} is neither true nor false`)
}

/** A parser for one of a few words. */
export function choiceOf<const Word extends string>(...allowed: readonly Word[]): (value: string) => Word {
  return value => {
    const found = allowed.find(word => word === value)
    if (found === undefined) throw new Error(`${JSON.stringify(value)} is not one of ${allowed.join(', ')}`)
    return found
  }
}

/** A parser for a list whose every word passes `each`. */
export function listOf<T>(each: (word: string) => T): (value: string) => readonly T[] {
  return value => parseWords(value).map(each)
}

/** A whole number from 1 on, where one is given. How far it may go depends on what it is a level of. */
export function parseOptionalLevel(value: string): number | undefined {
  if (value === '') return undefined
  if (!/^[1-9]\d?$/.test(value)) throw new Error(`${JSON.stringify(value)} is not a level, such as 6`)
  return Number(value)
}

/** A number of minutes above 0, as milliseconds. */
export function parseMinutes(value: string): number {
  const number = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || number <= 0 || number > 24 * 60)
    throw new Error(`${JSON.stringify(value)} is not a number of minutes, from above 0 to 1440`)
  return number * 60_000
}

/** Parsers for what Nix is set up with; each throws an `Error` whose message says what was expected. */

export function parseNixVersion(text: string): string {
  if (/^\d+\.\d+(\.\d+)?(pre[\w.]*)?$/.test(text)) return text
  throw new Error(`${JSON.stringify(text)} is not a version of Nix, such as 2.34.8`)
}

/** Gives it in lower case. */
export function parseSha256(text: string): string | undefined {
  if (text === '') return undefined
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new Error(`${JSON.stringify(text)} is not a SHA-256: 64 hex digits`)
}

/** Lines as in nix.conf. */
export function parseConfLines(text: string): readonly string[] {
  const all = parseLines(text)
  const odd = all.find(line => !/^(#|!?include\s+\S|[\w-]+\s*=)/.test(line))
  if (odd === undefined) return all
  // What stands there may be a secret that went astray.
  throw new Error('a line is not as nix.conf has them: a name, an equals sign and a value')
}

const UNIT_POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3 }

/** A size such as `500 MB` or `2 GiB`, in bytes. */
export function parseSize(text: string): number {
  const [, number = '', unit = '', binary] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?$/i.exec(text) ?? []
  if (number === '') throw new Error(`${JSON.stringify(text)} is not a size, such as 500 MB or 2 GB`)
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** (UNIT_POWERS[unit.toLowerCase()] ?? 0))
}

/** An address that is fetched from. */
export function parseWebUrl(text: string): string {
  const url = parseUrl(text)
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text
  throw new Error(`${JSON.stringify(text)} is no address that begins with https://`)
}

/** None where nothing is given. */
export function makeOptional<T>(parse: (text: string) => T): (text: string) => T | undefined {
  return text => (text === '' ? undefined : parse(text))
}

/** The address of a store, as Nix takes it. */
export function parseStoreAddress(text: string): string {
  return parseStoreUri(text).text
}

const ANNOTATION_LEVELS = ['index', 'manifest'] as const

type AnnotationLevel = (typeof ANNOTATION_LEVELS)[number]

/** What a user writes on images. */
interface AnnotationLine {
  readonly key: string
  readonly value: string
  /** Where it is written. */
  readonly levels: readonly AnnotationLevel[]
}

/**
 * Lines `key=value`, each for the index and the manifests, or for what it begins with: `index:`, `manifest:` or
 * `manifest,index:`, as docker/metadata-action writes them.
 */
export function parseAnnotations(text: string): readonly AnnotationLine[] {
  return parseLines(text).map(line => {
    const [, levels, rest = line] = /^([^=:]+):([^=]+=.*)$/.exec(line) ?? []
    return { ...parseKeyValue(rest), on: levels === undefined ? ANNOTATION_LEVELS : parseLevels(levels) }
  })
}

/** Lines `key=value`, as docker/metadata-action writes labels; the last of those with one key counts. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const all = parseLines(text).map(parseKeyValue)
  return Object.fromEntries(all.map(({ key, value }) => [key, value]))
}

function parseLevels(text: string): readonly AnnotationLevel[] {
  return text.split(',').map(word => {
    const level = ANNOTATION_LEVELS.find(each => each === word.trim())
    if (level !== undefined) return level
    throw new Error(
      `${JSON.stringify(text)} is no place for annotations; known: ${ANNOTATION_LEVELS.join(', ')}`,
    )
  })
}

function parseKeyValue(line: string): { key: string; value: string } {
  const [, key, value] = /^([^\s=]+)=(.*)$/.exec(line) ?? []
  if (key === undefined || value === undefined)
    throw new Error(`${JSON.stringify(line)} is no key, an equals sign and a value`)
  return { key, value }
}

/** What `runs-on` takes: a label, or several that a self-hosted runner must have. */
export type Runner = string | readonly string[]

/** The runners that were named, by system. */
export type Runners = Readonly<Partial<Record<System, Runner>>>

/** Words `system=label` and `system=[label, label]`, between spaces, commas or line ends. */
export function parseRunners(text: string): Runners {
  const entry = /([^\s,=]+)\s*=\s*(\[[^\]]*\]|[^\s,[\]]+)|[^\s,]+/g
  const all = [...text.matchAll(entry)].map(([word, system = '', runner]) => {
    if (runner === undefined)
      throw new Error(`${JSON.stringify(word)} is not a system, an equals sign and a runner's label`)
    return [parseSystem(system), parseRunner(runner)] as const
  })
  const twice = all.find(([system], n) => all.findIndex(([other]) => other === system) < n)
  if (twice !== undefined) throw new Error(`${twice[0]} has two runners`)
  return Object.fromEntries(all)
}

function parseSystem(word: string): System {
  if (isSystem(word)) return word
  throw new Error(`${JSON.stringify(word)} is not a system; known: ${SYSTEMS.join(', ')}`)
}

/** Quotes are what YAML has around labels, and no part of them. */
function parseRunner(text: string): Runner {
  if (!text.startsWith('[')) return text
  const labels = text
    .slice(1, -1)
    .split(',')
    .map(label => label.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter(label => label !== '')
  if (labels.length === 0) throw new Error(`${text} names no label`)
  return labels
}
