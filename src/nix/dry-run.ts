import type { ExecResult } from '../util/exec.js'
import type { Container, Need } from './container.js'
import type { Nix } from './nix.js'
import { stripControlCodes } from './parse-log-lines.js'
import { installableOf, parseBuildOutputs } from './realise.js'

/** What a build of several containers would do. */
export interface DryRun {
  /** The derivations that Nix would build, in build order. */
  readonly built: readonly string[]
  /**
   * Returns what Nix would have to do for one of the containers. Nix does not check here whether a trusted key has signed a path,
   * so it may build a path that it says it would download.
   */
  needOf(container: Pick<Container, 'derivation' | 'output'>): Need
}

/** Runs Nix once for all containers, and returns its result for every exit code. `parseDryRun` reads the result. */
export function runDryRun(
  nix: Nix,
  containers: readonly Container[],
  { options, signal }: { readonly options: readonly string[]; readonly signal?: AbortSignal },
): Promise<ExecResult> {
  const installables = [...new Set(containers.map(container => installableOf(nix, container)))]
  const args = ['build', '--dry-run', '--no-link', '--json', ...options, ...installables]
  return nix.run(args, signal ? { signal } : {})
}

/** Parses the result of `nix build --dry-run --json`: lists of paths in standard error, the outputs in standard output. */
export function parseDryRun({ stdout, stderr }: Pick<ExecResult, 'stdout' | 'stderr'>): DryRun {
  const lines = stripControlCodes(stderr).split(/\r?\n/)
  const built = listPathsBelow(lines, /^th(is derivation|ese \d+ derivations) will be built:/)
  const downloaded = new Set(listPathsBelow(lines, /^th(is path|ese \d+ paths) will be fetched/))
  const outputs = tryParseOutputs(stdout)
  return {
    built,
    needOf({ derivation, output }) {
      if (built.includes(derivation)) return 'build'
      const path = outputs.get(derivation)?.[output]
      // The path of a content-addressed output may be unknown.
      return typeof path === 'string' && !downloaded.has(path) ? 'nothing' : 'download'
    },
  }
}

/** Without the outputs, it is only unknown which paths are in the store. So an unexpected format is no error. */
function tryParseOutputs(json: string): ReturnType<typeof parseBuildOutputs> {
  try {
    return parseBuildOutputs(json)
  } catch {
    return new Map()
  }
}

function listPathsBelow(lines: readonly string[], heading: RegExp): string[] {
  const start = lines.findIndex(line => heading.test(line)) + 1
  if (start === 0) return []
  const rest = lines.slice(start)
  const end = rest.findIndex(line => !/^ {2}\/\S+$/.test(line))
  return rest.slice(0, end < 0 ? undefined : end).map(line => line.trim())
}
