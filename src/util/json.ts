import { quoteControlCharacters } from './text.js'

/** Reading JSON that somebody else wrote: each reader throws an `Error` that names the field when its shape is another. */
export type JsonObject = Readonly<Record<string, unknown>>

/** @param what names the text in the error, as in `index.json` */
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

/** A whole number of bytes or things, not negative. */
export function asCount(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw createShapeError(what, 'a whole number', value)
  return value
}

/** An object whose values are all strings; `undefined` where there is none. */
export function asStringMap(value: unknown, what: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined
  const entries = Object.entries(asObject(value, what))
  return Object.fromEntries(entries.map(([key, text]) => [key, asString(text, `${what}[${key}]`)]))
}

/** The fields of JSON that may hold secrets, and so is never quoted; none where it is something else. */
export function parseObjectOrEmpty(text: string): JsonObject {
  try {
    return asObject(JSON.parse(text), '')
  } catch {
    return {}
  }
}

function createShapeError(what: string, expected: string, value: unknown): Error {
  const shown = JSON.stringify(value) ?? 'nothing'
  const cut = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown
  return new Error(quoteControlCharacters(`${what} is not ${expected} but ${cut}`))
}
