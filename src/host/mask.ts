/** Takes secrets out of text. */
export interface Mask {
  add(secret: string): void
  apply(text: string): string
}

/** Shorter parts of a secret are too likely to stand in harmless text. */
const SHORTEST_PART = 6

export function createMask(): Mask {
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  return {
    add(secret) {
      for (const form of formsOf(secret)) forms.add(form)
      pattern = patternOf(forms)
    },
    apply: text => (pattern ? text.replace(pattern, '***') : text),
  }
}

/** The lines of a secret that has several and are worth hiding by themselves, for output that is read line by line. */
export function secretLines(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map(line => line.trim())
  return lines.length > 1 ? lines.filter(line => line.length >= SHORTEST_PART) : []
}

function formsOf(secret: string): string[] {
  const plain = secret.trim()
  if (plain === '') return []
  const encoded = [plain, ...secretLines(secret)].flatMap(text => [...urlForms(text), ...base64Forms(text)])
  return [plain, ...secretLines(secret), ...encoded.filter(form => form.length >= SHORTEST_PART)]
}

function urlForms(text: string): string[] {
  const percent = encodeURIComponent(Buffer.from(text).toString())
  return [percent, percent.replaceAll('%20', '+')]
}

/** A secret inside a longer text (`user:secret`) has one of three alignments in its base64. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text)
  const aligned = [0, 1, 2].map(before => {
    const code = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return code.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  return aligned.flatMap(code => [code, code.replaceAll('+', '-').replaceAll('/', '_')])
}

function patternOf(forms: ReadonlySet<string>): RegExp | undefined {
  if (forms.size === 0) return undefined
  // The longest first, else a secret's part would be replaced and its rest left standing.
  const sources = [...forms].sort((a, b) => b.length - a.length).map(escaped)
  return new RegExp(sources.join('|'), 'g')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
