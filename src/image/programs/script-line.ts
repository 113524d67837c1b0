import { posix } from 'node:path'

/** What the first line of a script says. */
export interface ScriptLine {
  readonly interpreter: string
  /** The program that `env` starts, found by `PATH`. Missing for other interpreters, or if the line is not understood. */
  readonly program?: string
}

/** Parses the first line of a script, without `#!`. Returns `undefined` if it names no interpreter. */
export function parseScriptLine(line: string): ScriptLine | undefined {
  const [, interpreter, argument = ''] = /^[ \t]*([^ \t]+)[ \t]*(.*)$/s.exec(line) ?? []
  if (interpreter === undefined) return undefined
  const program = posix.basename(interpreter) === 'env' ? findProgram(trimBlanks(argument)) : undefined
  return { interpreter, ...(program !== undefined && { program }) }
}

/** As the kernel does. The `\r` of a line of Windows is part of the name, so the interpreter is not found. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}

/** The kernel passes everything after the interpreter as one argument, which `env -S` splits. */
function findProgram(argument: string): string | undefined {
  const split = /^(?:-S|--split-string[= ]|-vS)(.*)$/s.exec(argument)?.[1]
  const words = split === undefined ? [argument] : trimBlanks(split).split(/[ \t]+/)
  // Quotes, escapes and variables are not understood.
  if (words.some(word => /["'\\$#]/.test(word))) return undefined
  const program = words.find(word => !/^\w+=/.test(word))
  const setsPath = words.some(word => word.startsWith('PATH='))
  const isName = program !== undefined && program !== '' && !program.startsWith('-') && !/[ \t]/.test(program)
  return isName && !setsPath ? program : undefined
}
