import { isLayerKey, type LayerKey, type LayerKeys } from '../../image/store/layer-key.js'
import { LAYER_KEYS } from '../../oci/annotation-keys.js'
import type { Annotations } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'

const NO_KEY = '-'

/** Returns the annotation of a descriptor from which `readLayerKeys` reads them. Returns `{}` if no layer has a key. */
export function recordLayerKeys(keys: LayerKeys | undefined): Annotations {
  if (!keys?.some(key => key !== undefined)) return {}
  return { [LAYER_KEYS]: keys.map(key => key ?? NO_KEY).join(' ') }
}

/** Returns `undefined` if there is no record, or if it is damaged: without keys, layers are packed. */
export function readLayerKeys(annotations: Annotations | undefined): LayerKeys | undefined {
  const texts = annotations?.[LAYER_KEYS]?.split(' ')
  if (!texts?.every(text => text === NO_KEY || isLayerKey(text))) return undefined
  return texts.map(text => (isLayerKey(text) ? text : undefined))
}

/** The diff_ids of layers by their keys. */
export class RecordedDiffIds {
  readonly #diffIds = new Map<LayerKey, Digest | 'ambiguous'>()

  /** Lists of different length are ignored. A key with two diff_ids is not used: one of them is wrong. */
  add(keys: LayerKeys, diffIds: readonly Digest[]): void {
    if (keys.length !== diffIds.length) return
    for (const [n, key] of keys.entries()) if (key !== undefined) this.addOne(key, diffIds[n] as Digest)
  }

  addOne(key: LayerKey, diffId: Digest): void {
    const known = this.#diffIds.get(key) ?? diffId
    this.#diffIds.set(key, known === diffId ? diffId : 'ambiguous')
  }

  find(key: LayerKey): Digest | undefined {
    const found = this.#diffIds.get(key)
    return found === 'ambiguous' ? undefined : found
  }
}
