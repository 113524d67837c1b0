import type { System } from '../oci/platform.js'

/** What a build job says about how it made the image of one platform. Nothing proves it: a compromised job can say anything. */
export interface BuildOrigin {
  /** The version of Nix. */
  readonly nixVersion: string
  /** The system of the machine. */
  readonly machine: System
  /** The image was built under QEMU. */
  readonly isEmulated: boolean
  /** The job of GitHub Actions. */
  readonly job?: BuildJob
  /** The flake that was built, without secrets in its URL. */
  readonly flake: FlakeSource
  /** All inputs of the flake, also indirect ones, sorted by name. */
  readonly flakeInputs: readonly FlakeInput[]
  readonly derivation: string
  /** The store paths of the image, by where the job got them. The counts are of the closure of the image. */
  readonly storePaths: {
    readonly builtHere: number
    /** Already in the Nix store of the machine when the job began. */
    readonly alreadyPresent: number
    readonly downloaded: readonly { readonly substituter: string; readonly count: number }[]
    /** From the GitHub Actions cache, whose content is not signed. */
    readonly fromActionsCache: number
  }
}

export interface BuildJob {
  /** `https://github.com/owner/name/actions/runs/1/attempts/1` */
  readonly run: string
  /** The name of the job in the workflow. */
  readonly name: string
  /** `github-hosted` or `self-hosted`. */
  readonly environment: string
}

export interface FlakeSource {
  /** A flake reference, for example `github:NixOS/nixpkgs/<revision>`. */
  readonly url: string
  /** As in `flake.lock`: `sha256-…`. */
  readonly narHash?: string
  readonly revision?: string
}

export interface FlakeInput extends FlakeSource {
  /** The path of the input in the lock file, for example `home-manager/nixpkgs`. */
  readonly name: string
}
