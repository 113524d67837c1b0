import { ACCOUNT } from '../oci/annotations.js'
import { ACTION_OUTPUTS, COMMANDS, type Command, isSwitch } from './command-line.js'
import type { Input } from './input.js'

export type ActionName = keyof typeof ACTION_OUTPUTS

/** The `inputs:` and `outputs:` of an action's metadata file, as YAML text that stands at its end. */
export function actionMetadata(name: ActionName): string {
  const inputs = actionInputs(name).flatMap(input => [
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

export function actionInputs(name: ActionName): readonly Input<unknown>[] {
  const command: Command = COMMANDS[name]
  return Object.values(command.inputs).filter(input => input.on !== 'cli')
}

/** The reference page: every input of every command, and what the actions give. */
export function referencePage(): string {
  return [
    '# Reference',
    '',
    'Every input is a key under `with:` in an action and a flag of the command line, with the same default and the same',
    'meaning. This page is made from the table that both read (`npm run docs`).',
    '',
    ...Object.entries(COMMANDS).flatMap(([name, command]) => commandSection(name, command)),
  ].join('\n')
}

function commandSection(name: string, command: Command): string[] {
  const outputs = Object.entries(ACTION_OUTPUTS).find(([action]) => action === name)?.[1]
  return [
    `## ${name}`,
    '',
    command.summary,
    '',
    ...usage(name, command),
    '| input | default | |',
    '|---|---|---|',
    ...Object.values(command.inputs).map(
      input => `| ${label(input)} | ${shownDefault(input)} | ${cell(input.doc)} |`,
    ),
    '',
    ...(outputs ? outputTable(outputs) : []),
  ]
}

function usage(name: string, command: Command): string[] {
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

function outputTable(outputs: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(outputs).map(([output, doc]) => `| \`${output}\` | ${cell(doc)} |`)
  return ['| output of the action | |', '|---|---|', ...rows, '']
}

function label(input: Input<unknown>): string {
  const where = { both: '', action: '<br>action only', cli: '<br>command line only' }[input.on]
  const flag = isSwitch(input) ? `--${input.name}` : `--${input.name} ${input.placeholder}`
  const shown = {
    both: `\`${input.name}\`<br>\`${cell(flag)}\``,
    action: `\`${input.name}\``,
    cli: `\`${flag}\``,
  }[input.on]
  return shown + where
}

function shownDefault(input: Input<unknown>): string {
  const text = input.actionDefault ?? input.default
  return text === '' ? '' : `\`${cell(text)}\``
}

/** Text inside a table's cell: a bar would end it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
