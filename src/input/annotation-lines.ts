import { lines } from './parse.js'

const LEVELS = ['index', 'manifest'] as const

export type AnnotationLevel = (typeof LEVELS)[number]

/** What a user writes on images. */
export interface AnnotationLine {
  readonly key: string
  readonly value: string
  /** Where it is written. */
  readonly on: readonly AnnotationLevel[]
}

/**
 * Lines `key=value`, each for the index and the manifests, or for what it begins with: `index:`, `manifest:` or
 * `manifest,index:`, as docker/metadata-action writes them.
 */
export function parseAnnotations(text: string): readonly AnnotationLine[] {
  return lines(text).map(line => {
    const [, levels, rest = line] = /^([^=:]+):([^=]+=.*)$/.exec(line) ?? []
    return { ...keyAndValue(rest), on: levels === undefined ? LEVELS : parseLevels(levels) }
  })
}

/** Lines `key=value`, as docker/metadata-action writes labels; the last of those with one key counts. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const all = lines(text).map(keyAndValue)
  return Object.fromEntries(all.map(({ key, value }) => [key, value]))
}

function parseLevels(text: string): readonly AnnotationLevel[] {
  return text.split(',').map(word => {
    const level = LEVELS.find(each => each === word.trim())
    if (level !== undefined) return level
    throw new Error(`${JSON.stringify(text)} is no place for annotations; known: ${LEVELS.join(', ')}`)
  })
}

function keyAndValue(line: string): { key: string; value: string } {
  const [, key, value] = /^([^\s=]+)=(.*)$/.exec(line) ?? []
  if (key === undefined || value === undefined)
    throw new Error(`${JSON.stringify(line)} is no key, an equals sign and a value`)
  return { key, value }
}
