import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from '../util/error.js'
import { COMMANDS, type Command, type CommandName, isCommand } from './commands.js'
import type { Input, InputSource } from './input.js'

/** What a command line asks for. */
export type Request =
  | {
      readonly kind: 'run'
      readonly command: CommandName
      readonly source: InputSource
      readonly operands: readonly string[]
    }
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'version' }

/** Reads the words after the program's name. Throws a `UsageError` that names the word at fault. */
export function parseCommandLine(args: readonly string[]): Request {
  const [verb, ...rest] = args
  if (verb === undefined || verb === '--help' || verb === '-h') return { kind: 'help', command: undefined }
  if (verb === '--version' || verb === '-V') return { kind: 'version' }
  if (verb === 'help')
    return { kind: 'help', command: rest[0] === undefined ? undefined : commandOf(rest[0]) }
  const name = commandOf(verb)
  const command: Command = COMMANDS[name]
  const { values, positionals } = parseFlags(name, command, rest)
  if (values.help === true) return { kind: 'help', command: name }
  checkOperands(name, command, { operands: positionals, values })
  return { kind: 'run', command: name, source: input => textOf(values[input]), operands: positionals }
}

/** The inputs that a command takes as flags. */
export function flagsOf(command: Command): readonly Input<unknown>[] {
  return Object.values(command.inputs).filter(input => input.on !== 'action')
}

/** A switch takes no value: it is there or not. */
export function isSwitch(input: Input<unknown>): boolean {
  return input.placeholder === ''
}

function commandOf(word: string): CommandName {
  if (isCommand(word)) return word
  const what = word.startsWith('-')
    ? 'A command must come before the flags'
    : `There is no command ${JSON.stringify(word)}`
  throw new UsageError(what, {
    hint: `The commands are ${Object.keys(COMMANDS).join(', ')}; see nix-multiarch --help.`,
  })
}

function parseFlags(name: CommandName, command: Command, args: readonly string[]) {
  const options = flagsOf(command).map(
    input => [input.name, { type: isSwitch(input) ? 'boolean' : 'string', multiple: input.repeats }] as const,
  )
  const help = ['help', { type: 'boolean', short: 'h' }] as const
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries<NonNullable<ParseArgsConfig['options']>[string]>([...options, help]),
    })
  } catch (error) {
    throw new UsageError(firstSentence((error as Error).message), {
      hint: `See nix-multiarch ${name} --help.`,
      cause: error,
    })
  }
}

/** Node.js adds advice about `--` that does not fit here. */
function firstSentence(message: string): string {
  return message.split(/\. (?=To )|\n/)[0] ?? message
}

interface Given {
  readonly operands: readonly string[]
  readonly values: Readonly<Record<string, FlagValue>>
}

function checkOperands(name: CommandName, command: Command, { operands, values }: Given): void {
  const hint = `See nix-multiarch ${name} --help.`
  const { operand, twiceWith } = command
  const isTwice = twiceWith !== undefined && values[twiceWith] === true
  const wanted = operand === undefined ? 0 : isTwice ? 2 : 1
  if (operands.length < wanted) {
    const needs = isTwice
      ? `\`${name} --${twiceWith}\` needs ${operand} twice`
      : `\`${name}\` needs ${operand}`
    throw new UsageError(needs, { hint })
  }
  if (operands.length > wanted) {
    throw new UsageError(`\`${name}\` does not take ${JSON.stringify(operands[wanted])}`, { hint })
  }
}

type FlagValue = string | boolean | readonly (string | boolean)[] | undefined

function textOf(value: FlagValue): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? value.join('\n') : String(value)
}
