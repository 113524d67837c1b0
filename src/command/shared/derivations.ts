import { DERIVATION, SYSTEM } from '../../oci/annotations.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { isAttestation } from '../../oci/image-index.js'
import type { System } from '../../oci/system.js'

/**
 * How what is planned differs from what an index holds, by the derivations that it names, in words; `undefined` when it is
 * the same for exactly the same systems.
 */
export function differenceOf(
  manifests: readonly Descriptor[],
  systems: readonly { readonly system: System; readonly derivation: string | undefined }[],
): string | undefined {
  const images = manifests.filter(each => !isAttestation(each))
  const held = new Map(images.map(({ annotations = {} }) => [annotations[SYSTEM], annotations[DERIVATION]]))
  if (images.length === 0 || held.has(undefined)) return 'changed: it does not say what it was made from'
  const changed = systems.filter(
    ({ system, derivation }) => held.has(system) && held.get(system) !== derivation,
  )
  const added = systems.filter(({ system }) => !held.has(system))
  const gone = [...held.keys()].filter(system => systems.every(each => each.system !== system))
  const parts = [
    ...phrase(
      'changed for',
      changed.map(({ system }) => system),
    ),
    ...phrase(
      'new for',
      added.map(({ system }) => system),
    ),
    ...phrase('no longer for', gone),
  ]
  return parts.length === 0 ? undefined : parts.join(', ')
}

function phrase(words: string, systems: readonly (string | undefined)[]): string[] {
  return systems.length === 0 ? [] : [`${words} ${systems.join(' and ')}`]
}
