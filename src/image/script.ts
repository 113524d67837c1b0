import type { Readable } from 'node:stream'
import { UserError } from '../util/error.js'
import { outputOf, start } from '../util/exec.js'
import type { Bytes } from './format/bytes.js'
import { checkRunnable, EMULATION_HINT } from './runnable.js'

export interface ScriptOptions {
  /** Programs for other machines run here, by emulation or by the processor's grace. */
  readonly runsForeign?: boolean
  readonly signal?: AbortSignal
}

/**
 * What a stream script writes. Ends only when the script has ended well: throws a `UserError` with the last lines of
 * its standard error when it failed, and one that says what to do when it cannot run on this machine. The script is
 * ended when the reader stops early.
 */
export async function* scriptBytes(path: string, { signal, runsForeign = false }: ScriptOptions): Bytes {
  const machine = await checkRunnable(path, runsForeign)
  const child = start(path, [], { clean: true, ...(signal && { signal }) })
  const complaints = lastOf(child.stderr as Readable)
  yield* outputOf(child, path, code => failed(path, code, complaints(), machine))
}

const KEPT = 4096
const LINES = 10

/** Keeps the end of what a program says. */
function lastOf(stderr: Readable): () => string {
  let text = ''
  stderr.setEncoding('utf8')
  stderr.on('data', (chunk: string) => {
    text = (text + chunk).slice(-KEPT)
  })
  return () => text.trimEnd().split('\n').slice(-LINES).join('\n')
}

function failed(path: string, code: number, complaints: string, machine: string | undefined): UserError {
  const foreign = machine === undefined ? '' : ` (it is for ${machine})`
  const said = complaints === '' ? ' and said nothing' : `:\n${complaints}`
  return new UserError(`the stream script ${path}${foreign} ended with exit code ${code}${said}`, {
    hint: machine === undefined ? 'Run it by itself, its output into a file, to see more.' : EMULATION_HINT,
  })
}
