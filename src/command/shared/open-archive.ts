import { basename } from 'node:path'
import type { SourceArchive } from '../../attestation/provenance.js'
import { type Layout, openLayout } from '../../image/layout.js'
import {
  CONTAINER,
  DERIVATION,
  IMAGE_NAME,
  LAYER_FILES,
  renameKeys,
  SYSTEM,
  THIN,
  WORK_TREE,
} from '../../oci/annotation-keys.js'
import { parseConfig } from '../../oci/config.js'
import { type Descriptor, deduplicate, isIndexType } from '../../oci/descriptor.js'
import type { Image } from '../../oci/image.js'
import { formatPlatform, isSystem, platformOf, resolvePlatform, type System } from '../../oci/platform.js'
import { isImageName, parseReference } from '../../oci/reference.js'
import type { Repository } from '../../registry/repository.js'
import { messageOf, UserError } from '../../util/error.js'
import { isFileName } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { parseContents, readContentsDescriptor } from './contents-blob.js'
import { archiveNameOf } from './find-archives.js'
import { readLayerKeys } from './layer-keys.js'
import { parseOrigin, readOriginDescriptor } from './origin-blob.js'
import type { ExternalLayers, PlatformImage } from './platform-image.js'
import { createRegistryBlob } from './published-images.js'
import { readRecipe } from './recipe.js'
import { readSourceAnnotations } from './source-annotations.js'
import { parseWorkTree, type WorkTree } from './work-tree.js'

/** An archive of `build`, as its `index.json` describes it. Its image is not read yet. */
export interface ArchiveFile
  extends Pick<
    PlatformImage,
    | 'path'
    | 'container'
    | 'system'
    | 'imageName'
    | 'derivation'
    | 'annotations'
    | 'sourceAnnotations'
    | 'layerKeys'
    | 'layerFiles'
    | 'recipe'
  > {
  readonly layout: Layout
  /** The descriptor of the image manifest. */
  readonly descriptor: Descriptor
  readonly tree: WorkTree | undefined
  readonly archive?: SourceArchive | undefined
}

/** An image in an archive of `build`. */
interface ArchivedImage extends PlatformImage {
  readonly layout: Layout
}

/**
 * Opens the repository that a thin archive names. Throws a `UserError` if it is not a repository of the container.
 *
 * @param name `ghcr.io/owner/name`, with `@sha256:…` of the index in which the build found the layers
 */
export type OpenRepository = (
  name: string,
  archive: Pick<PlatformImage, 'path' | 'container' | 'imageName'>,
) => Repository

/**
 * Opens an archive of `build` and reads what its `index.json` says. Returns `undefined` for a multi-arch archive of `merge`,
 * which may be in the same folder. Otherwise throws a `UserError` that names the archive.
 */
export async function openArchiveFile(path: string): Promise<ArchiveFile | undefined> {
  const layout = await openLayout(path)
  const [descriptor, ...more] = layout.index.manifests
  const annotations = renameKeys(descriptor?.annotations ?? {})
  if (!descriptor || more.length > 0)
    throw describeInvalidArchive(path, `it contains ${layout.index.manifests.length} images, not one`)
  const { [CONTAINER]: container, [SYSTEM]: system } = annotations
  if (container === undefined) throw describeInvalidArchive(path, 'it does not name its container')
  if (isIndexType(descriptor.mediaType)) return undefined
  if (system === undefined || !isSystem(system))
    throw describeInvalidArchive(path, `its system is ${JSON.stringify(system) ?? 'missing'}`)
  const imageName = annotations[IMAGE_NAME] ?? container
  // Both names become part of paths. An archive must not decide where files are written.
  if (!isFileName(container))
    throw describeInvalidArchive(path, `its container name is ${JSON.stringify(container)}`)
  if (imageName !== container && !isImageName(imageName))
    throw describeInvalidArchive(path, `its image name is ${JSON.stringify(imageName)}`)
  checkThinRepository(path, annotations[THIN])
  const treeText = annotations[WORK_TREE]
  const tree = treeText === undefined ? undefined : readOrThrow(path, () => parseWorkTree(treeText))
  const sourceAnnotations = readOrThrow(path, () => readSourceAnnotations(annotations))
  const derivation = annotations[DERIVATION]
  const names = { container, system, imageName, derivation }
  const packed = {
    layerKeys: readLayerKeys(annotations),
    layerFiles: annotations[LAYER_FILES],
    recipe: readRecipe(annotations),
  }
  return { path, layout, descriptor, ...names, annotations, sourceAnnotations, ...packed, tree }
}

/**
 * Reads the image of an archive and checks that the annotations match it. Throws a `UserError` that names the archive if they do
 * not.
 *
 * @param openRepository opens the repository that has the layers of a thin archive; if absent, thin archives are not accepted
 */
export async function readArchivedImage(
  { descriptor, ...archive }: ArchiveFile,
  openRepository?: OpenRepository,
): Promise<ArchivedImage> {
  const { path, layout, system, annotations } = archive
  const repositoryName = annotations[THIN]
  const repository = repositoryName === undefined ? undefined : openRepository?.(repositoryName, archive)
  const archived = await layout.readImage(
    descriptor,
    repository && (layer => createRegistryBlob(repository, layer)),
  )
  const config = await layout.readBlob(archived.config)
  const image = resolveImagePlatform(path, system, config, archived)
  const externalLayers = repository && externalLayersOf(layout, archived, repository)
  const contents = await readContents(archive)
  const origin = await readOrigin(archive)
  return {
    ...archive,
    image,
    config,
    externalLayers,
    ...(contents && { contents }),
    ...(origin && { origin }),
  }
}

/** Opens an archive that is not thin, and reads its image. Returns `undefined` for a multi-arch archive. */
export async function openArchive(path: string): Promise<ArchivedImage | undefined> {
  const archive = await openArchiveFile(path)
  return archive && readArchivedImage(archive)
}

/**
 * Checks that an archive contains what its file name says. Throws a `UserError` otherwise: a job of the run may have uploaded it
 * under the name of another container.
 */
export function checkArchiveName(path: string, archive: ArchiveFile | undefined): void {
  const name = archive && archiveNameOf({ name: archive.container, system: archive.system })
  if (name === basename(path)) return
  const content = archive ? `${archive.container} for ${archive.system}` : 'a multi-arch image'
  throw new UserError(`${path} contains ${content}, which is not what its name says`, {
    hint: 'Build this archive again, and check which job of the workflow run has uploaded it. Nothing was pushed.',
  })
}

function checkThinRepository(path: string, name: string | undefined): void {
  if (name === undefined) return
  try {
    parseReference(name)
  } catch (error) {
    throw describeInvalidArchive(path, `its layers are in ${JSON.stringify(name)}: ${messageOf(error)}`)
  }
}

async function readContents({ path, layout, annotations }: Omit<ArchiveFile, 'descriptor'>) {
  const descriptor = readOrThrow(path, () => readContentsDescriptor(annotations))
  const bytes = descriptor && (await layout.readBlob(descriptor))
  return bytes && readOrThrow(path, () => parseContents(bytes))
}

async function readOrigin({ path, layout, annotations }: Omit<ArchiveFile, 'descriptor'>) {
  const descriptor = readOrThrow(path, () => readOriginDescriptor(annotations))
  const bytes = descriptor && (await layout.readBlob(descriptor))
  return bytes && readOrThrow(path, () => parseOrigin(bytes))
}

function readOrThrow<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw describeInvalidArchive(path, messageOf(error))
  }
}

/** Returns the layers that a thin archive does not contain. It is not yet checked that they exist. */
function externalLayersOf(layout: Layout, { layers }: Image, repository: Repository): ExternalLayers {
  const missing = layers.filter(layer => !layout.hasBlob(layer))
  const { digest: index } = repository.reference
  return { repository, layers: deduplicate(missing), areChecked: false, ...(index && { index }) }
}

/** Returns the image with the platform of its config. Throws a `UserError` if that is not the platform of the system. */
function resolveImagePlatform(path: string, system: System, config: Buffer, image: Image): Image {
  const configPlatform = parseConfig(config).platform
  const platform = resolvePlatform(system, configPlatform)
  const described = image.manifest.platform
  if (platform && (!described || formatPlatform(described) === formatPlatform(platform))) {
    return { ...image, platform, manifest: { ...image.manifest, platform } }
  }
  const expected = `${system} (${formatPlatform(platformOf(system))})`
  const also = described ? `, its descriptor says ${formatPlatform(described)}` : ''
  throw new UserError(
    `${path} is for ${expected}, but its image config says ${formatPlatform(configPlatform)}${also}`,
    { hint: 'Build this archive again. Nothing was pushed for its container.' },
  )
}

function describeInvalidArchive(path: string, why: string): UserError {
  return new UserError(`${path} is not an archive of \`nix-multiarch build\`: ${why}`, {
    hint:
      `The folder ${nameInput('archives')} must contain only archives of \`nix-multiarch build\`, ` +
      'named <container>-<system>.oci.tar.',
  })
}
