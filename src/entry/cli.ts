import { text } from 'node:stream/consumers'
import { localHost } from '../host/local.js'
import { parseCommandLine } from '../input/command-line.js'
import { helpText } from '../input/help.js'
import { codeOf } from '../util/error.js'
import { VERSION } from '../util/version.js'
import { runCommand } from './commands.js'
import { run } from './run.js'

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
