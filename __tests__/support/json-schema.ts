import { isDeepStrictEqual } from 'node:util'

/** A JSON schema of the draft 2020-12, with the keywords of `docs/output.schema.json`. */
export interface Schema {
  readonly [keyword: string]: unknown
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly anyOf?: readonly Schema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly type?: string
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** The keywords that are checked, and those that say nothing about a value. */
const KEYWORDS = [
  ['$ref', 'anyOf', 'const', 'enum', 'type', 'items', 'required', 'properties', 'additionalProperties'],
  ['pattern', 'minimum', 'maximum'],
  ['$schema', '$id', '$defs', 'title', 'description'],
].flat()

/**
 * Compares a value with a schema, and returns what is wrong: `/result/0/size: is not an integer`. Properties that the schema does
 * not name are wrong too, so that a new field is added to the schema. Throws an `Error` if the schema has an unknown keyword.
 */
export function findSchemaErrors(value: unknown, root: Schema): string[] {
  const check = (each: unknown, schema: Schema, path: string): string[] => {
    const unknown = Object.keys(schema).filter(keyword => !KEYWORDS.includes(keyword))
    if (unknown.length > 0) throw new Error(`the schema has the keywords ${unknown.join(', ')}`)
    if (schema.$ref !== undefined) return check(each, definitionOf(schema.$ref, root), path)
    if (schema.anyOf !== undefined) return checkAlternatives(each, schema.anyOf, path)
    return [...checkText(each, schema, path), ...checkParts(each, schema, path)]
  }
  const checkAlternatives = (each: unknown, schemas: readonly Schema[], path: string): string[] => {
    const errors = schemas.map(schema => check(each, schema, path))
    if (errors.some(list => list.length === 0)) return []
    // The alternative that is most similar explains most.
    const [best = []] = errors.toSorted((a, b) => a.length - b.length)
    return best
  }
  const checkParts = (each: unknown, schema: Schema, path: string): string[] => {
    const { items, required = [], properties, additionalProperties } = schema
    if (Array.isArray(each) && items !== undefined)
      return each.flatMap((item, n) => check(item, items, `${path}/${n}`))
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return []
    const missing = required
      .filter(name => !Object.hasOwn(each, name))
      .map(name => `${path}/${name}: is missing`)
    const wrong = Object.entries(each).flatMap(([name, part]) => {
      const schemaOfPart = properties?.[name] ?? additionalProperties
      if (schemaOfPart !== undefined) return check(part, schemaOfPart, `${path}/${name}`)
      return properties === undefined ? [] : [`${path}/${name}: is not in the schema`]
    })
    return [...missing, ...wrong]
  }
  return check(value, root, '')
}

function definitionOf(reference: string, { $defs = {} }: Schema): Schema {
  const found = $defs[reference.replace(/^#\/\$defs\//, '')]
  if (found === undefined) throw new Error(`the schema has no ${reference}`)
  return found
}

function checkText(value: unknown, schema: Schema, path: string): string[] {
  const { type, pattern, minimum, maximum } = schema
  const conditions: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [
      !('const' in schema) || isDeepStrictEqual(value, schema.const),
      `is not ${JSON.stringify(schema.const)}`,
    ],
    [schema.enum?.includes(value) ?? true, `is not one of ${JSON.stringify(schema.enum)}`],
    [type === undefined || isOfType(value, type), `is not of the type ${type}`],
    [pattern === undefined || new RegExp(pattern, 'u').test(String(value)), `does not match ${pattern}`],
    [minimum === undefined || Number(value) >= minimum, `is less than ${minimum}`],
    [maximum === undefined || Number(value) <= maximum, `is more than ${maximum}`],
  ]
  return conditions.filter(([holds]) => !holds).map(([, otherwise]) => `${path}: ${otherwise}`)
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'string':
    case 'boolean':
      return typeof value === type
    default:
      throw new Error(`the schema has the type ${type}`)
  }
}
