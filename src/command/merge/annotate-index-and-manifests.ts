import {
  CONTENT,
  CREATED,
  DERIVATION,
  DESCRIPTION,
  DOCUMENTATION,
  LAYER_FILES,
  LAYER_KEYS,
  LICENSES,
  RECIPE,
  REVISION,
  SOURCE,
  SOURCE_ANNOTATIONS,
  SYSTEM,
  TITLE,
  URL,
  VERSION,
  withPlainKeys,
} from '../../oci/annotation-keys.js'
import { addLabels, removeLabels } from '../../oci/config.js'
import { type Annotations, OCI_CONFIG, OCI_MANIFEST } from '../../oci/descriptor.js'
import { type Digest, digestOf } from '../../oci/digest.js'
import { createBlob, encodeManifest, type Image, sortAnnotations } from '../../oci/image.js'
import { type Index, makeIndex } from '../../oci/image-index.js'
import { formatPlatform, type Platform } from '../../oci/platform.js'
import type { GitFacts } from '../shared/git.js'
import { recordLayerFiles } from '../shared/layer-files.js'
import { recordLayerKeys } from '../shared/layer-keys.js'
import type { ContainerImages, PlatformImage } from '../shared/platform-image.js'
import { createRecord } from '../shared/proof-record.js'
import { recordRecipe } from '../shared/recipe.js'
import { recordSourceAnnotations } from '../shared/source-annotations.js'

/** The annotations of the inputs. */
export interface InputAnnotations {
  readonly index: Annotations
  readonly manifestOf: (platform: Platform) => Annotations
}

/** What a merge adds to the annotations of the build. */
interface IndexMetadata {
  readonly git: GitFacts
  /** Overrides the version of the images. */
  readonly version: string | undefined
  /** The annotations of the inputs. They override all others. */
  readonly annotations: InputAnnotations
  /** The labels of the inputs, for the image configs. */
  readonly labels: Annotations
}

/** The annotations that the build derives from the container. */
const CONTAINER_KEYS = [TITLE, DESCRIPTION, LICENSES, VERSION, SOURCE, URL, DOCUMENTATION]

/**
 * Joins the images of a container into an index, and annotates the index and the manifests. Layers are not changed. The same
 * arguments give the same bytes.
 */
export function annotateIndex(
  container: ContainerImages,
  metadata: IndexMetadata,
): { index: Index; content: IndexContent; contentDigest: Digest } {
  const annotated = container.images.map(image => annotateImage(image, metadata))
  const common = findCommonAnnotations(container.images)
  const annotations = mergeAnnotations(common, metadata, metadata.annotations.index)
  const contentDigest = computeContentDigest(annotated, annotations)
  const images = annotated.map(({ image }) => image)
  // The run proves every layer before it pushes or writes the index.
  const record = createRecord(images.map(({ manifest }) => manifest))
  return {
    index: makeIndex(images, { ...annotations, [CONTENT]: contentDigest, ...record }),
    content: { images: annotated, annotations },
    contentDigest,
  }
}

/** The content of an index, before it is encoded. */
export interface IndexContent {
  readonly images: readonly AnnotatedImage[]
  /** The annotations of the index, without `CONTENT` and `PROOF`. */
  readonly annotations: Annotations
}

export interface AnnotatedImage {
  readonly image: Image
  /** The bytes of the image config. */
  readonly config: Buffer
  /** The annotations of the manifest. */
  readonly annotations: Annotations
}

function annotateImage(
  {
    image,
    config,
    system,
    derivation,
    annotations,
    sourceAnnotations,
    layerKeys,
    layerFiles,
    recipe,
  }: PlatformImage,
  metadata: IndexMetadata,
): AnnotatedImage {
  const manifestAnnotations = {
    ...sourceAnnotations,
    ...mergeAnnotations(
      selectContainerKeys(annotations),
      metadata,
      metadata.annotations.manifestOf(image.platform),
    ),
  }
  const labelled = addLabels(config, metadata.labels)
  const configBlob = labelled === config ? image.config : createBlob(labelled, { mediaType: OCI_CONFIG })
  const bytes = encodeManifest({
    config: configBlob,
    layers: image.layers,
    annotations: manifestAnnotations,
  })
  const manifest = createBlob(bytes, {
    mediaType: OCI_MANIFEST,
    platform: image.platform,
    annotations: {
      [SYSTEM]: system,
      ...(derivation && { [DERIVATION]: derivation }),
      ...recordSourceAnnotations(sourceAnnotations),
      ...recordLayerKeys(layerKeys),
      ...recordLayerFiles(layerFiles),
      ...recordRecipe(recipe),
    },
  })
  return {
    image: { ...image, config: configBlob, manifest },
    config: labelled,
    annotations: manifestAnnotations,
  }
}

function mergeAnnotations(
  fromContainer: Annotations,
  { git, version }: IndexMetadata,
  fromInputs: Annotations,
): Annotations {
  const { source, ref } = git
  return {
    ...(source && { [SOURCE]: source, [URL]: source, [DOCUMENTATION]: `${source}#readme` }),
    ...fromContainer,
    ...(version && { [VERSION]: version }),
    ...(ref.sha && { [REVISION]: ref.sha }),
    ...(ref.commitDate && { [CREATED]: formatRfc3339(ref.commitDate) }),
    ...fromInputs,
  }
}

/** Without fractions of a second: Git dates have none. */
function formatRfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** An index describes all of its platforms, so it only gets annotations that all images have in common. */
function findCommonAnnotations(images: readonly PlatformImage[]): Annotations {
  const common = CONTAINER_KEYS.flatMap(key => {
    const [value, ...others] = new Set(images.map(({ annotations }) => annotations[key]))
    return value !== undefined && others.length === 0 ? [[key, value] as const] : []
  })
  return Object.fromEntries(common)
}

function selectContainerKeys(annotations: Annotations): Annotations {
  return Object.fromEntries(
    CONTAINER_KEYS.flatMap(key => (annotations[key] === undefined ? [] : [[key, annotations[key]]])),
  )
}

/** The annotations and labels that differ from commit to commit, even if the image is the same. */
export const COMMIT_KEYS = [REVISION, CREATED]

/**
 * Computes a digest of everything in an index except the commit and its date. Layers are identified by their diff_ids (in the
 * config) and their compression, not by their bytes: another version of a compressor may write other bytes. Our own annotation
 * keys are used without their domain, so an index with the keys of another account has the same content.
 *
 * The digest is stored on published indexes, so it must not change. It depends on the times in a config; `compare-content.ts`
 * compares two indexes without them.
 */
export function computeContentDigest(
  images: readonly AnnotatedImage[],
  indexAnnotations: Annotations,
): Digest {
  const contents = images
    .map(({ image, config, annotations }) => ({
      platform: formatPlatform(image.platform),
      about: withPlainKeys(removeRecords(image.manifest.annotations ?? {})),
      config: digestOf(removeLabels(config, COMMIT_KEYS)),
      layers: image.layers.map(({ mediaType }) => mediaType),
      ...describeLayerAnnotations(image),
      ...sortAnnotations(removeCommitKeys(annotations)),
    }))
    .sort((a, b) => (a.platform < b.platform ? -1 : 1))
  const content = { images: contents, ...sortAnnotations(removeCommitKeys(indexAnnotations)) }
  return digestOf(Buffer.from(JSON.stringify(content)))
}

/**
 * The record of annotations may contain times, and the same annotations are in the manifest. The keys and the files of layers,
 * and the recipe, say how the image was made: the same image can be made in another way, and by another version of this program.
 */
export function removeRecords({
  [SOURCE_ANNOTATIONS]: _source,
  [LAYER_KEYS]: _keys,
  [LAYER_FILES]: _files,
  [RECIPE]: _recipe,
  ...others
}: Annotations): Annotations {
  return others
}

/** Returns `{}` for layers without annotations. */
function describeLayerAnnotations({ layers }: Image): { layerAnnotations?: readonly unknown[] } {
  if (layers.every(({ annotations }) => annotations === undefined)) return {}
  return { layerAnnotations: layers.map(({ annotations }) => sortAnnotations(annotations)) }
}

export function removeCommitKeys(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !COMMIT_KEYS.includes(key)))
}
