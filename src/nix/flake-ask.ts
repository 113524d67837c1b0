import type { ExecResult } from '../util/exec.js'
import { parseJson } from '../util/json.js'
import { attributeText } from './attribute.js'
import { type Answer, answerFunction, parseAnswer, type Query } from './evaluation.js'
import type { FindOptions } from './find-options.js'
import { evaluationFailure } from './flake-errors.js'
import { lastError } from './log.js'
import type { Nix } from './nix.js'
import { hasSince } from './version.js'

/** Not even the first part of the way is there, which Nix tells us in its own words. */
export interface NoAttribute {
  readonly kind: 'no attribute'
}

/** One evaluation, or two where the flake cannot be read without writing. Throws a `UserError` when it does not evaluate. */
export async function ask(nix: Nix, options: FindOptions, query: Query): Promise<Answer | NoAttribute> {
  const readOnly = options.readOnly ? ['--read-only'] : []
  const quick = await evaluate(nix, options, query, ...readOnly)
  const isWhole = quick.code === 0 || !options.readOnly || !needsWriting(quick)
  const [result, how] = isWhole ? [quick, readOnly] : [await evaluate(nix, options, query), []]
  if (result.code === 0) return parseAnswer(parseJson(result.stdout, "Nix's answer"))
  if (/does not provide attribute/.test(lastError(result))) return { kind: 'no attribute' }
  const trace = () => evaluate(nix, options, query, ...how, '--show-trace')
  throw await evaluationFailure(options, query, result, trace)
}

/** What a flake builds or writes to read it is not in a store that is only read; all versions have the same word for that. */
function needsWriting(failed: ExecResult): boolean {
  return /\bis not valid\b/.test(lastError(failed))
}

function evaluate(
  nix: Nix,
  options: FindOptions,
  query: Query,
  ...more: readonly string[]
): Promise<ExecResult> {
  const [root = ''] = query.before
  const installable = `${options.flake}#${absolute(nix)}${attributeText([root])}`
  return nix.run(['eval', '--json', installable, '--apply', answerFunction(query), ...more], {
    cwd: options.cwd,
    ...(options.onLine && { onErrorLine: options.onLine }),
    ...(options.signal && { signal: options.signal }),
  })
}

/** A leading dot keeps Nix from looking under `packages` and `legacyPackages` first; it came with 2.19. */
function absolute({ version }: Nix): string {
  return hasSince(version, 2, 19) ? '.' : ''
}
