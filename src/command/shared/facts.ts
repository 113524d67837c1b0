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
import type { Annotations } from '../../oci/descriptor.js'
import { isImageName, parseReference, referenceName } from '../../oci/reference.js'
import { parseVersion } from '../../tags/version.js'
import type { Piece } from './platform-image.js'

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
    return { [REF_NAME]: tag, [CONTAINERD_NAME]: referenceName(parseReference(`${name}:${tag}`)) }
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
  readonly pieces: readonly Pick<Piece, 'facts'>[]
}): string | undefined {
  const versions = new Set(
    pieces.map(({ facts }) => facts[VERSION] ?? parseVersion(facts[REF_NAME] ?? '')?.text),
  )
  const [version, ...others] = versions
  return others.length === 0 ? version : undefined
}
