import { isUtf8 } from 'node:buffer'
import { lstat, readFile } from 'node:fs/promises'
import { type Digest, isDigest } from '../../oci/digest.js'
import type { ByteString } from '../format/byte-string.js'
import { readHead } from '../format/bytes.js'
import { encodingOf, HEAD_BYTES, isTar } from '../format/decompress.js'
import {
  formatPythonJson,
  isList,
  isPythonInteger,
  type PythonValue,
  parsePythonJson,
} from '../format/python-json.js'
import {
  encodePythonHeader,
  PYTHON_RECORD_BYTES,
  type PythonTarMember,
  type PythonTarOwner,
} from '../format/python-tar.js'
import { comparePythonNames, formatPythonList, hasLoneSurrogate } from '../format/python-text.js'
import { type PythonTime, parsePythonTime, toPythonTime } from '../format/python-time.js'
import { findInStore, followInStore, isInStore } from './described-path.js'
import type { DescriptionFormat } from './description-file.js'
import { HAS_CASE_HACK, removeCaseHack, walkStorePath } from './store-files.js'
import type { BaseImage, FileLayer, PathsLayer, StoreImage } from './store-image.js'
import { isStorePath, STORE } from './store-paths.js'
import { type StoreTarMember, StoreTarSource } from './store-tar-source.js'

// The description that `dockerTools.streamLayeredImage` of nixpkgs gives to its Python script. The script has no other input, so
// this file makes the same image without it. See docs/architecture.md for the differences between releases.

export const STREAM_CONF: DescriptionFormat = {
  label: 'a description of a streamed image',
  keys: ['store_layers', 'customisation_layer'],
  hint: 'Use the script of dockerTools.streamLayeredImage itself, or an image that is not streamed (buildLayeredImage).',
  parse: parseStreamConf,
}

export interface StreamConfOptions {
  /** The folder that contains `nix/store`. Default: that of the description, or `/` if it is not in a store. */
  readonly storeRoot?: string
  /** The time for `created` and `mtime` if they are `now`. */
  readonly now?: Date
  /** Whether names have the suffixes of Nix (`removeCaseHack`). Default: true on macOS. */
  readonly hasCaseHack?: boolean
}

/**
 * Parses a description. Throws an `Error` if it has a key or a value that this program does not know, because the script may then
 * make another image.
 *
 * @param path the real path of the description
 */
export async function parseStreamConf(
  bytes: Buffer,
  path: string,
  { storeRoot, now = new Date(), hasCaseHack = HAS_CASE_HACK }: StreamConfOptions = {},
): Promise<StoreImage> {
  if (!isUtf8(bytes)) throw new Error('it is not UTF-8')
  const root = storeRoot ?? findInStore(path)?.root ?? ''
  return toStoreImage(parseConf(bytes.toString(), now), { root, hasCaseHack })
}

interface StreamConf {
  readonly name: string
  readonly architecture: string
  readonly config: ReadonlyMap<string, PythonValue>
  readonly created: PythonTime
  readonly owner: PythonTarOwner
  readonly fromImage: string | undefined
  /** Lowest first. */
  readonly storeLayers: readonly (readonly string[])[]
  /** A store path that contains `layer.tar` and `checksum`. */
  readonly customisationLayer: string
}

type Fields = ReadonlyMap<string, PythonValue>

/** The keys of all releases that have `passthru.conf`. `os` is not used: the script always writes `linux`. */
const KEYS = [
  'architecture',
  'config',
  'created',
  'customisation_layer',
  'from_image',
  'gid',
  'gname',
  'mtime',
  'os',
  'repo_tag',
  'store_dir',
  'store_layers',
  'uid',
  'uname',
  'variant',
]

function parseConf(text: string, now: Date): StreamConf {
  const fields = parsePythonJson(text)
  if (!isObject(fields)) throw new Error('it is not an object')
  const unknown = [...fields.keys()].filter(key => !KEYS.includes(key))
  if (unknown.length > 0) throw new Error(`it has the unknown key ${JSON.stringify(unknown[0])}`)
  const storeDir = readString(fields, 'store_dir')
  if (storeDir !== STORE) throw new Error(`store_dir is not ${STORE}`)
  if (readString(fields, 'os') !== 'linux') throw new Error('os is not linux')
  // Known scripts ignore the variant. A later one may write it.
  if (!['', null, undefined].includes(fields.get('variant') as string | null | undefined))
    throw new Error('it has a variant')
  const config = fields.get('config')
  if (!isObject(config)) throw new Error('config is not an object')
  return {
    name: readString(fields, 'repo_tag'),
    architecture: readString(fields, 'architecture'),
    config,
    created: readTime(fields, 'created', now),
    owner: {
      uid: readId(fields, 'uid'),
      gid: readId(fields, 'gid'),
      uname: readString(fields, 'uname'),
      gname: readString(fields, 'gname'),
      // The script of a release without `mtime` uses `created`. A newer script fails without `mtime`.
      mtime: readTime(fields, fields.has('mtime') ? 'mtime' : 'created', now).seconds,
    },
    fromImage: readFromImage(fields),
    storeLayers: readList(fields.get('store_layers'), 'store_layers').map(layer =>
      readList(layer, 'a layer').map(path => asStorePath(path, 'store_layers')),
    ),
    customisationLayer: asStorePath(fields.get('customisation_layer'), 'customisation_layer'),
  }
}

function isObject(value: PythonValue | undefined): value is Fields {
  return value instanceof Map
}

function readList(value: PythonValue | undefined, what: string): readonly PythonValue[] {
  if (!isList(value)) throw new Error(`${what} is not a list`)
  return value
}

/** The script cannot write a text that has no UTF-8 form to a header. */
function readString(fields: Fields, key: string): string {
  const value = fields.get(key)
  if (typeof value !== 'string' || hasLoneSurrogate(value)) throw new Error(`${key} is not a text`)
  return value
}

function readTime(fields: Fields, key: string, now: Date): PythonTime {
  const text = readString(fields, key)
  const time = text === 'now' ? toPythonTime(now) : parsePythonTime(text)
  if (time === undefined)
    throw new Error(`${key} is not a time with an offset, such as 1970-01-01T00:00:01+00:00`)
  return time
}

/** nixpkgs writes ids as strings. */
function readId(fields: Fields, key: string): number {
  const value = fields.get(key)
  const text = isPythonInteger(value) ? value.text : value
  if (typeof text !== 'string' || !/^[0-9]{1,15}$/.test(text))
    throw new Error(`${key} is not a number from 0`)
  return Number(text)
}

/** Only store paths are read: a description must not lead to other files of this machine. */
function asStorePath(value: PythonValue | undefined, what: string): string {
  if (typeof value !== 'string' || !isStorePath(value))
    throw new Error(`${what} has a path that is not a store path`)
  return value
}

/** A store path, or a file in one. */
function readFromImage(fields: Fields): string | undefined {
  const value = fields.get('from_image')
  if (value === null) return undefined
  if (typeof value !== 'string' || !isInStore(value)) throw new Error('from_image is not in the store')
  return value
}

/** How the files of a store are found. */
interface StoreAccess {
  readonly root: string
  readonly hasCaseHack: boolean
}

async function toStoreImage(conf: StreamConf, store: StoreAccess): Promise<StoreImage> {
  const { root } = store
  const base = conf.fromImage === undefined ? undefined : await findBase(conf.fromImage, root)
  const customisation = await readCustomisationLayer(conf.customisationLayer, root)
  return {
    names: [conf.name],
    ...(base !== undefined && { base }),
    layers: [...conf.storeLayers.map(paths => createPathsLayer(paths, conf.owner, store)), customisation],
    encodeConfig: (diffIds, image) => encodeConfig(conf, diffIds, image),
  }
}

/** A store path can be a link, which must not lead out of the store. */
async function findBase(path: string, root: string): Promise<string> {
  const base = await followInStore(path, root)
  if (base === undefined) throw new Error('from_image is a link to a file outside the store')
  // Python also reads tars that are compressed with xz or bzip2.
  const head = await readHead(base, HEAD_BYTES)
  if (!isTar(head) && encodingOf(head) === 'none')
    throw new Error('from_image is neither a tar nor compressed with gzip or zstd')
  return base
}

/** `checksum` has 64 digits and a newline. */
const MAX_CHECKSUM_BYTES = 100

async function readCustomisationLayer(path: string, root: string): Promise<FileLayer> {
  const folder = `${root}${path}`
  if (!(await lstat(folder)).isDirectory()) throw new Error('customisation_layer is not a folder')
  const checksum = `${folder}/checksum`
  const layer = `${folder}/layer.tar`
  const stats = await lstat(checksum)
  if (!stats.isFile() || stats.size > MAX_CHECKSUM_BYTES)
    throw new Error('customisation_layer has no checksum')
  if (!(await lstat(layer)).isFile()) throw new Error('customisation_layer has no layer.tar')
  const diffId = `sha256:${(await readFile(checksum, 'latin1')).trim()}`
  if (!isDigest(diffId)) throw new Error('the checksum of customisation_layer is not a SHA-256 digest')
  return { kind: 'file', path: layer, diffId }
}

function createPathsLayer(paths: readonly string[], owner: PythonTarOwner, store: StoreAccess): PathsLayer {
  return {
    kind: 'paths',
    paths,
    rules: `python-tar ${JSON.stringify(owner, ['uid', 'gid', 'uname', 'gname', 'mtime'])}`,
    open: onRead =>
      new StoreTarSource(listMembers(paths, owner, store), {
        recordBytes: PYTHON_RECORD_BYTES,
        ...(onRead !== undefined && { onRead }),
      }),
  }
}

/** The script always begins with these two folders. */
const ROOT_FOLDERS = ['/nix', STORE]

/** The members of a layer, in the order of the script: hard links become files with content. */
function* listMembers(
  paths: readonly string[],
  owner: PythonTarOwner,
  { root, hasCaseHack }: StoreAccess,
): Generator<StoreTarMember> {
  const nameOf = (path: ByteString): ByteString => (hasCaseHack ? removeCaseHack(path) : path)
  const compare = (a: ByteString, b: ByteString): number => comparePythonNames(nameOf(a), nameOf(b))
  for (const name of ROOT_FOLDERS) {
    const folder: PythonTarMember = { name, kind: 'folder', mode: 0o755, size: 0, target: '' }
    yield { header: encodePythonHeader(folder, owner) }
  }
  for (const path of paths) {
    for (const file of walkStorePath(path, root, compare)) {
      const header = encodePythonHeader({ ...file, name: nameOf(file.path) }, owner)
      yield file.kind === 'file' ? { header, file } : { header }
    }
  }
}

/** Writes the config of the image, byte for byte as the script does. Throws an `Error` if the base has no usable config. */
function encodeConfig(conf: StreamConf, diffIds: readonly Digest[], base: BaseImage | undefined): Buffer {
  const { customisationLayer, storeLayers, created } = conf
  const sources = [...(base?.layerNames.map(name => [name]) ?? []), ...storeLayers, [customisationLayer]]
  if (sources.length !== diffIds.length)
    throw new Error(`the image has ${diffIds.length} layers, but its description ${sources.length}`)
  const history = sources.map(
    paths =>
      new Map([
        ['created', created.text],
        ['comment', `store paths: ${formatPythonList(paths)}`],
      ]),
  )
  const document = new Map<string, PythonValue>([
    ['created', created.text],
    ['architecture', conf.architecture],
    ['os', 'linux'],
    ['config', base === undefined ? conf.config : addBaseEnv(conf.config, base)],
    [
      'rootfs',
      new Map<string, PythonValue>([
        ['diff_ids', diffIds],
        ['type', 'layers'],
      ]),
    ],
    ['history', history],
  ])
  return Buffer.from(formatPythonJson(document))
}

/** The variables of the base come first. If a variable is set twice, its last value is at its first place. */
function addBaseEnv(config: Fields, base: BaseImage): Fields {
  const document = parsePythonJson(base.config.toString())
  const below = isObject(document) ? document.get('config') : undefined
  const env = [...readEnv(isObject(below) ? below : new Map()), ...readEnv(config)]
  if (env.length === 0) return config
  const byName = new Map(env.map(entry => [entry.split('=', 1)[0], entry]))
  return new Map([...config, ['Env', [...byName.values()]]])
}

/** The script fails if `Env` is null. */
function readEnv(config: Fields): string[] {
  const env = config.get('Env') ?? []
  return readList(env, 'Env').map(entry => {
    if (typeof entry !== 'string') throw new Error('Env has an entry that is not a text')
    return entry
  })
}
