import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { PlanBinding, SourceArchive } from '../../attestation/provenance.js'
import type { Artifact, Log } from '../../host/host.js'
import { type Digest, digestOf, isDigest } from '../../oci/digest.js'
import type { System } from '../../oci/platform.js'
import { mapLimit } from '../../util/async.js'
import { codeOf, UserError } from '../../util/error.js'
import { exists } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { formatBytes, limitList, MIB, quoteControlCharacters } from '../../util/text.js'
import { isPlanFile, type PlanDocument, parsePlan, parsePlanReference } from './plan-document.js'
import { type RunArtifacts, selectOnlyArtifacts } from './run-artifacts.js'

/** The suffix of the archives of `build`, which are also the names of their artifacts. */
const ARCHIVE_ENDING = '.oci.tar'
/** The suffix of the multi-arch archives of `merge`. */
export const MERGED_ENDING = `.multi-arch${ARCHIVE_ENDING}`

const NEEDS_HINT = 'Add `needs: build` to the merge job, and check that all build jobs succeeded.'

/** Returns the file name of the archive of a container for one system. */
export function archiveNameOf({ name, system }: { readonly name: string; readonly system: System }): string {
  return `${name}-${system}${ARCHIVE_ENDING}`
}

/** Where a merge finds its archives and its plan. */
interface ArchiveSource {
  /** The artifacts of the workflow run; `undefined` on a local machine, and in a job without an artifact service. */
  readonly artifacts: RunArtifacts | undefined
  /** The folder to read if there are no artifacts. */
  readonly defaultFolder: string
  /** A sentence without its point, if the merge runs in a job without an artifact service. */
  readonly missingService?: string | undefined
  readonly log: Pick<Log, 'info' | 'warning'>
}

/** An archive to merge. */
export interface FoundArchive {
  readonly path: string
  /** The artifact that was downloaded and verified. Absent for a file in a folder. */
  readonly archive?: SourceArchive
}

/**
 * Returns the archives to merge, sorted by path. They are read from `folder`. Without a folder, the artifacts of this
 * workflow run are downloaded to a temporary folder; without artifacts, the default folder is used. With a plan, only the
 * archives of the containers to build are returned: exactly one for each container and system. Throws a `UserError` if there are
 * no archives, if a planned archive is missing, or if two artifacts have the same name.
 */
export async function findArchives(
  folder: string | undefined,
  source: ArchiveSource,
  plan?: PlanDocument | undefined,
): Promise<FoundArchive[]> {
  const expected = plan === undefined ? undefined : archiveNamesOf(plan)
  if (expected?.length === 0) return []
  if (folder === undefined && source.artifacts)
    return downloadArchives(source.artifacts, expected, source.log)
  if (folder === undefined && source.missingService !== undefined)
    checkJobFolder(source, source.missingService)
  const paths = await listArchives(folder ?? source.defaultFolder, expected, source.log)
  return paths.map(path => ({ path }))
}

function checkJobFolder({ defaultFolder, log }: ArchiveSource, missingService: string): void {
  if (existsSync(defaultFolder)) {
    log.info(`${missingService}, so the archives are read from ${defaultFolder}`)
    return
  }
  throw new UserError(
    `${missingService}, and no build of this job has written archives to ${defaultFolder}`,
    {
      hint:
        `Build and merge in one job. Or set ${nameInput('output')} of the builds and ${nameInput('archives')} of the merge ` +
        'to a folder that all jobs can access, or copy the archives to the job of the merge.',
    },
  )
}

function archiveNamesOf({ containers }: PlanDocument): string[] {
  return containers
    .filter(({ build }) => build)
    .flatMap(({ name, systems }) => systems.map(({ system }) => archiveNameOf({ name, system })))
}

async function listArchives(
  folder: string,
  expected: readonly string[] | undefined,
  log: ArchiveSource['log'],
): Promise<string[]> {
  const hint = `Set ${nameInput('archives')} to the folder that \`nix-multiarch build\` wrote to.`
  const names = await readdir(folder).catch(error => {
    if (codeOf(error) === 'ENOENT')
      throw new UserError(`The folder ${folder} does not exist`, { hint, cause: error })
    if (codeOf(error) === 'ENOTDIR') throw new UserError(`${folder} is not a folder`, { hint, cause: error })
    throw error
  })
  const archives = selectNames(names.filter(isBuildArchive).sort(), expected, { where: `in ${folder}`, log })
  if (archives.length === 0)
    throw new UserError(`The folder ${folder} contains no archives (*${ARCHIVE_ENDING})`, { hint })
  return archives.map(name => join(folder, name))
}

async function downloadArchives(
  artifacts: RunArtifacts,
  expected: readonly string[] | undefined,
  log: ArchiveSource['log'],
): Promise<FoundArchive[]> {
  const all = await artifacts.list()
  const existing = [...new Set(all.map(({ name }) => name).filter(isBuildArchive))].sort()
  const names = selectNames(existing, expected, { where: 'from the artifacts of this workflow run', log })
  if (names.length === 0)
    throw new UserError(`This workflow run has no artifact named *${ARCHIVE_ENDING}`, { hint: NEEDS_HINT })
  const sources = selectOnlyArtifacts(all, names).map(artifact => ({
    artifact,
    archive: sourceArchiveOf(artifact),
  }))
  const found = await mapLimit(sources, 4, async ({ artifact, archive }) => ({
    path: await artifacts.download(artifact),
    archive,
  }))
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The build uploads each archive with a digest, and the download is compared with it. */
function sourceArchiveOf(artifact: Artifact): SourceArchive {
  const { name, digest, id } = artifact
  if (isDigest(digest)) return { name, digest, artifactId: id }
  throw new UserError(`The artifact ${describeArtifact(artifact)} has no SHA-256, so it cannot be verified`, {
    hint: 'It was not uploaded by the build. Find the job that uploads it, and run all jobs again. Nothing was pushed.',
  })
}

function describeArtifact({ name, id }: Artifact): string {
  return `${quoteControlCharacters(name)} (ID ${id})`
}

function isBuildArchive(name: string): boolean {
  return name.endsWith(ARCHIVE_ENDING) && !name.endsWith(MERGED_ENDING)
}

/** Returns the expected names, or all names without a plan. Throws a `UserError` if an expected one does not exist. */
function selectNames(
  found: readonly string[],
  expected: readonly string[] | undefined,
  { where, log }: { readonly where: string; readonly log: ArchiveSource['log'] },
): readonly string[] {
  if (expected === undefined) return found
  const missing = expected.filter(name => !found.includes(name))
  if (missing.length > 0) {
    throw new UserError(`Planned archives are missing ${where}: ${missing.join(', ')}`, {
      hint: NEEDS_HINT,
    })
  }
  const others = found.filter(name => !expected.includes(name)).map(quoteControlCharacters)
  // They may be for another merge of this run.
  if (others.length > 0) log.info(`Archives that are not in the plan are not used: ${limitList(others)}`)
  return expected
}

/** The plan of a merge. */
export interface FoundPlan {
  readonly document: PlanDocument
  /** The name and the SHA-256, if the SHA-256 was set: then the content is what the plan job wrote. */
  readonly bound?: PlanBinding
}

type PlanSource = Omit<ArchiveSource, 'defaultFolder'>

/**
 * Reads the plan for a merge: a file, or an artifact of this workflow run that is named together with its SHA-256. Any job of the
 * run can upload an artifact, so the SHA-256 must come from the outputs of the plan job. Throws a `UserError` if the plan does
 * not exist or has another content. Without a name there is no plan, also if the run has a plan artifact: that is only logged.
 *
 * @param text the path of a file, or `formatPlanReference`
 */
export async function findPlan(
  text: string | undefined,
  { artifacts, missingService, log }: PlanSource,
): Promise<FoundPlan | undefined> {
  if (text === undefined) {
    if (artifacts) await reportUnnamedPlan(artifacts, log)
    return undefined
  }
  const { name, digest } = parsePlanReference(text)
  // A file can have the name of the output `plan`: another job knows it, too.
  if (await exists(text)) return parseVerifiedPlan(await readFile(text), { name: text, digest })
  const [artifact] = artifacts === undefined ? [] : selectOnlyArtifacts(await artifacts.list(), [name])
  if (artifact === undefined || artifacts === undefined) {
    const message = artifacts
      ? `No plan ${name}: it is neither a file nor an artifact of this workflow run`
      : `The plan file ${text} does not exist`
    throw new UserError(message, {
      hint:
        missingService === undefined
          ? `Create it with \`nix-multiarch plan\`, with the same ${nameInput('plan')}. In a workflow, add the plan job ` +
            'to `needs` of the merge job.'
          : `${missingService}: plan and merge in one job, or copy the file of the plan to the job of the merge.`,
    })
  }
  if (digest === undefined)
    throw new UserError(`The plan ${name} is an artifact, and its SHA-256 is missing`, { hint: PLAN_HINT })
  if (artifact.size > MAX_PLAN_BYTES)
    throw new UserError(`The plan ${name} is too large: ${formatBytes(artifact.size)}`, {
      hint: REPLACED_HINT,
    })
  return parseVerifiedPlan(await readFile(await artifacts.download(artifact)), { name, digest })
}

function parseVerifiedPlan(
  bytes: Buffer,
  { name, digest }: { readonly name: string; readonly digest: Digest | undefined },
): FoundPlan {
  const found = digestOf(bytes)
  if (digest === undefined) return { document: parsePlan(bytes, name) }
  if (found === digest)
    return {
      document: parsePlan(bytes, name),
      bound: { name: basename(parsePlanReference(name).name), digest },
    }
  throw new UserError(`The plan ${name} has the digest ${found} instead of ${digest}`, {
    hint: REPLACED_HINT,
  })
}

/** Enough for thousands of containers. */
const MAX_PLAN_BYTES = 16 * MIB

const REPLACED_HINT = 'Another job of this workflow run has replaced the plan. Nothing was pushed.'

const PLAN_HINT = 'Set the output of the plan job: `plan: ${{ needs.plan.outputs.plan }}`.'

async function reportUnnamedPlan(artifacts: RunArtifacts, log: ArchiveSource['log']): Promise<void> {
  const all = await artifacts.listOptional('Cannot list the artifacts of this run')
  const plan = all.find(({ name }) => isPlanFile(name))
  if (plan === undefined) return
  log.warning(
    `This workflow run has the plan ${plan.name}, but the merge does not use it: unchanged containers get no tags. ${PLAN_HINT}`,
  )
}
