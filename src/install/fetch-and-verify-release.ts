import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { redactUrl } from '../http/address.js'
import { type DownloadOptions, DownloadRefused, download, downloadText } from '../http/download.js'
import { UserError } from '../util/error.js'
import { describeWriteError, PartFile } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { ToolCache, type ToolCacheOptions, toolVersionOf } from '../util/tool-cache.js'
import type { Release } from './releases.js'

interface FetchOptions extends DownloadOptions, ToolCacheOptions {
  /** The version of Nix, under which the tool cache has the release. */
  readonly version: string
}

/** A release with its verified properties. */
interface Tarball extends Release {
  readonly name: string
  readonly sha256: string
}

/**
 * Returns the path of a release's tarball, whose SHA-256 is always checked. Uses a tarball of the tool cache, or downloads it and
 * saves it there. If the tool cache is not writable, the tarball is in the temporary folder. Throws a `UserError` if it cannot
 * be downloaded or verified.
 */
export async function fetchRelease(release: Release, options: FetchOptions): Promise<string> {
  const sha256 = release.sha256?.toLowerCase() ?? (await downloadHash(release, options))
  const tarball = { ...release, name: basename(new URL(release.url).pathname), sha256 }
  const cache = new ToolCache(options)
  const { found, freeVersion } = await findTarball(tarball, cache, options)
  if (found !== undefined) return found
  const folder = await downloadTarball(tarball, options)
  const isValid = async (saved: string) => (await hashFile(join(saved, tarball.name))) === sha256
  const saved = await cache.save({ name: TOOL, version: freeVersion, isValid }, folder)
  if (saved === undefined) return join(folder, tarball.name)
  await rm(folder, { recursive: true, force: true })
  return join(saved, tarball.name)
}

/** The name of Nix in the tool cache. */
const TOOL = 'nix'

interface FoundTarball {
  readonly found: string | undefined
  /** The version under which a tarball can be saved if none was found. */
  readonly freeVersion: string
}

/**
 * Looks up a tarball by the version of Nix, then by its SHA-256. The folder of a version can contain something else: a release
 * from another address, or Nix from another program. It is not replaced, because others may use it.
 */
async function findTarball(
  { name, sha256, isCustom }: Tarball,
  cache: ToolCache,
  { version, log }: FetchOptions,
): Promise<FoundTarball> {
  const [ofNix, ofHash] = [toolVersionOf('nix', version), toolVersionOf('sha256', sha256)]
  const otherFiles: string[] = []
  // The version of a tarball that the user has set is not known.
  let freeVersion = isCustom ? ofHash : undefined
  for (const toolVersion of [ofNix, ofHash]) {
    const folder = await cache.find(TOOL, toolVersion)
    if (folder === undefined) {
      freeVersion ??= toolVersion
      continue
    }
    const file = join(folder, name)
    const hash = await hashFile(file)
    if (hash === sha256) return { found: file, freeVersion: toolVersion }
    if (hash !== undefined)
      otherFiles.push(`${file} is not used: its SHA-256 is ${hash} instead of ${sha256}`)
  }
  for (const text of otherFiles)
    log.warning(`${text}. The release is downloaded instead. If the file is damaged, delete its folder.`)
  return { found: undefined, freeVersion: freeVersion ?? ofHash }
}

/** Downloads and verifies a tarball. Returns the new temporary folder that contains it. */
async function downloadTarball(tarball: Tarball, options: FetchOptions): Promise<string> {
  const { temp } = options
  let folder = temp
  try {
    await mkdir(temp, { recursive: true })
    folder = await mkdtemp(join(temp, 'nix-'))
    const accept = (sha256: string): void => checkHash(tarball, sha256)
    await download(tarball.url, join(folder, tarball.name), accept, options)
    return folder
  } catch (error) {
    if (folder !== temp) await rm(folder, { recursive: true, force: true })
    throw describeDownloadFailure(error, folder)
  }
}

/** Returns the SHA-256 of a file in hex, or `undefined` if it cannot be read. */
async function hashFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  return pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash).then(
    () => hash.digest('hex'),
    () => undefined,
  )
}

function checkHash({ url, sha256: expected }: Tarball, sha256: string): void {
  if (sha256 === expected) return
  const [version, address, hash] = ['nix-version', 'nix-url', 'nix-sha256'].map(nameInput)
  throw new UserError(
    `${redactUrl(new URL(url))} was not unpacked: its SHA-256 is ${sha256} instead of ${expected}`,
    {
      hint:
        `If ${version}, ${address} or ${hash} is set, check that they belong together. ` +
        'Otherwise, the server or a proxy changes the download.',
    },
  )
}

/** Downloads the hash that the server publishes. It protects from damaged files, but not from a malicious server. */
async function downloadHash(release: Release, options: FetchOptions): Promise<string> {
  const url = new URL(release.url)
  url.pathname += '.sha256'
  const text = await downloadText(url.href, options).catch(error => {
    throw isNotFound(error) ? describeUnknownHash(release, error) : error
  })
  const sha256 = /^\s*([0-9a-f]{64})\b/i.exec(text)?.[1]?.toLowerCase()
  if (sha256 === undefined) throw describeUnknownHash(release, new Error('the response is not a SHA-256'))
  options.log.warning(
    `${redactUrl(new URL(release.url))} is verified only with the SHA-256 from the same server. To ` +
      `pin it, set ${nameInput('nix-sha256')} to ${sha256}`,
  )
  return sha256
}

function describeUnknownHash({ url, isCustom }: Release, cause: Error): UserError {
  const message =
    `No SHA-256 is known for ${redactUrl(new URL(url))}, and the server has no file ` +
    `${basename(new URL(url).pathname)}.sha256`
  const hashHint = `Set ${nameInput('nix-sha256')} to the SHA-256 of the file.`
  return new UserError(message, { hint: isCustom ? hashHint : versionsHint(), cause })
}

function versionsHint(): string {
  return (
    `Set ${nameInput('nix-version')} to a version in https://releases.nixos.org/?prefix=nix/. ` +
    `If ${nameInput('nix-sha256')} is set, change it too.`
  )
}

function describeDownloadFailure(error: unknown, folder: string): unknown {
  if (!isNotFound(error)) return describeWriteError('the release of Nix', folder, error)
  return new UserError(error.message, { hint: versionsHint(), cause: error })
}

function isNotFound(error: unknown): error is DownloadRefused {
  return error instanceof DownloadRefused && error.status === 404
}

/** Decompresses an `.xz` file to a tar file, for machines without the program xz. Takes four times as long as xz. */
export async function decompressXz(file: string, path: string): Promise<void> {
  const { default: xz } = await import('xz-decompress')
  const part = await PartFile.create(dirname(path))
  try {
    const compressed = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
    for await (const chunk of Readable.fromWeb(new xz.XzReadableStream(compressed) as never))
      await part.write(chunk)
    await part.close()
    await part.rename(path)
  } catch (error) {
    throw describeWriteError('the unpacked release of Nix', dirname(path), error)
  } finally {
    await part.discard()
  }
}
