import type { OpenHost } from '../host/host.js'
import { createLocalHost } from '../host/local.js'
import { formatHelp, parseCommandLine } from '../input/command-line.js'
import { columnsOf, PROGRAM_VERSION } from '../util/text.js'
import { runCommand } from './commands.js'
import { print, run } from './run.js'

export async function start(): Promise<void> {
  const args = process.argv.slice(2)
  const verbose = args.includes('--verbose')
  const openHost = (signal: AbortSignal): OpenHost =>
    createLocalHost({ stderr: process.stderr, env: process.env, verbose, signal })
  await run(openHost, async host => {
    const request = parseCommandLine(args)
    switch (request.kind) {
      case 'help':
        return print(formatHelp(request.command, columnsOf(process.stdout)), host)
      case 'version':
        return print(PROGRAM_VERSION, host)
      case 'run':
        return print(await runCommand(request, { host, readPassword }), host)
    }
  })
}

/** Imports late, because Node.js then also loads web streams. */
async function readPassword(): Promise<string> {
  const { text } = await import('node:stream/consumers')
  return text(process.stdin)
}
