import type { Readable } from 'node:stream'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { readOutput, startProgram } from '../util/exec.js'
import { architectureOf, ELF_HEAD_BYTES, isElf } from './elf.js'
import { type Bytes, readHead } from './format/bytes.js'

export interface ScriptOptions {
  /** This machine can run programs for other machines, by emulation or because its processor can. */
  readonly runsForeign?: boolean
  readonly signal?: AbortSignal
}

/**
 * Runs a stream script and yields its standard output. Throws a `UserError` with the last lines of standard error if the script
 * fails, and a `UserError` with a hint if it cannot run on this machine. If the reader stops early, the script is killed.
 */
export async function* runScript(path: string, { signal, runsForeign = false }: ScriptOptions): Bytes {
  const machine = await checkRunnable(path, runsForeign)
  const child = startProgram(path, [], { clean: true, ownGroup: true, ...(signal && { signal }) })
  const readStderr = collectStderr(child.stderr as Readable)
  yield* readOutput(child, path, code => makeExitError(path, code, readStderr(), machine))
}

/** Longer than the first line that any kernel reads. */
const MAX_FIRST_LINE_BYTES = 4096
const MAX_INTERPRETERS = 5

/**
 * Checks whether this machine can execute a program. Executing it is not a valid test: if the kernel rejects a program for
 * another machine, the C library passes it to the shell, which runs any script. Returns the program's machine if it is not this
 * machine. Throws a `UserError` if an interpreter is missing, or is for another machine and cannot run on this machine.
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
  throw new UserError(
    `the stream script ${path} has a chain of more than ${MAX_INTERPRETERS - 1} interpreters`,
  )
}

async function readProgramHead(program: string, script: string): Promise<Buffer> {
  try {
    return await readHead(program, MAX_FIRST_LINE_BYTES)
  } catch (error) {
    const reason = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`
    throw new UserError(
      `the stream script ${script} cannot be executed: its interpreter ${program} ${reason}`,
      {
        hint: EMULATION_HINT,
        cause: error,
      },
    )
  }
}

function parseInterpreter(head: Buffer): string | undefined {
  return /^#![ \t]*([^ \t\n]+)/.exec(head.toString('latin1'))?.[1]
}

/** OCI's names of processors that have another name in Node.js. */
const OCI_ARCHITECTURES = new Map([
  ['ia32', '386'],
  ['ppc64', 'ppc64le'],
  ['x64', 'amd64'],
])

/** Returns the machine of an ELF program, or `undefined` if it is this machine or the file is not an ELF program. */
function detectForeignMachine(head: Buffer): string | undefined {
  if (!isElf(head) || head.length < ELF_HEAD_BYTES) return undefined
  const machine = architectureOf(head) ?? 'another machine'
  const own = OCI_ARCHITECTURES.get(process.arch) ?? process.arch
  return process.platform === 'linux' && machine === own ? undefined : machine
}

const EMULATION_HINT =
  'Build it on a machine of its system, enable emulation (QEMU), or build an image that is not streamed ' +
  '(buildLayeredImage).'

function makeForeignMachineError(script: string, program: string, machine: string): UserError {
  const subject = program === script ? 'it' : `its interpreter ${program}`
  return new UserError(
    `the stream script ${script} cannot run on this machine: ${subject} is for ${machine}`,
    {
      hint: EMULATION_HINT,
    },
  )
}

const MAX_STDERR_CHARS = 4096
const MAX_STDERR_LINES = 10

/** Collects standard error. The returned function gives its last lines. */
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
  const output = stderr === '' ? ' without an error message' : `:\n${stderr}`
  return new UserError(`the stream script ${path}${foreign} ended with exit code ${code}${output}`, {
    hint: machine === undefined ? `To find the cause, run ${path} >image.tar` : EMULATION_HINT,
  })
}
