import { ACCOUNT } from '../oci/annotation-keys.js'
import { ACTION_OUTPUTS, type ActionName, listOutputs } from './action-outputs.js'
import { COMMANDS, type Command, formatFlag, wrapText } from './command-line.js'
import { type Input, NOT_SET } from './read-inputs.js'

/** In characters, with the indentation. */
const METADATA_WIDTH = 120

/** Returns the `inputs:` and `outputs:` of an action's metadata file as YAML. They are the end of that file. */
export function actionMetadata(action: ActionName): string {
  const inputs = actionInputsOf(action).flatMap(({ name, description, default: text }) => [
    `  ${name}:`,
    ...formatDescription(description),
    '    required: false',
    `    default: ${JSON.stringify(text)}`,
  ])
  const outputs = listOutputs(action).flatMap(([name, doc]) => [`  ${name}:`, ...formatDescription(doc)])
  return ['inputs:', ...inputs, 'outputs:', ...outputs, ''].join('\n')
}

/** Formats a description as a folded block, whose lines YAML joins with spaces. */
function formatDescription(text: string): string[] {
  const indent = '      '
  const lines = wrapText(text, METADATA_WIDTH - indent.length)
  return ['    description: >-', ...lines.map(line => indent + line)]
}

/** An input in the metadata of an action. */
interface ActionInput {
  readonly name: string
  readonly description: string
  readonly default: string
}

/** Lists the inputs of an action. A deprecated name comes after the current one. */
export function actionInputsOf(action: ActionName): ActionInput[] {
  return inputsOnGitHub(COMMANDS[action]).flatMap(input => {
    const { name, formerly } = input
    const current = { name, description: formatDoc(input), default: input.actionDefault ?? input.default }
    if (formerly === undefined) return [current]
    return [current, { name: formerly, description: `Deprecated: use \`${name}\`.`, default: NOT_SET }]
  })
}

export function inputsOnGitHub({ inputs }: Command): Input<unknown>[] {
  return Object.values(inputs).filter(input => input.on !== 'cli')
}

/** The description of an input. If the metadata do not have the default, it is part of the description. */
function formatDoc(input: Input<unknown>): string {
  const { doc, actionDefault } = input
  return actionDefault === NOT_SET && input.default !== '' ? `${doc} Default: \`${input.default}\`.` : doc
}

/** In characters, of text outside of tables. */
const PAGE_WIDTH = 120

/** Returns docs/reference.md: the inputs of each command and the outputs of each action. */
export function referencePage(): string {
  return [
    '# Reference',
    '',
    'Each input is a key under `with:` in an action, and a flag on the command line. The meaning and the default are the same.',
    'This page is generated from the table of inputs (`npm run docs`).',
    '',
    ...Object.entries(COMMANDS).flatMap(([name, command]) => formatCommand(name, command)),
  ].join('\n')
}

function formatCommand(name: string, command: Command): string[] {
  return [
    `## ${name}`,
    '',
    ...wrapText(command.summary, PAGE_WIDTH),
    '',
    ...formatUsage(name, command),
    '| input | default | |',
    '|---|---|---|',
    ...Object.values(command.inputs).map(
      input => `| ${formatNameCell(input)} | ${formatDefaultCell(input)} | ${escapeCell(input.doc)} |`,
    ),
    '',
    ...(isAction(name) ? formatOutputTable(name) : []),
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

function isAction(command: string): command is ActionName {
  return Object.hasOwn(ACTION_OUTPUTS, command)
}

function formatOutputTable(action: ActionName): string[] {
  const rows = listOutputs(action).map(([output, doc]) => `| \`${output}\` | ${escapeCell(doc)} |`)
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
  const old = input.formerly === undefined ? '' : `<br>deprecated: \`${input.formerly}\``
  return name + note + old
}

function formatDefaultCell(input: Input<unknown>): string {
  const text = input.actionDefault || input.default
  return text === '' ? '' : `\`${escapeCell(text)}\``
}

/** A bar would end the cell of the table. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}
