import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { mayBeRoot, type Rights } from '../util/root.js'

/** How we come to write to Nix's folder. */
export interface Access {
  /** Root owns it, and a daemon builds for others; or this user does, alone. */
  readonly mode: 'daemon' | 'single-user'
  readonly rights: Rights
}

/** Throws a `UserError` where there is no way. */
export async function accessTo(folder: string, rights: Rights, platform: string): Promise<Access> {
  if (platform === 'linux' && (await mayBeRoot(rights))) return { mode: 'daemon', rights }
  if (await isWritable(folder)) return { mode: 'single-user', rights: { ...rights, own: true } }
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
