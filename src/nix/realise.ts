import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { type ExecResult, keepLastLines, MAX_STDERR_BYTES } from '../util/exec.js'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import type { Container } from './container.js'
import { findHint } from './find-failure-hint.js'
import { isAtLeast, type Nix } from './nix.js'
import { lastLinesOf, stripControlCodes } from './parse-log-lines.js'
import { type BuildProgress, createBuildLogReader, JSON_LOG_OPTIONS, lacksJsonLog } from './read-build-log.js'

export interface BuildOptions {
  /** Options for the command line of Nix, as returned by `prepareSystem`. */
  readonly options?: readonly string[]
  /** Called with each line of Nix's log. */
  readonly onLine?: (line: string) => void
  readonly onProgress?: (progress: BuildProgress) => void
  readonly signal?: AbortSignal
}

/** Builds a container, or downloads it from a cache, and returns its path. Throws a `UserError` if this fails. */
export async function buildContainer(
  nix: Nix,
  container: Container,
  options: BuildOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runBuild(nix, container, options, JSON_LOG_OPTIONS)
  if (code !== 0) throw describeBuildFailure(container, stderr, options.options ?? [])
  return join(nix.storeRoot ?? '/', outputPathOf(container, parseBuildOutputs(stdout)))
}

const LOG_LIMITS = { count: 5000, characters: MAX_STDERR_BYTES }

/** Runs `nix build`. Its log is JSON, from which the text is made. A Nix without this format runs again, with its usual log. */
async function runBuild(
  nix: Nix,
  container: Container,
  { options = [], onLine, onProgress, signal }: BuildOptions,
  logOptions: readonly string[],
): Promise<ExecResult> {
  const lines = keepLastLines(LOG_LIMITS)
  const onErrorLine = createBuildLogReader({
    onLine(line) {
      lines.push(line)
      onLine?.(line)
    },
    ...(onProgress && { onProgress }),
  })
  const flags = ['--no-link', '--json', '--print-build-logs', ...options, ...logOptions]
  const result = await nix.run(['build', ...flags, installableOf(nix, container)], {
    onErrorLine,
    ...(signal && { signal }),
  })
  const text = lines.readLines()
  if (result.code !== 0 && logOptions.length > 0 && text.some(lacksJsonLog))
    return runBuild(nix, container, { options, ...(onLine && { onLine }), ...(signal && { signal }) }, [])
  return { ...result, stderr: text.join('\n') }
}

/** Since Nix 2.13, `^` selects an output. In older versions, the path of a derivation means all its outputs. */
export function installableOf(nix: Nix, { derivation, output }: Container): string {
  return isAtLeast(nix.version, 2, 13) ? `${derivation}^${output}` : derivation
}

/** Parses the output of `nix build --json`: for each derivation, its outputs by name. */
export function parseBuildOutputs(json: string): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const entries = asArray(parseJson(json, "Nix's list of builds"), "Nix's list of builds")
  return new Map(
    entries.map(value => {
      const entry = asObject(value, 'a build')
      return [asString(entry.drvPath, 'drvPath'), asObject(entry.outputs, 'outputs')]
    }),
  )
}

function outputPathOf(
  { derivation, output }: Container,
  built: ReturnType<typeof parseBuildOutputs>,
): string {
  return asString(built.get(derivation)?.[output], `the output ${output} of ${derivation}`)
}

function describeBuildFailure(
  { name, attribute }: Container,
  stderr: string,
  options: readonly string[],
): UserError {
  const hint = findHint(stripControlCodes(stderr), options)
  return new UserError(`${name} (${attribute}) could not be built:\n${lastLinesOf({ stderr })}`, { hint })
}
