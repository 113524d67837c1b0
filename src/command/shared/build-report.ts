import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifact, Host, Log } from '../../host/host.js'
import type { Container } from '../../nix/container.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { type Digest, parseDigest } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import { formatPlatform, isSystem, type System } from '../../oci/platform.js'
import { mapLimit } from '../../util/async.js'
import { messageOf } from '../../util/error.js'
import { shortHashOf } from '../../util/files.js'
import { asArray, asCount, asObject, asString, parseJson } from '../../util/json.js'
import { warnOnFailure } from './failures.js'
import type { PlatformImage } from './platform-image.js'
import type { RunArtifacts } from './run-artifacts.js'

/** The report of one build job. The merge job puts it into the summary of the run. */
export interface RunReport extends Measurement<JobPhase> {
  readonly built: readonly BuiltImage[]
}

/** One image that was built and packed. Sizes are in bytes. */
export interface BuiltImage extends Measurement<BuildPhase> {
  readonly container: string
  readonly system: System
  readonly platform: string
  /** The size of the archive. Without an archive, the size of the layers that are not in the registry yet. */
  readonly size: number
  readonly layers: number
  /** The digest of the image manifest. */
  readonly digest: Digest
  readonly derivation: string
  readonly how: ImageOrigin
  /** The archive is from an earlier run, so nothing was built. */
  readonly cached: boolean
}

/** An image in an archive. Printed by `build --json`. */
export interface BuiltArchive extends BuiltImage {
  readonly file: string
}

/**
 * The origin of an image:
 * - `built` by Nix, on this machine or on a remote builder;
 * - `emulated`: built under QEMU;
 * - `fetched` from a binary cache;
 * - `present`: it was in the Nix store;
 * - `cached`: its archive is from an earlier run, and Nix was not used.
 */
export type ImageOrigin = (typeof IMAGE_ORIGINS)[number]
const IMAGE_ORIGINS = ['built', 'emulated', 'fetched', 'present', 'cached'] as const

/** The phases of one container, in this order. */
const BUILD_PHASES = ['build', 'pack', 'test', 'upload'] as const
export type BuildPhase = (typeof BUILD_PHASES)[number]

/** The phases of a build job outside the containers, in this order. */
const JOB_PHASES = ['nix', 'evaluate', 'restore', 'save'] as const
export type JobPhase = (typeof JOB_PHASES)[number]

interface Measurement<Phase extends string> {
  /** The start, in milliseconds since 1970. */
  readonly began: number
  /** The duration of each phase, in milliseconds. */
  readonly times: Readonly<Partial<Record<Phase, number>>>
}

export function builtImageOf(
  { name, system, derivation }: Container,
  { platform, manifest, layers }: Image,
  details: Pick<BuiltImage, 'size' | 'how' | 'began' | 'times'>,
): BuiltImage {
  return {
    container: name,
    system,
    platform: formatPlatform(platform),
    ...details,
    cached: details.how === 'cached',
    layers: layers.length,
    digest: manifest.digest,
    derivation,
  }
}

/** Measures the phases of a task. A phase that fails is not counted. */
export interface Stopwatch<Phase extends string> {
  time<T>(phase: Phase, task: () => Promise<T>): Promise<T>
  read(): Measurement<Phase>
}

export function createStopwatch<Phase extends string>(now: () => number = Date.now): Stopwatch<Phase> {
  const began = now()
  const times: Partial<Record<Phase, number>> = {}
  return {
    async time(phase, task) {
      const start = now()
      const result = await task()
      times[phase] = (times[phase] ?? 0) + now() - start
      return result
    },
    read: () => ({ began, times: { ...times } }),
  }
}

/** Uploads the report of a build job as an artifact. A failure only causes a warning. */
export async function uploadReport(report: RunReport, { artifacts, temp, log }: Host): Promise<void> {
  if (artifacts === undefined || report.built.length === 0) return
  await warnOnFailure(
    'Cannot upload the build report, so the job summary of the merge has fewer details',
    log,
    async () => {
      const file = join(temp, reportNameOf(report.built))
      await writeFile(file, encodeReport(report))
      await artifacts.upload(file)
    },
  )
}

const REPORT_NAME = /^nix-multiarch-built-[0-9a-f]{10}\.json$/

/** The name depends on the containers only, so a re-run job overwrites its own report. */
function reportNameOf(built: readonly BuiltImage[]): string {
  const names = built.map(({ container, system }) => `${container}-${system}`).sort()
  return `nix-multiarch-built-${shortHashOf(names.join('\n'), 10)}.json`
}

/** Enough for thousands of containers. */
const MAX_REPORT_BYTES = 4 * 1024 * 1024

/** A report needs several requests, and the artifact service limits the requests of a job. */
const MAX_REPORTS = 64
const DOWNLOADS_AT_ONCE = 4

/** What identifies an image in a report. */
type IdentifiedImage = Pick<PlatformImage, 'container' | 'system' | 'derivation'> & {
  readonly image: { readonly manifest: Pick<Descriptor, 'digest'> }
}

interface RunReports {
  readonly reports: readonly RunReport[]
  /** The number of reports that were not read, because of `MAX_REPORTS`. */
  readonly unread: number
}

/**
 * Reads the reports of the build jobs of this workflow run. Broken reports are skipped. Any job of the run can upload a report,
 * so a report cannot be verified: it only adds details about images that were merged.
 *
 * @param images the merged images, as they were built; other images are left out, because other builds of the run also upload
 *   reports
 */
export async function readReports(
  artifacts: RunArtifacts | undefined,
  log: Pick<Log, 'debug'>,
  images: readonly IdentifiedImage[],
): Promise<RunReports> {
  if (artifacts === undefined) return { reports: [], unread: 0 }
  const all = await artifacts.listOptional('Cannot list build reports, so the job summary has fewer details')
  const found = all.filter(({ name, size }) => REPORT_NAME.test(name) && size <= MAX_REPORT_BYTES)
  const read = await mapLimit(found.slice(0, MAX_REPORTS), DOWNLOADS_AT_ONCE, each =>
    readReport(each, artifacts, log),
  )
  const reports = selectReports(
    read.filter(report => report !== undefined),
    new Set(images.map(keyOfImage)),
  )
  return { reports, unread: Math.max(0, found.length - MAX_REPORTS) }
}

async function readReport(
  artifact: Artifact,
  artifacts: RunArtifacts,
  log: Pick<Log, 'debug'>,
): Promise<RunReport | undefined> {
  try {
    return parseReport(await readFile(await artifacts.download(artifact), 'utf8'))
  } catch (error) {
    log.debug(`Skipping the build report ${artifact.name}: ${messageOf(error)}`)
    return undefined
  }
}

/** Returns the reports with only these images. If two reports are about the same image, neither counts for it. */
function selectReports(reports: readonly RunReport[], keys: ReadonlySet<string>): RunReport[] {
  const counts = new Map<string, number>()
  for (const key of reports.flatMap(({ built }) => built.map(keyOfReported)))
    counts.set(key, (counts.get(key) ?? 0) + 1)
  return reports.flatMap(report => {
    const built = report.built.filter(image => {
      const key = keyOfReported(image)
      return keys.has(key) && counts.get(key) === 1
    })
    return built.length === 0 ? [] : [{ ...report, built }]
  })
}

function keyOfReported({ container, system, derivation, digest }: BuiltImage): string {
  return JSON.stringify([container, system, derivation, digest])
}

function keyOfImage({ container, system, derivation, image }: IdentifiedImage): string {
  return JSON.stringify([container, system, derivation, image.manifest.digest])
}

function encodeReport(report: RunReport): string {
  return JSON.stringify({ format: 1, ...report })
}

/** Throws an `Error` if the text is not a report. */
function parseReport(text: string): RunReport {
  const report = asObject(parseJson(text, 'the report'), 'the report')
  if (report.format !== 1)
    throw new Error(`the format of the report is ${JSON.stringify(report.format)}, not 1`)
  return {
    ...parseMeasurement(report.began, report.times, JOB_PHASES),
    built: asArray(report.built, 'built').map(parseBuiltImage),
  }
}

function parseBuiltImage(value: unknown): BuiltImage {
  const image = asObject(value, 'an image of the report')
  const how = parseOrigin(image.how)
  return {
    container: asString(image.container, 'container'),
    system: parseReportedSystem(image.system),
    platform: asString(image.platform, 'platform'),
    size: asCount(image.size, 'size'),
    layers: asCount(image.layers, 'layers'),
    digest: parseDigest(asString(image.digest, 'digest')),
    derivation: asString(image.derivation, 'derivation'),
    how,
    cached: how === 'cached',
    ...parseMeasurement(image.began, image.times, BUILD_PHASES),
  }
}

function parseMeasurement<Phase extends string>(
  began: unknown,
  times: unknown,
  phases: readonly Phase[],
): Measurement<Phase> {
  const values = asObject(times, 'times')
  const known = phases.filter(phase => values[phase] !== undefined)
  const entries = known.map(phase => [phase, asCount(values[phase], phase)] as const)
  return { began: asCount(began, 'began'), times: Object.fromEntries(entries) as Measurement<Phase>['times'] }
}

function parseOrigin(value: unknown): ImageOrigin {
  const origin = IMAGE_ORIGINS.find(each => each === value)
  if (origin === undefined)
    throw new Error(`how is ${JSON.stringify(value)}, not one of ${IMAGE_ORIGINS.join(', ')}`)
  return origin
}

function parseReportedSystem(value: unknown): System {
  const system = asString(value, 'system')
  if (!isSystem(system)) throw new Error(`${JSON.stringify(system)} is not a system`)
  return system
}
