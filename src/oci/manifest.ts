import { asArray, asObject, asOptionalString, asStringMap, parseJson } from '../util/json.js'
import { type Annotations, type Descriptor, descriptorOf, parseDescriptor } from './descriptor.js'
import { OCI_MANIFEST } from './media-type.js'

/** An image manifest (OCI image-spec, manifest.md): one image for one platform. */
export interface Manifest {
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Annotations
}

export function parseManifest(bytes: Buffer): Manifest {
  const it = asObject(parseJson(bytes, 'the manifest'), 'the manifest')
  const annotations = asStringMap(it.annotations, 'annotations')
  return {
    mediaType: asOptionalString(it.mediaType, 'mediaType') ?? OCI_MANIFEST,
    config: parseDescriptor(it.config, 'config'),
    layers: asArray(it.layers, 'layers').map((layer, n) => parseDescriptor(layer, `layers[${n}]`)),
    ...(annotations && { annotations }),
  }
}

/** The bytes of an OCI manifest: the same input gives the same bytes. */
export function encodeManifest(of: Omit<Manifest, 'mediaType'>): Buffer {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(of.config),
    layers: of.layers.map(descriptorOf),
    ...sortedAnnotations(of.annotations),
  }
  return Buffer.from(JSON.stringify(manifest))
}

/** `{ annotations }` with sorted keys, or nothing when there are none. */
export function sortedAnnotations(annotations: Annotations | undefined): { annotations?: Annotations } {
  const entries = Object.entries(annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) }
}
