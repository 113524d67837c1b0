import { CREATED } from '../oci/annotation-keys.js'
import type { Annotations, Blob, Descriptor } from '../oci/descriptor.js'
import { makeReferrer, type Referrer } from '../oci/referrer.js'
import { BUNDLE_TYPE } from './bundle.js'

/** The annotations of a manifest that attaches a bundle to an image (Sigstore, "Bundles in OCI registries"; cosign 3). */
const CONTENT = 'dev.sigstore.bundle.content'
const PREDICATE_TYPE = 'dev.sigstore.bundle.predicateType'

interface AttachedBundle {
  readonly subject: Descriptor
  /** Its media type is that of a bundle. */
  readonly bundle: Blob
  readonly predicateType: string
  /** The time of the signature. */
  readonly created: string
}

/** Creates the artifact that attaches a bundle to an image or an index. */
export function makeBundleReferrer({ subject, bundle, predicateType, created }: AttachedBundle): Referrer {
  const annotations: Annotations = {
    [CONTENT]: 'dsse-envelope',
    [PREDICATE_TYPE]: predicateType,
    [CREATED]: created,
  }
  return makeReferrer({ subject, document: bundle, annotations })
}

export function isBundle({ artifactType }: Descriptor): boolean {
  return artifactType === BUNDLE_TYPE
}

/** The kind of the statement in a bundle, as the list of a registry says; `undefined` if it does not say it. */
export function predicateTypeOf({ annotations }: Pick<Descriptor, 'annotations'>): string | undefined {
  return annotations?.[PREDICATE_TYPE]
}
