import { quoteControlCharacters, truncateText } from './text.js'

// Each `as…` function checks the type of a value and throws an `Error` that names the field otherwise.

export type JsonObject = Readonly<Record<string, unknown>>

/** No document that is read here has more than 12. `JSON.stringify` ends with a stack overflow at some thousands. */
const MAX_LEVELS = 100

/**
 * Throws an `Error` if the text is not JSON, or is nested more than 100 levels deep.
 *
 * @param what the name of the text in the error, such as `index.json`
 */
export function parseJson(text: string | Buffer, what: string): unknown {
  const json = text.toString()
  if (isNestedDeeper(json, MAX_LEVELS))
    throw new Error(`${what} is nested more than ${MAX_LEVELS} levels deep`)
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new Error(`${what} is not JSON: ${quoteControlCharacters((error as Error).message)}`, {
      cause: error,
    })
  }
}

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw createShapeError(what, 'an object', value)
  return value as JsonObject
}

/** Like `asObject`, and throws an `Error` for a field that is not in the list. */
export function parseFields(value: unknown, what: string, fields: readonly string[]): JsonObject {
  const json = asObject(value, what)
  const unknown = Object.keys(json).find(key => !fields.includes(key))
  if (unknown !== undefined) throw new Error(`${what} has the unknown field ${JSON.stringify(unknown)}`)
  return json
}

export function asArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw createShapeError(what, 'a list', value)
  return value
}

export function asString(value: unknown, what: string): string {
  if (typeof value !== 'string') throw createShapeError(what, 'a string', value)
  return value
}

export function asStrings(value: unknown, what: string): string[] {
  return asArray(value, what).map(item => asString(item, what))
}

export function asOptionalString(value: unknown, what: string): string | undefined {
  return value === undefined || value === null ? undefined : asString(value, what)
}

/** Accepts whole numbers from 0. */
export function asCount(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw createShapeError(what, 'a whole number', value)
  return value
}

/** Accepts an object whose values are all strings. Returns `undefined` for null and undefined. */
export function asStringMap(value: unknown, what: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined
  const entries = Object.entries(asObject(value, what))
  return Object.fromEntries(entries.map(([key, text]) => [key, asString(text, `${what}[${key}]`)]))
}

/** For JSON that may contain secrets: returns `{}` for invalid JSON instead of an error that quotes it. */
export function parseObjectOrEmpty(text: string): JsonObject {
  try {
    return asObject(parseJson(text, ''), '')
  } catch {
    return {}
  }
}

function createShapeError(what: string, expected: string, value: unknown): Error {
  const actual = truncateText(JSON.stringify(value) ?? 'nothing', 60)
  return new Error(quoteControlCharacters(`${truncateText(what, 200)} is not ${expected} but ${actual}`))
}

/** Does not parse the text, which may not be JSON. */
function isNestedDeeper(json: string, levels: number): boolean {
  let level = 0
  for (let n = 0; n < json.length; n++) {
    const character = json[n]
    if (character === '"') n = findEndOfString(json, n)
    else if (character === ']' || character === '}') level--
    else if (character === '[' || character === '{') level++
    if (level > levels) return true
  }
  return false
}

/** @param start the position of the quote before the string */
function findEndOfString(json: string, start: number): number {
  let end = start + 1
  while (end < json.length && json[end] !== '"') end += json[end] === '\\' ? 2 : 1
  return end
}
