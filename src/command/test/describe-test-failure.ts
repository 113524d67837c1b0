import { constants } from 'node:os'
import { keepLastLines } from '../../util/exec.js'
import { formatSeconds, stripTerminalControls } from '../../util/text.js'
import type { CommandResult } from './test-engine.js'

const MAX_LINES = 20
const MAX_CHARACTERS = 4000

/** Returns `hello --version ended with exit code 1`, with the last lines of its output; `undefined` if it succeeded. */
export function describeFailedCommand(
  command: readonly string[],
  { code, output, timedOut }: CommandResult,
  timeout: number,
): string | undefined {
  if (code === 0 && !timedOut) return undefined
  const what = timedOut ? `did not end within ${formatSeconds(timeout)}` : describeCode(code)
  const lines = lastLinesOf(output)
  return [`\`${formatCommand(command)}\` ${what}`, ...lines.map(line => `  ${line}`)].join('\n')
}

function describeCode(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
  if (signal !== undefined) return `was ended by ${signal} (exit code ${code})`
  if (code === 127) return 'was not found, or its interpreter was not (exit code 127)'
  if (code === 126) return 'cannot be executed in the image (exit code 126)'
  return `ended with exit code ${code}`
}

/** Without escape sequences. */
export function lastLinesOf(output: string): string[] {
  const last = keepLastLines({ count: MAX_LINES, characters: MAX_CHARACTERS })
  const text = stripTerminalControls(output.replace(/\r\n?/g, '\n')).trimEnd()
  for (const line of text === '' ? [] : text.split('\n')) last.push(line.slice(0, MAX_CHARACTERS))
  return last.readLines()
}

/** Quotes words as a shell needs them. */
export function formatCommand(command: readonly string[]): string {
  return command
    .map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ')
}
