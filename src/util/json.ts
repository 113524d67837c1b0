import { quoteControlCharacters } from './text.js'

// Each `as…` function checks the type of a value and throws an `Error` that names the field otherwise.

export type JsonObject = Readonly<Record<string, unknown>>

/** @param what the name of the text in the error, such as `index.json` */
export function parseJson(text: string | Buffer, what: string): unknown {
  try {
    return JSON.parse(text.toString())
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
    return asObject(JSON.parse(text), '')
  } catch {
    return {}
  }
}

function createShapeError(what: string, expected: string, value: unknown): Error {
  const json = JSON.stringify(value) ?? 'nothing'
  const actual = json.length > 60 ? `${json.slice(0, 60)}…` : json
  return new Error(quoteControlCharacters(`${what} is not ${expected} but ${actual}`))
}
