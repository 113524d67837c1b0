import { isOwnKey, SOURCE_ANNOTATIONS } from '../../oci/annotation-keys.js'
import type { Annotations } from '../../oci/descriptor.js'
import { sortAnnotations } from '../../oci/image.js'
import { asStringMap, parseJson } from '../../util/json.js'

/** Returns the annotations of a manifest that Nix built, without our own: those are about another archive or index. */
export function selectSourceAnnotations(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !isOwnKey(key)))
}

/**
 * Returns the annotation of a descriptor from which `readSourceAnnotations` reads them. A later merge replaces the annotations of
 * the commit and of the inputs, and must not lose the ones from Nix. Returns `{}` if there are none.
 */
export function recordSourceAnnotations(annotations: Annotations | undefined): Annotations {
  const { annotations: sorted } = sortAnnotations(annotations)
  return sorted === undefined ? {} : { [SOURCE_ANNOTATIONS]: JSON.stringify(sorted) }
}

/** Throws an `Error` if the record is damaged. */
export function readSourceAnnotations(descriptorAnnotations: Annotations | undefined): Annotations {
  const text = descriptorAnnotations?.[SOURCE_ANNOTATIONS]
  if (text === undefined) return {}
  const what = 'the record of annotations'
  return selectSourceAnnotations(asStringMap(parseJson(text, what), what) ?? {})
}
