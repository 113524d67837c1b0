import type { Digest } from '../../oci/digest.js'
import type { System } from '../../oci/system.js'

/** What the plan found, handed from the job that plans to the one that merges. */
export interface PlanDocument {
  readonly format: 1
  readonly containers: readonly PlannedContainer[]
}

export interface PlannedContainer {
  readonly name: string
  /** The image's own name; `{image}` in templates. */
  readonly imageName: string
  /** Whether jobs build it; else its image is in the registry already, and only its tags are brought up to date. */
  readonly build: boolean
  /** In words, for a person. */
  readonly why: string
  readonly version?: string
  readonly systems: readonly PlannedSystem[]
  /** Where an unchanged container's image is: `ghcr.io/owner/fd@sha256:…`. */
  readonly standing?: { readonly image: string; readonly digest: Digest }
}

export interface PlannedSystem {
  readonly system: System
  readonly derivation: string
  /** What archives of this container say of themselves: annotations, as `archiveAnnotations` gives them. */
  readonly facts: Readonly<Record<string, string>>
}
