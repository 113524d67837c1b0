import { text } from 'node:stream/consumers'
import type { Built } from '../command/shared/build-report.js'
import type { Merged } from '../command/shared/merge-result.js'
import type { Host } from '../host/host.js'
import { localHost } from '../host/local.js'
import { helpText, parseCommandLine, type Request } from '../input/command-line.js'
import {
  type InputSource,
  type InputTable,
  readSecretly,
  takeVariables,
  type Values,
} from '../input/input.js'
import {
  BUILD_INPUTS,
  CACHE_INPUTS,
  INSPECT_INPUTS,
  type InspectInputs,
  MERGE_INPUTS,
  PLAN_INPUTS,
  PUBLISH_INPUTS,
  SETUP_INPUTS,
} from '../input/inputs.js'
import { codeOf, UsageError } from '../util/error.js'
import { VERSION } from '../util/text.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  const args = process.argv.slice(2)
  const host = localHost({
    stderr: process.stderr,
    env: process.env,
    verbose: args.includes('--verbose'),
  })
  await run(host, async signal => {
    const request = parseCommandLine(args)
    switch (request.kind) {
      case 'help':
        return print(helpText(request.command, Math.min(process.stdout.columns ?? 80, 100)))
      case 'version':
        return print(VERSION)
      case 'run':
        return print(await runCommand(request, { host, signal, readPassword: () => text(process.stdin) }))
    }
  })
}

async function print(output: string | undefined): Promise<void> {
  if (output === undefined) return
  // The process ends behind this, so what goes into a pipe must be through; a reader that has seen enough is no failure.
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null): void =>
      error && codeOf(error) !== 'EPIPE' ? reject(error) : resolve()
    process.stdout.once('error', done)
    process.stdout.write(`${output}\n`, done)
  })
}

export interface Surroundings {
  readonly host: Host
  readonly signal: AbortSignal
  readonly readPassword: () => Promise<string>
}

/** Runs one command of the command line and gives what goes to standard output. Each command is loaded only when it is run. */
export async function runCommand(
  { command, source, operands }: Extract<Request, { kind: 'run' }>,
  { host, signal, readPassword }: Surroundings,
): Promise<string | undefined> {
  const given = await withPassword(source, host, readPassword)
  const read = <Table extends InputTable>(table: Table): Values<Table> =>
    readSecretly(table, takeVariables(given, table, process.env), host)
  switch (command) {
    case 'setup': {
      const inputs = read(SETUP_INPUTS)
      const { setup, shellLines } = await import('../command/setup/setup.js')
      return shown(await setup(inputs, host, signal), inputs.json, shellLines)
    }
    case 'plan': {
      const inputs = read(PLAN_INPUTS)
      const [{ plan }, { planText }] = await Promise.all([
        import('../command/plan/plan.js'),
        import('../command/plan/output.js'),
      ])
      const { document, matrix } = await plan(inputs, host, signal)
      return inputs.json ? toJson({ plan: document, matrix }) : planText(document, matrix)
    }
    case 'build': {
      const inputs = read(BUILD_INPUTS)
      const { build } = await import('../command/build/build.js')
      return shown(await build(inputs, host, signal), inputs.json, builtLines)
    }
    case 'merge': {
      const inputs = read(MERGE_INPUTS)
      const { merge } = await import('../command/merge/merge.js')
      return shown(await merge(inputs, host, signal), inputs.json, mergedLines)
    }
    case 'publish': {
      const inputs = read(PUBLISH_INPUTS)
      const { publish } = await import('../command/publish.js')
      const { built, merged } = await publish(inputs, host, signal)
      return inputs.json ? toJson({ built, merged }) : mergedLines(merged)
    }
    case 'cache': {
      const inputs = read(CACHE_INPUTS)
      const { cacheCommand, cacheLines } = await import('../command/cache.js')
      const states = await cacheCommand(parseCacheVerb(operands[0]), inputs, host, signal)
      if (states.some(({ cached }) => !cached)) process.exitCode = 1
      return shown(states, inputs.json, cacheLines)
    }
    case 'stop': {
      const { finish } = await import('../command/setup/finish.js')
      if (!(await finish(host))) process.exitCode = 1
      return undefined
    }
    case 'inspect': {
      const inputs = read(INSPECT_INPUTS)
      return inputs.diff
        ? shownDiff(operands, inputs, host, signal)
        : shownTrees(operands, inputs, host, signal)
    }
  }
}

type Inspection = (
  operands: readonly string[],
  inputs: InspectInputs,
  host: Host,
  signal: AbortSignal,
) => Promise<string>

const shownTrees: Inspection = async ([name = ''], inputs, host, signal) => {
  const [{ inspect }, { renderTree }] = await Promise.all([
    import('../command/inspect/inspect.js'),
    import('../command/inspect/tree-text.js'),
  ])
  const lines = (tree: Parameters<typeof renderTree>[0]): string => renderTree(tree, { all: inputs.paths })
  return shown(await inspect(name, inputs, host, signal), inputs.json, trees => trees.map(lines).join('\n'))
}

const shownDiff: Inspection = async ([a = '', b = ''], inputs, host, signal) => {
  const [{ diff }, { renderDiff }] = await Promise.all([
    import('../command/inspect/diff.js'),
    import('../command/inspect/diff-text.js'),
  ])
  return shown(await diff([a, b], inputs, host, signal), inputs.json, renderDiff)
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
  host.secret(password)
  return name => (name === 'password' ? password : source(name))
}

function shown<T>(result: T, json: boolean, lines: (result: T) => string): string {
  return json ? toJson(result) : lines(result)
}

function toJson(result: unknown): string {
  return JSON.stringify(result, undefined, 2)
}

function builtLines(built: readonly Built[]): string {
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
