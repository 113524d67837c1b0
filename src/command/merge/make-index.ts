import {
  CONTENT,
  CREATED,
  DERIVATION,
  DESCRIPTION,
  DOCUMENTATION,
  LICENSES,
  REVISION,
  SOURCE,
  SYSTEM,
  TITLE,
  URL,
  VERSION,
} from '../../oci/annotations.js'
import { labelled } from '../../oci/config-labels.js'
import type { Annotations } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { bytesBlob, type Image } from '../../oci/image.js'
import { type Index, makeIndex } from '../../oci/image-index.js'
import { encodeManifest } from '../../oci/manifest.js'
import { OCI_CONFIG, OCI_MANIFEST } from '../../oci/media-type.js'
import type { GitFacts } from '../shared/git.js'
import type { Piece, Whole } from '../shared/platform-image.js'
import { contentDigest } from './content.js'

/** What a merge writes on an image beside what its build said. */
export interface Stamp {
  readonly git: GitFacts
  /** In place of what the images say. */
  readonly version: string | undefined
  /** Users' own; they have the last word. */
  readonly annotations: { readonly index: Annotations; readonly manifest: Annotations }
  /** For the images' configs. */
  readonly labels: Annotations
}

/** What follows from a container's derivation, and so stands on its manifests from the build on. */
const FACTS = [TITLE, DESCRIPTION, LICENSES, VERSION, SOURCE, URL, DOCUMENTATION]

/**
 * Joins a container's images into an index, with what is known of them on it and on their manifests. Everything follows from the
 * pieces and the stamp, so it is the same each time; layers stay as they are.
 */
export function stampIndex(whole: Whole, stamp: Stamp): { index: Index; content: Digest } {
  const pieces = whole.pieces.map(piece => stampPiece(piece, stamp))
  const annotations = stamped(sharedFacts(whole.pieces), stamp, stamp.annotations.index)
  const content = contentDigest(pieces, annotations)
  const images = pieces.map(({ image }) => image)
  return { index: makeIndex(images, { ...annotations, [CONTENT]: content }), content }
}

export interface Stamped {
  readonly image: Image
  readonly config: Buffer
  readonly annotations: Annotations
}

function stampPiece({ image, config, system, derivation, facts }: Piece, stamp: Stamp): Stamped {
  const annotations = stamped(pick(facts), stamp, stamp.annotations.manifest)
  const bytes = labelled(config, stamp.labels)
  const blob = bytes === config ? image.config : bytesBlob(bytes, { mediaType: OCI_CONFIG })
  const manifest = bytesBlob(encodeManifest({ config: blob, layers: image.layers, annotations }), {
    mediaType: OCI_MANIFEST,
    platform: image.platform,
    annotations: { [SYSTEM]: system, ...(derivation && { [DERIVATION]: derivation }) },
  })
  return { image: { ...image, config: blob, manifest }, config: bytes, annotations }
}

function stamped(facts: Annotations, { git, version }: Stamp, own: Annotations): Annotations {
  const { source, ref } = git
  return {
    ...(source && { [SOURCE]: source, [URL]: source, [DOCUMENTATION]: `${source}#readme` }),
    ...facts,
    ...(version && { [VERSION]: version }),
    ...(ref.sha && { [REVISION]: ref.sha }),
    ...(ref.commitDate && { [CREATED]: rfc3339(ref.commitDate) }),
    ...own,
  }
}

/** Without fractions of a second, which Git does not know. */
function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** The facts on which all pieces agree: an index speaks for all its platforms. */
function sharedFacts(pieces: readonly Piece[]): Annotations {
  const agreed = FACTS.flatMap(key => {
    const [value, ...others] = new Set(pieces.map(({ facts }) => facts[key]))
    return value !== undefined && others.length === 0 ? [[key, value] as const] : []
  })
  return Object.fromEntries(agreed)
}

function pick(facts: Annotations): Annotations {
  return Object.fromEntries(FACTS.flatMap(key => (facts[key] === undefined ? [] : [[key, facts[key]]])))
}
