import type { Annotations } from './descriptor.js'

/** Annotation keys: the OCI image-spec's own (annotations.md), containerd's, and ours. */
export const TITLE = 'org.opencontainers.image.title'
export const DESCRIPTION = 'org.opencontainers.image.description'
export const LICENSES = 'org.opencontainers.image.licenses'
export const VERSION = 'org.opencontainers.image.version'
export const SOURCE = 'org.opencontainers.image.source'
export const REVISION = 'org.opencontainers.image.revision'
export const URL = 'org.opencontainers.image.url'
export const DOCUMENTATION = 'org.opencontainers.image.documentation'
export const CREATED = 'org.opencontainers.image.created'
/** In an image layout: the tag, which tools that open layouts take after a colon. */
export const REF_NAME = 'org.opencontainers.image.ref.name'
/** In an image layout: the full name that podman, containerd and Docker give the image when they load it. */
export const CONTAINERD_NAME = 'io.containerd.image.name'

/** The GitHub account that this program belongs to, as in `uses:`. A placeholder until there is one: here is the only place in src. */
export const ACCOUNT = 'OWNER'

/** Image-spec, annotations.md: keys of one's own begin with a domain, in reverse. */
const PREFIX = `io.github.${ACCOUNT.toLowerCase()}.nix-multiarch.`

/** What the build side tells the merge side, on the one descriptor of an archive's `index.json`. */
export const CONTAINER = `${PREFIX}container`
export const SYSTEM = `${PREFIX}system`
export const DERIVATION = `${PREFIX}derivation`
/** The image's own name, as `dockerTools` knows it; `{image}` in a template. */
export const IMAGE_NAME = `${PREFIX}image`
/** The repository of a registry that has the layers which an archive names and does not carry. */
export const THIN = `${PREFIX}thin`

/** On an index: a digest over all that does not change from commit to commit, which tells whether two indexes hold the same. */
export const CONTENT = `${PREFIX}content`

/** Our keys as they are, as they were before they had a domain, and as another account's copy of this program writes them. */
const ANY_PREFIX =
  /^(io\.github\.[\w-]+\.)?nix-multiarch\.(?=(container|system|derivation|image|thin|content)$)/

/**
 * Annotations with our own keys as they are now: images live longer than a program's name. Where a key stands in several forms, the
 * current one counts. This is for reading alone: what is kept or copied keeps the keys that it has.
 */
export function renameKeys(annotations: Annotations): Annotations {
  const entries = Object.entries(annotations)
  const renamed = entries.map(([key, value]) => [key.replace(ANY_PREFIX, PREFIX), value] as const)
  const current = entries.filter(([key]) => key.startsWith(PREFIX))
  return Object.fromEntries([...renamed, ...current])
}

/** The same descriptor, manifest or index with `renameKeys`. */
export function withRenamedKeys<T extends { readonly annotations?: Annotations }>(of: T): T {
  return of.annotations ? { ...of, annotations: renameKeys(of.annotations) } : of
}

/** Annotations with our own keys in their oldest form, which stays the same whoever the program belongs to. */
export function withPlainKeys(annotations: Annotations): Annotations {
  const entries = Object.entries(annotations)
  return Object.fromEntries(entries.map(([key, value]) => [key.replace(ANY_PREFIX, 'nix-multiarch.'), value]))
}
