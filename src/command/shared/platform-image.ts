import type { BuildOrigin } from '../../attestation/build-origin.js'
import type { SourceArchive } from '../../attestation/provenance.js'
import type { Host } from '../../host/host.js'
import type { LayerKeys } from '../../image/store/layer-key.js'
import type { Container } from '../../nix/container.js'
import {
  CONTAINER,
  CONTAINERD_NAME,
  DERIVATION,
  DESCRIPTION,
  DOCUMENTATION,
  IMAGE_NAME,
  IMAGE_TAG,
  LICENSES,
  REF_NAME,
  SOURCE,
  SYSTEM,
  TITLE,
  URL,
  VERSION,
} from '../../oci/annotation-keys.js'
import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import type { System } from '../../oci/platform.js'
import { formatReference, isImageName, parseReference } from '../../oci/reference.js'
import type { Repository } from '../../registry/repository.js'
import type { ImageContents } from '../../sbom/contents.js'
import { makeTag } from '../../tags/version.js'
import { isVersionOf, parseVersionName } from '../../tags/version-name.js'
import { redactPage } from '../../util/redact-addresses.js'
import type { Recipe } from './recipe.js'
import type { WorkTree } from './work-tree.js'

/** The maximum number of images that are read, compared or pushed at the same time. */
export const IMAGES_AT_ONCE = 4

/** The image of one container for one system, in an archive, in a registry, or packed by this run. */
export interface PlatformImage {
  /** The path of the archive, the reference in the registry, or the store path if the image was packed by this run. */
  readonly path: string
  readonly container: string
  readonly system: System
  readonly imageName: string
  readonly derivation: string | undefined
  /** The annotations that the build gave it (`createArchiveAnnotations`). */
  readonly annotations: Annotations
  /** The annotations of the manifest that Nix built (`selectSourceAnnotations`). */
  readonly sourceAnnotations?: Annotations | undefined
  /** The keys of the layers, if this program has packed them from store paths. */
  readonly layerKeys?: LayerKeys | undefined
  /** The files of the layers that matter for a start, encoded (`encodeLayerFiles`). */
  readonly layerFiles?: string | undefined
  /** How the image was packed. Missing in archives of older versions. */
  readonly recipe?: Recipe | undefined
  /** What the image consists of, if the build has collected it. */
  readonly contents?: ImageContents | undefined
  /** How the build made the image, if it has recorded that. */
  readonly origin?: BuildOrigin | undefined
  /** The artifact of the workflow run that the image was read from. Absent for a file in a folder. */
  readonly archive?: SourceArchive | undefined
  /** What the build found in the work tree of the flake. Missing in archives of older versions. */
  readonly tree?: WorkTree | undefined
  readonly image: Image
  /** The bytes of the image config. */
  readonly config: Buffer
  /** The layers of a thin archive, or of an image in a registry. */
  readonly externalLayers?: ExternalLayers | undefined
}

/** Layers of an image that its archive does not contain. They are read from a registry. */
export interface ExternalLayers {
  readonly repository: Repository
  readonly layers: readonly Descriptor[]
  /** This run has already checked that the layers exist. */
  readonly areChecked: boolean
  /** The index in which the build found the layers. Its record covers them. */
  readonly index?: Digest
}

/** Returns the digests of the layers that the archive does not contain. */
export function externalDigestsOf({
  externalLayers,
}: Pick<PlatformImage, 'externalLayers'>): ReadonlySet<Digest> {
  return new Set(externalLayers?.layers.map(({ digest }) => digest))
}

/** All images of one container, one for each system. */
export interface ContainerImages {
  /** The name of the container in the flake. */
  readonly name: string
  readonly imageName: string
  readonly images: readonly PlatformImage[]
  /** What the images were built from; the same for all of them. */
  readonly tree: WorkTree | undefined
  /** The plan found the container unchanged, so the images were read from the registry. */
  readonly unchanged: boolean
  /** The images were read from an index with a record. */
  readonly isRecorded?: boolean
}

/**
 * Returns the annotations of an image manifest. They are derived from the container only and do not change from commit to commit,
 * so an unchanged image keeps its digest.
 */
export function createManifestAnnotations(container: Container, host: Host): Annotations {
  return removeEmpty({
    [TITLE]: titleOf(container),
    [DESCRIPTION]: container.description,
    [LICENSES]: container.licenses,
    [VERSION]: container.version,
    [SOURCE]: sourceOf(host),
    [URL]: container.homepage && redactPage(container.homepage),
    [DOCUMENTATION]: container.documentation && redactPage(container.documentation),
  })
}

/** Returns the annotations of the descriptor in the `index.json` of an archive. The merge reads them. */
export function createArchiveAnnotations(container: Container, host: Host): Annotations {
  const imageName = imageNameOf(container)
  return removeEmpty({
    ...createManifestAnnotations(container, host),
    ...createNameAnnotations(imageName, container.imageTag),
    [CONTAINER]: container.name,
    [SYSTEM]: container.system,
    [IMAGE_NAME]: imageName,
    [DERIVATION]: container.derivation,
  })
}

/** Returns the annotations of the descriptor in the `index.json` of a multi-arch archive. */
export function createIndexAnnotations(annotations: Annotations): Annotations {
  const keys = [CONTAINER, IMAGE_NAME, REF_NAME, CONTAINERD_NAME]
  return removeEmpty(Object.fromEntries(keys.map(key => [key, annotations[key]])))
}

/**
 * Returns the annotations that name an image when an archive is loaded. podman and containerd use the full name, tools that read
 * image layouts use the tag. Returns nothing if the name is not a valid image name.
 */
function createNameAnnotations(name: string, imageTag = 'latest'): Annotations {
  const tag = makeTag(imageTag) ?? 'latest'
  try {
    const reference = formatReference(parseReference(`${name}:${tag}`))
    return {
      [REF_NAME]: tag,
      [CONTAINERD_NAME]: reference,
      ...(tag !== imageTag && { [IMAGE_TAG]: imageTag }),
    }
  } catch {
    return {}
  }
}

/** Replaces the tag in the annotations that name an image when an archive is loaded. */
export function withTag(annotations: Annotations, tag: string): Annotations {
  const name = annotations[CONTAINERD_NAME]
  if (name === undefined) return annotations
  return {
    ...annotations,
    [REF_NAME]: tag,
    [CONTAINERD_NAME]: formatReference({ ...parseReference(name), tag }),
  }
}

/** Returns the names for Docker's image store, without the default registry `docker.io/library/`. There may be none. */
export function dockerNamesOf(annotations: Annotations): string[] {
  const name = annotations[CONTAINERD_NAME]
  return name === undefined ? [] : [name.replace(/^docker\.io\/(library\/)?/, '')]
}

/** Falls back to the name of the container if the image name is not valid in a registry. */
function imageNameOf({ name, imageName }: Container): string {
  return imageName !== undefined && isImageName(imageName) ? imageName : name
}

/** The title is for people, so it has no registry and no owner: `full` of `ghcr.io/acme/full`. */
function titleOf(container: Container): string {
  const imageName = imageNameOf(container)
  return imageName.slice(imageName.lastIndexOf('/') + 1)
}

/** Returns the page of the repository on GitHub. ghcr.io uses it to link a package to its repository. */
function sourceOf({ kind, env }: Host): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env
  return kind === 'github' && server && repository ? redactPage(`${server}/${repository}`) : undefined
}

function removeEmpty(annotations: Readonly<Record<string, string | undefined>>): Annotations {
  const entries = Object.entries(annotations).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.fromEntries(entries)
}

/**
 * Returns the version that all images of a container have in common: the annotated version, or the version in the tag.
 *
 * @param images the annotations of each image
 */
export function imageVersionOf(images: readonly Annotations[]): string | undefined {
  const versions = new Set(
    images.map(annotations => {
      const named = parseVersionName(annotations[IMAGE_TAG] ?? annotations[REF_NAME] ?? '')
      const names = [CONTAINER, IMAGE_NAME].flatMap(key => annotations[key] ?? [])
      const tagVersion = named && isVersionOf(named, names) ? named.version.text : undefined
      return annotations[VERSION] ?? tagVersion
    }),
  )
  const [version, ...others] = versions
  return others.length === 0 ? version : undefined
}
