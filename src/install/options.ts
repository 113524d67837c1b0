import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RetryPolicy } from '../http/retry.js'
import { UserError } from '../util/error.js'
import type { Exec } from '../util/exec.js'
import { exists } from '../util/files.js'
import { canUseRoot, type Privileges } from '../util/root.js'

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

/** How we come to write to Nix's folder. */
export interface InstallMode {
  /** Root owns it, and a daemon builds for others; or this user does, alone. */
  readonly mode: 'daemon' | 'single-user'
  readonly privileges: Privileges
}

/** Throws a `UserError` where there is no way. */
export async function chooseInstallMode(
  folder: string,
  rights: Privileges,
  platform: string,
): Promise<InstallMode> {
  if (platform === 'linux' && (await canUseRoot(rights))) return { mode: 'daemon', privileges }
  if (await isWritable(folder)) return { mode: 'single-user', privileges: { ...rights, ownsTarget: true } }
  throw new UserError(`There is no Nix here, and this user cannot install it: ${folder} cannot be written`, {
    hint: `Run this as root or as a user with passwordless sudo, let ${folder} belong to this user, or install Nix before: it is then used as it is.`,
  })
}

async function isWritable(folder: string): Promise<boolean> {
  const place = (await exists(folder)) ? folder : dirname(folder)
  return access(place, constants.W_OK).then(
    () => true,
    () => false,
  )
}
