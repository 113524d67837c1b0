import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { asString } from '../util/json.js'
import type { Nix } from './nix.js'
import { lastLinesOf, stripControlCodes } from './parse-log-lines.js'
import { parseBuildOutputs } from './realise.js'
import { encodeNixString } from './value-functions.js'

/** The output of a stream script, in a store path. */
interface BuiltStream {
  readonly file: string
  /** Removes it from the store, if Nix permits. */
  remove(): Promise<void>
}

export interface StreamBuildOptions {
  /** The system that the script is for. */
  readonly system: string
  /** Options for the command line of Nix. */
  readonly options?: readonly string[]
  /** A path that does not exist yet. While it exists, Nix keeps the output. */
  readonly link: string
  readonly signal?: AbortSignal | undefined
}

const NAME = 'stream'

/** The exit code if builds run without the sandbox. */
const NOT_SANDBOXED = 97

/**
 * Nix turns the sandbox off without an error if the kernel does not support it (`sandbox-fallback`). Without the sandbox, a build
 * sees the whole store, which contains at least the derivation of this build.
 */
const BUILD_SCRIPT = [
  `for file in /nix/store/*.drv; do [ ! -e "$file" ] || exit ${NOT_SANDBOXED}; done`,
  'exec $script >"$out" </dev/null',
].join('\n')

/**
 * Runs a stream script as the builder of a derivation, so that it is in the sandbox of Nix, and returns its output. Throws a
 * `UserError` with the last lines of its standard error if it fails, or if the sandbox is off.
 */
export async function buildStream(
  nix: Nix,
  script: string,
  { system, options = [], link, signal }: StreamBuildOptions,
): Promise<BuiltStream> {
  const expression = makeExpression(system, `builtins.storePath ${encodeNixString(script)}`)
  const result = await runBuild(nix, expression, ['--out-link', link, ...options], signal)
  if (result.code !== 0) throw describeFailure(script, result.stderr)
  const paths = pathsOf(result)
  return {
    file: paths.output,
    async remove() {
      await rm(link, { force: true })
      await removePaths(nix, paths)
    },
  }
}

/** True if builds of a system work, and run in the sandbox of Nix. Runs a build. */
export async function isSandboxed(
  nix: Nix,
  { system, options = [] }: Pick<StreamBuildOptions, 'system' | 'options'>,
): Promise<boolean> {
  if (!nix.settings.sandbox) return false
  const result = await runBuild(nix, makeExpression(system, NO_SCRIPT), ['--no-link', ...options])
  if (result.code === 0) await removePaths(nix, pathsOf(result))
  return result.code === 0
}

/** Without a script, the shell only creates the output. */
const NO_SCRIPT = '""'

function runBuild(
  nix: Nix,
  expression: string,
  options: readonly string[],
  signal?: AbortSignal,
): Promise<ExecResult> {
  const flags = ['--impure', '--json', '--print-build-logs', ...options]
  return nix.run(['build', ...flags, '--expr', expression], signal ? { signal } : {})
}

interface BuiltPaths {
  readonly derivation: string
  readonly output: string
}

function pathsOf({ stdout }: ExecResult): BuiltPaths {
  const [entry] = parseBuildOutputs(stdout)
  const [derivation, outputs] = entry ?? []
  return {
    derivation: asString(derivation, 'drvPath'),
    output: asString(outputs?.out, 'the output of the stream script'),
  }
}

/** If Nix refuses, a later garbage collection removes them. */
async function removePaths(nix: Nix, { derivation, output }: BuiltPaths): Promise<void> {
  await nix.run(['store', 'delete', output, derivation])
}

/** A derivation that is always built, because its output may be removed at any time. */
function makeExpression(system: string, script: string): string {
  const attributes = [
    `name = "${NAME}"`,
    `system = ${encodeNixString(system)}`,
    'builder = "/bin/sh"',
    `args = [ "-c" ${encodeNixString(BUILD_SCRIPT)} ]`,
    `script = ${script}`,
    `run = "${randomUUID()}"`,
    // Otherwise Nix first starts its build hook, which looks for remote builders.
    'preferLocalBuild = true',
    'allowSubstitutes = false',
  ]
  return `derivation { ${attributes.join('; ')}; }`
}

const MAX_LINES = 10

function describeFailure(script: string, stderr: string): UserError {
  const text = stripControlCodes(stderr)
  const code = /failed with exit code (\d+)/.exec(text)?.[1]
  if (code === undefined) {
    return new UserError(`Nix could not run the stream script ${script}:\n${lastLinesOf({ stderr })}`)
  }
  if (Number(code) === NOT_SANDBOXED)
    return new UserError(`the stream script ${script} was not run, because the sandbox of Nix is off`)
  const lines = text.split('\n').filter(line => line.startsWith(`${NAME}> `))
  const output = lines.slice(-MAX_LINES).map(line => line.slice(NAME.length + 2))
  const reason = output.length === 0 ? ' without an error message' : `:\n${output.join('\n')}`
  return new UserError(`the stream script ${script} ended with exit code ${code}${reason}`, {
    hint: `To find the cause, run ${script} >image.tar`,
  })
}
