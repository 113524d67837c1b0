import type { Readable } from 'node:stream'
import { UserError } from '../util/error.js'
import { readOutput, startProgram } from '../util/exec.js'
import { describeReadError } from '../util/files.js'
import { type Bytes, readFileBytes, readHead } from './format/bytes.js'
import { architectureOf, ELF_HEAD_BYTES, isElf } from './programs/elf.js'

/** How a stream script is kept away from the files, the environment and the network of this process. */
export type ScriptIsolation =
  /** As an unused user in a sandbox. `command` is the result of `makeSandboxCommand` for these folders. */
  | {
      readonly how: 'root-sandbox' | 'user-sandbox'
      readonly command: readonly [string, ...string[]]
      readonly readable: readonly string[]
      readonly shell?: string | undefined
    }
  /** As the builder of a derivation. `build` throws a `UserError` if the script fails. */
  | { readonly how: 'derivation'; build(script: string, signal?: AbortSignal): Promise<BuiltStream> }
  /** As the user of this process. Only the environment is clean. */
  | { readonly how: 'none' }

/** The output of a stream script, in a file. */
export interface BuiltStream {
  readonly file: string
  remove(): Promise<void>
}

export interface ScriptOptions {
  /** This machine can run programs for other machines, by emulation or because its processor can. */
  readonly runsForeign?: boolean
  /** Chooses the isolation. Only called for a script. Default: none. */
  readonly isolate?: () => Promise<ScriptIsolation>
  readonly signal?: AbortSignal
}

/**
 * Runs a stream script and yields its standard output. Throws a `UserError` with the last lines of standard error if the script
 * fails, and a `UserError` with a hint if it cannot run on this machine. If the reader stops early, or when the script ends, all
 * its processes are killed: without isolation, all that did not leave its process group.
 */
export async function* runScript(
  path: string,
  { signal, runsForeign = false, isolate }: ScriptOptions,
): Bytes {
  const isolation = (await isolate?.()) ?? ({ how: 'none' } as const)
  const program = { path, machine: await checkRunnable(path, runsForeign, isolation) }
  if (isolation.how === 'derivation') {
    const { file, remove } = await isolation.build(path, signal)
    try {
      yield* readFileBytes(file)
    } finally {
      await remove()
    }
    return
  }
  signal?.throwIfAborted()
  yield* runProgram(program, isolation, signal)
}

interface Program {
  readonly path: string
  /** The machine that the program is for, if it is not this machine. */
  readonly machine: string | undefined
}

async function* runProgram(
  program: Program,
  isolation: Exclude<ScriptIsolation, { how: 'derivation' }>,
  signal: AbortSignal | undefined,
): Bytes {
  const { path } = program
  const [command, ...args] = isolation.how === 'none' ? ([path] as const) : [...isolation.command, path]
  const options = { clean: true, ownGroup: true, endsWithInput: isolation.how !== 'none' }
  const child = startProgram(command, args, { ...options, ...(signal && { signal }) })
  const readStderr = collectStderr(child.stderr as Readable)
  try {
    yield* readOutput(child, path, code => makeExitError(program, code, readStderr()))
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/** Longer than the first line that any kernel reads. */
const MAX_FIRST_LINE_BYTES = 4096
const MAX_INTERPRETERS = 5

/**
 * Checks whether this machine can execute a program. Executing it is not a valid test: if the kernel rejects a program for
 * another machine, the C library passes it to the shell, which runs any script. Returns the program's machine if it is not this
 * machine. Throws a `UserError` if an interpreter is missing, or is for another machine and cannot run on this machine.
 */
async function checkRunnable(
  path: string,
  runsForeign: boolean,
  isolation: ScriptIsolation,
): Promise<string | undefined> {
  let program = path
  for (let depth = 0; depth < MAX_INTERPRETERS; depth++) {
    checkReadable(program, path, isolation)
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

/** Throws a `UserError` if a program does not exist in the sandbox. */
function checkReadable(program: string, script: string, isolation: ScriptIsolation): void {
  if (!('readable' in isolation)) return
  const { readable, shell } = isolation
  const isReadable = readable.some(folder => program.startsWith(`${folder}/`))
  if (isReadable || (program === '/bin/sh' && shell !== undefined)) return
  const subject = program === script ? 'it' : `its interpreter ${program}`
  throw new UserError(
    `the stream script ${script} cannot be executed: ${subject} is not in ${readable.join(' or ')}`,
    { hint: 'A stream script sees only the Nix store, as a build does. Use an interpreter of a package.' },
  )
}

async function readProgramHead(program: string, script: string): Promise<Buffer> {
  try {
    return await readHead(program, MAX_FIRST_LINE_BYTES)
  } catch (error) {
    throw new UserError(
      `the stream script ${script} cannot be executed: its interpreter ${program} ${describeReadError(error)}`,
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

function makeExitError({ path, machine }: Program, code: number, stderr: string): UserError {
  const foreign = machine === undefined ? '' : ` (it is for ${machine})`
  const output = stderr === '' ? ' without an error message' : `:\n${stderr}`
  return new UserError(`the stream script ${path}${foreign} ended with exit code ${code}${output}`, {
    hint: machine === undefined ? `To find the cause, run ${path} >image.tar` : EMULATION_HINT,
  })
}
