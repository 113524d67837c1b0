import {
  asArray,
  asObject,
  asOptionalString,
  asStringMap,
  asStrings,
  type JsonObject,
  parseJson,
} from '../util/json.js'

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
      historyEntry(asObject(entry, `history[${n}]`), `history[${n}]`),
    ),
  }
}

/** A set stands there as an object of empty objects. */
function keysOf(value: unknown, what: string): string[] {
  return Object.keys(asObject(value ?? {}, what)).sort()
}

function historyEntry(entry: JsonObject, what: string): HistoryEntry {
  return {
    isEmpty: entry.empty_layer === true,
    comment: asOptionalString(entry.comment, `${what}.comment`) ?? '',
  }
}
