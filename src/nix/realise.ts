import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import type { Container } from './container.js'
import { explanationOf } from './describe-error.js'
import { lastWords, plainText } from './log.js'
import type { Nix } from './nix.js'
import { isAtLeast } from './version.js'

export interface BuildOptions {
  /** Options for Nix, as `prepareSystem` gives them. */
  readonly options?: readonly string[]
  /** Called with each line of Nix's log as it comes. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Builds a container, or takes it from a cache, and gives the path where it lies. Throws a `UserError` when that fails. */
export async function buildContainer(
  nix: Nix,
  container: Container,
  options: BuildOptions = {},
): Promise<string> {
  const [path] = await buildContainers(nix, [container], options)
  if (path === undefined) throw new Error(`Nix gave no store path for ${container.attribute}`)
  return path
}

/**
 * Builds several containers at once, as many in parallel as Nix is set to, and gives their store paths in order. When one
 * fails, a `UserError` names it, or all of them where Nix's words do not tell which it was.
 */
export async function buildContainers(
  nix: Nix,
  containers: readonly Container[],
  options: BuildOptions = {},
): Promise<string[]> {
  if (containers.length === 0) return []
  const installables = containers.map(each => installableOf(nix, each))
  const flags = ['--no-link', '--json', '--print-build-logs', ...(options.options ?? [])]
  const result = await nix.run(['build', ...flags, ...new Set(installables)], {
    ...(options.onLine && { onErrorLine: options.onLine }),
    ...(options.signal && { signal: options.signal }),
  })
  if (result.code !== 0) throw failure(containers, result.stderr, options)
  const paths = parsePaths(result.stdout)
  return containers.map(each => join(nix.storeRoot ?? '/', pathOf(each, paths)))
}

/** From 2.13 on `^` names an output; before, a derivation's path stands for all of its outputs. */
export function installableOf(nix: Nix, { derivation, output }: Container): string {
  return isAtLeast(nix.version, 2, 13) ? `${derivation}^${output}` : derivation
}

type Outputs = ReadonlyMap<string, Readonly<Record<string, unknown>>>

function parsePaths(json: string): Outputs {
  const built = asArray(parseJson(json, "Nix's list of what was built"), "Nix's list of what was built")
  return new Map(
    built.map(each => {
      const it = asObject(each, 'what was built')
      return [asString(it.drvPath, 'drvPath'), asObject(it.outputs, 'outputs')]
    }),
  )
}

function pathOf({ derivation, output }: Container, built: Outputs): string {
  return asString(built.get(derivation)?.[output], `the output ${output} of ${derivation}`)
}

function failure(containers: readonly Container[], stderr: string, { options }: BuildOptions): UserError {
  const words = plainText(stderr)
  const errors = words.split('\n').filter(line => /^\s*error: /.test(line))
  const blamed = containers.filter(each => errors.some(line => line.includes(`'${each.derivation}'`)))
  const failed = blamed.length > 0 ? blamed : containers
  const names = failed.map(each => `${each.name} (${each.attribute})`).join(', ')
  const hint = explanationOf(words, options)
  return new UserError(`${names} could not be built:\n${lastWords({ stderr })}`, { hint })
}
