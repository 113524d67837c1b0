import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifact, Host } from '../../host/host.js'
import { mapLimit } from '../../util/async.js'
import { messageOf } from '../../util/error.js'
import { shortHash } from '../../util/short-hash.js'
import type { BuiltImage } from './build-report.js'
import { careful } from './careful.js'
import { encodeReport, parseReport, type RunReport } from './run-report.js'

const NAME = /^nix-multiarch-built-[0-9a-f]{10}\.json$/

/** In bytes. Thousands of containers fit. */
const LARGEST = 4 * 1024 * 1024

/** Each costs several requests, of which the service allows a job only so many. */
const MOST = 64
const DOWNLOADS_AT_ONCE = 4

/** What was told of a run. */
export interface Reports {
  readonly reports: readonly RunReport[]
  /** How many more jobs left a report that was not read. */
  readonly unread: number
}

/** Leaves a report for the job that merges. A run can do without, so trouble is told as a warning. */
export async function leaveReport(report: RunReport, { artifacts, temp, log }: Host): Promise<void> {
  if (artifacts === undefined || report.built.length === 0) return
  await careful('The summary of the run will say less', log, async () => {
    const file = join(temp, nameOf(report.built))
    await writeFile(file, encodeReport(report))
    await artifacts.upload(file)
  })
}

/**
 * The reports that the jobs of this run have left; what is broken is passed over.
 *
 * @param derivations of which alone is to be told, since other builds of the run leave reports too
 */
export async function readReports(host: Host, derivations?: ReadonlySet<string>): Promise<Reports> {
  const { artifacts, log } = host
  if (artifacts === undefined) return { reports: [], unread: 0 }
  const listed = await careful('The summary of the run says less', log, () => artifacts.list())
  const found = (listed ?? []).filter(({ name, size }) => NAME.test(name) && size <= LARGEST)
  const read = await mapLimit(found.slice(0, MOST), DOWNLOADS_AT_ONCE, each => readOne(each, host))
  const reports = read.flatMap(report => (report ? about(report, derivations) : []))
  return { reports, unread: Math.max(0, found.length - MOST) }
}

async function readOne(artifact: Artifact, { artifacts, temp, log }: Host): Promise<RunReport | undefined> {
  try {
    const file = await artifacts?.download(artifact, temp)
    return file === undefined ? undefined : parseReport(await readFile(file, 'utf8'))
  } catch (error) {
    log.debug(`${artifact.name} is passed over: ${messageOf(error)}`)
    return undefined
  }
}

/** What a report says of these derivations; none where it says nothing of them. */
function about(report: RunReport, derivations: ReadonlySet<string> | undefined): RunReport[] {
  if (derivations === undefined) return [report]
  const built = report.built.filter(({ derivation }) => derivations.has(derivation))
  return built.length === 0 ? [] : [{ ...report, built }]
}

/** The same containers give the same name, so that a job that is run again replaces its own. */
function nameOf(built: readonly BuiltImage[]): string {
  const names = built.map(({ container, system }) => `${container}-${system}`).sort()
  return `nix-multiarch-built-${shortHash(names.join('\n'), 10)}.json`
}
