import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RetryPolicy } from '../http/retry.js'
import { UserError } from '../util/error.js'
import type { Exec } from '../util/exec.js'
import { exists } from '../util/files.js'
import { canUseRoot, type Privileges } from '../util/run-as-root.js'
import type { ChangeRecorder } from './machine-record.js'

export interface InstallOptions {
  /** The version of Nix to install, `2.35.2`. */
  readonly version: string
  /** A mirror of https://releases.nixos.org/nix, or the URL of a tarball. */
  readonly url?: string | undefined
  /** The SHA-256 of the tarball, in hex. Overrides the built-in one. */
  readonly sha256?: string | undefined
  /** The folder of the tool cache, for later runs. */
  readonly tools: string
  /** A temporary folder for downloads. */
  readonly temp: string
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** Like `process.platform`. */
  readonly platform: string
  /** Like `process.arch`. */
  readonly arch: string
  /** The user's ID, or `undefined` on systems without user IDs. */
  readonly uid: number | undefined
  /** The name of the user who runs builds. Becomes a trusted user of the daemon. */
  readonly user: string
  readonly log: {
    debug(message: string): void
    info(message: string): void
    warning(message: string): void
  }
  /** Reports what the installation does at the moment. */
  readonly report?: ((progress: InstallProgress) => void) | undefined
  readonly signal: AbortSignal
  /** Gives every user access to /dev/kvm. */
  readonly openKvm?: boolean | undefined
  /** Records the changes on the machine, so that they can be undone after the job. */
  readonly recorder?: ChangeRecorder | undefined
  /** The folder of the programs of a Nix that exists. Its daemon is set up, and nothing is installed. */
  readonly existing?: string | undefined
  /** The folder that contains /nix, /etc and /dev. Default: `/`. */
  readonly root?: string | undefined
  readonly retry?: RetryPolicy | undefined
}

export interface InstallProgress {
  readonly activity: string
  readonly amount?: string
}

export interface InstallMode {
  /** `daemon`: root owns /nix, and a daemon builds for all users. `single-user`: this user owns it. */
  readonly mode: 'daemon' | 'single-user'
  /** The privileges to write to /nix with. */
  readonly privileges: Privileges
}

/** Chooses how to install Nix. Throws a `UserError` if this user can neither become root nor write to `folder`. */
export async function chooseInstallMode(
  folder: string,
  privileges: Privileges,
  platform: string,
): Promise<InstallMode> {
  if (platform === 'linux' && (await canUseRoot(privileges))) return { mode: 'daemon', privileges }
  if (await canCreate(folder)) {
    return { mode: 'single-user', privileges: { ...privileges, ownsTarget: true } }
  }
  throw new UserError(`Nix is missing, and this user cannot install it: ${folder} is not writable`, {
    hint:
      `Run this as root or as a user with passwordless sudo, make this user the owner of ${folder}, or ` +
      'install Nix first: an existing installation is left unchanged.',
  })
}

/** True if the folder is writable, or does not exist and its parent is writable. */
async function canCreate(folder: string): Promise<boolean> {
  const target = (await exists(folder)) ? folder : dirname(folder)
  return access(target, constants.W_OK).then(
    () => true,
    () => false,
  )
}
