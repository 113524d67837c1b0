import { buffer } from 'node:stream/consumers'
import {
  CONTENT,
  CREATED,
  LAYER_FILES,
  LAYER_KEYS,
  PROOF,
  REVISION,
  renameKeys,
  SOURCE,
} from '../../oci/annotation-keys.js'
import { addLabels, parseConfig, parseConfigDetails } from '../../oci/config.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  descriptorOf,
  OCI_CONFIG,
  OCI_INDEX,
} from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { createBlob, parseManifest } from '../../oci/image.js'
import { encodeIndex, type Index, parseIndex } from '../../oci/image-index.js'
import { formatPlatform } from '../../oci/platform.js'
import { annotateIndex } from '../merge/annotate-index-and-manifests.js'
import { readLayerKeys } from '../shared/layer-keys.js'
import type { PlatformImage } from '../shared/platform-image.js'
import { createRecord } from '../shared/proof-record.js'
import { readRecipe } from '../shared/recipe.js'
import type { CheckedIndex } from '../verify/check-index.js'
import type { CheckedPlatform } from '../verify/check-platform.js'

/** The image of one platform, as it is published and as it was built now. */
export interface RebuiltPlatform {
  readonly platform: string
  readonly published: CheckedPlatform & Required<Pick<CheckedPlatform, 'manifest' | 'config' | 'configBytes'>>
  readonly image: PlatformImage
}

interface RepeatRequest {
  readonly index: CheckedIndex & { readonly bytes: Buffer }
  readonly platforms: readonly RebuiltPlatform[]
  readonly revision: string
  /** The date of the commit. */
  readonly commitDate: Date
  /** Opens a layer of the published image. */
  readonly openLayer: (layer: Descriptor) => Blob
}

/** The index that a rebuild gives. */
export interface RepeatedIndex {
  readonly index: Index
  /** The annotations and labels that only the image says: a rebuild cannot know what the inputs of the run were. */
  readonly copied: readonly string[]
}

/**
 * Makes the index of a published image again, from images that were built now. What the source does not decide is taken from the
 * image: the bytes of layers that were reused from earlier images, if their diff_ids are equal, and annotations and labels of the
 * inputs.
 */
export async function repeatIndex(request: RepeatRequest): Promise<RepeatedIndex> {
  const { index, platforms, openLayer } = request
  const images = platforms.map(each => repeatImage(each, openLayer))
  const published = { ...index, annotations: renameKeys(index.annotations ?? {}) }
  const plain = await annotate(
    images.map(({ image }) => image),
    request,
    {},
  )
  const overrides: Overrides = {
    index: selectOverrides(published.annotations, plain.annotations),
    manifests: new Map(
      platforms.map(({ platform, published: { manifest } }) => [
        platform,
        selectOverrides(manifest.annotations ?? {}, plain.manifests.get(platform) ?? {}),
      ]),
    ),
  }
  const made = await annotate(
    images.map(({ image }) => image),
    request,
    overrides,
  )
  const copied = [
    ...Object.keys(overrides.index ?? {}),
    ...[...(overrides.manifests ?? [])].flatMap(([platform, annotations]) =>
      Object.keys(annotations).map(key => `${key} of ${platform}`),
    ),
    ...images.flatMap(each => each.copied),
  ]
  return { index: completeIndex(made.index, index), copied: [...new Set(copied)] }
}

interface Overrides {
  readonly index?: Annotations
  /** By platform. */
  readonly manifests?: ReadonlyMap<string, Annotations>
}

interface Annotated {
  readonly index: Index
  readonly annotations: Annotations
  readonly manifests: ReadonlyMap<string, Annotations>
}

async function annotate(
  images: readonly PlatformImage[],
  { index: published, revision, commitDate }: RepeatRequest,
  { index = {}, manifests = new Map() }: Overrides,
): Promise<Annotated> {
  const [first] = images
  const annotations = renameKeys(published.annotations ?? {})
  const source = annotations[SOURCE]
  const ref = { kind: 'no-commit', sha: revision, ...(annotations[CREATED] && { commitDate }) } as const
  const container = {
    name: first?.container ?? '',
    imageName: first?.imageName ?? '',
    images,
    tree: undefined,
    unchanged: false,
  }
  const made = annotateIndex(container, {
    git: { ref, ...(source && { source }) },
    version: undefined,
    annotations: { index, manifestOf: platform => manifests.get(formatPlatform(platform)) ?? {} },
    labels: {},
  })
  const documents = await Promise.all(
    made.index.images.map(async ({ platform, manifest }) => {
      const { annotations: own = {} } = parseManifest(await buffer(manifest.open()))
      return [formatPlatform(platform), own] as const
    }),
  )
  return { index: made.index, annotations: made.content.annotations, manifests: new Map(documents) }
}

/** The source decides about these, so they are compared and not copied. */
const NEVER_COPIED = [CREATED, REVISION, CONTENT, PROOF]

function selectOverrides(published: Annotations, made: Annotations): Annotations {
  return Object.fromEntries(
    Object.entries(published).filter(([key, value]) => !NEVER_COPIED.includes(key) && made[key] !== value),
  )
}

interface RepeatedImage {
  readonly image: PlatformImage
  readonly copied: readonly string[]
}

function repeatImage(
  { platform, published, image }: RebuiltPlatform,
  openLayer: RepeatRequest['openLayer'],
): RepeatedImage {
  const annotations = renameKeys(published.descriptor.annotations ?? {})
  const recipe = readRecipe(annotations)
  const reused = new Set(recipe?.reused)
  const diffIds = parseConfig(image.config).diffIds
  const layers = image.image.layers.map((layer, n) => {
    const known = published.manifest.layers[n]
    const isSame = known !== undefined && diffIds[n] === published.config.diffIds[n]
    return isSame && reused.has(n) ? openLayer(known) : layer
  })
  const labels = selectLabels(published.configBytes, image.config)
  const config = addLabels(image.config, labels)
  const configBlob =
    config === image.config ? image.image.config : createBlob(config, { mediaType: OCI_CONFIG })
  const keys = readLayerKeys(annotations)
  // Whether an image is packed from store paths depends on the machine.
  const canCopyKeys = keys === undefined || image.layerKeys === undefined
  const layerFiles = annotations[LAYER_FILES]
  return {
    image: {
      ...image,
      image: { ...image.image, layers, config: configBlob },
      config,
      recipe,
      // Whether a layer was read depends on the images that existed before.
      layerFiles,
      ...(canCopyKeys && { layerKeys: keys }),
    },
    copied: [
      ...Object.keys(labels).map(key => `label ${key} of ${platform}`),
      ...(canCopyKeys && keys !== undefined ? [`${LAYER_KEYS} of ${platform}`] : []),
      ...(layerFiles !== image.layerFiles ? [`${LAYER_FILES} of ${platform}`] : []),
    ],
  }
}

function selectLabels(published: Buffer, made: Buffer): Annotations {
  const [a, b] = [parseConfigDetails(published).labels, parseConfigDetails(made).labels]
  return Object.fromEntries(Object.entries(a).filter(([key, value]) => b[key] !== value))
}

/** Keeps the images of the index that were not built, and the records only if the published index has them. */
function completeIndex(made: Index, published: CheckedIndex): Index {
  const built = new Map(made.images.map(({ platform, manifest }) => [formatPlatform(platform), manifest]))
  const isWhole = published.manifests.length === built.size
  const manifests = published.manifests.map(each => {
    const platform = each.platform && formatPlatform(each.platform)
    return (platform === undefined ? undefined : built.get(platform)) ?? each
  })
  const known = renameKeys(published.annotations ?? {})
  const annotations: Annotations = {
    ...indexAnnotationsOf(made),
    ...createRecord(manifests),
    // Without the other images, the digest of the content cannot be computed.
    ...(!isWhole && { [CONTENT]: known[CONTENT] ?? '' }),
  }
  const kept = Object.entries(annotations).filter(([key]) => ![CONTENT, PROOF].includes(key) || key in known)
  const bytes = encodeIndex(manifests, Object.fromEntries(kept))
  return { blob: createBlob(bytes, { mediaType: OCI_INDEX }), images: made.images }
}

function indexAnnotationsOf({ blob }: Index): Annotations {
  const bytes = blob.open().read() as Buffer
  return parseIndex(bytes).annotations ?? {}
}

/** Layers that are equal in content but not in bytes. */
export interface RecompressedLayer {
  readonly platform: string
  /** The position, from 1. */
  readonly layer: number
  readonly published: Digest
  readonly rebuilt: Digest
}

export function findRecompressedLayers(
  { platform, published }: RebuiltPlatform,
  layers: readonly Descriptor[],
): RecompressedLayer[] {
  return layers.flatMap((layer, n) => {
    const known = published.manifest.layers[n]
    if (known === undefined || known.digest === layer.digest) return []
    return [{ platform, layer: n + 1, published: known.digest, rebuilt: descriptorOf(layer).digest }]
  })
}
