import { ACCOUNT } from '../oci/annotation-keys.js'
import { ACTION_OUTPUTS, COMMANDS, type Command, formatFlag } from './command-line.js'
import type { Input } from './read-inputs.js'

export type ActionName = keyof typeof ACTION_OUTPUTS

/** Returns the `inputs:` and `outputs:` of an action's metadata file as YAML. They are the end of that file. */
export function actionMetadata(name: ActionName): string {
  const inputs = actionInputsOf(name).flatMap(input => [
    `  ${input.name}:`,
    `    description: ${JSON.stringify(input.doc)}`,
    '    required: false',
    `    default: ${JSON.stringify(input.actionDefault ?? input.default)}`,
  ])
  const outputs = Object.entries(ACTION_OUTPUTS[name]).flatMap(([output, doc]) => [
    `  ${output}:`,
    `    description: ${JSON.stringify(doc)}`,
  ])
  return ['inputs:', ...inputs, 'outputs:', ...outputs, ''].join('\n')
}

export function actionInputsOf(name: ActionName): readonly Input<unknown>[] {
  const command: Command = COMMANDS[name]
  return Object.values(command.inputs).filter(input => input.on !== 'cli')
}

/** Returns docs/reference.md: the inputs of each command and the outputs of each action. */
export function referencePage(): string {
  return [
    '# Reference',
    '',
    'Every input is a key under `with:` in an action and a flag of the command line, with the same default and the same',
    'meaning. This page is made from the table that both read (`npm run docs`).',
    '',
    ...Object.entries(COMMANDS).flatMap(([name, command]) => formatCommand(name, command)),
  ].join('\n')
}

function formatCommand(name: string, command: Command): string[] {
  const outputs = Object.entries(ACTION_OUTPUTS).find(([action]) => action === name)?.[1]
  return [
    `## ${name}`,
    '',
    command.summary,
    '',
    ...formatUsage(name, command),
    '| input | default | |',
    '|---|---|---|',
    ...Object.values(command.inputs).map(
      input => `| ${formatNameCell(input)} | ${formatDefaultCell(input)} | ${escapeCell(input.doc)} |`,
    ),
    '',
    ...(outputs ? formatOutputTable(outputs) : []),
  ]
}

function formatUsage(name: string, command: Command): string[] {
  const action = {
    plan: `${ACCOUNT}/nix-multiarch/plan@v1`,
    build: `${ACCOUNT}/nix-multiarch@v1`,
    merge: `${ACCOUNT}/nix-multiarch/merge@v1`,
  }[name]
  return [
    ...(action === undefined ? [] : ['```yaml', `- uses: ${action}`, '```', '']),
    '```console',
    ...command.examples.map(example => `$ ${example}`),
    '```',
    '',
  ]
}

function formatOutputTable(outputs: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(outputs).map(([output, doc]) => `| \`${output}\` | ${escapeCell(doc)} |`)
  return ['| output of the action | |', '|---|---|', ...rows, '']
}

function formatNameCell(input: Input<unknown>): string {
  const note = { both: '', action: '<br>action only', cli: '<br>command line only' }[input.on]
  const flag = formatFlag(input)
  const name = {
    both: `\`${input.name}\`<br>\`${escapeCell(flag)}\``,
    action: `\`${input.name}\``,
    cli: `\`${flag}\``,
  }[input.on]
  return name + note
}

function formatDefaultCell(input: Input<unknown>): string {
  const text = input.actionDefault ?? input.default
  return text === '' ? '' : `\`${escapeCell(text)}\``
}

/** A bar would end the cell of the table. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}
