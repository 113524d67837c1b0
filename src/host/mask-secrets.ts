import { escapeCodeUnit } from '../util/text.js'

/** Replaces secrets in text. */
export interface Mask {
  /** Returns `false` if the secret is too short to be masked. */
  add(secret: string): boolean
  apply(text: string): string
}

/**
 * Shorter secrets are not masked. They occur in ordinary text (`1`, `no`, `the`), so that the log would not be readable, and the
 * asterisks in known text would show what the secret is.
 */
export const MIN_SECRET_LENGTH = 4

/** Shorter parts and encodings of a secret are too likely to occur in other text. */
const MIN_PART_LENGTH = 6

export function createMask(): Mask {
  const secrets = new Set<string>()
  const forms = new Set<string>()
  const fragments = createFragmentIndex()
  return {
    add(secret) {
      const plain = secret.trim()
      if (plain === '' || secrets.has(plain)) return true
      if (plain.length < MIN_SECRET_LENGTH) return false
      secrets.add(plain)
      for (const form of formsOf(plain)) {
        if (!forms.has(form)) fragments.add(form)
        forms.add(form)
      }
      return true
    },
    apply(text) {
      if (forms.size === 0) return text
      return replaceRanges(text, [...findForms(text, forms), ...fragments.find(text)])
    },
  }
}

/** Splits a secret of several lines, because output is often masked line by line. Short lines are left out. */
export function splitSecretLines(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map(line => line.trim())
  return lines.length > 1 ? lines.filter(line => line.length >= MIN_PART_LENGTH) : []
}

/** A part of a text, from the first character to the one after the last. */
type Range = readonly [start: number, end: number]

function findForms(text: string, forms: ReadonlySet<string>): Range[] {
  const ranges: Range[] = []
  for (const form of forms) {
    for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + form.length))
      ranges.push([start, start + form.length])
  }
  return ranges
}

/** Ranges that overlap are one secret, so that no part of either is left. */
function replaceRanges(text: string, ranges: readonly Range[]): string {
  let result = ''
  let position = 0
  for (const [start, end] of ranges.toSorted(([a], [b]) => a - b)) {
    if (start >= position) result += `${text.slice(position, start)}***`
    position = Math.max(position, end)
  }
  return result + text.slice(position)
}

/** The length of the samples by which a fragment is found. */
const SAMPLE_LENGTH = 16
const MIN_SAMPLE_DISTANCE = 8
const MAX_SAMPLES = 8192
/** A text that repeats has the same sample at many positions. */
const MAX_POSITIONS = 4

/**
 * Finds fragments of long secrets: a program's output is split into chunks and lines, and a message may be truncated within a
 * secret. A fragment of 24 characters is found, or of 16 and 1/8192 of a very long secret.
 */
function createFragmentIndex() {
  const samples = new Map<string, { readonly form: string; readonly position: number }[]>()
  return {
    add(form: string): void {
      const distance = Math.max(MIN_SAMPLE_DISTANCE, Math.ceil(form.length / MAX_SAMPLES))
      if (form.length < 2 * SAMPLE_LENGTH) return
      for (let position = 0; position + SAMPLE_LENGTH <= form.length; position += distance) {
        const sample = form.slice(position, position + SAMPLE_LENGTH)
        const found = samples.get(sample) ?? []
        if (found.length < MAX_POSITIONS) samples.set(sample, [...found, { form, position }])
      }
    },
    find(text: string): Range[] {
      const ranges: Range[] = []
      if (samples.size === 0) return ranges
      for (let start = 0; start + SAMPLE_LENGTH <= text.length; start++) {
        const found = samples.get(text.slice(start, start + SAMPLE_LENGTH)) ?? []
        const extended = found.map(({ form, position }) => extend(text, start, form, position))
        ranges.push(...extended)
        // The rest of the longest fragment needs no search.
        start = Math.max(start, ...extended.map(([, end]) => end - SAMPLE_LENGTH))
      }
      return ranges
    },
  }
}

/** Extends a sample to both sides, as far as the text and the secret are the same. */
function extend(text: string, start: number, form: string, position: number): Range {
  let before = 0
  while (before < position && start > before && text[start - before - 1] === form[position - before - 1])
    before++
  let length = SAMPLE_LENGTH
  while (
    position + length < form.length &&
    start + length < text.length &&
    text[start + length] === form[position + length]
  )
    length++
  return [start - before, start + length]
}

/** Returns a secret, its lines, and their encodings. */
function formsOf(secret: string): string[] {
  const texts = [secret, ...splitSecretLines(secret)]
  const encoded = texts.flatMap(text => [...urlFormsOf(text), ...quotedFormsOf(text), ...base64FormsOf(text)])
  return [...texts, ...encoded.filter(form => form.length >= MIN_PART_LENGTH)]
}

function urlFormsOf(text: string): string[] {
  // Half of a character that needs two code units cannot be encoded.
  const valid = Buffer.from(text).toString()
  const percent = encodeURIComponent(valid)
  const url = new URL('http://host')
  url.password = valid
  return [
    percent,
    percent.replaceAll('%20', '+'),
    percent.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    new URLSearchParams([['', valid]]).toString().slice(1),
    url.password,
  ]
}

/** As a string in JSON, also as Go and Python write it, and in HTML. */
function quotedFormsOf(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  return [
    json,
    json.replace(/[<>&\u2028\u2029]/g, escapeCodeUnit),
    json.replace(/[\u007f-\uffff]/g, escapeCodeUnit),
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  ]
}

/** In the base64 of a longer text (`user:secret`), the secret starts at one of three bit offsets. */
function base64FormsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  const encodings = [0, 1, 2].map(offset => {
    const base64 = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return base64.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
  return encodings.flatMap(base64 => [base64, base64.replaceAll('+', '-').replaceAll('/', '_')])
}
