import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { isExecutable } from '../util/files.js'
import { asRoot, type Rights } from '../util/root.js'
import { PLACE_SCRIPT } from './place-script.js'

/** Store paths of what was put into the store. */
export interface Placed {
  readonly nix: string
  /** With certificates of authorities, for machines that have none. */
  readonly cacert: string | undefined
}

/**
 * Unpacks a verified tarball into Nix's folder and registers what is in it. When that fails, or is aborted, nothing of it
 * stays behind. Throws a `UserError` that says what was in the way.
 */
export async function place(
  tarball: string,
  folder: string,
  rights: Rights,
  signal: AbortSignal,
): Promise<Placed> {
  const result = await asRoot(rights, 'sh', ['-c', PLACE_SCRIPT, 'place', folder, tarball], { signal })
  const named = (what: string): string | undefined =>
    new RegExp(`^${what} (.+)$`, 'm').exec(result.stdout)?.[1]
  const nix = named('nix')
  if (result.code !== 0 || nix === undefined) throw explained(tarball, folder, result)
  return { nix, cacert: named('cacert') }
}

/** What an earlier run put there; `undefined` where there was none, or it is no longer whole. */
export async function placedBefore(folder: string): Promise<Placed | undefined> {
  const root = (name: string): Promise<string | undefined> =>
    readlink(join(folder, 'var/nix/gcroots', name)).catch(() => undefined)
  const [nix, cacert] = await Promise.all([root('nix-multiarch'), root('nix-multiarch-cacert')])
  return nix !== undefined && (await isExecutable(join(nix, 'bin/nix-store'))) ? { nix, cacert } : undefined
}

/** What the programs say, what that means, and what to do then. */
const TROUBLES = [
  {
    matches: /no space left|disk quota exceeded/i,
    means: (folder: string) => `there is no room for Nix in ${folder}`,
    hint: 'Free some space on that disk: Nix itself takes about 300 MB, and what it builds comes on top.',
  },
  {
    matches: /read-only file system/i,
    means: (folder: string) => `${folder} is on a disk that is read-only`,
    hint: 'Mount a disk there that can be written.',
  },
  {
    matches: /permission denied|operation not permitted/i,
    means: (folder: string) => `${folder} cannot be written by this user`,
    hint: 'Run this as root or as a user with passwordless sudo, or make /nix belong to this user.',
  },
  {
    matches: /\b(tar|xz|zstd|gzip|sh|mkfifo): (command )?not found|\bsh was not found/i,
    means: () => 'a program that unpacks it is missing',
    hint: 'Install tar and xz (the packages tar and xz-utils, or xz).',
  },
  {
    matches: /no release of Nix|not a tar archive|not in (xz|gzip) format|file format not recognized/i,
    means: () => 'it is no release tarball of Nix',
    hint: 'nix-url must be a mirror of https://releases.nixos.org/nix, or a tarball as it lies there.',
  },
] as const

function explained(tarball: string, folder: string, { code, stderr }: ExecResult): UserError {
  const trouble = TROUBLES.find(({ matches }) => matches.test(stderr))
  const said = stderr.trim().split('\n').slice(-5).join('\n') || `exit code ${code}`
  const why = trouble === undefined ? said : `${trouble.means(folder)}\n${said}`
  return new UserError(`Nix could not be unpacked from ${tarball}: ${why}`, { hint: trouble?.hint })
}
