/** Replaces secrets in text. */
export interface Mask {
  add(secret: string): void
  apply(text: string): string
}

/** Shorter parts of a secret are too likely to occur in other text. */
const MIN_PART_LENGTH = 6

export function createMask(): Mask {
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  return {
    add(secret) {
      for (const form of encodedFormsOf(secret)) forms.add(form)
      pattern = patternOf(forms)
    },
    apply: text => (pattern ? text.replace(pattern, '***') : text),
  }
}

/** Splits a secret of several lines, because output is often masked line by line. Short lines are left out. */
export function splitSecretLines(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map(line => line.trim())
  return lines.length > 1 ? lines.filter(line => line.length >= MIN_PART_LENGTH) : []
}

function encodedFormsOf(secret: string): string[] {
  const plain = secret.trim()
  if (plain === '') return []
  const encoded = [plain, ...splitSecretLines(secret)].flatMap(text => [
    ...urlFormsOf(text),
    ...base64FormsOf(text),
  ])
  return [plain, ...splitSecretLines(secret), ...encoded.filter(form => form.length >= MIN_PART_LENGTH)]
}

function urlFormsOf(text: string): string[] {
  const percent = encodeURIComponent(Buffer.from(text).toString())
  return [percent, percent.replaceAll('%20', '+')]
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

function patternOf(forms: ReadonlySet<string>): RegExp | undefined {
  if (forms.size === 0) return undefined
  // The longest first. Otherwise a shorter form could match a part of a secret and leave the rest in the text.
  const sources = [...forms].sort((a, b) => b.length - a.length).map(escapeRegExp)
  return new RegExp(sources.join('|'), 'g')
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
