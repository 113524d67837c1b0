import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from '../util/error.js'
import { askIfMeant, findSimilar, joinAlternatives } from '../util/find-similar.js'
import { COMMANDS, type Command, flagsOf, GENERAL_FLAGS, isCommandName, isSwitch } from './command-table.js'
import type { CommandName } from './command-texts.js'
import {
  describeUnknownCommand,
  describeUnknownFlag,
  describeWrongOperand,
  type WrongOperand,
} from './describe-wrong-usage.js'
import { addInstallables } from './installables.js'
import type { Input, InputSource } from './read-inputs.js'

/** A parsed command line. */
export type CommandLineRequest =
  | {
      readonly kind: 'run'
      readonly command: CommandName
      readonly source: InputSource
      readonly operands: readonly string[]
      /** The flags that are not written as `--name`, by input: `flake` → `-f`. */
      readonly typedFlags: ReadonlyMap<string, string>
      readonly verbosity: Verbosity
    }
  | { readonly kind: 'help'; readonly command: CommandName | undefined; readonly full: boolean }
  | { readonly kind: 'version' }

/** What is logged: with `--quiet` only errors, with `--verbose` also debug output. */
export type Verbosity = 'quiet' | 'normal' | 'verbose'

/** Parses the arguments of the program. Throws a `UsageError` that names the invalid argument. */
export function parseCommandLine(args: readonly string[]): CommandLineRequest {
  const first = args.findIndex(word => !isBeforeCommand(word))
  const general = first < 0 ? args : args.slice(0, first)
  if (general.some(isVersionFlag)) return { kind: 'version' }
  const [word, ...rest] = args.slice(general.length)
  const helpFlag = general.find(isHelpFlag)
  if (word === undefined) return { kind: 'help', command: undefined, full: helpFlag !== '-h' }
  if (word === 'help') {
    const name = rest.find(each => !isHelpFlag(each))
    const command = name === undefined || name === 'help' ? undefined : parseCommandName(name)
    return { kind: 'help', command, full: true }
  }
  const command = parseCommandName(word)
  if (helpFlag !== undefined) return { kind: 'help', command, full: helpFlag !== '-h' }
  return parseArguments(command, [...general, ...rest])
}

function isHelpFlag(word: string): boolean {
  return word === '-h' || word === '--help'
}

function isVersionFlag(word: string): boolean {
  return word === '-V' || word === '--version'
}

/** Flags of every command, which may also be before the command. */
function isBeforeCommand(word: string): boolean {
  return isHelpFlag(word) || isVersionFlag(word) || /^(-[qv]+|--quiet|--verbose|--json)$/.test(word)
}

function parseCommandName(word: string): CommandName {
  if (isCommandName(word)) return word
  throw describeUnknownCommand(word)
}

/** Parses the arguments of one command. */
function parseArguments(name: CommandName, all: readonly string[]): CommandLineRequest {
  const command: Command = COMMANDS[name]
  const { args, rest } = splitRest(command, all)
  const tokens = splitArguments(command, args)
  const flags = tokens.filter(token => token.kind === 'option')
  const help = flags.find(flag => flag.name === 'help')
  if (help !== undefined) return { kind: 'help', command: name, full: help.rawName !== '-h' }
  if (flags.some(flag => isProgramVersion(flag, command, args.length))) return { kind: 'version' }
  const values = readFlags(flags, { name, command, args })
  const words = tokens.flatMap(token => (token.kind === 'positional' ? [token.value] : []))
  const { operands, flake } = readOperands(command, words, values.get('flake')?.texts[0])
  checkOperands(name, command, { operands, values, tokens })
  checkRest(name, command, rest)
  return {
    kind: 'run',
    command: name,
    source: input => (input === 'flake' ? flake : values.get(input)?.texts.join('\n')),
    operands: [...operands, ...rest],
    typedFlags: new Map([...values].map(([input, { typed }]) => [input, typed])),
    verbosity: readVerbosity(values),
  }
}

/** The words after `--` of a command that passes them on. */
function splitRest({ rest }: Command, all: readonly string[]) {
  const end = rest === undefined ? -1 : all.indexOf('--')
  return end < 0 ? { args: all, rest: [] } : { args: all.slice(0, end), rest: all.slice(end + 1) }
}

function checkRest(name: CommandName, { rest, examples }: Command, given: readonly string[]): void {
  if (rest === undefined || given.length > 0) return
  throw new UsageError(`\`${name}\` needs ${rest} after \`--\``, {
    hint: `For example: \`${examples[0]}\`. ${seeHelp(name)}`,
  })
}

/** A command that builds containers of a flake accepts `.#hello` after its own operands. */
function readOperands(command: Command, words: readonly string[], flake: string | undefined) {
  if (!flagsOf(command).some(hasName('attribute'))) return { operands: words, flake }
  const count = command.operands?.length ?? 0
  const added = addInstallables(flake, words.slice(count))
  return { operands: [...words.slice(0, count), ...added.others], flake: added.flake }
}

type Option = NonNullable<ParseArgsConfig['options']>[string]
type Token = NonNullable<ReturnType<typeof splitArguments>>[number]
type FlagToken = Extract<Token, { kind: 'option' }>

/** Splits flags, their values and operands, without an opinion on them. */
function splitArguments(command: Command, args: readonly string[]) {
  const options = flagsOf(command).flatMap(input => {
    const { name, short, formerly } = input
    const option: Option = { type: isSwitch(input) ? 'boolean' : 'string' }
    const current = [name, short === undefined ? option : { ...option, short }] as const
    return formerly === undefined ? [current] : [current, [formerly, option] as const]
  })
  const general = GENERAL_FLAGS.map(({ name, short }) => [name, { type: 'boolean', short }] as const)
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: Object.fromEntries<Option>([...general, ...options]),
  }).tokens
}

/**
 * Some commands have an input `version`, whose flag needs a value. There, `--version` means the version of the program only if it
 * is alone: otherwise the value is missing, for example because a variable of the user's script is empty.
 */
function isProgramVersion({ name, rawName, value }: FlagToken, command: Command, count: number): boolean {
  if (rawName === '-V') return true
  return name === 'version' && value === undefined && (count === 1 || !flagsOf(command).some(hasName(name)))
}

function hasName(name: string): (input: Input<unknown>) => boolean {
  return input => input.name === name || input.formerly === name
}

/** The place of a flag. */
interface FlagContext {
  readonly name: CommandName
  readonly command: Command
  readonly args: readonly string[]
}

/** The values of one input, and the flag as the user wrote it. */
interface GivenFlag {
  readonly texts: readonly string[]
  readonly typed: string
}

/** Returns what is set, by the name of the input, or by its old name. */
function readFlags(flags: readonly FlagToken[], context: FlagContext): Map<string, GivenFlag> {
  const values = new Map<string, GivenFlag>()
  for (const flag of flags) {
    checkDashes(flag, context)
    const { input, name, text, typed } = readFlag(flag, context)
    const before = values.get(name)
    if (before === undefined || isSwitch(input)) values.set(name, { texts: [text], typed })
    else if (input.repeats) values.set(name, { texts: [...before.texts, text], typed: before.typed })
    else throw describeRepeated(before.typed, typed, context)
  }
  return values
}

interface ReadFlag {
  readonly input: Input<unknown>
  readonly name: string
  readonly text: string
  readonly typed: string
}

function readFlag(flag: FlagToken, context: FlagContext): ReadFlag {
  const { name, rawName: typed } = flag
  const input = flagsOf(context.command).find(hasName(name))
  if (input === undefined) return readNegated(flag, context)
  if (isSwitch(input)) return { input, name, typed, text: flag.value ?? 'true' }
  const text = readValue(flag, input, context)
  checkNotBlank(text, typed, input)
  return { input, name, typed, text }
}

function checkNotBlank(text: string, typed: string, { blank }: Input<unknown>): void {
  if (blank !== 'refused as a flag' || text.trim() !== '') return
  throw new UsageError(`\`${typed}\` is empty`, {
    hint: 'Set a value, or leave the flag out. Perhaps a variable of a script is not set.',
  })
}

/** Reads `--no-overwrite`, and `--no-push` for `--push auto|true|false`. */
function readNegated(flag: FlagToken, context: FlagContext): ReadFlag {
  const name = flag.name.replace(/^no-/, '')
  const input = flagsOf(context.command).find(hasName(name))
  if (name === flag.name || input === undefined)
    throw describeUnknownFlag(flag.rawName, context.name, context.command)
  const text = isSwitch(input) ? 'false' : wordForNo(input)
  if (text === undefined || flag.value !== undefined) {
    const what =
      text === undefined
        ? `\`${flag.rawName}\` is not possible`
        : `\`${flag.rawName}\` does not accept a value`
    throw new UsageError(what, { hint: `Leave it out. ${seeHelp(context.name)}` })
  }
  return { input, name, text, typed: `--${name}` }
}

function wordForNo({ placeholder }: Input<unknown>): string | undefined {
  return placeholder.split('|').find(choice => choice === 'false' || choice === 'off')
}

function readValue(flag: FlagToken, input: Input<unknown>, { name, args }: FlagContext): string {
  const { rawName, value, inlineValue } = flag
  const next = args[flag.index + 1]
  // The value of `-f=.` is `.`: the same as of `--flake=.`.
  if (value !== undefined && inlineValue) return rawName.startsWith('--') ? value : value.replace(/^=/, '')
  // A hyphen alone usually means standard input or output.
  if (value !== undefined && !/^-./.test(value)) return value
  const found = next === undefined ? '' : `, and not ${JSON.stringify(next)}`
  const hint =
    next === undefined
      ? seeHelp(name)
      : `If the value begins with a hyphen, write \`${joinFlag(rawName, next)}\`.`
  throw new UsageError(`\`${rawName}\` needs a value: ${input.placeholder}${found}`, { hint })
}

function joinFlag(flag: string, value: string): string {
  return flag.startsWith('--') ? `${flag}=${value}` : flag + value
}

/** `-flake .` would be `-f` with the value `lake`. */
function checkDashes({ rawName, index }: FlagToken, { command, args }: FlagContext): void {
  const [, name = ''] = /^-([a-z][\w-]+)/.exec(args[index] ?? '') ?? []
  if (rawName.startsWith('--') || !flagsOf(command).some(hasName(name))) return
  throw new UsageError(`\`-${name}\` is not a flag`, { hint: `Write two hyphens: \`--${name}\`.` })
}

/** Values are not quoted: a flake reference may contain a password. */
function describeRepeated(before: string, typed: string, { name }: FlagContext): UsageError {
  const what =
    before === typed
      ? `\`${typed}\` is set more than once`
      : `\`${before}\` and \`${typed}\` are the same flag`
  return new UsageError(what, { hint: `Remove one of them: \`${name}\` uses one value.` })
}

interface ParsedArguments {
  readonly tokens: readonly Token[]
  readonly operands: readonly string[]
  readonly values: ReadonlyMap<string, GivenFlag>
}

function checkOperands(
  name: CommandName,
  command: Command,
  { operands, values, tokens }: ParsedArguments,
): void {
  const { operands: declared = [], twiceWith, repeats = false } = command
  const isTwice = twiceWith !== undefined && values.get(twiceWith)?.texts[0] === 'true'
  const last = declared.at(-1)
  const wanted = isTwice && last !== undefined ? [...declared, last] : declared
  const missing = wanted[operands.length]
  if (missing !== undefined) {
    const what = isTwice
      ? `\`${name} --${twiceWith}\` needs ${missing.name} twice`
      : `\`${name}\` needs ${missing.name}`
    const example = command.examples.find(each => each.includes(` --${twiceWith} `) === isTwice)
    throw new UsageError(what, { hint: `For example: \`${example}\`. ${seeHelp(name)}` })
  }
  if (repeats) return
  const others = operands.slice(wanted.length)
  const accepted = (command.optional ?? []).filter((_, n) => isImageFile(others[n] ?? '')).length
  const extra = others[accepted]
  if (extra !== undefined) {
    const missingSwitch = isTwice || twiceWith === undefined ? undefined : `--${twiceWith}`
    throw describeWrongOperand({ ...locateOperand(extra, tokens, command), missingSwitch }, name, command)
  }
  for (const [n, { choices }] of wanted.entries()) {
    const operand = operands[n] ?? ''
    if (choices === undefined || choices.includes(operand)) continue
    const [similar, all] = [findSimilar(operand, choices), choices].map(words =>
      words.map(word => `\`${name} ${word}\``),
    ) as [string[], string[]]
    const hint = askIfMeant(similar) ?? `Use ${joinAlternatives(all)}.`
    throw new UsageError(`\`${name} ${operand}\` is not a command`, { hint })
  }
}

/** A path, a link of `nix build`, or a file as skopeo names it. Another word may be a value of the flag before it. */
function isImageFile(word: string): boolean {
  return /\/|^result(-\w+)*$|\.tar(\.\w+)?$|^(oci|oci-archive|docker-archive|docker-daemon):/.test(word)
}

/** After `--systems a b`, the argument `b` was probably meant as a value of the flag. */
function locateOperand(text: string, tokens: readonly Token[], command: Command): WrongOperand {
  const index = tokens.findIndex(token => token.kind === 'positional' && token.value === text)
  const start = tokens.slice(0, index).findLastIndex(({ kind }) => kind !== 'positional')
  const flag = tokens[start]
  if (flag?.kind !== 'option' || !flag.rawName.startsWith('-') || flag.value === undefined) return { text }
  const input = flagsOf(command).find(hasName(flag.name))
  if (!input?.repeats) return { text }
  const words = tokens.slice(start + 1).flatMap(token => (token.kind === 'positional' ? [token.value] : []))
  return { text, after: { flag: flag.rawName, input, values: [flag.value, ...words] } }
}

function readVerbosity(values: ReadonlyMap<string, GivenFlag>): Verbosity {
  const [quiet, verbose] = ['quiet', 'verbose'].map(name => values.get(name)) as [
    GivenFlag | undefined,
    GivenFlag | undefined,
  ]
  const [isQuiet, isVerbose] = [quiet, verbose].map(flag => flag?.texts[0] === 'true')
  if (isQuiet && isVerbose) {
    throw new UsageError(`\`${quiet?.typed}\` and \`${verbose?.typed}\` contradict each other`, {
      hint: 'Remove one of them.',
    })
  }
  return isQuiet ? 'quiet' : isVerbose ? 'verbose' : 'normal'
}

function seeHelp(name: CommandName): string {
  return `See \`nix-multiarch ${name} --help\`.`
}
