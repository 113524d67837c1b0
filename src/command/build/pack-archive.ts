import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildOrigin } from '../../attestation/build-origin.js'
import type { Host } from '../../host/host.js'
import { encodeDockerManifest } from '../../image/docker-archive.js'
import type { LayerCompression } from '../../image/format/ordered-block-writer.js'
import { openLayout } from '../../image/layout.js'
import type { StoreRecords } from '../../image/pack-store-image.js'
import { type PackedImage, type PackImageOptions, packImage } from '../../image/read-image.js'
import { type ImageSource, openSource } from '../../image/source.js'
import { estimateSourceSize } from '../../image/source-size.js'
import type { ScriptIsolation } from '../../image/stream-script.js'
import { writeArchive } from '../../image/write-archive.js'
import type { SkippedChecks } from '../../input/inputs-for-checks.js'
import { type Container, formatContainer } from '../../nix/container.js'
import { THIN, WORK_TREE } from '../../oci/annotation-keys.js'
import { InvalidConfig } from '../../oci/check-config.js'
import { parseConfig } from '../../oci/config.js'
import { type Blob, descriptorOf, layerTypeOf, OCI_LAYER, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, type FindLayer, type Image } from '../../oci/image.js'
import { platformOf } from '../../oci/platform.js'
import type { ImageContents } from '../../sbom/contents.js'
import { UserError } from '../../util/error.js'
import { encodeContents, recordContents } from '../shared/contents-blob.js'
import { createPlatformImage } from '../shared/create-platform-image.js'
import { addRecordedFiles, recordLayerFiles } from '../shared/layer-files.js'
import { recordLayerKeys } from '../shared/layer-keys.js'
import { encodeOrigin, recordOrigin } from '../shared/origin-blob.js'
import {
  dockerNamesOf,
  type ExternalLayers,
  externalDigestsOf,
  type PlatformImage,
} from '../shared/platform-image.js'
import type { FoundLayers } from '../shared/published-images.js'
import { createRecipe, recordRecipe } from '../shared/recipe.js'
import { recordSourceAnnotations } from '../shared/source-annotations.js'
import { encodeWorkTree, type WorkTree } from '../shared/work-tree.js'

interface PackOptions {
  readonly encoding: LayerCompression
  /** The compression level. If absent, the default of the encoding. */
  readonly level?: number | undefined
  /** Layers that the destination has. They are not packed. */
  readonly published?: FoundLayers | undefined
  /** Finds layers that this run has already packed. */
  readonly findPacked?: FindLayer
  /** This machine can run programs of the image's system, although it is another system. */
  readonly runsForeign?: boolean
  /** Chooses how a stream script is isolated. */
  readonly isolate?: () => Promise<ScriptIsolation>
  /** What the build found in the work tree of the flake. */
  readonly tree?: WorkTree
  /** Called with the number of bytes read so far, and with their total if it is known. */
  readonly onProgress?: (bytesRead: number, total: number | undefined) => void
  /** What is known about store paths, and layers that were made from them. */
  readonly records?: StoreRecords
  /** Finds out what the image consists of. */
  readonly collectContents?: ((packed: PackedImage) => Promise<ImageContents>) | undefined
  readonly skipChecks?: SkippedChecks
  /** Finds out how the image was built. */
  readonly findOrigin?: (() => Promise<BuildOrigin | undefined>) | undefined
  /** Returns the total size of store paths in bytes. */
  readonly sizeOfPaths?: (paths: readonly string[]) => Promise<number>
}

interface ArchiveOptions extends PackOptions {
  /** The path of the archive. */
  readonly file: string
}

/** An image in an archive. */
interface PackedArchive {
  /** Its layers are read from the archive, or from the registry if the archive omits them. */
  readonly image: Image
  /** The layers that the archive includes, read from there, with their diff_ids in the same order. */
  readonly included: { readonly diffIds: readonly Digest[]; readonly layers: readonly Blob[] }
  /** The size of the archive, in bytes. */
  readonly size: number
}

/** Packs the result of a Nix build as an OCI archive. */
export async function packArchive(
  container: Container,
  storePath: string,
  host: Host,
  options: ArchiveOptions,
): Promise<PackedArchive> {
  try {
    const image = await packPlatformImage(container, storePath, host, options)
    const size = await writeImageArchive(image, options.file, host)
    const included = await openIncludedLayers(image, options.file)
    return { image: replaceLayers(image.image, included.layers), included, size }
  } finally {
    await rm(layersFolderOf(container, host), { recursive: true, force: true })
  }
}

/**
 * Writes an image to an archive, verifies every blob that it writes, and returns the size of the archive in bytes. A thin archive
 * omits layers, and names the repository that has them. Other tools cannot open it, so it gets no `manifest.json` for Docker.
 */
export async function writeImageArchive(
  image: PlatformImage,
  file: string,
  { signal }: Pick<Host, 'signal'>,
): Promise<number> {
  const { manifest } = image.image
  const { annotations, externalLayers, sourceAnnotations, layerKeys, layerFiles, recipe, tree } = image
  const contents = image.contents && encodeContents(image.contents)
  const origin = image.origin && encodeOrigin(image.origin)
  const externalDigests = externalDigestsOf(image)
  const isThin = externalLayers !== undefined && externalDigests.size > 0
  const descriptorAnnotations = {
    ...annotations,
    ...recordSourceAnnotations(sourceAnnotations),
    ...recordLayerKeys(layerKeys),
    ...recordLayerFiles(layerFiles),
    ...recordRecipe(recipe),
    ...recordContents(contents),
    ...recordOrigin(origin),
    ...(tree && { [WORK_TREE]: encodeWorkTree(tree) }),
    ...(isThin && { [THIN]: formatThin(externalLayers) }),
  }
  const included = blobsOf([image.image]).filter(({ digest }) => !externalDigests.has(digest))
  const content = {
    index: [{ ...descriptorOf(manifest), annotations: descriptorAnnotations }],
    blobs: [manifest, ...included, ...(contents ? [contents] : []), ...(origin ? [origin] : [])],
    ...(!isThin && { dockerManifest: encodeDockerManifest([image.image], dockerNamesOf(annotations)) }),
  }
  const { size } = await writeArchive(file, content, { signal })
  return size
}

/** `ghcr.io/owner/name@sha256:…`: the repository that has the omitted layers, and the index in which the build found them. */
function formatThin({ repository, index }: ExternalLayers): string {
  return index === undefined ? repository.name : `${repository.name}@${index}`
}

async function openIncludedLayers(image: PlatformImage, file: string): Promise<PackedArchive['included']> {
  const layout = await openLayout(file)
  const externalDigests = externalDigestsOf(image)
  const { diffIds } = parseConfig(image.config)
  const pairs = image.image.layers
    .map((layer, n) => ({ diffId: diffIds[n] as Digest, layer }))
    .filter(({ layer }) => !externalDigests.has(layer.digest))
  return {
    diffIds: pairs.map(({ diffId }) => diffId),
    layers: pairs.map(({ layer }) => ({ ...layer, open: layout.getBlob(layer).open })),
  }
}

function replaceLayers(image: Image, replacements: readonly Blob[]): Image {
  const byDigest = new Map(replacements.map(layer => [layer.digest, layer]))
  return { ...image, layers: image.layers.map(layer => byDigest.get(layer.digest) ?? layer) }
}

/** Packs the result of a Nix build. Its layers are files in a temporary folder (`layersFolderOf`). */
export async function packPlatformImage(
  container: Container,
  storePath: string,
  host: Host,
  options: PackOptions,
): Promise<PlatformImage> {
  const { encoding, level, published, runsForeign, isolate, tree, records, skipChecks = [] } = options
  const externalDigests = new Set<Digest>()
  const source = await openSource(storePath)
  const onProgress = createPackProgress(source, options)
  const found = await packSource(container, source, {
    encoding,
    directory: layersFolderOf(container, host),
    platform: platformOf(container.system),
    findKnown: createLayerFinder(options, externalDigests),
    signal: host.signal,
    ...(level && { level }),
    ...(runsForeign && { runsForeign }),
    ...(isolate && { isolate }),
    ...(records && { records }),
    ...(onProgress && { onProgress }),
  })
  const { diffIds } = parseConfig(found.config)
  const findFiles = (diffId: Digest) => published?.findFiles(diffId)
  const packed = { ...found, contents: addRecordedFiles(found.contents, diffIds, findFiles) }
  const contents = await options.collectContents?.(packed)
  const origin = await options.findOrigin?.()
  const recipe = {
    compression: encoding,
    ...(level !== undefined && { level }),
    ...(tree?.kind === 'commit' && tree.parameters && { flake: tree.parameters }),
    reused: packed.layers.flatMap(({ digest }, n) => (externalDigests.has(digest) ? [n] : [])),
  }
  const externalLayers = published && {
    repository: published.repository,
    layers: packed.layers.filter(({ digest }) => externalDigests.has(digest)),
    areChecked: true,
    index: published.index,
  }
  return {
    ...createPlatformImage({ container, label: formatContainer(container), skipChecks }, packed, host),
    path: storePath,
    derivation: container.derivation,
    recipe: createRecipe({ container: container.name, attribute: container.attribute, ...recipe }),
    ...(tree && { tree }),
    ...(contents && { contents }),
    ...(origin && { origin }),
    ...(externalLayers && { externalLayers }),
  }
}

/** The total may be known later than the first bytes. */
function createPackProgress(
  source: ImageSource,
  { onProgress, sizeOfPaths }: PackOptions,
): ((bytesRead: number) => void) | undefined {
  if (onProgress === undefined) return undefined
  let total: number | undefined
  const unknown = (): Promise<never> => Promise.reject(new Error('the sizes of store paths are not known'))
  void estimateSourceSize(source, sizeOfPaths ?? unknown).then(size => {
    total = size
  })
  return bytesRead => onProgress(bytesRead, total)
}

async function packSource(
  container: Container,
  source: ImageSource,
  options: PackImageOptions,
): Promise<PackedImage> {
  try {
    return await packImage(source, options)
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    const { suggestion } = error
    const what = suggestion === undefined ? 'correct its `config`' : `write ${suggestion}`
    throw new UserError(
      `${formatContainer(container)}: other tools cannot read its image config: ${error.message}`,
      {
        hint: `In ${container.attribute}, ${what}.`,
        cause: error,
      },
    )
  }
}

function layersFolderOf({ name, system }: Container, { temp }: Host): string {
  return join(temp, `${name}-${system}`)
}

/**
 * Returns a function that finds an existing layer, either compressed or stored uncompressed. Published layers are preferred,
 * because they need no upload; their digests are added to `externalDigests`.
 */
function createLayerFinder(
  { encoding, published, findPacked }: PackOptions,
  externalDigests: Set<Digest>,
): (diffId: Digest) => Blob | undefined {
  const mediaTypes = [layerTypeOf(encoding), OCI_LAYER]
  const findFirst = (find: FindLayer | undefined, diffId: Digest): Blob | undefined =>
    mediaTypes.map(type => find?.(diffId, type)).find(layer => layer !== undefined)
  return diffId => {
    const layer = findFirst(published?.find, diffId)
    if (layer) externalDigests.add(layer.digest)
    return layer ?? findFirst(findPacked, diffId)
  }
}

/** Returns the size of the blobs that are on this machine, in bytes. Excludes external layers. */
export function includedSizeOf(image: PlatformImage): number {
  const externalDigests = externalDigestsOf(image)
  return sizeOf(blobsOf([image.image]).filter(({ digest }) => !externalDigests.has(digest)))
}
