import { parseDigest } from '../../oci/digest.js'
import { isSystem, type System } from '../../oci/system.js'
import { asArray, asCount, asObject, asString, parseJson } from '../../util/json.js'
import { BUILD_PHASES, type BuiltImage, HOWS, type How } from './build-report.js'
import type { Measured } from './stopwatch.js'

/** What a job spends its time on beside its containers, in this order. */
export const JOB_PHASES = ['nix', 'evaluate', 'restore', 'save'] as const
export type JobPhase = (typeof JOB_PHASES)[number]

/** What one job of the build tells those who sum up the run. */
export interface RunReport extends Measured<JobPhase> {
  readonly built: readonly BuiltImage[]
}

export function encodeReport(report: RunReport): string {
  return JSON.stringify({ format: 1, ...report })
}

/** Throws an `Error` for what is no report. */
export function parseReport(text: string): RunReport {
  const it = asObject(parseJson(text, 'the report'), 'the report')
  if (it.format !== 1) throw new Error('the report is of another format')
  return {
    ...parseMeasured(it.began, it.times, JOB_PHASES),
    built: asArray(it.built, 'built').map(parseBuilt),
  }
}

function parseBuilt(value: unknown): BuiltImage {
  const it = asObject(value, 'what was built')
  const how = parseHow(it.how)
  return {
    container: asString(it.container, 'container'),
    system: parseSystem(it.system),
    platform: asString(it.platform, 'platform'),
    size: asCount(it.size, 'size'),
    layers: asCount(it.layers, 'layers'),
    digest: parseDigest(asString(it.digest, 'digest')),
    derivation: asString(it.derivation, 'derivation'),
    how,
    cached: how === 'cached',
    ...parseMeasured(it.began, it.times, BUILD_PHASES),
  }
}

function parseMeasured<Phase extends string>(
  began: unknown,
  times: unknown,
  phases: readonly Phase[],
): Measured<Phase> {
  const given = asObject(times, 'times')
  const known = phases.filter(phase => given[phase] !== undefined)
  const entries = known.map(phase => [phase, asCount(given[phase], phase)] as const)
  return { began: asCount(began, 'began'), times: Object.fromEntries(entries) as Measured<Phase>['times'] }
}

function parseHow(value: unknown): How {
  const how = HOWS.find(each => each === value)
  if (how === undefined) throw new Error(`how is none of ${HOWS.join(', ')}`)
  return how
}

function parseSystem(value: unknown): System {
  const system = asString(value, 'system')
  if (!isSystem(system)) throw new Error(`${system} is no system`)
  return system
}
