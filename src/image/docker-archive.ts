import { posix } from 'node:path'
import { parseConfig } from '../oci/config.js'
import { digestOf, hexOf } from '../oci/digest.js'
import type { Image } from '../oci/image.js'
import { formatPlatform } from '../oci/platform.js'
import { asArray, asObject, asString, asStrings, parseJson } from '../util/json.js'
import { BLOBS_FOLDER } from './layout.js'
import { type ArchiveMembers, readDocument } from './members.js'
import { type FindKnown, type ImageParts, packLayers } from './pack-layers.js'

/** What a docker-archive says of an image (Docker image specification 1.2, "Combined Image JSON + Filesystem"). */
interface DockerImage {
  readonly config: string
  readonly names: readonly string[]
  /** The names of the layers' members, lowest first; each pairs with the diff_id in the same place. */
  readonly layers: readonly string[]
}

export const DOCKER_MANIFEST_FILE = 'manifest.json'

/** What `manifest.json` lists; `undefined` where there is none. Throws an `Error` when it is damaged. */
export async function readDockerImages(members: ArchiveMembers): Promise<DockerImage[] | undefined> {
  const bytes = await members.findDocument(DOCKER_MANIFEST_FILE)
  if (!bytes) return undefined
  return asArray(parseJson(bytes, DOCKER_MANIFEST_FILE), DOCKER_MANIFEST_FILE).map(parseDockerImage)
}

/** Takes the only image. Throws an `Error` that says what is missing or is not what it should be. */
export async function packDockerImage(
  images: readonly DockerImage[],
  members: ArchiveMembers,
  findKnown: FindKnown,
): Promise<ImageParts> {
  const image = requireOneImage(images)
  const config = await readDockerConfig(members, image.config)
  const parsed = parseConfig(config)
  if (image.layers.length !== parsed.diffIds.length) {
    throw new Error(
      `${DOCKER_MANIFEST_FILE} lists ${image.layers.length} layers, the config ${parsed.diffIds.length}`,
    )
  }
  const listed = image.layers.map(name => ({ name, read: () => members.packLayer(name) }))
  return { config, layers: await packLayers(listed, parsed, findKnown) }
}

function requireOneImage(images: readonly DockerImage[]): DockerImage {
  const [image, ...more] = images
  if (!image) throw new Error(`${DOCKER_MANIFEST_FILE} lists no image`)
  if (more.length > 0) {
    const all = images.map(each => each.names[0] ?? each.config).join(', ')
    throw new Error(`it holds ${images.length} images, and only one can be taken: ${all}`)
  }
  return image
}

function parseDockerImage(value: unknown): DockerImage {
  const it = asObject(value, DOCKER_MANIFEST_FILE)
  return {
    config: asString(it.Config, 'Config'),
    names: asStrings(it.RepoTags ?? [], 'RepoTags'),
    layers: asStrings(it.Layers ?? [], 'Layers'),
  }
}

/** A config is named after its own digest, by every writer known: `<hex>.json`, `sha256:<hex>`, `blobs/sha256/<hex>`. */
async function readDockerConfig(members: ArchiveMembers, name: string): Promise<Buffer> {
  const bytes = await readDocument(members, name)
  const [hex] = /[0-9a-f]{64}/.exec(posix.basename(name)) ?? []
  const digest = digestOf(bytes)
  if (hex !== undefined && digest !== `sha256:${hex}`)
    throw new Error(`the config ${name} has the digest ${digest}`)
  return bytes
}

/**
 * The `manifest.json` of a docker-archive, for Docker's own image store, which reads no `index.json`. It knows no platforms
 * under one name, so the first image has the name and each other one has its machine behind the tag (`hello:1.0-arm64`);
 * the machine that most have, amd64, is the first where it is there.
 *
 * @param name `hello:1.0`; without one the images are loaded without names
 */
export function encodeDockerManifest(images: readonly Image[], name: string | undefined): Buffer {
  const isCommon = (image: Image): boolean => formatPlatform(image.platform) === 'linux/amd64'
  const sorted = [...images.filter(isCommon), ...images.filter(image => !isCommon(image))]
  const entries = sorted.map((image, n) => ({
    Config: blobPath(image.config),
    RepoTags: name === undefined ? [] : [n === 0 ? name : `${name}-${machineOf(image)}`],
    Layers: image.layers.map(blobPath),
  }))
  return Buffer.from(JSON.stringify(entries))
}

function machineOf({ platform: { architecture, variant = '' } }: Image): string {
  return architecture + variant
}

function blobPath({ digest }: Pick<Image['config'], 'digest'>): string {
  return `${BLOBS_FOLDER}/${hexOf(digest)}`
}
