import type { Isolation } from '../../attestation/provenance.js'
import type { Witness } from '../../attestation/verify-bundle.js'
import type { JsonObject } from '../../util/json.js'

/** What a valid provenance says about who built an image, and from what. */
export interface SignedProvenance {
  /** The workflow that signed, with its ref: `https://github.com/owner/name/.github/workflows/x.yml@refs/tags/v1`; `key` */
  readonly signer: string
  /** What shows the time of the signature. */
  readonly witnesses: readonly Witness[]
  /** The container that was built, and its version: everyone who can push can set the tag of another signed image. */
  readonly container?: string
  readonly version?: string
  /** The source repository: `https://github.com/owner/name`. */
  readonly repository?: string
  /** The commit that the run was about. */
  readonly commit?: string
  readonly ref?: string
  /** The workflow that was started, with its ref. */
  readonly workflow?: string
  /** The page of the run. */
  readonly run?: string
  /** `github-hosted` or `self-hosted` */
  readonly runner?: string
  /** How the builds were separated from the job that signed. Absent if another program wrote the provenance. */
  readonly isolation?: Isolation | string
  /** Whether the builds used the GitHub Actions cache, which other jobs can write: `used`, `not used`, `not recorded`. */
  readonly actionsCache?: string
  /** How the image of each platform was made: `this run`, `earlier`, `repeated`. */
  readonly platforms: readonly { readonly platform: string; readonly build: string }[]
  /** The source, and the inputs of the flake. */
  readonly dependencies: readonly Dependency[]
}

export interface Dependency {
  /** `source`, `workflow` or `input:nixpkgs` */
  readonly name?: string
  /** For example `git+https://github.com/owner/name@refs/heads/main`. */
  readonly uri: string
  readonly commit?: string
  /** As in `flake.lock`: `sha256-…`. */
  readonly narHash?: string
}

/** What the predicate of a provenance says by itself (SLSA v1.0, "Provenance"). Fields of another type count as absent. */
export interface ProvenanceFields {
  readonly container?: string
  readonly version?: string
  /** The workflow that was started. */
  readonly repository?: string
  readonly workflow?: string
  readonly builder?: string
  readonly run?: string
  readonly isolation?: string
  readonly actionsCache?: string
  readonly platforms: SignedProvenance['platforms']
  readonly dependencies: readonly Dependency[]
}

export function readProvenance(predicate: JsonObject): ProvenanceFields {
  const definition = objectOf(predicate.buildDefinition)
  const details = objectOf(predicate.runDetails)
  const internal = objectOf(definition.internalParameters)
  const parameters = objectOf(definition.externalParameters)
  const { repository, path, ref } = objectOf(parameters.workflow)
  const isComplete = [repository, path, ref].every(each => typeof each === 'string')
  return {
    ...optional('container', parameters.container),
    ...optional('version', parameters.version),
    ...optional('repository', repository),
    ...(isComplete && { workflow: `${repository}/${path}@${ref}` }),
    ...optional('builder', objectOf(details.builder).id),
    ...optional('run', objectOf(details.metadata).invocationId),
    ...optional('isolation', objectOf(internal.isolation).level),
    ...optional('actionsCache', objectOf(internal.caches).githubActions),
    platforms: listOf(internal.platforms).flatMap(readPlatform),
    dependencies: listOf(definition.resolvedDependencies).flatMap(readDependency),
  }
}

function readPlatform(value: unknown): SignedProvenance['platforms'] {
  const { platform, build } = objectOf(value)
  return typeof platform === 'string' && typeof build === 'string' ? [{ platform, build }] : []
}

function readDependency(value: unknown): Dependency[] {
  const { name, uri, digest, annotations } = objectOf(value)
  if (typeof uri !== 'string') return []
  return [
    {
      ...optional('name', name),
      uri,
      ...optional('commit', objectOf(digest).gitCommit),
      ...optional('narHash', objectOf(annotations).narHash),
    },
  ]
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function optional<K extends string>(key: K, value: unknown): { readonly [key in K]?: string } {
  return typeof value === 'string' ? ({ [key]: value } as { [key in K]: string }) : {}
}
