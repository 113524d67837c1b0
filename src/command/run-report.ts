import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifact, Artifacts, Host } from '../host/host.js'
import { parseDigest } from '../oci/digest.js'
import { isSystem, type System } from '../oci/system.js'
import { messageOf } from '../util/error.js'
import { asArray, asCount, asObject, asString, parseJson } from '../util/json.js'
import { mapLimit } from '../util/limit.js'
import { BUILD_PHASES, type Built, HOWS, type How } from './built.js'
import { careful } from './careful.js'
import type { Measured } from './stopwatch.js'

/** What a job spends its time on beside its containers, in this order. */
export const JOB_PHASES = ['nix', 'evaluate', 'restore', 'save'] as const
export type JobPhase = (typeof JOB_PHASES)[number]

/** What one job of the build tells those who sum up the run. */
export interface RunReport extends Measured<JobPhase> {
  readonly built: readonly Built[]
}

const NAME = /^nix-multiarch-built-[0-9a-f]{10}\.json$/

/** Thousands of containers fit. */
const LARGEST = 4 * 1024 * 1024

/** Leaves a report for the job that merges. A run can do without, so trouble is told as a warning. */
export async function leaveReport(report: RunReport, { artifacts, temp, log }: Host): Promise<void> {
  if (artifacts === undefined || report.built.length === 0) return
  await careful('The summary of the run will say less', log, async () => {
    const file = join(temp, nameOf(report.built))
    await writeFile(file, JSON.stringify({ format: 1, ...report }))
    await artifacts.upload(file)
  })
}

/** The reports that the jobs of this run have left. What is broken is passed over. */
export async function readReports({ artifacts, temp, log }: Host): Promise<RunReport[]> {
  if (artifacts === undefined) return []
  const listed = await careful('The summary of the run says less', log, () => artifacts.list())
  const reports = (listed ?? []).filter(({ name, size }) => NAME.test(name) && size <= LARGEST)
  const read = await mapLimit(reports, 4, async each => {
    try {
      return await readOne(each, artifacts, temp)
    } catch (error) {
      log.debug(`${each.name} is passed over: ${messageOf(error)}`)
      return undefined
    }
  })
  return read.filter(report => report !== undefined)
}

async function readOne(artifact: Artifact, artifacts: Artifacts, folder: string): Promise<RunReport> {
  return parseReport(await readFile(await artifacts.download(artifact, folder), 'utf8'))
}

/** The same containers give the same name, so that a job that is run again replaces its own. */
function nameOf(built: readonly Built[]): string {
  const names = built.map(({ container, system }) => `${container}-${system}`).sort()
  const hash = createHash('sha256').update(names.join('\n')).digest('hex')
  return `nix-multiarch-built-${hash.slice(0, 10)}.json`
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

function parseBuilt(value: unknown): Built {
  const it = asObject(value, 'what was built')
  const how = parseHow(it.how)
  return {
    container: asString(it.container, 'container'),
    system: parseSystem(it.system),
    platform: asString(it.platform, 'platform'),
    file: asString(it.file, 'file'),
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
