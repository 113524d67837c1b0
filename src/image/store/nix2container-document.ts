import { type Digest, isDigest } from '../../oci/digest.js'
import { asArray, asObject, asOptionalString, asString, type JsonObject, parseJson } from '../../util/json.js'
import { compactJson, splitJsonList, splitJsonObject } from '../../util/json-text.js'
import { truncateText } from '../../util/text.js'
import { MAX_TAR_MODE } from '../format/go-tar.js'
import { checkLayerCount } from '../format/limit-archive.js'
import { quotePattern } from './go-pattern.js'

/** The file that `buildImage` of nix2container makes: a description of an image. */
export interface Nix2containerDocument {
  readonly architecture: string
  /** Lowest first. */
  readonly layers: readonly Nix2containerLayer[]
  /** Returns the image config as nix2container writes it. */
  encodeConfig(diffIds: readonly Digest[]): Buffer
}

export interface Nix2containerLayer {
  readonly diffId: Digest
  /** The file that is the layer. If there is one, `paths` can be wrong. */
  readonly file?: string
  readonly paths: readonly Nix2containerPath[]
}

/** A store path, and how its content gets into the layer. */
export interface Nix2containerPath {
  readonly path: string
  readonly rewrite?: PathRewrite
  readonly perms: readonly PathPermissions[]
}

/** All matches in a path are replaced. */
export interface PathRewrite {
  readonly regex: string
  readonly replacement: string
}

/** Owners and permissions of the files whose path in the store matches. */
export interface PathPermissions {
  readonly regex: string
  /** `undefined`: that of the file. */
  readonly mode: number | undefined
  readonly uid: number
  readonly gid: number
  /** Empty: that of the rule before. */
  readonly uname: string
  readonly gname: string
}

/** The version of the format. It has not changed since the first release. */
const VERSION = 1

/** Throws an `Error` that names the field if the document does not describe an image. */
export function parseNix2containerDocument(bytes: Buffer): Nix2containerDocument {
  const json = bytes.toString()
  const document = asObject(parseJson(json, 'the image description'), 'the image description')
  if (document.version !== VERSION)
    throw new Error(
      `it has the version ${truncateText(String(JSON.stringify(document.version)), 60)}, ` +
        `and only version ${VERSION} is supported`,
    )
  const architecture = asOptionalString(document.arch, 'arch') ?? ''
  const layers = asArray(document.layers ?? [], 'layers').map((layer, n) => parseLayer(layer, `layers[${n}]`))
  checkLayerCount(layers.length)
  asObject(document['image-config'] ?? {}, 'image-config')
  asOptionalString(document.created, 'created')
  const texts = splitJsonObject(compactJson(json))
  return { architecture, layers, encodeConfig: diffIds => encodeConfig(texts, diffIds) }
}

function parseLayer(value: unknown, what: string): Nix2containerLayer {
  const layer = asObject(value, what)
  const file = asOptionalString(layer['layer-path'], `${what}.layer-path`)
  asObject(layer.History ?? {}, `${what}.History`)
  const paths = asArray(layer.paths ?? [], `${what}.paths`)
  return {
    diffId: parseDiffId(layer.diff_ids, `${what}.diff_ids`),
    ...(file && { file: checkAbsolute(file, `${what}.layer-path`) }),
    // They do not matter if there is a file.
    paths: file ? [] : paths.map((path, n) => parsePath(path, `${what}.paths[${n}]`)),
  }
}

function parseDiffId(value: unknown, what: string): Digest {
  const text = asString(value, what)
  if (isDigest(text)) return text
  throw new Error(`${what} is not a sha256 digest but ${quotePattern(text)}`)
}

function parsePath(value: unknown, what: string): Nix2containerPath {
  const object = asObject(value, what)
  const path = checkAbsolute(asString(object.path, `${what}.path`), `${what}.path`)
  const options = asObject(object.options ?? {}, `${what}.options`)
  const rewrite = asObject(options.rewrite ?? {}, `${what}.options.rewrite`)
  const regex = asOptionalString(rewrite.regex, `${what}.options.rewrite.regex`) ?? ''
  const replacement = asOptionalString(rewrite.repl, `${what}.options.rewrite.repl`) ?? ''
  const perms = asArray(options.perms ?? [], `${what}.options.perms`)
  return {
    path,
    ...(regex !== '' && { rewrite: { regex, replacement } }),
    perms: perms.map((rule, n) => parsePermissions(rule, `${what}.options.perms[${n}]`)),
  }
}

/** A path of the system that evaluates the image is not an image of its flake. */
function checkAbsolute(path: string, what: string): string {
  if (path.startsWith('/') && !path.includes('\0')) return path
  throw new Error(`${what} is not an absolute path but ${quotePattern(path)}`)
}

function parsePermissions(value: unknown, what: string): PathPermissions {
  const rule = asObject(value, what)
  const text = (key: string): string => asOptionalString(rule[key], `${what}.${key}`) ?? ''
  return {
    regex: text('regex'),
    mode: parseMode(text('mode'), `${what}.mode`),
    uid: parseId(rule, 'uid', what),
    gid: parseId(rule, 'gid', what),
    uname: text('uname'),
    gname: text('gname'),
  }
}

/** Reads octal digits as `Sscanf` of Go: what follows them does not matter. */
function parseMode(text: string, what: string): number | undefined {
  if (text === '') return undefined
  const [, digits] = /^[ \t]*\+?([0-7]+)/.exec(text) ?? []
  const mode = digits === undefined ? Number.NaN : Number.parseInt(digits, 8)
  if (mode <= MAX_TAR_MODE) return mode
  throw new Error(`${what} is not octal digits such as "0755" but ${quotePattern(text)}`)
}

function parseId(rule: JsonObject, key: string, what: string): number {
  const id = rule[key] ?? 0
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id
  throw new Error(`${what}.${key} is not a whole number but ${truncateText(JSON.stringify(id), 60)}`)
}

/**
 * Writes the config from the texts of the description: a program in Go has sorted its keys and chosen its escapes. Otherwise the
 * image would have another ID than the one that nix2container gives it.
 */
function encodeConfig(texts: ReadonlyMap<string, string>, diffIds: readonly Digest[]): Buffer {
  const textOf = (key: string, missing: string): string => {
    const text = texts.get(key) ?? 'null'
    return text === 'null' ? missing : text
  }
  const created = textOf('created', '')
  const history = splitJsonList(textOf('layers', '[]')).map(
    layer => splitJsonObject(layer).get('History') ?? '{}',
  )
  const members = [
    ...(created === '' ? [] : [`"created":${created}`]),
    `"architecture":${textOf('arch', '""')}`,
    '"os":"linux"',
    `"config":${textOf('image-config', '{}')}`,
    `"rootfs":{"type":"layers","diff_ids":${JSON.stringify(diffIds)}}`,
    `"history":[${history.map(text => (text === 'null' ? '{}' : text)).join(',')}]`,
  ]
  return Buffer.from(`{${members.join(',')}}`)
}
