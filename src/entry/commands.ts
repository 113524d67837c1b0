import type { BuiltArchive } from '../command/shared/build-report.js'
import type { Merged } from '../command/shared/merge-result.js'
import type { Host } from '../host/host.js'
import type { CommandLineRequest, CommandName } from '../input/command-line.js'
import {
  type InputSource,
  type InputTable,
  readInputsAndMaskSecrets,
  takeVariables,
  type Values,
} from '../input/input.js'
import {
  BUILD_INPUTS,
  CACHE_INPUTS,
  INSPECT_INPUTS,
  MERGE_INPUTS,
  PLAN_INPUTS,
  PUBLISH_INPUTS,
  SETUP_INPUTS,
  STOP_INPUTS,
} from '../input/inputs.js'
import { UsageError } from '../util/error.js'

export interface CommandContext {
  readonly host: Host
  readonly readPassword: () => Promise<string>
}

/** Runs one command of the command line and gives what goes to standard output. */
export async function runCommand(
  { command, source, operands }: Extract<CommandLineRequest, { kind: 'run' }>,
  { host, readPassword }: CommandContext,
): Promise<string | undefined> {
  const given = await withPassword(source, host, readPassword)
  return RUNNERS[command](given, { operands, host })
}

/** What a command is run with. */
interface Given<Table extends InputTable> {
  readonly inputs: Values<Table>
  readonly operands: readonly string[]
  readonly host: Host
}

interface Row<Table extends InputTable, Module, Result> {
  readonly inputs: Table
  /** Loads the command when it is run, and no other. */
  readonly load: () => Promise<Module>
  readonly run: (module: Module, given: Given<Table>) => Promise<Result>
  /** What a person reads; nothing if absent. */
  readonly text?: (module: Module, result: Result, inputs: Values<Table>) => string
  /** What `--json` shows; the result itself if absent. */
  readonly json?: (result: Result) => unknown
  /** Whether the exit code is 1 for this result. */
  readonly fails?: (result: Result) => boolean
}

type Runner = (source: InputSource, around: Omit<Given<InputTable>, 'inputs'>) => Promise<string | undefined>

/** A row's own types hold within it; the table needs none of them. */
function runner<const Table extends InputTable, Module, Result>(row: Row<Table, Module, Result>): Runner {
  return async (source, around) => {
    const taken = takeVariables(source, row.inputs, process.env)
    const inputs = readInputsAndMaskSecrets(row.inputs, taken, around.host)
    const module = await row.load()
    const result = await row.run(module, { ...around, inputs })
    if (row.fails?.(result)) process.exitCode = 1
    if (inputs.json === true) return toJson(row.json ? row.json(result) : result)
    return row.text?.(module, result, inputs)
  }
}

/** All commands, one row each. */
const RUNNERS: Readonly<Record<CommandName, Runner>> = {
  setup: runner({
    inputs: SETUP_INPUTS,
    load: () => import('../command/setup/setup.js'),
    run: ({ setup }, { inputs, host }) => setup(inputs, host),
    text: ({ formatShellLines }, done) => formatShellLines(done),
  }),
  plan: runner({
    inputs: PLAN_INPUTS,
    load: () => Promise.all([import('../command/plan/plan.js'), import('../command/plan/output.js')]),
    run: ([{ plan }], { inputs, host }) => plan(inputs, host),
    text: ([, { formatPlan }], { document, matrix }) => formatPlan(document, matrix),
    json: ({ document, matrix }) => ({ plan: document, matrix }),
  }),
  build: runner({
    inputs: BUILD_INPUTS,
    load: () => import('../command/build/build.js'),
    run: ({ build }, { inputs, host }) => build(inputs, host),
    text: (_, built) => builtLines(built),
  }),
  merge: runner({
    inputs: MERGE_INPUTS,
    load: () => import('../command/merge/merge.js'),
    run: ({ merge }, { inputs, host }) => merge(inputs, host),
    text: (_, merged) => mergedLines(merged),
  }),
  publish: runner({
    inputs: PUBLISH_INPUTS,
    load: () => import('../command/publish.js'),
    run: ({ publish }, { inputs, host }) => publish(inputs, host),
    text: (_, { merged }) => mergedLines(merged),
  }),
  cache: runner({
    inputs: CACHE_INPUTS,
    load: () => import('../command/cache.js'),
    run: ({ runCacheCommand }, { inputs, operands: [verb], host }) =>
      runCacheCommand(parseCacheVerb(verb), inputs, host),
    text: ({ formatCacheChecks }, checks) => formatCacheChecks(checks),
    fails: checks => checks.some(({ cached }) => !cached),
  }),
  stop: runner({
    inputs: STOP_INPUTS,
    load: () => import('../command/setup/finish.js'),
    run: ({ finish }, { host }) => finish(host),
    fails: isDone => !isDone,
  }),
  inspect: runner({
    inputs: INSPECT_INPUTS,
    load: () =>
      Promise.all([
        import('../command/inspect/inspect.js'),
        import('../command/inspect/tree-text.js'),
        import('../command/inspect/diff.js'),
        import('../command/inspect/diff-text.js'),
      ]),
    run: async ([{ inspect }, , { diff }], { inputs, operands: [a = '', b = ''], host }) =>
      inputs.diff ? await diff([a, b], inputs, host) : await inspect(a, inputs, host),
    text: ([, { renderTree }, , { renderDiff }], found, { paths }) =>
      Array.isArray(found)
        ? found.map(tree => renderTree(tree, { all: paths })).join('\n')
        : renderDiff(found),
  }),
}

function parseCacheVerb(word: string | undefined): 'check' | 'push' {
  if (word === 'check' || word === 'push') return word
  throw new UsageError(`\`cache\` does not know ${JSON.stringify(word)}`, { hint: 'It is check or push.' })
}

/** Standard input stands in for the input that has no flag: an argument list can be seen by every user of a machine. */
async function withPassword(
  source: InputSource,
  host: Host,
  read: () => Promise<string>,
): Promise<InputSource> {
  if (source('password-stdin') === undefined) return source
  const password = (await read()).replace(/\r?\n$/, '')
  host.maskSecret(password)
  return name => (name === 'password' ? password : source(name))
}

function toJson(result: unknown): string {
  return JSON.stringify(result, undefined, 2)
}

function builtLines(built: readonly BuiltArchive[]): string {
  return built.map(({ file }) => file).join('\n')
}

function mergedLines(merged: readonly Merged[]): string {
  return merged
    .flatMap(({ archive, digest, pushed }) => [
      ...(archive === undefined ? [] : [`${archive} ${digest}`]),
      ...pushed.map(({ image }) => image),
    ])
    .join('\n')
}
