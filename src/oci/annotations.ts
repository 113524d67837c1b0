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

/** What the build side tells the merge side, on the one descriptor of an archive's `index.json`. */
export const CONTAINER = 'nix-multiarch.container'
export const SYSTEM = 'nix-multiarch.system'
export const DERIVATION = 'nix-multiarch.derivation'
/** The image's own name, as `dockerTools` knows it; `{image}` in a template. */
export const IMAGE_NAME = 'nix-multiarch.image'
/** The repository of a registry that has the layers which an archive names and does not carry. */
export const THIN = 'nix-multiarch.thin'

/** On an index: a digest over all that does not change from commit to commit, which tells whether two indexes hold the same. */
export const CONTENT = 'nix-multiarch.content'
