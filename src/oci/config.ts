import { asArray, asObject, asOptionalString, asString, asStrings, parseJson } from '../util/json.js'
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
