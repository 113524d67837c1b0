import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifact, Host } from '../../host/host.js'
import type { Container } from '../../nix/container.js'
import { type Digest, parseDigest } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import { formatPlatform, isSystem, type System } from '../../oci/platform.js'
import { mapLimit } from '../../util/async.js'
import { messageOf } from '../../util/error.js'
import { shortHashOf } from '../../util/files.js'
import { asArray, asCount, asObject, asString, parseJson } from '../../util/json.js'
import { warnOnFailure } from './failures.js'

/**
 * How an image came to be:
 * - `built` by Nix, on this machine or a remote builder;
 * - `emulated`: built, under QEMU;
 * - `fetched`: Nix had it, in its store or a binary cache;
 * - `cached`: its archive came from an earlier run, and nothing was asked of Nix.
 */
const HOWS = ['built', 'emulated', 'fetched', 'cached'] as const
export type How = (typeof HOWS)[number]

/** What a container's time is spent on, in this order. */
const BUILD_PHASES = ['build', 'pack', 'upload'] as const

export type BuildPhase = (typeof BUILD_PHASES)[number]

/** One image that was built and packed. Sizes are in bytes. */
export interface BuiltImage extends Measured<BuildPhase> {
  readonly container: string
  readonly system: System
  readonly platform: string
  /** Of its archive, or of what it brings to the registry. */
  readonly size: number
  readonly layers: number
  /** Of the image's manifest. */
  readonly digest: Digest
  readonly derivation: string
  readonly how: How
  /** It was made in an earlier run, and nothing was built now. */
  readonly cached: boolean
}

/** An image in an archive. */
export interface Built extends BuiltImage {
  readonly file: string
}

/** What is known of a container and its image. */
export function builtOf(
  { name, system, derivation }: Container,
  { platform, manifest, layers }: Image,
  about: Pick<BuiltImage, 'size' | 'how' | 'began' | 'times'>,
): BuiltImage {
  return {
    container: name,
    system,
    platform: formatPlatform(platform),
    ...about,
    cached: about.how === 'cached',
    layers: layers.length,
    digest: manifest.digest,
    derivation,
  }
}

/** Measures the phases of a task, in milliseconds. A phase that fails is not counted. */
export interface Stopwatch<Phase extends string> {
  time<T>(phase: Phase, task: () => Promise<T>): Promise<T>
  read(): Measured<Phase>
}

interface Measured<Phase extends string> {
  /** In milliseconds since 1970. */
  readonly began: number
  readonly times: Readonly<Partial<Record<Phase, number>>>
}

export function stopwatch<Phase extends string>(now: () => number = Date.now): Stopwatch<Phase> {
  const began = now()
  const times: Partial<Record<Phase, number>> = {}
  return {
    async time(phase, task) {
      const from = now()
      const result = await task()
      times[phase] = (times[phase] ?? 0) + now() - from
      return result
    },
    read: () => ({ began, times: { ...times } }),
  }
}

/** What a job spends its time on beside its containers, in this order. */
const JOB_PHASES = ['nix', 'evaluate', 'restore', 'save'] as const
export type JobPhase = (typeof JOB_PHASES)[number]

/** What one job of the build tells those who sum up the run. */
export interface RunReport extends Measured<JobPhase> {
  readonly built: readonly BuiltImage[]
}

function encodeReport(report: RunReport): string {
  return JSON.stringify({ format: 1, ...report })
}

/** Throws an `Error` for what is no report. */
function parseReport(text: string): RunReport {
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

const NAME = /^nix-multiarch-built-[0-9a-f]{10}\.json$/

/** In bytes. Thousands of containers fit. */
const LARGEST = 4 * 1024 * 1024

/** Each costs several requests, of which the service allows a job only so many. */
const MOST = 64
const DOWNLOADS_AT_ONCE = 4

/** What was told of a run. */
interface Reports {
  readonly reports: readonly RunReport[]
  /** How many more jobs left a report that was not read. */
  readonly unread: number
}

/** Leaves a report for the job that merges. A run can do without, so trouble is told as a warning. */
export async function leaveReport(report: RunReport, { artifacts, temp, log }: Host): Promise<void> {
  if (artifacts === undefined || report.built.length === 0) return
  await warnOnFailure('The summary of the run will say less', log, async () => {
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
  const listed = await warnOnFailure('The summary of the run says less', log, () => artifacts.list())
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
  return `nix-multiarch-built-${shortHashOf(names.join('\n'), 10)}.json`
}
