import {
  decodeLayerFiles,
  type LayerFilesText,
  splitLayerFiles,
} from '../../image/programs/encode-layer-files.js'
import type { LayerContents, LayerFiles } from '../../image/programs/layer-contents.js'
import { LAYER_FILES } from '../../oci/annotation-keys.js'
import type { Annotations } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'

/** Returns the annotation of a descriptor for the text that `encodeLayerFiles` returns. */
export function recordLayerFiles(text: string | undefined): Annotations {
  return text === undefined ? {} : { [LAYER_FILES]: text }
}

/** The files of layers that earlier images record, by their diff_ids. They are decoded when they are needed. */
export class RecordedLayerFiles {
  readonly #texts = new Map<Digest, LayerFilesText | 'ambiguous'>()

  /** Annotations for another number of layers are ignored. A layer with two texts is not used: one of them is wrong. */
  add(annotations: Annotations | undefined, diffIds: readonly Digest[]): void {
    const texts = splitLayerFiles(annotations?.[LAYER_FILES] ?? '')
    if (texts.length !== diffIds.length) return
    for (const [n, diffId] of diffIds.entries()) {
      const text = texts[n]
      const known = this.#texts.get(diffId) ?? text
      if (text !== undefined) this.#texts.set(diffId, known === text ? text : 'ambiguous')
    }
  }

  find(diffId: Digest): LayerFilesText | undefined {
    const found = this.#texts.get(diffId)
    return found === 'ambiguous' ? undefined : found
  }
}

/** Returns the files that all of these record. */
export function findAgreedFiles(
  records: readonly RecordedLayerFiles[],
  diffId: Digest,
): LayerFiles | undefined {
  const [text, ...others] = new Set(records.map(each => each.find(diffId)))
  return text === undefined || others.length > 0 ? undefined : decodeLayerFiles(text)
}

/** Adds the recorded files of layers that were not read. */
export function addRecordedFiles(
  contents: readonly LayerContents[],
  diffIds: readonly Digest[],
  find: (diffId: Digest) => LayerFiles | undefined,
): LayerContents[] {
  return contents.map((layer, n) => {
    const files = layer.files ?? find(diffIds[n] as Digest)
    return files ? { ...layer, files } : layer
  })
}
