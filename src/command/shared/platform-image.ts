import type { Host } from '../../host/host.js'
import type { Container } from '../../nix/container.js'
import {
  CONTAINER,
  CONTAINERD_NAME,
  DERIVATION,
  DESCRIPTION,
  DOCUMENTATION,
  IMAGE_NAME,
  LICENSES,
  REF_NAME,
  SOURCE,
  SYSTEM,
  TITLE,
  URL,
  VERSION,
} from '../../oci/annotations.js'
import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import type { System } from '../../oci/platform.js'
import { formatReference, isImageName, parseReference } from '../../oci/reference.js'
import type { Repository } from '../../registry/repository.js'
import { parseVersion } from '../../tags/version.js'

/** The most images that are read, compared or pushed at the same time. */
export const IMAGES_AT_ONCE = 4

/** One container's image for one system, in an archive or in a registry. */
export interface PlatformImage {
  /** The archive's path, the reference in the registry, or what Nix made where it was packed just now. */
  readonly path: string
  readonly container: string
  readonly system: System
  readonly imageName: string
  readonly derivation: string | undefined
  /** What the build side says of it, as annotations. */
  readonly facts: Annotations
  readonly image: Image
  /** The bytes of the image's config. */
  readonly config: Buffer
  /** What is not here. */
  readonly elsewhere?: ExternalLayers | undefined
}

/** Layers that a piece names and does not carry: they are opened from the registry that has them. */
export interface ExternalLayers {
  readonly repository: Repository
  readonly layers: readonly Descriptor[]
  /** They were looked for in this very run. */
  readonly seen: boolean
}

/** The digests of what a piece names and has not. */
export function externalDigests({ elsewhere }: Pick<PlatformImage, 'elsewhere'>): ReadonlySet<Digest> {
  return new Set(elsewhere?.layers.map(({ digest }) => digest))
}

/** All that one container has: an image for each system. */
export interface ContainerImages {
  readonly container: string
  readonly imageName: string
  readonly pieces: readonly PlatformImage[]
  /** Taken from a registry, where the plan found that nothing has changed. */
  readonly unchanged: boolean
}

/**
 * What a manifest says of its image: what follows from the container alone. Nothing here changes from commit to commit, so
 * that an unchanged image keeps its digest.
 */
export function manifestAnnotations(container: Container, host: Host): Annotations {
  return present({
    [TITLE]: imageNameOf(container),
    [DESCRIPTION]: container.description,
    [LICENSES]: container.licenses,
    [VERSION]: container.version,
    [SOURCE]: sourceOf(host),
    [URL]: container.homepage,
    [DOCUMENTATION]: container.documentation,
  })
}

/** What an archive tells the merge side, on the one descriptor of its `index.json`. */
export function archiveAnnotations(container: Container, host: Host): Annotations {
  const imageName = imageNameOf(container)
  return present({
    ...manifestAnnotations(container, host),
    ...localNames(imageName, container.imageTag),
    [CONTAINER]: container.name,
    [SYSTEM]: container.system,
    [IMAGE_NAME]: imageName,
    [DERIVATION]: container.derivation,
  })
}

/** What a multi-arch archive says, on the one descriptor of its `index.json`: whose it is, and how it is called once it is loaded. */
export function mergedAnnotations(facts: Annotations): Annotations {
  const keys = [CONTAINER, IMAGE_NAME, REF_NAME, CONTAINERD_NAME]
  return present(Object.fromEntries(keys.map(key => [key, facts[key]])))
}

/**
 * How an image is called once it is loaded from an archive: podman and containerd take the full name, tools that look into
 * a layout take the tag. Nothing when the image's name is none that a machine could use.
 */
function localNames(name: string, tag = 'latest'): Annotations {
  try {
    return { [REF_NAME]: tag, [CONTAINERD_NAME]: formatReference(parseReference(`${name}:${tag}`)) }
  } catch {
    return {}
  }
}

/** The name for Docker's own store, which leaves out what it takes for granted. */
export function dockerName(facts: Annotations): string | undefined {
  return facts[CONTAINERD_NAME]?.replace(/^docker\.io\/(library\/)?/, '')
}

/** An image whose name no registry or machine would take is called as its container. */
function imageNameOf({ name, imageName }: Container): string {
  return imageName !== undefined && isImageName(imageName) ? imageName : name
}

/** The repository's page on GitHub, which ties a package on ghcr.io to its repository. */
function sourceOf({ kind, env }: Host): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env
  return kind === 'github' && server && repository ? `${server}/${repository}` : undefined
}

function present(annotations: Readonly<Record<string, string | undefined>>): Annotations {
  const entries = Object.entries(annotations).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.fromEntries(entries)
}

/** The version that a container's images agree on: their own, or their tag when it is one. */
export function imageVersion({
  pieces,
}: {
  readonly pieces: readonly Pick<PlatformImage, 'facts'>[]
}): string | undefined {
  const versions = new Set(
    pieces.map(({ facts }) => facts[VERSION] ?? parseVersion(facts[REF_NAME] ?? '')?.text),
  )
  const [version, ...others] = versions
  return others.length === 0 ? version : undefined
}
