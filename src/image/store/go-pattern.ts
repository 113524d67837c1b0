import { messageOf } from '../../util/error.js'
import { quoteControlCharacters, truncateText } from '../../util/text.js'
import { type ByteString, isAscii, splitUtf8, toByteString } from '../format/byte-string.js'

type Re2 = typeof import('re2js')
type CompiledPattern = ReturnType<Re2['RE2JS']['compile']>

/** A longer result is refused, because it is not a path. A tar of Go cannot store it either. */
const MAX_RESULT_BYTES = 1 << 20

/** A pattern of nix2container has the length of a path. */
const MAX_PATTERN_LENGTH = 1 << 14

/** The states of all patterns of an image together. A state needs some 75 bytes, and a path has one for each character. */
const MAX_STATES = 500_000

/** Compiled patterns. Patterns come from a flake, and `\pL{1000}` has a thousand states. */
export class GoPatterns {
  readonly #compiled = new Map<string, GoPattern>()
  #states = 0

  /** Throws an `Error` if Go would refuse the pattern, or if the patterns need too much memory. */
  async add(pattern: string): Promise<void> {
    if (this.#compiled.has(pattern)) return
    const compiled = await GoPattern.compile(pattern)
    this.#states += compiled.states
    if (this.#states > MAX_STATES)
      throw new Error(`the regular expressions need too much memory, with ${quotePattern(pattern)}`)
    this.#compiled.set(pattern, compiled)
  }

  get(pattern: string): GoPattern {
    const compiled = this.#compiled.get(pattern)
    if (!compiled) throw new TypeError(`the pattern ${quotePattern(pattern)} is not compiled`)
    return compiled
  }
}

/**
 * A regular expression of Go, on paths as bytes. Its time grows linearly with the path: the engine is RE2, which does not go back
 * in the path as that of JavaScript does.
 */
export class GoPattern {
  readonly #compiled: CompiledPattern
  readonly #matchesAll: boolean

  private constructor(compiled: CompiledPattern) {
    this.#compiled = compiled
    // It matches also if nothing in the path does.
    this.#matchesAll = compiled.pattern() === '.*'
  }

  /** Throws an `Error` if Go would refuse the pattern, or if it is too long. */
  static async compile(pattern: string): Promise<GoPattern> {
    if (pattern.length > MAX_PATTERN_LENGTH)
      throw new Error(
        `the regular expression ${quotePattern(pattern)} has more than ${MAX_PATTERN_LENGTH} characters`,
      )
    const { RE2JS } = await import('re2js')
    try {
      return new GoPattern(RE2JS.compile(pattern))
    } catch (error) {
      throw new Error(
        `the regular expression ${quotePattern(pattern)} is invalid for Go (RE2): ${messageOf(error)}`,
        { cause: error },
      )
    }
  }

  /** The size of the compiled pattern. */
  get states(): number {
    return this.#compiled.programSize()
  }

  /** Whether the pattern matches anywhere in the path. */
  matches(path: ByteString): boolean {
    return this.#matchesAll || this.#compiled.test(decodePath(path).text)
  }

  /** Replaces all matches, as `ReplaceAll` of Go does. Throws an `Error` if the result is longer than 1 MiB. */
  replaceAll(path: ByteString, template: GoTemplate): ByteString {
    const { text, offsets } = decodePath(path)
    const matcher = this.#compiled.matcher(text)
    const sliceBytes = (start: number, end: number): ByteString =>
      path.slice(offsets?.[start] ?? start, offsets?.[end] ?? end)
    const groups = {
      byNumber: (n: number) =>
        n <= matcher.groupCount() && matcher.start(n) >= 0
          ? sliceBytes(matcher.start(n), matcher.end(n))
          : '',
      numberOf: (name: string) => names.get(name),
    }
    const names = new Map<string, number>(Object.entries(this.#compiled.namedGroups()))
    let result = ''
    let copied = 0
    for (let from = 0; from <= text.length && matcher.find(from); ) {
      const [start, end] = [matcher.start(), matcher.end()]
      result += sliceBytes(copied, start)
      // An empty match directly after another match is not replaced.
      if (end > copied || start === 0) result += template.expand(groups)
      if (result.length > MAX_RESULT_BYTES)
        throw new Error(
          `the regular expression ${quotePattern(this.#compiled.pattern())} makes a path too long`,
        )
      copied = end
      from = Math.max(end, from + lengthOfCharacter(text, from))
    }
    return result + sliceBytes(copied, text.length)
  }
}

export function quotePattern(pattern: string): string {
  return quoteControlCharacters(`"${truncateText(pattern, 200)}"`)
}

function lengthOfCharacter(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}

interface Groups {
  /** The bytes of a group; empty if it matches nothing or does not exist. */
  byNumber(n: number): ByteString
  numberOf(name: string): number | undefined
}

/** A replacement in the language of Go: `$1`, `${1}`, `${name}`, `$$`. */
export class GoTemplate {
  readonly #parts: readonly TemplatePart[]

  constructor(template: string) {
    this.#parts = parseTemplate(template)
  }

  /** Returns the bytes if they are the same for each match. */
  get constant(): ByteString | undefined {
    return this.#parts.every(part => typeof part === 'string') ? this.#parts.join('') : undefined
  }

  expand(groups: Groups): ByteString {
    return this.#parts
      .map(part => {
        if (typeof part === 'string') return part
        const n = typeof part.group === 'number' ? part.group : groups.numberOf(part.group)
        return n === undefined ? '' : groups.byNumber(n)
      })
      .join('')
  }
}

type TemplatePart = ByteString | { readonly group: string | number }

/** A dollar sign that begins none of these stands for itself. A name is as long as possible: `$1x` is the group `1x`. */
const TEMPLATE_PART = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))?|[^$]+/gu

function parseTemplate(template: string): TemplatePart[] {
  return [...template.matchAll(TEMPLATE_PART)].map(([text, inBraces, plain]) => {
    const name = inBraces ?? plain
    if (name !== undefined) return { group: /^(0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : name }
    return text === '$$' ? '$' : toByteString(text)
  })
}

interface DecodedPath {
  readonly text: string
  /** The position in the bytes for each position in the text, and for its end. `undefined` if they are the same. */
  readonly offsets?: readonly number[]
}

/** Decodes UTF-8 as Go: each byte that is not part of a character is the character U+FFFD. */
function decodePath(path: ByteString): DecodedPath {
  if (isAscii(path)) return { text: path }
  let text = ''
  const offsets: number[] = []
  let at = 0
  for (const { bytes, character = '\ufffd' } of splitUtf8(path)) {
    for (let n = 0; n < character.length; n++) offsets.push(at)
    text += character
    at += bytes.length
  }
  offsets.push(at)
  return { text, offsets }
}
