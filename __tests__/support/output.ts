import { readFileSync } from 'node:fs'
import { findSchemaErrors, type Schema } from './json-schema.js'

export const OUTPUT_SCHEMA = JSON.parse(readFileSync('docs/output.schema.json', 'utf8')) as Schema

interface Output<Result> {
  readonly version: number
  readonly command: string | null
  readonly exitCode: number
  readonly result?: Result
  readonly error?: {
    readonly kind: string
    readonly message: string
    readonly hint?: string
    readonly location?: unknown
    readonly failures?: readonly { readonly message: string; readonly hint?: string }[]
  }
}

/** Parses the standard output of a command with `--json`. Throws an `Error` if it is not as the published schema says. */
export function parseOutput<Result = unknown>(text: string): Output<Result> {
  const output = JSON.parse(text) as Output<Result>
  const errors = findSchemaErrors(output, OUTPUT_SCHEMA)
  if (errors.length > 0)
    throw new Error(`docs/output.schema.json does not describe this:\n${errors.join('\n')}`)
  return output
}

/** Returns the result in the standard output of a command with `--json`. Throws an `Error` if it has none. */
export function parseResult<Result>(text: string): Result {
  const { result, error } = parseOutput<Result>(text)
  if (result === undefined) throw new Error(`the command failed: ${error?.message}`)
  return result
}
