import { isUtf8 } from 'node:buffer'
import type { Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { messageOf, UserError } from '../util/error.js'
import { describeReadError } from '../util/files.js'
import { DOCKER_MANIFEST_FILE } from './docker-archive.js'
import { ByteReader, readFileBytes, readHead } from './format/bytes.js'
import { decode, encodingOf, HEAD_BYTES, isTar } from './format/decompress.js'
import { scanTar } from './format/tar.js'
import { LAYOUT_FILE } from './layout.js'
import { isElf } from './programs/elf.js'
import { type DescriptionFile, type DescriptionFormat, openDescription } from './store/description-file.js'
import { NIX2CONTAINER_IMAGE } from './store/nix2container.js'
import { STREAM_CONF } from './store/stream-conf.js'

/** An image that Nix built. `path` is the file or folder itself: symbolic links are resolved. */
export type ImageSource =
  /** A plain tar with `manifest.json`. */
  | { readonly kind: 'docker-archive'; readonly path: string }
  /** A plain tar with `oci-layout`. */
  | { readonly kind: 'oci-archive'; readonly path: string }
  /** A compressed docker-archive or OCI archive. To know which of the two it is, it must be read. */
  | { readonly kind: 'compressed-archive'; readonly path: string; readonly compression: 'gzip' | 'zstd' }
  /** A program that writes a docker-archive to its standard output. */
  | { readonly kind: 'stream-script'; readonly path: string }
  /** A folder with `oci-layout`. */
  | { readonly kind: 'oci-layout'; readonly path: string }
  | ({ readonly kind: 'description' } & DescriptionFile)

/**
 * Detects the image at `path` by its content. Its name does not matter. Throws a `UserError` that describes the file if it is not
 * an image.
 */
export async function openSource(path: string): Promise<ImageSource> {
  const candidate = await inspectPath(path)
  const { stats } = candidate
  // A device or a pipe may have no end.
  if (!stats.isFile() && !stats.isDirectory())
    throw makeNotAnImageError(candidate.path, 'neither a file nor a folder')
  const format = SOURCE_FORMATS.find(each => each.matches(candidate))
  if (!format) throw makeNotAnImageError(candidate.path, await describeFile(candidate.path))
  return format.open(candidate.path, path)
}

interface Candidate {
  readonly path: string
  readonly stats: Stats
  /** The first bytes of a file; empty for a folder. */
  readonly head: Buffer
}

async function inspectPath(input: string): Promise<Candidate> {
  try {
    const path = await realpath(input)
    const stats = await stat(path)
    return { path, stats, head: stats.isFile() ? await readHead(path, HEAD_BYTES) : Buffer.alloc(0) }
  } catch (error) {
    throw new UserError(`${input} ${describeReadError(error)}`, { cause: error })
  }
}

interface SourceFormat {
  matches(candidate: Candidate): boolean
  /** @param input the path before links were resolved */
  open(path: string, input: string): Promise<ImageSource>
}

const SOURCE_FORMATS: readonly SourceFormat[] = [
  { matches: ({ stats }) => stats.isDirectory(), open: openFolder },
  { matches: ({ head }) => encodingOf(head) === 'gzip', open: path => openCompressed(path, 'gzip') },
  { matches: ({ head }) => encodingOf(head) === 'zstd', open: path => openCompressed(path, 'zstd') },
  { matches: ({ head }) => isTar(head), open: openTar },
  { matches: isExecutable, open: async path => ({ kind: 'stream-script', path }) },
  { matches: ({ head }) => startsJsonObject(head), open: openDescribedImage },
]

function isExecutable({ stats, head }: Candidate): boolean {
  return (stats.mode & 0o111) !== 0 && (isElf(head) || isScript(head))
}

function isScript(head: Buffer): boolean {
  return head.toString('latin1', 0, 2) === '#!'
}

function startsJsonObject(head: Buffer): boolean {
  return /^\s*\{/.test(head.toString('latin1'))
}

/** The first format is used whose keys a file has. */
const DESCRIPTION_FORMATS: readonly DescriptionFormat[] = [STREAM_CONF, NIX2CONTAINER_IMAGE]

async function openDescribedImage(path: string, input: string): Promise<ImageSource> {
  const description = await openDescription(path, input, DESCRIPTION_FORMATS)
  if (description === undefined) throw makeNotAnImageError(path, await describeFile(path))
  return { kind: 'description', ...description }
}

async function openFolder(path: string): Promise<ImageSource> {
  const names = await readdir(path)
  if (names.includes(LAYOUT_FILE)) return { kind: 'oci-layout', path }
  const content = names.length === 0 ? 'it is empty' : `it contains ${names.sort().slice(0, 5).join(', ')}`
  throw makeNotAnImageError(path, `a folder without ${LAYOUT_FILE} (${content})`)
}

async function openCompressed(path: string, compression: 'gzip' | 'zstd'): Promise<ImageSource> {
  const input = new ByteReader(decode(compression, readFileBytes(path)))
  try {
    if (isTar(await input.read(HEAD_BYTES))) return { kind: 'compressed-archive', path, compression }
  } catch (error) {
    throw new UserError(`${path}: ${messageOf(error)}`, { cause: error })
  } finally {
    await input.close()
  }
  throw makeNotAnImageError(path, `a ${compression} file that does not contain a tar`)
}

async function openTar(path: string): Promise<ImageSource> {
  const names = await readMemberNames(path)
  // `docker save` of Docker 25 and newer writes both files. Only manifest.json lists the image that the user saved.
  if (names.has(DOCKER_MANIFEST_FILE)) return { kind: 'docker-archive', path }
  if (names.has(LAYOUT_FILE)) return { kind: 'oci-archive', path }
  throw makeNotAnImageError(path, `a tar with neither ${DOCKER_MANIFEST_FILE} nor ${LAYOUT_FILE}`)
}

async function readMemberNames(path: string): Promise<Set<string>> {
  try {
    return new Set((await scanTar(path)).map(entry => entry.name))
  } catch (error) {
    throw new UserError(`${path}: ${messageOf(error)}`, { cause: error })
  }
}

function makeNotAnImageError(path: string, description: string): UserError {
  return new UserError(`${path} is not a container image. It is ${description}`, {
    hint:
      'Supported images: docker-archives (dockerTools.buildImage, buildLayeredImage), stream scripts ' +
      '(dockerTools.streamLayeredImage) and their descriptions (`conf`), images of nix2container (buildImage), ' +
      'OCI layout folders and OCI archives.',
  })
}

/** Describes a file that is not an image in a few words. */
async function describeFile(path: string): Promise<string> {
  const head = await readHead(path, DESCRIPTION_HEAD_BYTES)
  return FILE_KINDS.find(kind => kind.matches(head))?.description ?? 'a file of an unknown kind'
}

const DESCRIPTION_HEAD_BYTES = 1 << 16

interface FileKind {
  readonly description: string
  matches(head: Buffer): boolean
}

/** The first match is used, so specific kinds come before general kinds. */
const FILE_KINDS: readonly FileKind[] = [
  { description: 'an empty file', matches: head => head.length === 0 },
  { description: 'a JSON file', matches: startsJson },
  { description: 'an xz file', matches: head => head.toString('latin1', 0, 6) === '\xfd7zXZ\0' },
  { description: 'a bzip2 file', matches: head => head.toString('latin1', 0, 3) === 'BZh' },
  { description: 'a zip file', matches: head => head.toString('latin1', 0, 4) === 'PK\x03\x04' },
  { description: 'a squashfs file system', matches: head => head.toString('latin1', 0, 4) === 'hsqs' },
  { description: 'a program that is not executable', matches: isElf },
  { description: 'a script that is not executable', matches: isScript },
  { description: 'a text file', matches: isText },
]

/** A Nix file may also begin with a brace, but rarely with a quote after it. */
function startsJson(head: Buffer): boolean {
  return /^\s*(\{\s*["}]|\[\s*["[\]{\d\-tfn])/.test(head.toString('latin1', 0, 4096))
}

function isText(head: Buffer): boolean {
  // The end of the head may be in the middle of a UTF-8 character, which has up to four bytes.
  return !head.includes(0) && [0, 1, 2, 3].some(cut => isUtf8(head.subarray(0, head.length - cut)))
}
