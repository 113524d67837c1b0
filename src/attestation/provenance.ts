import type { Digest } from '../oci/digest.js'
import type { System } from '../oci/platform.js'
import type { JsonObject } from '../util/json.js'
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
  /** The commit and the ref of the flake, if they are known without a token. */
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
export function createProvenance(_facts: ProvenanceFacts): JsonObject {
  throw new Error('not written yet')
}
