import { parseTemplate, type Template } from './template.js'
import { GLOBAL_VOCABULARY } from './vocabulary.js'

/** A rule's attributes, by their names in lower case. */
export type Attributes = ReadonlyMap<string, string>

/** Throws an `Error` with the example when it is absent or empty. */
export function needed(attributes: Attributes, key: string, example: string): string {
  const value = attributes.get(key)
  if (!value) throw new Error(`it lacks ${key}, such as ${key}=${example}`)
  return value
}

/** Its `value`, which may be empty. */
export function givenValue(attributes: Attributes): Template {
  return parseTemplate(attributes.get('value') ?? '', GLOBAL_VOCABULARY)
}

/** Throws an `Error` that lists what is allowed. */
export function oneOf<Word extends string>(
  allowed: readonly Word[],
  attributes: Attributes,
  key: string,
): Word {
  const value = attributes.get(key)
  const found = allowed.find(word => word === value)
  if (found === undefined) throw new Error(`${key}=${value ?? ''} is not one of ${allowed.join(', ')}`)
  return found
}

/** Throws an `Error` when it is none. */
export function wholeNumber(attributes: Attributes, key: string): number {
  const value = attributes.get(key) ?? ''
  if (!/^\d{1,9}$/.test(value)) throw new Error(`${key}=${value} is not a whole number`)
  return Number(value)
}

/** `v(.*)`, or with flags `/v(.*)/i`. */
export function parseRegExp(text: string): RegExp {
  const [, inner = text, flags = ''] = /^\/(.+)\/(.*)$/.exec(text) ?? []
  try {
    // Without a memory, so that two uses of it give the same.
    return new RegExp(inner, flags.replace(/[gy]/g, ''))
  } catch (cause) {
    throw new Error(`${text} is not a regular expression`, { cause })
  }
}
