import type { Host } from '../host/host.js'
import type { Container } from '../nix/container.js'
import {
  CONTAINER,
  CONTAINERD_NAME,
  DERIVATION,
  DESCRIPTION,
  IMAGE_NAME,
  LICENSES,
  REF_NAME,
  REVISION,
  SOURCE,
  SYSTEM,
  TITLE,
  URL,
  VERSION,
} from '../oci/annotation.js'
import type { Annotations } from '../oci/descriptor.js'

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

/** What only the index says: the commit, which moves on while images stay. */
export function indexAnnotations(host: Host): Annotations {
  return present({ [REVISION]: host.kind === 'github' ? host.env.GITHUB_SHA : undefined })
}

/** How an image that is loaded from an archive is called on a machine. */
export function localNames(name: string, tag = 'latest'): Annotations {
  return {
    [REF_NAME]: `${name}:${tag}`,
    [CONTAINERD_NAME]: `docker.io/${name.includes('/') ? '' : 'library/'}${name}:${tag}`,
  }
}

function imageNameOf(container: Container): string {
  return container.imageName ?? container.name
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
