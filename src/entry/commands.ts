import type { BuiltArchive } from '../command/shared/build-report.js'
import type { PackResult } from '../command/shared/image-locations.js'
import type { Host } from '../host/host.js'
import type { CommandLineRequest } from '../input/command-line.js'
import { type CommandName, SHELLS } from '../input/command-texts.js'
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
} from '../input/input-table.js'
import {
  type InputSource,
  type InputTable,
  readInputs,
  readInputsAndMaskSecrets,
  takeVariables,
  type Values,
} from '../input/read-inputs.js'
import { UsageError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { PROGRAM_VERSION } from '../util/text.js'
import { formatResult } from './json-output.js'

interface CommandContext {
  readonly host: Host
  readonly readPassword: () => Promise<string>
}

/** Runs a command of the CLI and returns its text for standard output. */
export async function runCommand(
  { command, source, operands }: Extract<CommandLineRequest, { kind: 'run' }>,
  context: CommandContext,
): Promise<string | undefined> {
  const { host } = context
  return COMMANDS[command](await addPassword(source, context), { command, operands, host })
}

/**
 * With `--password-stdin`, the password is read from standard input. It has no flag, because every user of a machine can see the
 * arguments of a process.
 */
async function addPassword(
  source: InputSource,
  { host, readPassword }: CommandContext,
): Promise<InputSource> {
  if (source('password-stdin') === undefined) return source
  const password = (await readPassword()).replace(/\r?\n$/, '')
  if (password === '') {
    throw new UsageError(`${nameInput('password-stdin')}: standard input is empty`, {
      hint: 'Write the password to it, for example `echo "$PASSWORD" | nix-multiarch …`, and check that the variable is set.',
    })
  }
  host.maskSecret(password)
  return name => (name === 'password' ? password : source(name))
}

interface CommandCall<Table extends InputTable> {
  readonly command: CommandName
  readonly inputs: Values<Table>
  readonly operands: readonly string[]
  readonly host: Host
}

interface CommandDefinition<Table extends InputTable, Module, Result> {
  readonly inputs: Table
  /** Imports the modules of the command. Other commands are not loaded. */
  readonly load: () => Promise<Module>
  readonly run: (module: Module, call: CommandCall<Table>) => Promise<Result>
  /** Formats the result. If absent, nothing is printed. */
  readonly text?: (module: Module, result: Result, inputs: Values<Table>) => string | Promise<string>
  /** Returns the value for `--json`. Default: the result. */
  readonly json?: (result: Result) => unknown
  /** True if the exit code is 1 for this result. */
  readonly fails?: (result: Result) => boolean
}

type Command = (
  source: InputSource,
  call: Omit<CommandCall<InputTable>, 'inputs'>,
) => Promise<string | undefined>

/** Hides the types of one command, which the table of all commands does not need. */
function defineCommand<const Table extends InputTable, Module, Result>(
  definition: CommandDefinition<Table, Module, Result>,
): Command {
  return async (source, { command, operands, host }) => {
    const allInputs = takeVariables(source, definition.inputs, process.env)
    const inputs = readInputsAndMaskSecrets(definition.inputs, allInputs, host)
    const module = await definition.load()
    const result = await definition.run(module, { command, inputs, operands, host })
    const exitCode = definition.fails?.(result) ? 1 : 0
    if (exitCode !== 0) process.exitCode = exitCode
    if (inputs.json === true)
      return formatResult(command, definition.json ? definition.json(result) : result, exitCode)
    return definition.text?.(module, result, inputs)
  }
}

const publishFlake = defineCommand({
  inputs: PUBLISH_INPUTS,
  load: async () => ({
    ...(await import('../command/publish.js')),
    ...(await import('../command/summary/result-lines.js')),
  }),
  run: ({ publish }, { inputs, host }) => publish(inputs, host),
  text: ({ formatReferences }, { merged }) => formatReferences(merged, { isTerminal: process.stdout.isTTY }),
})

const publishOne = defineCommand({
  inputs: PUBLISH_INPUTS,
  load: async () => ({
    ...(await import('../command/publish-result.js')),
    ...(await import('../command/summary/result-lines.js')),
  }),
  run: async ({ publishResult }, { inputs, operands: [name = ''], host }) => ({
    built: [],
    merged: await publishResult(name, inputs, host),
  }),
  text: ({ formatReferences }, { merged }) => formatReferences(merged, { isTerminal: process.stdout.isTTY }),
})

/** The inputs that are about building a flake. An image that is built already uses none of them. */
const FLAKE_INPUTS = Object.keys(BUILD_INPUTS).filter(
  key =>
    !(key in MERGE_INPUTS) &&
    !['compression', 'compressionLevel', 'skipChecks', 'streamScripts'].includes(key),
) as (keyof typeof BUILD_INPUTS)[]

function checkResultFlags(result: string, source: InputSource): void {
  const names = [...FLAKE_INPUTS.map(key => BUILD_INPUTS[key].name), MERGE_INPUTS.systems.name]
  const given = names.find(name => source(name) !== undefined)
  if (given === undefined) return
  throw new UsageError(`${nameInput(given)} is for building a flake, but ${result} is built already`, {
    hint: `Leave out ${nameInput(given)}, or leave out ${result}.`,
  })
}

/** Loaded only for an image that must be packed before it is read. */
const packForInspection: PackResult = async (source, directory, host) =>
  (await import('../command/pack-result.js')).packForInspection(source, directory, host)

const inspectOne = defineCommand({
  inputs: INSPECT_INPUTS,
  load: async () => ({
    ...(await import('../command/inspect/inspect.js')),
    ...(await import('../command/inspect/tree-text.js')),
  }),
  run: ({ inspect }, { inputs, operands: [name = ''], host }) =>
    inspect(name, inputs, host, packForInspection),
  text: ({ renderTree }, trees, { paths }) => trees.map(tree => renderTree(tree, { all: paths })).join('\n'),
})

const inspectTwo = defineCommand({
  inputs: INSPECT_INPUTS,
  load: async () => ({
    ...(await import('../command/inspect/diff.js')),
    ...(await import('../command/inspect/diff-text.js')),
  }),
  run: ({ diff }, { inputs, operands: [a = '', b = ''], host }) =>
    diff([a, b], inputs, host, packForInspection),
  text: ({ renderDiff }, difference) => renderDiff(difference),
})

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  setup: defineCommand({
    inputs: SETUP_INPUTS,
    load: () => import('../command/setup/setup.js'),
    run: ({ setup }, { inputs, host }) => setup(inputs, host),
    text: ({ formatShellLines }, result) => formatShellLines(result),
  }),
  plan: defineCommand({
    inputs: PLAN_INPUTS,
    load: async () => ({
      ...(await import('../command/plan/plan.js')),
      ...(await import('../command/plan/output.js')),
    }),
    run: ({ plan }, { inputs, host }) => plan(inputs, host),
    text: ({ formatPlan }, { document, matrix }) => formatPlan(document, matrix),
    json: ({ document, matrix }) => ({ plan: document, matrix }),
  }),
  build: defineCommand({
    inputs: BUILD_INPUTS,
    load: () => import('../command/build/build.js'),
    run: ({ build }, { inputs, host }) => build(inputs, host),
    text: (_, built) => formatBuilt(built),
  }),
  merge: defineCommand({
    inputs: MERGE_INPUTS,
    load: async () => ({
      ...(await import('../command/merge/merge.js')),
      ...(await import('../command/summary/result-lines.js')),
    }),
    run: ({ merge }, { inputs, host }) => merge(inputs, host),
    text: ({ formatReferences }, merged) => formatReferences(merged, { isTerminal: process.stdout.isTTY }),
  }),
  publish: (source, call) => {
    const [result] = call.operands
    if (result === undefined) return publishFlake(source, call)
    checkResultFlags(result, source)
    return publishOne(source, call)
  },
  cache: defineCommand({
    inputs: CACHE_INPUTS,
    load: () => import('../command/cache.js'),
    run: ({ runCacheCommand }, { inputs, operands: [verb], host }) =>
      runCacheCommand(parseCacheVerb(verb), inputs, host),
    text: ({ formatCacheChecks }, checks) => formatCacheChecks(checks),
    fails: checks => checks.some(({ cached }) => !cached),
  }),
  stop: defineCommand({
    inputs: STOP_INPUTS,
    load: () => import('../command/setup/post-job.js'),
    run: ({ finish }, { host }) => finish(host),
    json: done => ({ done }),
    fails: isDone => !isDone,
  }),
  prune: defineCommand({
    inputs: PRUNE_INPUTS,
    load: async () => ({
      ...(await import('../command/prune/prune.js')),
      ...(await import('../command/prune/output.js')),
    }),
    run: async ({ prune, encodeReports }, { inputs, operands, host }) => {
      const reports = await prune(operands, inputs, host)
      return { reports, json: encodeReports(reports) }
    },
    text: ({ formatReport }, { reports }) => reports.map(formatReport).join('\n\n'),
    json: ({ json }) => json,
  }),
  completions: defineCommand({
    inputs: GENERAL_INPUTS,
    load: () => import('../input/completions.js'),
    run: async ({ formatCompletions }, { operands: [shell] }) =>
      formatCompletions(SHELLS.find(each => each === shell) ?? SHELLS[0]),
    text: (_, script) => script,
  }),
  man: defineCommand({
    inputs: GENERAL_INPUTS,
    load: () => import('../input/man-page.js'),
    run: async ({ formatManPage }) => formatManPage(PROGRAM_VERSION),
    text: (_, page) => page,
  }),
  sbom: defineCommand({
    inputs: SBOM_INPUTS,
    load: () => import('../command/sbom/sbom.js'),
    run: ({ sbom }, { inputs, operands: [name = ''], host }) => sbom(name, inputs, host, packForInspection),
    text: ({ formatSboms }, sboms) => formatSboms(sboms),
    json: sboms => sboms.map(({ text, ...sbom }) => ({ ...sbom, document: JSON.parse(text) })),
  }),
  test: defineCommand({
    inputs: TEST_INPUTS,
    load: () => import('../command/test/test.js'),
    run: ({ test }, { inputs, operands, host }) => test(operands, inputs, host, packForInspection),
    text: ({ formatTested }, tested) => formatTested(tested),
  }),
  verify: defineCommand({
    inputs: VERIFY_INPUTS,
    load: () => import('../command/verify-image.js'),
    run: ({ verifyImage }, { inputs, operands: [name = ''], host }) => verifyImage(name, inputs, host),
    text: ({ formatVerifyResult }, result) => formatVerifyResult(result),
    fails: ({ isRight }) => !isRight,
  }),
  inspect: (source, call) => {
    const { diff } = readInputs({ diff: INSPECT_INPUTS.diff }, source, call.host)
    return (diff ? inspectTwo : inspectOne)(source, call)
  },
}

function parseCacheVerb(word: string | undefined): 'check' | 'push' {
  if (word === 'check' || word === 'push') return word
  throw new UsageError(`\`cache ${word}\` is not a command`, { hint: 'Use `cache check` or `cache push`.' })
}

function formatBuilt(built: readonly BuiltArchive[]): string {
  return built.map(({ file }) => file).join('\n')
}
