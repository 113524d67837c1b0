import { indentText, limitWidth, wrapText } from '../util/columns.js'
import { COMMAND_TEXTS } from './command-texts.js'

/** Returns the help of the program: the list of all commands. */
export function formatOverview(columns = 80): string {
  const width = limitWidth(columns)
  const commands = Object.entries(COMMAND_TEXTS).map(([name, { summary }]) => {
    const [first, ...rest] = indentText(summary, 14, width)
    return [`  ${name}`.padEnd(14) + (first ?? '').trimStart(), ...rest].join('\n')
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
    ...wrapText(
      '`nix-multiarch COMMAND -h` lists the flags of a command, `nix-multiarch COMMAND --help` explains them, ' +
        '`--version` shows the version.',
      width,
    ),
    'Exit codes: 0 success, 1 failure, 2 wrong usage, 130 after Ctrl+C.',
  ].join('\n')
}
