import { isDeepStrictEqual } from 'node:util'
import { type FlakeSource, isLocalSource } from '../nix/flake-metadata.js'
import { ACCOUNT } from '../oci/annotation-keys.js'
import { type Digest, hexOf } from '../oci/digest.js'
import type { System } from '../oci/platform.js'
import type { JsonObject } from '../util/json.js'
import { hexOfSriHash } from '../util/sri-hash.js'
import { PROGRAM_VERSION } from '../util/text.js'
import type { BuildOrigin } from './build-origin.js'
import type { IdentityClaims } from './identity-token.js'

/** How the builds of a run are separated from the job that signs. */
export type Isolation =
  /** One job builds and signs. */
  | 'none'
  /** The archives are from other jobs, in a workflow of the user. */
  | 'separate-jobs'
  /** The jobs are those of publish.yml, and the plan and the archives are bound to them. */
  | 'reusable-workflow'

/** What the provenance of one index is made from. */
export interface ProvenanceFacts {
  readonly container: string
  /** What the identity token says about the run. Absent if a key signs. */
  readonly claims: IdentityClaims | undefined
  /** The repository (the URL of its page), the commit and the ref that Git names. No commit if the work tree has changes. */
  readonly commit: { readonly repository?: string; readonly revision?: string; readonly ref?: string }
  readonly isolation: Isolation
  /** The URL of the GitHub server: `https://github.com`. */
  readonly serverUrl: string
  /** The plan that the merge used, if its SHA-256 is from the outputs of the plan job. */
  readonly plan?: PlanBinding
  readonly platforms: readonly ProvenancePlatform[]
  /** Inputs of the merge that change the image: version, tags, annotations, labels. */
  readonly parameters: Readonly<Record<string, string>>
}

export interface ProvenancePlatform {
  readonly platform: string
  readonly system: System
  /** Of the image manifest. */
  readonly digest: Digest
  readonly derivation?: string
  /** The image was not built by this run: it was already in the registry. */
  readonly isFromRegistry: boolean
  /** Absent if the build did not record it. */
  readonly origin?: BuildOrigin
  /** The archive that the merge read. */
  readonly archive?: SourceArchive
  /** Layers whose bytes are from an earlier image, or from another archive of the run. */
  readonly reusedLayers?: readonly Digest[]
}

export interface PlanBinding {
  readonly name: string
  readonly digest: Digest
}

/** An archive that a build has uploaded. Its content was compared with the digest. */
export interface SourceArchive {
  readonly name: string
  readonly digest: Digest
  /** The ID of the artifact of the workflow run. */
  readonly artifactId: number
}

/** Creates the predicate of an index's provenance (SLSA v1.0, "Provenance"). Pure; equal facts give equal JSON. */
export function createProvenance(facts: ProvenanceFacts): JsonObject {
  const { claims, serverUrl } = facts
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: {
        ...(claims && { workflow: describeWorkflow(claims, serverUrl) }),
        container: facts.container,
        ...sortFields(facts.parameters),
      },
      internalParameters: {
        ...(claims && { github: describeGitHub(claims) }),
        isolation: { level: facts.isolation, meaning: ISOLATION_MEANINGS[facts.isolation] },
        caches: describeCaches(facts.platforms),
        platforms: sortPlatforms(facts.platforms).map(describePlatform),
      },
      resolvedDependencies: listDependencies(facts),
    },
    runDetails: {
      builder: {
        id: claims ? `${serverUrl}/${claims.jobWorkflowRef}` : KEY_BUILDER,
        version: { 'nix-multiarch': PROGRAM_VERSION },
      },
      ...(claims && {
        metadata: { invocationId: `${urlOfRun(claims, serverUrl)}/attempts/${claims.runAttempt}` },
      }),
      byproducts: listByproducts(facts),
    },
  }
}

const PAGE = `https://github.com/${ACCOUNT}/nix-multiarch/blob/main/docs/provenance.md`

/** The page of this project that says what each field means. */
const BUILD_TYPE = `${PAGE}#build-type-v1`

/** The builder if a key signs: whoever has the key. */
const KEY_BUILDER = `${PAGE}#builder-of-a-key`

const ISOLATION_MEANINGS: Readonly<Record<Isolation, string>> = {
  none: 'The job that built the images also signed this statement, or the images are not from artifacts of its run.',
  'separate-jobs':
    'The images are from artifacts of other jobs of this run, and each artifact had the SHA-256 below. ' +
    'The workflow of the repository defines these jobs.',
  'reusable-workflow':
    'The images are from artifacts of other jobs of this run, and each artifact had the SHA-256 below. ' +
    'The plan had the SHA-256 that its job has put out. The reusable workflow of the builder defines these jobs.',
}

function describeWorkflow(claims: IdentityClaims, serverUrl: string): JsonObject {
  const text = claims.workflowRef.slice(claims.repository.length + 1)
  // A file and a tag can have an @ in their names.
  const [, path = text, ref = claims.ref] = /^(.*?)@(refs\/.*)$/.exec(text) ?? []
  return { ref, repository: `${serverUrl}/${claims.repository}`, path }
}

/** The same fields as those of actions/attest-build-provenance, which policies read. */
function describeGitHub(claims: IdentityClaims): JsonObject {
  return {
    event_name: claims.eventName,
    repository_id: claims.repositoryId,
    repository_owner_id: claims.ownerId,
    runner_environment: claims.runnerEnvironment,
  }
}

function urlOfRun({ repository, runId }: IdentityClaims, serverUrl: string): string {
  return `${serverUrl}/${repository}/actions/runs/${runId}`
}

function sortPlatforms(platforms: readonly ProvenancePlatform[]): ProvenancePlatform[] {
  return platforms.toSorted((a, b) => (a.platform < b.platform ? -1 : 1))
}

function sortFields<T>(fields: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What the builds say about caches that other jobs can write. */
function describeCaches(platforms: readonly ProvenancePlatform[]): JsonObject {
  const origins = platforms.flatMap(({ isFromRegistry, origin }) => (isFromRegistry ? [] : [origin]))
  const fromActionsCache = origins.reduce(
    (sum, origin) => sum + (origin?.storePaths.fromActionsCache ?? 0),
    0,
  )
  const isKnown = origins.every(origin => origin !== undefined)
  return { githubActions: fromActionsCache > 0 ? 'used' : isKnown ? 'not used' : 'not recorded' }
}

function describePlatform(about: ProvenancePlatform): JsonObject {
  const { platform, system, digest, derivation, origin, reusedLayers = [] } = about
  return {
    platform,
    system,
    digest: { sha256: hexOf(digest) },
    ...(derivation !== undefined && { derivation }),
    build: describeBuildState(about),
    ...(reusedLayers.length > 0 && { reusedLayers: reusedLayers.map(layer => ({ sha256: hexOf(layer) })) }),
    ...(origin && {
      statedByBuild: {
        nix: origin.nixVersion,
        machine: origin.machine,
        emulated: origin.isEmulated,
        ...(origin.job && { job: origin.job }),
        derivation: origin.derivation,
        storePaths: origin.storePaths,
      },
    }),
  }
}

/**
 * `this run`; `earlier`: the image was in the registry, and this run has not built it; `repeated`: this run has built an image
 * with the same content, and the one in the registry was kept.
 */
function describeBuildState({ isFromRegistry, origin }: ProvenancePlatform): string {
  if (!isFromRegistry) return 'this run'
  return origin === undefined ? 'earlier' : 'repeated'
}

/**
 * The sources that this run has built. An image that was already in the registry has none: nothing proves what it was built
 * from.
 */
function listDependencies(facts: ProvenanceFacts): JsonObject[] {
  const built = facts.platforms.filter(({ isFromRegistry }) => !isFromRegistry)
  if (built.length === 0) return []
  const origins = sortPlatforms(built).flatMap(({ origin }) => origin ?? [])
  const source = describeSource(facts, origins)
  const workflow = describeWorkflowSource(facts)
  const others = workflow === undefined || gitCommitOf(workflow) === gitCommitOf(source) ? [] : [workflow]
  return [...(source ? [source] : []), ...others, ...listInputs(origins)]
}

/** The first dependency, as in actions/attest-build-provenance: the repository and the commit. */
function describeSource(
  { commit, claims, serverUrl }: ProvenanceFacts,
  origins: readonly BuildOrigin[],
): JsonObject | undefined {
  const flake = findCommon(origins.map(origin => origin.flake))
  if (flake !== undefined && !isLocalSource(flake)) return describeFlake('source', flake)
  const isOfRun = claims !== undefined && commit.revision === claims.sha
  const repository = isOfRun ? `${serverUrl}/${claims.repository}` : commit.repository
  const ref = isOfRun ? claims.ref : commit.ref
  const uri = repository === undefined ? flake?.url : `git+${repository}${ref ? `@${ref}` : ''}`
  if (uri === undefined) return undefined
  return describeFlake('source', {
    ...flake,
    url: uri,
    ...(commit.revision && { revision: commit.revision }),
  })
}

function describeWorkflowSource({ claims, serverUrl }: ProvenanceFacts): JsonObject | undefined {
  if (claims === undefined) return undefined
  const url = `git+${serverUrl}/${claims.repository}@${claims.ref}`
  return describeFlake('workflow', { url, revision: claims.sha })
}

function gitCommitOf(dependency: JsonObject | undefined): unknown {
  return (dependency?.digest as JsonObject | undefined)?.gitCommit
}

/** All platforms have the same sources, unless the flake has no lock file. */
function findCommon(sources: readonly FlakeSource[]): FlakeSource | undefined {
  const [first, ...others] = sources
  return others.every(other => isDeepStrictEqual(other, first)) ? first : undefined
}

function listInputs(origins: readonly BuildOrigin[]): JsonObject[] {
  const inputs = origins.flatMap(({ flakeInputs }) => flakeInputs)
  const distinct = new Map(
    inputs.map(input => [JSON.stringify([input.name, input.url, input.narHash]), input]),
  )
  return [...distinct]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, input]) => describeFlake(`input:${input.name}`, input))
}

/** A ResourceDescriptor (in-toto attestation framework, v1). */
function describeFlake(name: string, { url, narHash, revision }: FlakeSource): JsonObject {
  const narSha256 = narHash === undefined ? undefined : hexOfSriHash(narHash)
  const isCommit = revision !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(revision)
  const digest = { ...(isCommit && { gitCommit: revision }), ...(narSha256 && { narSha256 }) }
  return {
    name,
    uri: url,
    ...(Object.keys(digest).length > 0 && { digest }),
    ...(narHash !== undefined && { annotations: { narHash } }),
  }
}

/** What the jobs of the run handed to the one that signs. */
function listByproducts({ plan, platforms, claims, serverUrl }: ProvenanceFacts): JsonObject[] {
  const run = claims && urlOfRun(claims, serverUrl)
  const archives = sortPlatforms(platforms).flatMap(({ platform, archive }): JsonObject[] => {
    if (archive === undefined) return []
    const { name, digest, artifactId } = archive
    return [
      {
        name,
        ...(run !== undefined && { uri: `${run}/artifacts/${artifactId}` }),
        digest: { sha256: hexOf(digest) },
        annotations: { artifactId, platform },
      },
    ]
  })
  return [...(plan ? [{ name: plan.name, digest: { sha256: hexOf(plan.digest) } }] : []), ...archives]
}
