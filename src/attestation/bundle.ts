import type { Statement } from './statement.js'

/** The media type of a bundle, and of the artifact that contains it (Sigstore bundle format, v0.3). */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** A signed statement. Nothing is verified yet. */
export interface SignedBundle {
  /** The JSON of the bundle, as it is stored. */
  readonly bytes: Buffer
  readonly statement: Statement
}

/** Parses a bundle. Throws a `UserError` that says what is wrong. `what` names the bundle in it. */
export function parseBundle(_bytes: Buffer, _what: string): SignedBundle {
  throw new Error('not written yet')
}
