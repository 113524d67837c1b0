import type { RetryPolicy } from '../http/transient.js'
import type { Exec } from '../util/exec.js'

export interface InstallOptions {
  /** `2.35.2` */
  readonly version: string
  /** A mirror of https://releases.nixos.org/nix, or the address of a tarball. */
  readonly url?: string | undefined
  /** In hex, what the tarball must hash to; counts before the known ones. */
  readonly sha256?: string | undefined
  /** A folder for downloads, kept between runs. */
  readonly tools: string
  /** A folder for what need not outlive this, such as downloads where `tools` cannot be written. */
  readonly temp?: string | undefined
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** As in `process`. */
  readonly platform: string
  readonly arch: string
  /** `undefined` where users have none. */
  readonly uid: number | undefined
  /** Who works with Nix here, and may tell the daemon what to do. */
  readonly user: string
  readonly log: {
    debug(message: string): void
    info(message: string): void
    warning(message: string): void
  }
  readonly signal: AbortSignal
  /** Lets every user have /dev/kvm. */
  readonly openKvm?: boolean | undefined
  /** Under which /nix, /etc and /dev lie, else `/`. */
  readonly root?: string | undefined
  readonly retry?: RetryPolicy | undefined
}
