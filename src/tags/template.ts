/** `{{date 'YYYY' tz='UTC'}}`: a name, what stands after it in quotes, and what is named. */
export interface Call {
  readonly name: string
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/** Text with expressions between `{{` and `}}`, as docker/metadata-action takes them. */
export type Template = readonly (string | Call)[]

/** Gives an expression's text. */
export type Meaning = (call: Call) => string

/** By its name, what an expression must look like; throws an `Error` that says what is wrong. */
export type Vocabulary = Readonly<Record<string, (call: Call) => void>>

const EXPRESSION = /\{\{\{?([^{}]*)\}?\}\}/g
const WORD = /\s*(?:([a-z_]+)=)?(?:'([^']*)'|"([^"]*)"|([^\s'"=]+))/gy

/** Reads a template. Throws an `Error` that names an expression which is not in the vocabulary, or used wrongly. */
export function parseTemplate(text: string, vocabulary: Vocabulary): Template {
  const parts: (string | Call)[] = []
  let end = 0
  for (const { 0: whole, 1: inner = '', index } of text.matchAll(EXPRESSION)) {
    parts.push(text.slice(end, index), known(parseCall(inner, whole), vocabulary))
    end = index + whole.length
  }
  const rest = text.slice(end)
  if (/\{\{|\}\}/.test(rest))
    throw new Error(`${JSON.stringify(text)} opens or closes an expression too often`)
  return [...parts, rest].filter(part => part !== '')
}

export function render(template: Template, meaning: Meaning): string {
  return template.map(part => (typeof part === 'string' ? part : meaning(part))).join('')
}

/** The names of a template's expressions. */
export function namesIn(template: Template): string[] {
  return template.flatMap(part => (typeof part === 'string' ? [] : [part.name]))
}

function parseCall(inner: string, whole: string): Call {
  const [first, ...others] = [...inner.matchAll(WORD)]
  const length = [first, ...others].reduce((sum, match) => sum + (match?.[0].length ?? 0), 0)
  const name = first?.[4]
  if (name === undefined || inner.slice(length).trim() !== '') throw new Error(`${whole} is no expression`)
  const read = others.map(([, key, single, double, bare]) => [key, single ?? double ?? bare ?? ''] as const)
  return {
    name,
    words: read.flatMap(([key, value]) => (key === undefined ? [value] : [])),
    options: Object.fromEntries(read.filter(([key]) => key !== undefined)),
  }
}

function known(call: Call, vocabulary: Vocabulary): Call {
  const check = Object.hasOwn(vocabulary, call.name) ? vocabulary[call.name] : undefined
  if (!check) {
    const names = Object.keys(vocabulary).join(', ')
    throw new Error(`{{${call.name}}} is not known here; there are ${names}`)
  }
  check(call)
  return call
}
