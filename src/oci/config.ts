import {
  asArray,
  asObject,
  asOptionalString,
  asString,
  asStringMap,
  asStrings,
  type JsonObject,
  parseJson,
} from '../util/json.js'
import type { Annotations } from './descriptor.js'
import { type Digest, parseDigest } from './digest.js'
import type { Platform } from './platform.js'

/** What we read of an image configuration (OCI image-spec, config.md). Its bytes are kept as they came. */
export interface Config {
  /** As it stands there; dockerTools, for one, leaves the variant out. */
  readonly platform: Platform
  /** The digests of the layers' uncompressed tars, lowest layer first. */
  readonly diffIds: readonly Digest[]
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
}

/** Throws an `Error` that says which field is missing or wrong. */
export function parseConfig(bytes: Buffer): Config {
  const it = asObject(parseJson(bytes, 'the image config'), 'the image config')
  const run = asObject(it.config ?? {}, 'config')
  const rootfs = asObject(it.rootfs, 'rootfs')
  const variant = asOptionalString(it.variant, 'variant')
  return {
    platform: {
      os: asString(it.os, 'os'),
      architecture: asString(it.architecture, 'architecture'),
      ...(variant && { variant }),
    },
    diffIds: asArray(rootfs.diff_ids, 'rootfs.diff_ids').map(parseDigest),
    entrypoint: asStrings(run.Entrypoint ?? [], 'config.Entrypoint'),
    cmd: asStrings(run.Cmd ?? [], 'config.Cmd'),
  }
}

/** What of an image configuration (OCI image-spec, config.md) is only shown to people: no build depends on it. */
export interface ConfigDetails {
  /** `NAME=value` each. */
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

/** One step in which the image was made. */
export interface HistoryEntry {
  /** A step without a layer. */
  readonly isEmpty: boolean
  readonly comment: string
}

/** Throws an `Error` that says which field is wrong. */
export function parseConfigDetails(bytes: Buffer): ConfigDetails {
  const it = asObject(parseJson(bytes, 'the image config'), 'the image config')
  const run = asObject(it.config ?? {}, 'config')
  return {
    env: asStrings(run.Env ?? [], 'config.Env'),
    user: asOptionalString(run.User, 'config.User') ?? '',
    workingDir: asOptionalString(run.WorkingDir, 'config.WorkingDir') ?? '',
    exposedPorts: keysOf(run.ExposedPorts, 'config.ExposedPorts'),
    volumes: keysOf(run.Volumes, 'config.Volumes'),
    labels: asStringMap(run.Labels, 'config.Labels') ?? {},
    history: asArray(it.history ?? [], 'history').map((entry, n) =>
      parseHistoryEntry(asObject(entry, `history[${n}]`), `history[${n}]`),
    ),
  }
}

/** A set stands there as an object of empty objects. */
function keysOf(value: unknown, what: string): string[] {
  return Object.keys(asObject(value ?? {}, what)).sort()
}

function parseHistoryEntry(entry: JsonObject, what: string): HistoryEntry {
  return {
    isEmpty: entry.empty_layer === true,
    comment: asOptionalString(entry.comment, `${what}.comment`) ?? '',
  }
}

const WHAT = 'the image config'

/** A config with labels added to its own; the very same bytes when there are none to add. */
export function addLabels(config: Buffer, labels: Annotations): Buffer {
  if (Object.keys(labels).length === 0) return config
  return updateLabels(config, own => ({ ...own, ...labels }))
}

/** A config without some of its labels, for comparing. */
export function removeLabels(config: Buffer, keys: readonly string[]): Buffer {
  return updateLabels(config, own =>
    Object.fromEntries(Object.entries(own).filter(([key]) => !keys.includes(key))),
  )
}

function updateLabels(config: Buffer, change: (labels: Annotations) => Annotations): Buffer {
  const it = asObject(parseJson(config, WHAT), WHAT)
  const run = asObject(it.config ?? {}, 'config')
  const labels = change(asStringMap(run.Labels, 'config.Labels') ?? {})
  return Buffer.from(JSON.stringify({ ...it, config: { ...run, Labels: labels } }))
}
