import type { Readable } from 'node:stream'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { readOutput, startProgram } from '../util/exec.js'
import { architectureOf, ELF_HEAD, isElf } from './elf.js'
import { type Bytes, readHead } from './format/bytes.js'

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
export async function* runScript(path: string, { signal, runsForeign = false }: ScriptOptions): Bytes {
  const machine = await checkRunnable(path, runsForeign)
  const child = startProgram(path, [], { clean: true, ...(signal && { signal }) })
  const complaints = collectStderr(child.stderr as Readable)
  yield* readOutput(child, path, code => makeExitError(path, code, complaints(), machine))
}

const MAX_STDERR_CHARS = 4096
const MAX_STDERR_LINES = 10

/** Keeps the end of what a program says. */
function collectStderr(stderr: Readable): () => string {
  let text = ''
  stderr.setEncoding('utf8')
  stderr.on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_STDERR_CHARS)
  })
  return () => text.trimEnd().split('\n').slice(-MAX_STDERR_LINES).join('\n')
}

function makeExitError(path: string, code: number, stderr: string, machine: string | undefined): UserError {
  const foreign = machine === undefined ? '' : ` (it is for ${machine})`
  const said = stderr === '' ? ' and said nothing' : `:\n${stderr}`
  return new UserError(`the stream script ${path}${foreign} ended with exit code ${code}${said}`, {
    hint: machine === undefined ? 'Run it by itself, its output into a file, to see more.' : EMULATION_HINT,
  })
}

/** OCI's names of processors, where Node.js has others. */
const OCI_ARCHITECTURES = new Map([
  ['ia32', '386'],
  ['ppc64', 'ppc64le'],
  ['x64', 'amd64'],
])

const EMULATION_HINT =
  'Build it on a machine of its own system, enable emulation (QEMU), or build an image that is not streamed ' +
  '(buildLayeredImage).'

/** Longer than any `#!` line that a kernel reads. */
const MAX_FIRST_LINE_BYTES = 4096
const MAX_INTERPRETERS = 5

/**
 * Finds out whether a program can be executed here. To try it is no way: where the kernel refuses a foreign program,
 * the C library hands it to the shell, which reads any script as its own. Gives the machine that it is for where that
 * is another than this one's. Throws a `UserError` when an interpreter is missing, or it is for another machine whose
 * programs do not run here.
 */
async function checkRunnable(path: string, runsForeign: boolean): Promise<string | undefined> {
  let program = path
  for (let depth = 0; depth < MAX_INTERPRETERS; depth++) {
    const head = await readProgramHead(program, path)
    const interpreter = parseInterpreter(head)
    if (interpreter === undefined) {
      const machine = detectForeignMachine(head)
      if (machine === undefined || runsForeign) return machine
      throw makeForeignMachineError(path, program, machine)
    }
    program = interpreter
  }
  throw new UserError(`the stream script ${path} is interpreted by too many scripts`)
}

function parseInterpreter(head: Buffer): string | undefined {
  return /^#![ \t]*([^ \t\n]+)/.exec(head.toString('latin1'))?.[1]
}

function detectForeignMachine(head: Buffer): string | undefined {
  if (!isElf(head) || head.length < ELF_HEAD) return undefined
  const machine = architectureOf(head) ?? 'another machine'
  const own = OCI_ARCHITECTURES.get(process.arch) ?? process.arch
  return process.platform === 'linux' && machine === own ? undefined : machine
}

async function readProgramHead(program: string, script: string): Promise<Buffer> {
  try {
    return await readHead(program, MAX_FIRST_LINE_BYTES)
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`
    throw new UserError(`the stream script ${script} cannot be executed: its interpreter ${program} ${why}`, {
      hint: EMULATION_HINT,
      cause: error,
    })
  }
}

function makeForeignMachineError(script: string, program: string, machine: string): UserError {
  const what = program === script ? 'it' : `its interpreter ${program}`
  return new UserError(`the stream script ${script} cannot be executed here: ${what} is for ${machine}`, {
    hint: EMULATION_HINT,
  })
}
