import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from '../util/error.js'
import {
  BUILD_INPUTS,
  CACHE_INPUTS,
  INSPECT_INPUTS,
  MERGE_INPUTS,
  PLAN_INPUTS,
  PUBLISH_INPUTS,
  SETUP_INPUTS,
  STOP_INPUTS,
} from './input-table.js'
import type { Input, InputSource, InputTable } from './read-inputs.js'

/** A parsed command line. */
export type CommandLineRequest =
  | {
      readonly kind: 'run'
      readonly command: CommandName
      readonly source: InputSource
      readonly operands: readonly string[]
    }
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'version' }

/** Parses the arguments of the program. Throws a `UsageError` that names the invalid argument. */
export function parseCommandLine(args: readonly string[]): CommandLineRequest {
  const [first, ...rest] = args
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help', command: undefined }
  if (first === '--version' || first === '-V') return { kind: 'version' }
  if (first === 'help')
    return { kind: 'help', command: rest[0] === undefined ? undefined : parseCommandName(rest[0]) }
  const name = parseCommandName(first)
  const command: Command = COMMANDS[name]
  const { values, positionals } = parseFlags(name, command, rest)
  if (values.help === true) return { kind: 'help', command: name }
  checkOperands(name, command, { operands: positionals, values })
  return { kind: 'run', command: name, source: input => joinValues(values[input]), operands: positionals }
}

/** The inputs that a command takes as flags. */
function flagsOf(command: Command): readonly Input<unknown>[] {
  return Object.values(command.inputs).filter(input => input.on !== 'action')
}

/** The name of an input, and its old name. */
function namesOf({ name, formerly }: Input<unknown>): string[] {
  return formerly === undefined ? [name] : [name, formerly]
}

/** A switch is a flag without a value. */
function isSwitch(input: Input<unknown>): boolean {
  return input.placeholder === ''
}

function parseCommandName(word: string): CommandName {
  if (isCommandName(word)) return word
  const what = word.startsWith('-')
    ? `Put the command before the flag ${JSON.stringify(word)}`
    : `${JSON.stringify(word)} is not a command`
  throw new UsageError(what, {
    hint: `Commands: ${Object.keys(COMMANDS).join(', ')}. See nix-multiarch --help.`,
  })
}

function parseFlags(name: CommandName, command: Command, args: readonly string[]) {
  const options = flagsOf(command).flatMap(input => {
    const option = { type: isSwitch(input) ? 'boolean' : 'string', multiple: input.repeats } as const
    return namesOf(input).map(flag => [flag, option] as const)
  })
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

/** Node.js adds advice about `--` to the message. */
function firstSentence(message: string): string {
  return message.split(/\. (?=To )|\n/)[0] ?? message
}

interface ParsedFlags {
  readonly operands: readonly string[]
  readonly values: Readonly<Record<string, FlagValue>>
}

function checkOperands(name: CommandName, command: Command, { operands, values }: ParsedFlags): void {
  const hint = `See nix-multiarch ${name} --help.`
  const { operand, twoOperandsFlag } = command
  const takesTwo = twoOperandsFlag !== undefined && values[twoOperandsFlag] === true
  const count = operand === undefined ? 0 : takesTwo ? 2 : 1
  if (operands.length < count) {
    const message = takesTwo
      ? `\`${name} --${twoOperandsFlag}\` needs ${operand} twice`
      : `\`${name}\` needs ${operand}`
    throw new UsageError(message, { hint })
  }
  if (operands.length > count) {
    throw new UsageError(`\`${name}\` does not accept the argument ${JSON.stringify(operands[count])}`, {
      hint,
    })
  }
}

type FlagValue = string | boolean | readonly (string | boolean)[] | undefined

function joinValues(value: FlagValue): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? value.join('\n') : String(value)
}

/** One command of the command line. */
export interface Command {
  readonly summary: string
  /** The operand in help: `check|push`. */
  readonly operand?: string
  /** The switch with which the command takes two operands. */
  readonly twoOperandsFlag?: string
  readonly inputs: InputTable
  /** Complete command lines. */
  readonly examples: readonly string[]
}

export const COMMANDS = {
  setup: {
    summary:
      'Prepare a machine: install Nix with a sandboxing daemon if it is missing, configure binary caches, and ' +
      'register QEMU for other systems. Prints environment variables for `eval`.',
    inputs: SETUP_INPUTS,
    examples: [
      'eval "$(nix-multiarch setup)"',
      'eval "$(nix-multiarch setup --systems aarch64-linux --cachix my-cache)"',
    ],
  },
  plan: {
    summary:
      'List the containers of a flake, whether they have changed since the last push, and the jobs that build the ' +
      'changed ones. Does not build anything.',
    inputs: PLAN_INPUTS,
    examples: ['nix-multiarch plan', 'nix-multiarch plan --image "ghcr.io/me/{image}" --group system --json'],
  },
  build: {
    summary: 'Build containers with Nix and write one OCI archive for each container and system.',
    inputs: BUILD_INPUTS,
    examples: [
      'nix-multiarch build',
      'nix-multiarch build --containers "fd rg" --systems "x86_64-linux aarch64-linux" --output archives',
    ],
  },
  merge: {
    summary:
      'Join the archives of each container into one multi-arch image. Writes it to a file, pushes it, or both.',
    inputs: MERGE_INPUTS,
    examples: [
      'nix-multiarch merge --archives archives --archive "{name}.oci.tar"',
      'nix-multiarch merge --archives archives --image "ghcr.io/me/{image}" --tags "1.2.3 latest"',
    ],
  },
  publish: {
    summary: 'Build and merge on one machine.',
    inputs: PUBLISH_INPUTS,
    examples: [
      'nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
      'nix-multiarch publish --containers fd --image ghcr.io/me/fd --tags latest',
    ],
  },
  cache: {
    summary:
      "Check whether a binary cache has the containers' store paths, or push store paths that were built on this " +
      'machine. Exits with 1 if any are missing.',
    operand: 'check|push',
    inputs: CACHE_INPUTS,
    examples: [
      'nix-multiarch cache check --cachix my-cache --systems "x86_64-linux aarch64-linux"',
      'nix-multiarch cache push --containers fd --store file:///srv/cache',
    ],
  },
  stop: {
    summary:
      'Stop the Nix daemon that `setup` started, and remove its files with secrets. Exits with 1 if the daemon ' +
      'cannot be stopped.',
    inputs: STOP_INPUTS,
    examples: ['nix-multiarch stop'],
  },
  inspect: {
    summary:
      'Show the content of an image in a registry, an archive or an image layout: platforms, layers with store ' +
      'paths, and annotations. With --diff, show the differences between two images.',
    operand: 'REF|FILE',
    twoOperandsFlag: 'diff',
    inputs: INSPECT_INPUTS,
    examples: [
      'nix-multiarch inspect ghcr.io/me/fd:latest',
      'nix-multiarch inspect --paths fd.oci.tar',
      'nix-multiarch inspect --diff ghcr.io/me/fd:latest fd.oci.tar',
    ],
  },
} as const satisfies Record<string, Command>

export type CommandName = keyof typeof COMMANDS

function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word)
}

const MIN_HELP_COLUMNS = 40
/** Longer lines are hard to read. */
const MAX_HELP_COLUMNS = 100

/** Returns the help of the program, or of one command. */
export function formatHelp(name: CommandName | undefined, columns = 80): string {
  const width = Math.min(Math.max(columns, MIN_HELP_COLUMNS), MAX_HELP_COLUMNS)
  return name === undefined ? formatOverview(width) : formatCommandHelp(name, COMMANDS[name], width)
}

function formatOverview(width: number): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary }]) => {
    const [first, ...rest] = indentText(summary, 12, width)
    return [`  ${name}`.padEnd(12) + (first ?? '').trimStart(), ...rest].join('\n')
  })
  return [
    "nix-multiarch turns a Nix flake's containers into multi-arch images.",
    '',
    'Usage: nix-multiarch COMMAND [FLAGS]',
    '',
    'Commands',
    ...commands,
    '',
    'Example: build for two systems, and write a multi-arch archive per container',
    '  nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
    '',
    '`nix-multiarch COMMAND --help` shows the flags of a command, `--version` the version.',
    'Exit codes: 0 success, 1 failure, 2 wrong usage.',
  ].join('\n')
}

function formatCommandHelp(name: CommandName, command: Command, width: number): string {
  const operand = command.operand === undefined ? '' : ` ${command.operand}`
  const flags = flagsOf(command).map(input =>
    formatEntry(formatFlag(input), formatFlagDoc(input, command), width),
  )
  return [
    ...wrapText(command.summary, width),
    '',
    `Usage: nix-multiarch ${name}${operand} [FLAGS]`,
    '',
    'Flags',
    ...flags,
    '',
    ...formatVariables(command, width),
    command.examples.length > 1 ? 'Examples' : 'Example',
    ...command.examples.map(example => `  ${example}`),
  ].join('\n')
}

/** Secrets are read from variables, because all users of a machine can see arguments. */
function formatVariables(command: Command, width: number): string[] {
  const variables = Object.values(command.inputs).flatMap(({ variable, doc }) =>
    variable === undefined ? [] : [formatEntry(variable, nameFlags(doc, command), width)],
  )
  return variables.length === 0 ? [] : ['Environment', ...variables, '']
}

/** Replaces the names of inputs in a description by the flags or the variables of the command. */
function nameFlags(doc: string, { inputs }: Command): string {
  return doc.replace(/`([\w-]+)`/g, (text, word) => {
    const input = Object.values(inputs).find(({ name }) => name === word)
    if (input === undefined) return text
    if (input.on !== 'action') return `\`--${input.name}\``
    return input.variable === undefined ? text : `\`${input.variable}\``
  })
}

export function formatFlag(input: Input<unknown>): string {
  return isSwitch(input) ? `--${input.name}` : `--${input.name} ${input.placeholder}`
}

function formatFlagDoc(input: Input<unknown>, command: Command): string {
  const doc = nameFlags(input.doc, command)
  const text = input.formerly === undefined ? doc : `${doc} Deprecated name: --${input.formerly}.`
  return isSwitch(input) || input.default === '' ? text : `${text} Default: ${input.default}`
}

/** Formats a term with its text below. */
function formatEntry(term: string, text: string, width: number): string {
  return [`  ${term}`, ...indentText(text, 6, width)].join('\n')
}

function indentText(text: string, indent: number, width: number): string[] {
  return wrapText(text, width - indent).map(line => ' '.repeat(indent) + line)
}

/** Breaks a text at spaces. A word that is longer than `width` is not broken. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
