import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type DownloadOptions, download, downloadText, Refused, withoutSecrets } from '../util/download.js'
import { UserError } from '../util/error.js'
import { exists } from '../util/file.js'
import type { Release } from './releases.js'

export interface FetchOptions extends DownloadOptions {
  readonly warning: (message: string) => void
}

/** Gives the path of a release's tarball in a folder, downloaded where it is not there yet, and verified in any case. */
export async function fetchRelease(release: Release, folder: string, options: FetchOptions): Promise<string> {
  const path = join(folder, basename(new URL(release.url).pathname))
  const expected = release.sha256?.toLowerCase() ?? (await publishedHash(release, options))
  if (await isKept(path, expected)) return path
  await download(release.url, path, sha256 => check(release, expected, sha256), options).catch(explain)
  return path
}

async function isKept(path: string, expected: string): Promise<boolean> {
  if (!(await exists(path))) return false
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  if (hash.digest('hex') === expected) return true
  await rm(path)
  return false
}

function check({ url }: Release, expected: string, sha256: string): void {
  if (sha256 === expected) return
  throw new UserError(
    `${withoutSecrets(url)} is not what it should be: its SHA-256 is ${sha256} instead of ${expected}`,
    {
      hint: 'It was not unpacked. If nix-version, nix-url or nix-sha256 is set, see that they belong together; else something on the way changes what is downloaded.',
    },
  )
}

/** The hash that the server itself names is better than none: it shows a damaged file, but no forged one. */
async function publishedHash(release: Release, options: FetchOptions): Promise<string> {
  const { origin, pathname, search } = new URL(release.url)
  const url = `${origin}${pathname}.sha256${search}`
  const text = await downloadText(url, options).catch(error => {
    throw error instanceof Refused ? noHash(release, error) : error
  })
  const sha256 = /^\s*([0-9a-f]{64})\b/i.exec(text)?.[1]?.toLowerCase()
  if (sha256 === undefined) throw noHash(release, new Error('it is no SHA-256'))
  options.warning(
    `${withoutSecrets(release.url)} is verified only by what the same server says, since no other hash is known. To pin it: nix-sha256: ${sha256}`,
  )
  return sha256
}

function noHash({ url, custom }: Release, cause: Error): UserError {
  const what = `No SHA-256 is known for ${withoutSecrets(url)}, and there is none beside it`
  if (custom) return new UserError(what, { hint: 'Set nix-sha256 to what the file must hash to.', cause })
  return new UserError(`${what}: is there such a version?`, { hint: WHICH_VERSIONS, cause })
}

const WHICH_VERSIONS =
  'See https://releases.nixos.org/?prefix=nix/ for the versions there are, and set nix-version (and nix-sha256, where it is given) to one.'

function explain(error: unknown): never {
  if (!(error instanceof Refused) || error.status !== 404) throw error
  throw new UserError(error.message, { hint: WHICH_VERSIONS, cause: error })
}
