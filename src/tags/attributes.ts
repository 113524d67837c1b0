const FIELD = /\s*(?:"((?:[^"]|"")*)"|((?!")[^,]*))\s*(?:,|$)/y

export interface Attribute {
  /** In lower case; `undefined` for a word alone. */
  readonly key: string | undefined
  readonly value: string
}

/** Reads `key=value` between commas; a field in double quotes may hold commas, and `""` for a quote. */
export function parseAttributes(line: string): Attribute[] {
  return fieldsOf(line)
    .map(field => field.trim())
    .filter(field => field !== '')
    .map(attributeOf)
}

function fieldsOf(line: string): string[] {
  const fields: string[] = []
  FIELD.lastIndex = 0
  while (FIELD.lastIndex < line.length) {
    const match = FIELD.exec(line)
    if (!match) throw new Error('a quote is not closed, or something stands after it')
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  return fields
}

function attributeOf(field: string): Attribute {
  const equals = field.indexOf('=')
  if (equals < 0) return { key: undefined, value: field }
  return { key: field.slice(0, equals).trim().toLowerCase(), value: field.slice(equals + 1).trim() }
}
