import { indentText, limitWidth, wrapText } from '../util/columns.js'
import { truncateText } from '../util/text.js'
import { COMMANDS, type Command, flagNameOf, flagsOf, GENERAL_FLAGS, isSwitch } from './command-table.js'
import type { CommandName } from './command-texts.js'
import { groupFlags } from './flag-groups.js'
import { formatOverview } from './overview.js'
import type { Input } from './read-inputs.js'

/** Returns the complete help of one command, or the list of all commands. */
export function formatHelp(name: CommandName | undefined, columns = 80): string {
  return name === undefined
    ? formatOverview(columns)
    : formatCommandHelp(name, COMMANDS[name], limitWidth(columns))
}

function formatCommandHelp(name: CommandName, command: Command, width: number): string {
  const groups = groupFlags(flagsOf(command)).flatMap(({ title, inputs }) => [
    title,
    ...inputs.map(input => formatEntry(formatFlag(input), formatFlagDoc(input, command), width)),
    ...(title === GENERAL
      ? listGeneralFlags(command).map(({ term, doc }) => formatEntry(term, doc, width))
      : []),
    '',
  ])
  return [
    ...wrapText(command.summary, width),
    '',
    formatUsage(name, command),
    '',
    ...groups,
    ...formatVariables(command, width),
    command.examples.length > 1 ? 'Examples' : 'Example',
    ...command.examples.map(example => `  ${example}`),
  ].join('\n')
}

const SHORT_HELP_COLUMNS = 80

/** The column of the texts in the short help. Longer terms are followed by two spaces. */
const TEXT_COLUMN = 34

/** Returns the short help of a command: a line for each flag, at most 80 characters wide. */
export function formatShortHelp(name: CommandName): string {
  const command: Command = COMMANDS[name]
  const groups = groupFlags(flagsOf(command)).flatMap(({ title, inputs }) => [
    '',
    title,
    ...inputs.map(input => formatLine(indentTerm(formatFlag(input)), nameFlags(summarize(input), command))),
    ...(title === GENERAL
      ? listGeneralFlags(command).map(({ term, brief }) => formatLine(indentTerm(term), brief))
      : []),
  ])
  const variables = Object.values(command.inputs).flatMap(({ variable }) => variable ?? [])
  return [
    formatUsage(name, command),
    ...groups,
    '',
    ...(variables.length === 0
      ? []
      : wrapText(`Variables for secrets: ${variables.join(', ')}`, SHORT_HELP_COLUMNS)),
    `All details: nix-multiarch ${name} --help`,
  ].join('\n')
}

function formatLine(term: string, text: string): string {
  const start = `  ${term}`
  const line = `${start}${' '.repeat(Math.max(TEXT_COLUMN - start.length, 2))}${text}`
  return truncateText(line, SHORT_HELP_COLUMNS - 1)
}

/** Long flags are in one column. */
function indentTerm(term: string): string {
  return term.startsWith('--') ? `    ${term}` : term
}

const GENERAL = 'General'

/** A general flag in help. */
interface GeneralEntry {
  readonly term: string
  readonly brief: string
  readonly doc: string
}

/** The flags that are not inputs. If a command has an input of that name, only the short form exists. */
export function listGeneralFlags(command: Command): GeneralEntry[] {
  return GENERAL_FLAGS.map(({ name, short, brief, doc }) => {
    const isTaken = flagsOf(command).some(input => input.name === name)
    return { term: isTaken ? `-${short}` : `-${short}, --${name}`, brief, doc }
  })
}

/** `Usage: nix-multiarch inspect REF|FILE [FLAGS]` */
function formatUsage(name: CommandName, command: Command): string {
  return `Usage: ${formatCall(name, command)}`
}

/** `nix-multiarch inspect REF|FILE [FLAGS]` */
export function formatCall(
  name: CommandName,
  { operands = [], optional = [], repeats, rest }: Command,
): string {
  const words = [...operands.map(each => each.name), ...optional.map(each => `[${each.name}]`)]
  if (repeats) words.push('…')
  return ['nix-multiarch', name, ...words, '[FLAGS]', ...(rest ? ['--', rest] : [])].join(' ')
}

/** Secrets are read from variables, because all users of a machine can see arguments. */
function formatVariables(command: Command, width: number): string[] {
  const variables = Object.values(command.inputs).flatMap(({ variable, doc }) =>
    variable === undefined ? [] : [formatEntry(variable, nameFlags(doc, command), width)],
  )
  return variables.length === 0 ? [] : ['Environment', ...variables, '']
}

/** Replaces the names of inputs in a description by the flags or the variables of the command. */
export function nameFlags(doc: string, { inputs }: Command): string {
  return doc.replace(/`([\w-]+)`/g, (text, word) => {
    const input = Object.values(inputs).find(({ name }) => name === word)
    if (input === undefined) return text
    if (input.on !== 'action') return `\`--${input.name}\``
    return input.variable === undefined ? text : `\`${input.variable}\``
  })
}

/** The text of an input for one line: by default the first sentence of `doc`, without details after a colon or a comma. */
export function summarize({ brief, doc }: Input<unknown>): string {
  return brief ?? doc.split(/[.:;](?= |$)|, (?=for example|without|including)/)[0] ?? doc
}

/** `-f, --flake REF` */
export function formatFlag(input: Input<unknown>): string {
  const long = isSwitch(input) ? `--${flagNameOf(input)}` : `--${input.name} ${input.placeholder}`
  return input.short === undefined ? long : `-${input.short}, ${long}`
}

/** The description of a flag, with its default and its old name. */
export function formatFlagDoc(input: Input<unknown>, command: Command): string {
  const doc = nameFlags(input.doc, command)
  const text = input.formerly === undefined ? doc : `${doc} Deprecated name: --${input.formerly}.`
  return isSwitch(input) || input.default === '' ? text : `${text} Default: ${input.default}`
}

/** Formats a term with its text below. */
function formatEntry(term: string, text: string, width: number): string {
  return [`  ${term}`, ...indentText(text, 6, width)].join('\n')
}
