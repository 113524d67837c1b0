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

/** A switch is a flag without a value. */
function isSwitch(input: Input<unknown>): boolean {
  return input.placeholder === ''
}

function parseCommandName(word: string): CommandName {
  if (isCommandName(word)) return word
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

/** Removes the advice about `--` that Node.js adds. */
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
    throw new UsageError(`\`${name}\` does not take ${JSON.stringify(operands[count])}`, { hint })
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
      'Make a machine ready: Nix with a sandboxing daemon where there is none, the caches that it takes from, QEMU for other systems. Prints what a shell must know.',
    inputs: SETUP_INPUTS,
    examples: [
      'eval "$(nix-multiarch setup)"',
      'eval "$(nix-multiarch setup --systems aarch64-linux --cachix my-cache)"',
    ],
  },
  plan: {
    summary:
      'List the containers of a flake, which of them have changed since they were pushed, and the jobs that build those. Nothing is built.',
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
      'Join the archives of each container into one multi-arch image: in a file, in a registry, or both.',
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
      'Check what a binary cache lacks of the containers, or push to it what was built for them on this machine. A check that finds something missing ends with 1.',
    operand: 'check|push',
    inputs: CACHE_INPUTS,
    examples: [
      'nix-multiarch cache check --cachix my-cache --systems "x86_64-linux aarch64-linux"',
      'nix-multiarch cache push --containers fd --store file:///srv/cache',
    ],
  },
  stop: {
    summary:
      'Stop the Nix daemon that `setup` started, and remove the files with secrets that it left. Ends with 1 when the daemon could not be stopped.',
    inputs: STOP_INPUTS,
    examples: ['nix-multiarch stop'],
  },
  inspect: {
    summary:
      'Show what an image holds, from a registry, an archive or an image layout: platforms, layers with their store paths, annotations. Or what changed from one image to another.',
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

/** The outputs of each action, with their descriptions. */
export const ACTION_OUTPUTS = {
  plan: {
    matrix:
      'The matrix of build jobs for `fromJSON`: a list of jobs under `include`, each with `name`, `container` (one or more names between spaces), `system`, `runner` and `emulated`.',
    jobs: 'How many jobs the matrix has; none when nothing has changed.',
    containers: 'The names of all containers of the plan, changed or not, one a line.',
    plan: 'The name of the artifact that tells the merge what was planned.',
    image: 'Where the images go, as the input `image` has it or would have it: one template a line.',
    json: 'The containers as a JSON list: name, version, whether it is built, why, systems with derivations.',
  },
  build: {
    archives: 'The paths of the archives, one a line.',
    containers: 'The names of the containers that were built, one a line.',
    json: 'All of it as a JSON list: container, system, platform, file, size in bytes, digest of the manifest, derivation.',
  },
  merge: {
    digest:
      'The digest of the multi-arch image. With several containers, one a line in the order of `image`.',
    image: 'The image with its digest, `registry/owner/name@sha256:…`, one a line.',
    tags: 'The tags that were set, as full references, one a line.',
    archives: 'The paths of the multi-arch archives, one a line.',
    json: 'All of it as a JSON list: container, digest, images, tags, archive, platforms (with digest, size in bytes and layers), and what was sent.',
  },
} as const

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
    'Start here: build this flake for two systems, and join them in one file',
    '  nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
    '',
    '`nix-multiarch COMMAND --help` explains the flags of a command; `--version` tells the version.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage.',
  ].join('\n')
}

function formatCommandHelp(name: CommandName, command: Command, width: number): string {
  const operand = command.operand === undefined ? '' : ` ${command.operand}`
  const flags = flagsOf(command).map(input => formatEntry(formatFlag(input), formatFlagDoc(input), width))
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
function formatVariables({ inputs }: Command, width: number): string[] {
  const variables = Object.values(inputs).flatMap(({ variable, doc }) =>
    variable === undefined ? [] : [formatEntry(variable, stripBackticks(doc), width)],
  )
  return variables.length === 0 ? [] : ['Environment', ...variables, '']
}

function stripBackticks(doc: string): string {
  return doc.replace(/`/g, '')
}

export function formatFlag(input: Input<unknown>): string {
  return isSwitch(input) ? `--${input.name}` : `--${input.name} ${input.placeholder}`
}

function formatFlagDoc(input: Input<unknown>): string {
  const doc = stripBackticks(input.doc)
  return isSwitch(input) || input.default === '' ? doc : `${doc} Default: ${input.default}`
}

/** Formats a term with its text below. */
function formatEntry(term: string, text: string, width: number): string {
  return [`  ${term}`, ...indentText(text, 6, width)].join('\n')
}

function indentText(text: string, indent: number, width: number): string[] {
  return wrapText(text, width - indent).map(line => ' '.repeat(indent) + line)
}

function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
