import type { FlakeInput, FlakeSource } from '../nix/flake-metadata.js'
import type { StorePathOrigins } from '../nix/store-path-origins.js'

/** What a build job says about how it made the image of one platform. Nothing proves it: a compromised job can say anything. */
export interface BuildOrigin {
  /** The version of Nix. */
  readonly nixVersion: string
  /** The system of the machine, as Nix names it. */
  readonly machine: string
  /** The image was built under QEMU. */
  readonly isEmulated: boolean
  /** The job of GitHub Actions. */
  readonly job?: BuildJob
  /** The flake that was built. */
  readonly flake: FlakeSource
  /** All inputs of the flake, also indirect ones, sorted by name. */
  readonly flakeInputs: readonly FlakeInput[]
  readonly derivation: string
  readonly storePaths: StorePathOrigins
}

export interface BuildJob {
  /** `https://github.com/owner/name/actions/runs/1/attempts/1` */
  readonly run: string
  /** The name of the job in the workflow. */
  readonly name: string
  /** `github-hosted` or `self-hosted`. */
  readonly environment: string
}
