import { flagsOf, isSwitch } from './command-line.js'
import { COMMANDS, type Command, type CommandName } from './commands.js'
import type { Input } from './input.js'

/** The help of the whole program, or of one command. `width` is in columns. */
export function helpText(name: CommandName | undefined, width = 80): string {
  return name === undefined ? overview(width) : commandHelp(name, COMMANDS[name], width)
}

function overview(width: number): string {
  const verbs = Object.entries(COMMANDS).map(([name, { summary }]) => entry(`  ${name}`, summary, 12, width))
  return [
    "nix-multiarch turns a Nix flake's containers into multi-arch images.",
    '',
    'Usage: nix-multiarch COMMAND [FLAGS]',
    '',
    'Commands',
    ...verbs,
    '',
    'Start here: build this flake for two systems, and join them in one file',
    '  nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
    '',
    '`nix-multiarch COMMAND --help` explains the flags of a command; `--version` tells the version.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage.',
  ].join('\n')
}

function commandHelp(name: CommandName, command: Command, width: number): string {
  const operand = command.operand === undefined ? '' : ` ${command.operand}`
  const flags = flagsOf(command).map(input => entry(`  ${flagName(input)}`, flagDoc(input), 6, width, true))
  return [
    ...wrap(command.summary, width),
    '',
    `Usage: nix-multiarch ${name}${operand} [FLAGS]`,
    '',
    'Flags',
    ...flags,
    '',
    ...variableHelp(command, width),
    command.examples.length > 1 ? 'Examples' : 'Example',
    ...command.examples.map(example => `  ${example}`),
  ].join('\n')
}

/** What is secret does not stand among arguments, which all users of a machine can see. */
function variableHelp({ inputs }: Command, width: number): string[] {
  const secret = Object.values(inputs).flatMap(({ variable, doc }) =>
    variable === undefined ? [] : [entry(`  ${variable}`, plain(doc), 6, width, true)],
  )
  return secret.length === 0 ? [] : ['Environment', ...secret, '']
}

function plain(doc: string): string {
  return doc.replace(/`/g, '')
}

function flagName(input: Input<unknown>): string {
  return isSwitch(input) ? `--${input.name}` : `--${input.name} ${input.placeholder}`
}

function flagDoc(input: Input<unknown>): string {
  const doc = plain(input.doc)
  return isSwitch(input) || input.default === '' ? doc : `${doc} Default: ${input.default}`
}

/** A term and its text: beside each other from column `indent` on, or the text below when `below` is set. */
function entry(term: string, text: string, indent: number, width: number, below = false): string {
  const lines = wrap(text, width - indent).map(line => ' '.repeat(indent) + line)
  if (below) return [term, ...lines].join('\n')
  return [term.padEnd(indent) + (lines[0] ?? '').trimStart(), ...lines.slice(1)].join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
