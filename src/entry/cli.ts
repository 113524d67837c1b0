import { text } from 'node:stream/consumers'
import type { OpenHost } from '../host/host.js'
import { localHost } from '../host/local.js'
import { helpText, parseCommandLine } from '../input/command-line.js'
import { columnsOf, VERSION } from '../util/text.js'
import { runCommand } from './commands.js'
import { print, run } from './run.js'

const args = process.argv.slice(2)
const openHost = (signal: AbortSignal): OpenHost =>
  localHost({ stderr: process.stderr, env: process.env, verbose: args.includes('--verbose'), signal })

await run(openHost, async host => {
  const request = parseCommandLine(args)
  switch (request.kind) {
    case 'help':
      return print(helpText(request.command, columnsOf(process.stdout)), host)
    case 'version':
      return print(VERSION, host)
    case 'run':
      return print(await runCommand(request, { host, readPassword: () => text(process.stdin) }), host)
  }
})
