/** Parsers from the text of an input; each throws an `Error` whose message says what was expected. */

export function text(value: string): string {
  return value
}

export function optionalText(value: string): string | undefined {
  return value === '' ? undefined : value
}

/** Words between spaces, commas or line ends, each once. */
export function words(value: string): readonly string[] {
  return [...new Set(value.split(/[\s,]+/).filter(word => word !== ''))]
}

/** Lines that are not blank, trimmed, each once. */
export function lines(value: string): readonly string[] {
  const trimmed = value.split(/\r?\n/).map(line => line.trim())
  return [...new Set(trimmed.filter(line => line !== ''))]
}

export function flag(value: string): boolean {
  if (/^(true|yes|on|1)$/i.test(value)) return true
  if (/^(false|no|off|0|)$/i.test(value)) return false
  throw new Error(`${JSON.stringify(value)} is neither true nor false`)
}

/** A parser for one of a few words. */
export function oneOf<const Word extends string>(...allowed: readonly Word[]): (value: string) => Word {
  return value => {
    const found = allowed.find(word => word === value)
    if (found === undefined) throw new Error(`${JSON.stringify(value)} is not one of ${allowed.join(', ')}`)
    return found
  }
}

/** A parser for a list whose every word passes `each`. */
export function listOf<T>(each: (word: string) => T): (value: string) => readonly T[] {
  return value => words(value).map(each)
}

/** A whole number from 1 on, where one is given. How far it may go depends on what it is a level of. */
export function optionalLevel(value: string): number | undefined {
  if (value === '') return undefined
  if (!/^[1-9]\d?$/.test(value)) throw new Error(`${JSON.stringify(value)} is not a level, such as 6`)
  return Number(value)
}

/** A number of minutes above 0, as milliseconds. */
export function minutes(value: string): number {
  const number = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || number <= 0 || number > 24 * 60)
    throw new Error(`${JSON.stringify(value)} is not a number of minutes, from above 0 to 1440`)
  return number * 60_000
}
