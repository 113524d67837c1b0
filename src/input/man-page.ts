import { ALL_COMMANDS, type Command, flagsOf } from './command-table.js'
import { groupFlags } from './flag-groups.js'
import { formatCall, formatFlag, formatFlagDoc, listGeneralFlags, nameFlags } from './help.js'

/** Returns the manual page of the program, in the macros of man(7). The same version gives the same text. */
export function formatManPage(version: string): string {
  return [
    `.TH NIX\\-MULTIARCH 1 "" "nix\\-multiarch ${version}" "User Commands"`,
    // Text is not justified.
    '.ad l',
    '.SH NAME',
    "nix\\-multiarch \\- turn a Nix flake's containers into multi\\-arch images",
    '.SH SYNOPSIS',
    ...ALL_COMMANDS.flatMap(([name, command]) => ['.br', bold(formatCall(name, command))]).slice(1),
    '.SH DESCRIPTION',
    escapeText(
      'Builds the containers of a flake for several systems with Nix, joins them into multi-arch images, and pushes ' +
        'them to registries or writes them to files.',
    ),
    '.PP',
    escapeText(
      'Progress is written to standard error, and the result to standard output. A flag may be before or after other ' +
        'arguments. A value follows its flag as the next argument or after an equals sign. `--no-NAME` turns a switch ' +
        'off. All arguments after `--` are not flags.',
    ),
    '.SH COMMANDS',
    ...ALL_COMMANDS.flatMap(([name, command]) => formatCommand(name, command)),
    '.SH ENVIRONMENT',
    'Secrets are read from environment variables, because every user of a machine can see arguments.',
    ...formatVariables(),
    '.SH "EXIT STATUS"',
    ...['0', 'Success.', '1', 'Failure.', '2', 'Wrong usage.'].flatMap((text, n) =>
      n % 2 === 0 ? ['.TP', text] : [text],
    ),
    '.SH EXAMPLES',
    ...ALL_COMMANDS.flatMap(([, { examples }]) => examples).flatMap(example => [
      '.PP',
      '.nf',
      escapeText(example),
      '.fi',
    ]),
  ].join('\n')
}

function formatCommand(name: string, command: Command): string[] {
  const groups = groupFlags(flagsOf(command)).map(({ inputs }) =>
    inputs.map(input => formatEntry(formatFlag(input), formatFlagDoc(input, command))),
  )
  const general = listGeneralFlags(command).map(({ term, doc }) => formatEntry(term, doc))
  return [
    `.SS ${escapeText(name)}`,
    escapeText(nameFlags(command.summary, command)),
    ...groups.flat(2),
    ...general.flat(),
  ]
}

/** Each variable once. */
function formatVariables(): string[] {
  const variables = new Map<string, string>()
  for (const [, command] of ALL_COMMANDS) {
    for (const { variable, doc } of Object.values(command.inputs))
      if (variable !== undefined && !variables.has(variable)) variables.set(variable, nameFlags(doc, command))
  }
  return [...variables].flatMap(([variable, doc]) => formatEntry(variable, doc))
}

/** A term, and its text below. */
function formatEntry(term: string, text: string): string[] {
  return ['.TP', bold(term), escapeText(text)]
}

function bold(text: string): string {
  return `\\fB${escapeText(text)}\\fR`
}

/** The characters that groff would change or not print as they are (groff_char(7)). */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '^': '\\(ha',
  '~': '\\(ti',
}

/** Escapes text. Code between backticks becomes bold. Long words, such as
 * references with digests, may be broken. A line must not begin with a dot, which would be a macro. */
function escapeText(text: string): string {
  return text
    .replace(/[\\\-'^~]/g, character => ESCAPES[character] ?? character)
    .replace(
      /[^\x00-\x7f]/gu,
      character => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/`([^`]*)`/g, '\\fB$1\\fR')
    .replace(/\S{60,}/g, word => word.replace(/[/@:](?=.)/g, '$&\\:'))
    .replace(/^\./, '\\&.')
}
