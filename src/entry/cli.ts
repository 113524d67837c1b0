import type { OpenHost } from '../host/host.js'
import { createLocalHost } from '../host/local.js'
import type { CommandLineRequest } from '../input/command-line.js'
import { formatOverview } from '../input/overview.js'
import { setTypedFlags } from '../util/input-name.js'
import { columnsOf, PROGRAM_VERSION } from '../util/text.js'
import { type RunFailure, run } from './run.js'

// With the mode "eager", a module is in the main file of the bundle, because opening another file needs a millisecond. It is
// evaluated when it is imported: `--version` and the overview of commands need no table of inputs.

export async function start(): Promise<void> {
  const args = process.argv.slice(2)
  const parsed = await tryParse(args)
  const verbosity = 'verbosity' in parsed ? parsed.verbosity : 'normal'
  const openHost = (signal: AbortSignal): OpenHost =>
    createLocalHost({ stderr: process.stderr, env: process.env, verbosity, signal })
  const formatFailure = wantsJson(args, parsed) ? await createFailureFormat(parsed, args) : undefined
  await run(openHost, host => answer(parsed, host), formatFailure)
}

interface WrongUsage {
  readonly kind: 'wrong usage'
  readonly error: unknown
}

/** The arguments decide what is logged, so they are parsed before there is a log for their errors. */
async function tryParse(args: readonly string[]): Promise<CommandLineRequest | WrongUsage> {
  if (args[0] === '--version') return { kind: 'version' }
  if (args.length === 0 || (args.length === 1 && /^(-h|--help|help)$/.test(args[0] ?? '')))
    return { kind: 'help', command: undefined, full: true }
  const { parseCommandLine } = await import('../input/command-line.js' /* webpackMode: "eager" */)
  try {
    return parseCommandLine(args)
  } catch (error) {
    return { kind: 'wrong usage', error }
  }
}

/** After wrong usage, the flag itself counts: the error is a JSON document too. */
function wantsJson(args: readonly string[], request: CommandLineRequest | WrongUsage): boolean {
  if (request.kind === 'run') return request.source('json') === 'true'
  const end = args.indexOf('--')
  return request.kind === 'wrong usage' && (end < 0 ? args : args.slice(0, end)).includes('--json')
}

async function createFailureFormat(request: CommandLineRequest | WrongUsage, args: readonly string[]) {
  const { formatFailure } = await import('./json-output.js' /* webpackMode: "eager" */)
  const { isCommandName } = await import('../input/command-table.js' /* webpackMode: "eager" */)
  const word = args.find(each => !each.startsWith('-')) ?? ''
  const command = request.kind === 'run' ? request.command : isCommandName(word) ? word : undefined
  return (failure: RunFailure): string => formatFailure(command, failure)
}

/** Returns the text for standard output. */
async function answer(request: CommandLineRequest | WrongUsage, host: OpenHost): Promise<string | undefined> {
  switch (request.kind) {
    case 'wrong usage':
      throw request.error
    case 'help': {
      const { command, full } = request
      const columns = columnsOf(process.stdout)
      if (command === undefined) return formatOverview(columns)
      const { formatHelp, formatShortHelp } = await import('../input/help.js' /* webpackMode: "eager" */)
      return full ? formatHelp(command, columns) : formatShortHelp(command)
    }
    case 'version':
      return PROGRAM_VERSION
    case 'run': {
      setTypedFlags(request.typedFlags)
      const { runCommand } = await import('./commands.js' /* webpackMode: "eager" */)
      return runCommand(request, { host, readPassword })
    }
  }
}

/** Imports late, because Node.js then also loads web streams. */
async function readPassword(): Promise<string> {
  const { text } = await import('node:stream/consumers')
  return text(process.stdin)
}
