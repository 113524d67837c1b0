/**
 * A value of JSON as Python reads it. Objects keep the order of their keys, and numbers keep all digits: a JavaScript object has
 * keys such as `10` first, and a JavaScript number has 53 bits.
 */
export type PythonValue =
  | null
  | boolean
  | string
  | PythonNumber
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>

/** `text` is what Python writes. */
export interface PythonNumber {
  readonly text: string
  readonly isInteger: boolean
}

/** Fewer than Python's limit, which is about 1000. */
const MAX_LEVELS = 200

/** Python refuses to convert longer ones. */
const MAX_INTEGER_DIGITS = 4300

/**
 * Parses JSON as Python's `json.load` does: if an object has a key twice, the last value is at the first place. Throws an `Error`
 * for what Python or JSON refuses, and for numbers that have no JSON form, which Python accepts.
 */
export function parsePythonJson(text: string): PythonValue {
  const parser = new Parser(text)
  const value = parser.readValue(0)
  parser.finish()
  return value
}

class Parser {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  readValue(level: number): PythonValue {
    if (level > MAX_LEVELS) throw new Error(`it is nested more than ${MAX_LEVELS} levels deep`)
    this.#skipSpace()
    const character = this.#text[this.#position]
    if (character === '{') return this.#readObject(level)
    if (character === '[') return this.#readList(level)
    if (character === '"') return this.#readString()
    for (const [word, value] of WORDS) if (this.#skip(word)) return value
    return this.#readNumber()
  }

  finish(): void {
    this.#skipSpace()
    if (this.#position < this.#text.length) this.#fail()
  }

  #readObject(level: number): PythonValue {
    const entries = new Map<string, PythonValue>()
    this.#readItems('}', () => {
      this.#skipSpace()
      const key = this.#readString()
      this.#expect(':')
      entries.set(key, this.readValue(level + 1))
    })
    return entries
  }

  #readList(level: number): PythonValue {
    const values: PythonValue[] = []
    this.#readItems(']', () => values.push(this.readValue(level + 1)))
    return values
  }

  /** @param readItem called at the start of each item */
  #readItems(end: string, readItem: () => void): void {
    this.#position++
    this.#skipSpace()
    if (this.#skip(end)) return
    do {
      readItem()
      this.#skipSpace()
    } while (this.#skip(','))
    this.#expect(end)
  }

  #readString(): string {
    STRING.lastIndex = this.#position
    const found = STRING.exec(this.#text)?.[0]
    if (found === undefined) this.#fail()
    this.#position += found.length
    return JSON.parse(found)
  }

  #readNumber(): PythonNumber {
    NUMBER.lastIndex = this.#position
    const found = NUMBER.exec(this.#text)
    if (found === null) this.#fail()
    this.#position += found[0].length
    const isInteger = found[1] === undefined && found[2] === undefined
    return { text: isInteger ? formatInteger(found[0]) : formatPythonFloat(Number(found[0])), isInteger }
  }

  #expect(token: string): void {
    this.#skipSpace()
    if (!this.#skip(token)) this.#fail()
  }

  #skip(token: string): boolean {
    const isNext = this.#text.startsWith(token, this.#position)
    if (isNext) this.#position += token.length
    return isNext
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#position
    this.#position += SPACE.exec(this.#text)?.[0].length ?? 0
  }

  #fail(): never {
    throw new Error(`it is not JSON at character ${this.#position}`)
  }
}

const WORDS = [
  ['null', null],
  ['true', true],
  ['false', false],
] as const

const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y

function formatInteger(text: string): string {
  if (text.length > MAX_INTEGER_DIGITS) throw new Error('it has a number with too many digits')
  return text === '-0' ? '0' : text
}

/** Python and JavaScript use the same digits, but change to an exponent at different sizes. */
export function formatPythonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new Error('it has a number that is too large')
  if (Object.is(value, -0)) return '-0.0'
  if (value === 0) return '0.0'
  const [, sign = '', first = '', others = '', exponent = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(value.toExponential()) ?? []
  const digits = `${first}${others}`
  const power = Number(exponent)
  if (power < -4 || power >= 16) {
    const size = String(Math.abs(power)).padStart(2, '0')
    return `${sign}${first}${others === '' ? '' : `.${others}`}e${power < 0 ? '-' : '+'}${size}`
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0')
  return `${sign}${whole}.${digits.slice(power + 1) || '0'}`
}

/** Writes a value as Python's `json.dumps(value, indent=4)` does: ASCII only. */
export function formatPythonJson(value: PythonValue, indent = ''): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return formatString(value)
  if (isNumber(value)) return value.text
  const inner = `${indent}    `
  const [open, close, items] = isList(value)
    ? ['[', ']', value.map(item => formatPythonJson(item, inner))]
    : ['{', '}', [...value].map(([key, item]) => `${formatString(key)}: ${formatPythonJson(item, inner)}`)]
  if (items.length === 0) return `${open}${close}`
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${close}`
}

/** JSON's own escapes are the same, except for characters from U+007F on. */
function formatString(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isNumber(value: PythonValue): value is PythonNumber {
  return typeof value === 'object' && value !== null && 'isInteger' in value
}

export function isList(value: PythonValue | undefined): value is readonly PythonValue[] {
  return Array.isArray(value)
}

export function isPythonInteger(value: PythonValue | undefined): value is PythonNumber {
  return value !== undefined && isNumber(value) && value.isInteger
}
