import type { StagedLayer } from './staging.js'

/** An image's parts, read and checked, before its layers get their names. */
export interface StagedParts {
  /** As it came. */
  readonly config: Buffer
  readonly layers: readonly StagedLayer[]
}

/** Throws an `Error` that starts with `what` when the content of a layer is not the one that the config names. */
export function checkDiffId(layer: StagedLayer, expected: string | undefined, what: string): void {
  if (layer.diffId === expected) return
  throw new Error(`${what} should have the diff_id ${expected} but has ${layer.diffId}`)
}
