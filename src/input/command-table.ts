import { COMMAND_TEXTS, type CommandName, type CommandText } from './command-texts.js'
import {
  BUILD_INPUTS,
  CACHE_INPUTS,
  GENERAL_INPUTS,
  INSPECT_INPUTS,
  MERGE_INPUTS,
  PLAN_INPUTS,
  PRUNE_INPUTS,
  PUBLISH_INPUTS,
  SBOM_INPUTS,
  SETUP_INPUTS,
  STOP_INPUTS,
  TEST_INPUTS,
  VERIFY_INPUTS,
} from './input-table.js'
import type { Input, InputTable } from './read-inputs.js'

/** One command of the command line. Parser, help, completions, manual and reference page are made from it. */
export interface Command extends CommandText {
  readonly inputs: InputTable
}

export const COMMANDS = {
  setup: { ...COMMAND_TEXTS.setup, inputs: SETUP_INPUTS },
  plan: { ...COMMAND_TEXTS.plan, inputs: PLAN_INPUTS },
  build: { ...COMMAND_TEXTS.build, inputs: BUILD_INPUTS },
  merge: { ...COMMAND_TEXTS.merge, inputs: MERGE_INPUTS },
  publish: { ...COMMAND_TEXTS.publish, inputs: PUBLISH_INPUTS },
  cache: { ...COMMAND_TEXTS.cache, inputs: CACHE_INPUTS },
  stop: { ...COMMAND_TEXTS.stop, inputs: STOP_INPUTS },
  inspect: { ...COMMAND_TEXTS.inspect, inputs: INSPECT_INPUTS },
  sbom: { ...COMMAND_TEXTS.sbom, inputs: SBOM_INPUTS },
  verify: { ...COMMAND_TEXTS.verify, inputs: VERIFY_INPUTS },
  test: { ...COMMAND_TEXTS.test, inputs: TEST_INPUTS },
  prune: { ...COMMAND_TEXTS.prune, inputs: PRUNE_INPUTS },
  completions: { ...COMMAND_TEXTS.completions, inputs: GENERAL_INPUTS },
  man: { ...COMMAND_TEXTS.man, inputs: GENERAL_INPUTS },
} as const satisfies Record<CommandName, Command>

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word)
}

/** A flag that every command has, and that is not an input. */
export interface GeneralFlag {
  readonly name: 'help' | 'version'
  readonly short: string
  /** For a line of the short help. */
  readonly brief: string
  readonly doc: string
}

/** In a command with the input `version`, only the short form means the version of the program. */
export const GENERAL_FLAGS: readonly GeneralFlag[] = [
  {
    name: 'help',
    short: 'h',
    brief: 'Show this list, or explain every flag',
    doc: 'Show help: `-h` has one line for each flag, `--help` explains every flag.',
  },
  {
    name: 'version',
    short: 'V',
    brief: 'Show the version of nix-multiarch',
    doc: 'Show the version of nix-multiarch.',
  },
]

/** The commands in order, for code that needs no types of one command. */
export const ALL_COMMANDS: readonly (readonly [CommandName, Command])[] = Object.entries(COMMANDS) as [
  CommandName,
  Command,
][]

/** The inputs that a command takes as flags. */
export function flagsOf({ inputs }: Command): readonly Input<unknown>[] {
  return Object.values(inputs).filter(input => input.on !== 'action')
}

/** A switch is a flag without a value. */
export function isSwitch(input: Input<unknown>): boolean {
  return input.placeholder === ''
}

/** The name of a flag. The flag of a switch that is on by default turns it off. */
export function flagNameOf(input: Input<unknown>): string {
  return isSwitch(input) && input.default === 'true' ? `no-${input.name}` : input.name
}
