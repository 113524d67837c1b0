import type { IdentityClaims } from '../../attestation/identity-token.js'
import type {
  Isolation,
  PlanBinding,
  ProvenanceFacts,
  ProvenancePlatform,
} from '../../attestation/provenance.js'
import { PUBLISH_WORKFLOW } from '../../attestation/signer-identity.js'
import type { Host, Log } from '../../host/host.js'
import type { MergeInputs } from '../../input/input-table.js'
import type { Digest } from '../../oci/digest.js'
import { formatPlatform } from '../../oci/platform.js'
import { nameInput } from '../../util/input-name.js'
import type { PlatformImage } from '../shared/platform-image.js'
import type { DecidedIndex } from './decide-tags.js'

/** What the provenance of all indexes of a run has in common. */
export interface ProvenanceRun {
  /** Of the identity token; `undefined` if a key signs. */
  readonly claims: IdentityClaims | undefined
  /** `MergeSource.planBinding` */
  readonly planBinding: PlanBinding | undefined
  readonly inputs: Pick<MergeInputs, 'version' | 'tags' | 'annotations' | 'labels'>
  readonly env: Host['env']
  readonly log: Pick<Log, 'info' | 'warning'>
}

/**
 * Collects what the provenance of an index says, and warns of what it cannot say. Call it for the index after `decideTags`, which
 * may reuse a published one.
 */
export function collectProvenanceFacts(
  decided: Pick<DecidedIndex, 'index' | 'hasOwnImages' | 'destination' | 'git' | 'version'>,
  run: ProvenanceRun,
): ProvenanceFacts {
  const { container } = decided.destination
  const platforms = container.images.map(image => describePlatform(image, decided))
  const { sha, name, kind } = decided.git.ref
  const { source } = decided.git
  const isClean = container.tree?.kind !== 'commit' || container.tree.isClean
  const prefix = kind === 'branch' ? 'refs/heads/' : kind === 'tag' ? 'refs/tags/' : undefined
  const facts = {
    container: container.name,
    claims: run.claims,
    commit: {
      ...(source && { repository: source }),
      ...(sha && isClean && { revision: sha }),
      ...(prefix && name && { ref: prefix + name }),
    },
    isolation: findIsolation(platforms, run),
    serverUrl: run.env.GITHUB_SERVER_URL || 'https://github.com',
    ...(run.planBinding && { plan: run.planBinding }),
    platforms,
    parameters: listParameters(decided, run.inputs),
  }
  reportGaps(facts, run.log)
  return facts
}

function reportGaps({ container, isolation, platforms }: ProvenanceFacts, log: ProvenanceRun['log']): void {
  const built = platforms.filter(({ isFromRegistry }) => !isFromRegistry)
  const unknown = built.filter(({ origin }) => origin === undefined)
  const cached = built.filter(({ origin }) => (origin?.storePaths.fromActionsCache ?? 0) > 0)
  const formatPlatforms = (of: readonly ProvenancePlatform[]): string =>
    of.map(({ platform }) => platform).join(', ')
  // A run that builds and signs in one step has said so before.
  if (isolation === 'none' && built.some(({ archive }) => archive !== undefined))
    log.info(
      `${container}: the provenance claims no isolation (SLSA Build level 1), because the job that signs has also built ` +
        'the images, or cannot know which job has',
    )
  if (unknown.length > 0)
    log.warning(
      `${container}: the provenance does not say how the images for ${formatPlatforms(unknown)} were built, because the ` +
        `build did not record it. Set ${nameInput('attest')} for the build, too`,
    )
  if (cached.length > 0)
    log.warning(
      `${container}: the images for ${formatPlatforms(cached)} contain, or were built with, store paths from the GitHub ` +
        'Actions cache. Other jobs can write that cache, and the provenance says so',
    )
}

function describePlatform(
  image: PlatformImage,
  { index, hasOwnImages, destination }: Pick<DecidedIndex, 'index' | 'hasOwnImages' | 'destination'>,
): ProvenancePlatform {
  const platform = formatPlatform(image.image.platform)
  const indexed = index.images.find(each => formatPlatform(each.platform) === platform)
  if (indexed === undefined) throw new Error(`the index has no image for ${platform}`)
  const isFromRegistry = !hasOwnImages || destination.container.unchanged
  return {
    platform,
    system: image.system,
    digest: indexed.manifest.digest,
    ...(image.derivation !== undefined && { derivation: image.derivation }),
    isFromRegistry,
    ...(image.origin && { origin: image.origin }),
    ...(image.archive && { archive: image.archive }),
    reusedLayers: isFromRegistry ? [] : listReusedLayers(image),
  }
}

function listReusedLayers({ recipe, image }: PlatformImage): Digest[] {
  return (recipe?.reused ?? []).flatMap(position => image.layers[position]?.digest ?? [])
}

function findIsolation(
  platforms: readonly ProvenancePlatform[],
  { claims, planBinding, env }: ProvenanceRun,
): Isolation {
  const archives = platforms.flatMap(({ archive }) => archive ?? [])
  const built = platforms.filter(({ isFromRegistry }) => !isFromRegistry)
  if (built.some(({ archive }) => archive === undefined)) return 'none'
  if (archives.length === 0 && planBinding === undefined) return 'none'
  const isPublishWorkflow = claims?.jobWorkflowRef
    .toLowerCase()
    .startsWith(`${PUBLISH_WORKFLOW}@`.toLowerCase())
  if (isPublishWorkflow && planBinding !== undefined) return 'reusable-workflow'
  const isOwnJob = ({ origin }: ProvenancePlatform): boolean =>
    origin?.job === undefined || origin.job.name === env.GITHUB_JOB
  return built.some(isOwnJob) ? 'none' : 'separate-jobs'
}

function listParameters(
  { version }: Pick<DecidedIndex, 'version'>,
  { tags, annotations, labels }: ProvenanceRun['inputs'],
): Readonly<Record<string, string>> {
  return {
    ...(version !== undefined && { version }),
    ...(tags.kind !== 'auto' && { tags: JSON.stringify(tags) }),
    ...(annotations.length > 0 && { annotations: JSON.stringify(annotations) }),
    ...(Object.keys(labels).length > 0 && { labels: JSON.stringify(labels) }),
  }
}
