import {
  asArray,
  asObject,
  asOptionalString,
  asStringMap,
  asStrings,
  type JsonObject,
  parseJson,
} from '../util/json.js'
import type { Annotations } from './descriptor.js'
import { type Digest, parseDigest } from './digest.js'
import { type Platform, parsePlatform } from './platform.js'

/** The fields of an image config (OCI image-spec, config.md) that builds depend on. */
export interface Config {
  /** The platform stated in the config. dockerTools omits the variant. */
  readonly platform: Platform
  /** The digests of the uncompressed tars of the layers, lowest layer first. */
  readonly diffIds: readonly Digest[]
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
}

/** Throws an `Error` that names a missing or invalid field. */
export function parseConfig(bytes: Buffer): Config {
  const document = parseDocument(bytes)
  const run = asObject(document.config ?? {}, 'config')
  // Go writes an empty list as null.
  const rootfs = asObject(document.rootfs ?? {}, 'rootfs')
  return {
    platform: platformOf(document),
    diffIds: asArray(rootfs.diff_ids ?? [], 'rootfs.diff_ids').map(parseDigest),
    entrypoint: asStrings(run.Entrypoint ?? [], 'config.Entrypoint'),
    cmd: asStrings(run.Cmd ?? [], 'config.Cmd'),
  }
}

/** Without `os.version`, which dockerTools does not write, and which the index has. */
function platformOf(document: JsonObject): Platform {
  const { 'os.version': _, ...platform } = parsePlatform(document)
  return platform
}

/** The fields of an image config (OCI image-spec, config.md) that are only displayed. */
export interface ConfigDetails {
  /** Entries `NAME=value`. */
  readonly env: readonly string[]
  readonly user: string
  readonly workingDir: string
  /** `8080/tcp`, sorted. */
  readonly exposedPorts: readonly string[]
  /** Folders, sorted. */
  readonly volumes: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly history: readonly HistoryEntry[]
}

/** One step of the build history. */
export interface HistoryEntry {
  /** True if the step added no layer. */
  readonly isEmpty: boolean
  readonly comment: string
}

/** Throws an `Error` that names an invalid field. */
export function parseConfigDetails(bytes: Buffer): ConfigDetails {
  const document = parseDocument(bytes)
  const run = asObject(document.config ?? {}, 'config')
  return {
    env: asStrings(run.Env ?? [], 'config.Env'),
    user: asOptionalString(run.User, 'config.User') ?? '',
    workingDir: asOptionalString(run.WorkingDir, 'config.WorkingDir') ?? '',
    exposedPorts: parseSet(run.ExposedPorts, 'config.ExposedPorts'),
    volumes: parseSet(run.Volumes, 'config.Volumes'),
    labels: asStringMap(run.Labels, 'config.Labels') ?? {},
    history: asArray(document.history ?? [], 'history').map((entry, n) =>
      parseHistoryEntry(asObject(entry ?? {}, `history[${n}]`), `history[${n}]`),
    ),
  }
}

/** Parses a set, which the config writes as an object of empty objects. */
function parseSet(value: unknown, what: string): string[] {
  return Object.keys(asObject(value ?? {}, what)).sort()
}

function parseHistoryEntry(entry: JsonObject, what: string): HistoryEntry {
  return {
    isEmpty: entry.empty_layer === true,
    comment: asOptionalString(entry.comment, `${what}.comment`) ?? '',
  }
}

/** Adds labels to a config. Returns the same bytes if `labels` is empty. */
export function addLabels(config: Buffer, labels: Annotations): Buffer {
  if (Object.keys(labels).length === 0) return config
  return updateLabels(config, existing => ({ ...existing, ...labels }))
}

/** Removes labels from a config, so that it can be compared without them. */
export function removeLabels(config: Buffer, keys: readonly string[]): Buffer {
  return updateLabels(config, labels =>
    Object.fromEntries(Object.entries(labels).filter(([key]) => !keys.includes(key))),
  )
}

function updateLabels(config: Buffer, update: (labels: Annotations) => Annotations): Buffer {
  const document = parseDocument(config)
  const run = asObject(document.config ?? {}, 'config')
  const labels = update(asStringMap(run.Labels, 'config.Labels') ?? {})
  return Buffer.from(JSON.stringify({ ...document, config: { ...run, Labels: labels } }))
}

function parseDocument(bytes: Buffer): JsonObject {
  return asObject(parseJson(bytes, 'the image config'), 'the image config')
}
