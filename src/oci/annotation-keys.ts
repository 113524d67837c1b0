import type { Annotations } from './descriptor.js'

/** Annotation keys of the OCI image-spec (annotations.md), of containerd, and of this project. */
export const TITLE = 'org.opencontainers.image.title'
export const DESCRIPTION = 'org.opencontainers.image.description'
export const LICENSES = 'org.opencontainers.image.licenses'
export const VERSION = 'org.opencontainers.image.version'
export const SOURCE = 'org.opencontainers.image.source'
export const REVISION = 'org.opencontainers.image.revision'
export const URL = 'org.opencontainers.image.url'
export const DOCUMENTATION = 'org.opencontainers.image.documentation'
export const CREATED = 'org.opencontainers.image.created'
/** In an image layout: the tag of an image, as in `oci:folder:tag`. */
export const REF_NAME = 'org.opencontainers.image.ref.name'
/** In an image layout: the full name that podman, containerd and Docker give to the loaded image. */
export const CONTAINERD_NAME = 'io.containerd.image.name'

/**
 * The GitHub account that owns this program, as in `uses:`. A placeholder until the account exists. No other file in src names
 * it.
 */
export const ACCOUNT = 'OWNER'

/** The image-spec (annotations.md) asks for keys that begin with a reverse domain. */
const PREFIX = `io.github.${ACCOUNT.toLowerCase()}.nix-multiarch.`

/** The build writes these keys to the descriptor in the `index.json` of an archive, and the merge reads them. */
export const CONTAINER = `${PREFIX}container`
export const SYSTEM = `${PREFIX}system`
export const DERIVATION = `${PREFIX}derivation`
/** The name of the image in `dockerTools`. It replaces `{image}` in a template. */
export const IMAGE_NAME = `${PREFIX}image`
/** The repository that contains the layers that a thin archive omits, and `@sha256:…` of the index that lists them. */
export const THIN = `${PREFIX}thin`
/** The tag of the image in `dockerTools`, if it has characters that a tag cannot have: `1.2.3+git.5`. */
export const IMAGE_TAG = `${PREFIX}image-tag`
/** What the build found in the work tree of the flake, as JSON. */
export const WORK_TREE = `${PREFIX}work-tree`

/** The descriptor of the blob that lists what is in the image, as JSON. Only an archive has the blob. */
export const CONTENTS = `${PREFIX}contents`

/** The descriptor of the blob that says how a build made the image, as JSON. Only an archive has the blob. */
export const ORIGIN = `${PREFIX}origin`

/** The annotations of the manifest that Nix built, as JSON, if there are any. Also on the images of an index. */
export const SOURCE_ANNOTATIONS = `${PREFIX}source-annotations`

/** The keys of the layers that are made from store paths; see `recordLayerKeys`. Also on the images of an index. */
export const LAYER_KEYS = `${PREFIX}layer-keys`

/** The files of the layers that matter for a start; see `encodeLayerFiles`. Also on the images of an index. */
export const LAYER_FILES = `${PREFIX}layer-files`

/** How an image was packed; see `recordRecipe`. Also on the images of an index. */
export const RECIPE = `${PREFIX}recipe`

/** On an index: a digest of everything except the commit. Two indexes with the same value have the same content. */
export const CONTENT = `${PREFIX}content`

/** On an index: the record that every layer of its images has its diff_id; see `createRecord`. */
export const PROOF = `${PREFIX}proof`

/** Matches our own keys: in the current form, in the form of older versions (no domain), and with another account. */
const ANY_PREFIX =
  /^(io\.github\.[\w-]+\.)?nix-multiarch\.(?=(container|system|derivation|image|image-tag|thin|work-tree|source-annotations|layer-keys|layer-files|recipe|contents|content|origin|proof)$)/

/**
 * Returns annotations with our own keys in the current form: the account may have been renamed after the image was pushed. If a
 * key exists in several forms, the current form wins. Use it only to read: do not change the keys of annotations that are pushed
 * or copied.
 */
export function renameKeys(annotations: Annotations): Annotations {
  const entries = Object.entries(annotations)
  const renamed = entries.map(([key, value]) => [key.replace(ANY_PREFIX, PREFIX), value] as const)
  const current = entries.filter(([key]) => key.startsWith(PREFIX))
  return Object.fromEntries([...renamed, ...current])
}

/** Applies `renameKeys` to a descriptor, manifest or index. */
export function withRenamedKeys<T extends { readonly annotations?: Annotations }>(of: T): T {
  return of.annotations ? { ...of, annotations: renameKeys(of.annotations) } : of
}

/** Whether a key is one of our own, in any form. */
export function isOwnKey(key: string): boolean {
  return ANY_PREFIX.test(key)
}

/** Returns annotations with our own keys in their oldest form, which does not depend on the account. */
export function withPlainKeys(annotations: Annotations): Annotations {
  const entries = Object.entries(annotations)
  return Object.fromEntries(entries.map(([key, value]) => [key.replace(ANY_PREFIX, 'nix-multiarch.'), value]))
}
