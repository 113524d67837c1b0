import type { Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { describeFile } from './describe.js'
import { DOCKER_MANIFEST_FILE } from './docker-archive.js'
import { isElf } from './elf.js'
import { ByteReader } from './format/byte-reader.js'
import { decode } from './format/decode.js'
import { fileBytes, readHead } from './format/file-bytes.js'
import { encodingOf, HEAD, isTar } from './format/magic.js'
import { scanTar } from './format/tar-scan.js'
import { LAYOUT_FILE } from './layout-files.js'
import type { ImageSource } from './source-2.js'

/** What is known of a path before it is recognised. */
interface Found {
  readonly path: string
  readonly stats: Stats
  /** The first bytes of a file; nothing for a folder. */
  readonly head: Buffer
}

interface Form {
  matches(found: Found): boolean
  open(path: string): Promise<ImageSource>
}

/** The forms, told by what they hold; names do not count. */
const FORMS: readonly Form[] = [
  { matches: it => it.stats.isDirectory(), open: openFolder },
  { matches: it => encodingOf(it.head) === 'gzip', open: path => openCompressed(path, 'gzip') },
  { matches: it => encodingOf(it.head) === 'zstd', open: path => openCompressed(path, 'zstd') },
  { matches: it => isTar(it.head), open: openTar },
  { matches: isProgram, open: async path => ({ kind: 'stream-script', path }) },
]

/** Recognises an image at `path`. Throws a `UserError` that says what is there instead. */
export async function openSource(path: string): Promise<ImageSource> {
  const found = await look(path)
  const form = FORMS.find(it => it.matches(found))
  if (!form) throw notAnImage(found.path, await describeFile(found.path))
  return form.open(found.path)
}

async function look(given: string): Promise<Found> {
  try {
    const path = await realpath(given)
    const stats = await stat(path)
    return { path, stats, head: stats.isFile() ? await readHead(path, HEAD) : Buffer.alloc(0) }
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`
    throw new UserError(`${given} ${why}`, { cause: error })
  }
}

function isProgram({ stats, head }: Found): boolean {
  return (stats.mode & 0o111) !== 0 && (isElf(head) || head.toString('latin1', 0, 2) === '#!')
}

async function openFolder(path: string): Promise<ImageSource> {
  const names = await readdir(path)
  if (names.includes(LAYOUT_FILE)) return { kind: 'oci-layout', path }
  const some = names.length === 0 ? 'nothing' : names.sort().slice(0, 5).join(', ')
  throw notAnImage(path, `a folder without ${LAYOUT_FILE} (it holds ${some})`)
}

async function openCompressed(path: string, compression: 'gzip' | 'zstd'): Promise<ImageSource> {
  const input = new ByteReader(decode(compression, fileBytes(path)))
  try {
    if (isTar(await input.read(HEAD))) return { kind: 'compressed-archive', path, compression }
  } catch (error) {
    throw new UserError(`${path}: ${messageOf(error)}`, { cause: error })
  } finally {
    await input.close()
  }
  throw notAnImage(path, `a ${compression} file that holds no tar`)
}

async function openTar(path: string): Promise<ImageSource> {
  const names = await namesIn(path)
  // `docker save` of Docker 25 and newer writes both, and only its manifest.json says which image was meant.
  if (names.has(DOCKER_MANIFEST_FILE)) return { kind: 'docker-archive', path }
  if (names.has(LAYOUT_FILE)) return { kind: 'oci-archive', path }
  throw notAnImage(path, `a tar with neither ${DOCKER_MANIFEST_FILE} nor ${LAYOUT_FILE}`)
}

async function namesIn(path: string): Promise<Set<string>> {
  try {
    return new Set((await scanTar(path)).map(entry => entry.name))
  } catch (error) {
    throw new UserError(`${path}: ${messageOf(error)}`, { cause: error })
  }
}

function notAnImage(path: string, what: string): UserError {
  return new UserError(`${path} is no container image but ${what}`, {
    hint:
      'Taken are docker-archives (dockerTools.buildImage, buildLayeredImage), stream scripts ' +
      '(dockerTools.streamLayeredImage), OCI layout folders and OCI archives.',
  })
}
