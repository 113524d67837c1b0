import { UsageError } from '../util/error.js'
import { askIfMeant, findSimilar, joinNames } from '../util/find-similar.js'
import { redactAddresses } from '../util/redact-addresses.js'
import { ALL_COMMANDS, type Command, flagsOf, GENERAL_FLAGS, isSwitch } from './command-table.js'
import type { CommandName } from './command-texts.js'
import type { Input } from './read-inputs.js'

/** Commands that other tools call by another name. */
const OTHER_COMMANDS: Readonly<Record<string, CommandName>> = {
  push: 'publish',
  install: 'setup',
  init: 'setup',
  show: 'inspect',
  diff: 'inspect',
  manpage: 'man',
}

/** Flags that other tools call by another name. */
const OTHER_FLAGS: Readonly<Record<string, string>> = {
  platform: 'systems',
  platforms: 'systems',
  arch: 'systems',
  package: 'containers',
  packages: 'containers',
  repository: 'image',
  registry: 'image',
  debug: 'verbose',
  silent: 'quiet',
}

/** For an unknown word in the place of a command. */
export function describeUnknownCommand(word: string): UsageError {
  const names = ALL_COMMANDS.map(([name]) => name)
  if (word.startsWith('-')) {
    const flag = word.replace(/=.*/s, '')
    return new UsageError(`The command is missing before the flag \`${flag}\``, {
      hint: `For example: \`nix-multiarch build ${flag}\`. Commands: ${names.join(', ')}.`,
    })
  }
  if (word === 'version') {
    return new UsageError('"version" is not a command', { hint: 'Use `nix-multiarch --version`.' })
  }
  const other = ownValue(OTHER_COMMANDS, word)
  const similar = other === undefined ? findSimilar(word, [...names, 'help']) : [other]
  const question = askIfMeant(similar.map(name => `\`${name}\``))
  return new UsageError(`${JSON.stringify(word)} is not a command`, {
    hint: question ?? `Commands: ${names.join(', ')}. See \`nix-multiarch --help\`.`,
  })
}

/** For a flag that the command does not have. `typed` is the flag as the user wrote it. */
export function describeUnknownFlag(typed: string, name: CommandName, command: Command): UsageError {
  const word = typed.replace(/^--?/, '')
  const onlyAction = Object.values(command.inputs).find(input => input.name === word && input.on === 'action')
  if (onlyAction !== undefined) return describeActionInput(typed, onlyAction, command)
  // `platform` is a flag of `verify`, but with `build`, `systems` is meant.
  const isOtherWord = flagsOf(command).some(input => input.name === ownValue(OTHER_FLAGS, word))
  const others = typed.startsWith('--') && !isOtherWord ? commandsWith(word) : []
  if (others.length > 0) {
    return new UsageError(
      `\`${typed}\` is a flag of ${joinNames(others.map(each => `\`${each}\``))}, not of \`${name}\``,
      { hint: listFlags(name) },
    )
  }
  const question = typed.startsWith('--') ? askIfMeant(findFlags(typed, command)) : undefined
  return new UsageError(`\`${typed}\` is not a flag of \`${name}\``, {
    hint: [question, listFlags(name)].filter(text => text !== undefined).join(' '),
  })
}

/** The commands that have a flag, or a switch that `--no-…` turns off. */
function commandsWith(flag: string): string[] {
  const isMeant = (input: Input<unknown>): boolean =>
    input.name === flag || (isSwitch(input) && `no-${input.name}` === flag)
  return ALL_COMMANDS.filter(([, command]) => flagsOf(command).some(isMeant)).map(([name]) => name)
}

/** The flags that a user may have meant. */
function findFlags(typed: string, command: Command): string[] {
  const flags = flagsOf(command)
  const names = [...flags, ...GENERAL_FLAGS].map(({ name }) => name)
  const others = Object.keys(OTHER_FLAGS).filter(other => names.includes(OTHER_FLAGS[other] ?? ''))
  const word = typed.replace(/^-+/, '')
  const isNegated = word.startsWith('no-')
  const similar = isNegated
    ? findSimilar(
        word.slice('no-'.length),
        flags.filter(isSwitch).map(({ name }) => name),
      ).map(name => `no-${name}`)
    : [ownValue(OTHER_FLAGS, word), ...findSimilar(word, [...names, ...others])]
  const meant = similar.flatMap(name => {
    if (name === undefined) return []
    return names.includes(name) ? name : (ownValue(OTHER_FLAGS, name) ?? name)
  })
  return [...new Set(meant)].filter(name => isNegated || names.includes(name)).map(name => `\`--${name}\``)
}

/** For example a secret, which would be visible to every user of the machine. */
function describeActionInput(
  typed: string,
  { name, variable, secret }: Input<unknown>,
  command: Command,
): UsageError {
  const stdin = flagsOf(command).find(input => input.name === `${name}-stdin`)
  const reason = secret ? ', because every user of a machine can see arguments' : ''
  const hint =
    stdin !== undefined
      ? `Use \`--${stdin.name}\`${reason}.`
      : variable !== undefined
        ? `Set the environment variable \`${variable}\`${reason}.`
        : 'Leave it out: only the action has this input.'
  return new UsageError(`\`${typed}\` is not a flag of the command line`, { hint })
}

function listFlags(name: CommandName): string {
  return `\`nix-multiarch ${name} -h\` lists the flags.`
}

/** An argument that the command does not accept, and its place. */
export interface WrongOperand {
  readonly text: string
  /** A flag that is not set allows one more operand: `--diff`. */
  readonly missingSwitch?: string | undefined
  /** The flag before it that accepts several values, and the values after that flag. */
  readonly after?: {
    readonly flag: string
    readonly input: Input<unknown>
    readonly values: readonly string[]
  }
}

/** For an argument that the command does not accept. */
export function describeWrongOperand(operand: WrongOperand, name: CommandName, command: Command): UsageError {
  return new UsageError(`\`${name}\` does not accept the argument ${JSON.stringify(operand.text)}`, {
    hint: adviseOnOperand(operand, name, command) ?? `See \`nix-multiarch ${name} --help\`.`,
  })
}

/** Word processors and web pages replace two hyphens by a dash. */
const DASHES = /^[\u2010-\u2015\u2212]-*/

const PATH = /^(~|\.{1,2})?\/|\.tar(\.\w+)?$/

function adviseOnOperand(
  { text, after, missingSwitch }: WrongOperand,
  name: CommandName,
  command: Command,
): string | undefined {
  const flags = flagsOf(command)
  const aSwitch = flags.find(isSwitch)
  if (/^(true|false)$/.test(text) && aSwitch !== undefined)
    return `Write the value of a switch after an equals sign: \`--${aSwitch.name}=${text}\`.`
  if (DASHES.test(text)) return `Write two hyphens: \`--${text.replace(DASHES, '')}\`.`
  if (!/^\w|^[~./]/.test(text)) return undefined
  if (after !== undefined) return `For several values, write \`${joinValues(after)}\`.`
  if (missingSwitch !== undefined)
    return `\`${name}\` shows one image. To compare two, use \`${missingSwitch}\`.`
  return adviseOnSource(text, flags)
}

/** The flag that probably was meant for a container, a flake or a folder. */
function adviseOnSource(text: string, flags: readonly Input<unknown>[]): string | undefined {
  const [containers, flake, archives] = ['containers', 'flake', 'archives'].map(name => {
    const input = flags.find(each => each.name === name)
    return input && `--${input.name}`
  })
  if (containers !== undefined && !PATH.test(text))
    return `To select a container, use \`${containers} ${text}\`.`
  if (flake !== undefined) return `To select the flake, use \`${flake} ${text}\`.`
  if (archives === undefined) return undefined
  return /\.tar$/.test(text)
    ? `All archives of a folder are merged. To select the folder, use \`${archives} DIR\`.`
    : `To select the folder with the archives, use \`${archives} ${text}\`.`
}

/** A label may contain a blank. Two labels, or two repositories, must be on separate lines. */
function joinValues({ flag, input, values }: NonNullable<WrongOperand['after']>): string {
  const areLines =
    input.placeholder === 'REF' || (input.placeholder === 'LINES' && values.at(-1)?.includes('='))
  const text = areLines ? values.map(value => `${flag} ${value}`).join(' ') : `${flag} "${values.join(' ')}"`
  return redactAddresses(text)
}

function ownValue<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}
