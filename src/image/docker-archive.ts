import { posix } from 'node:path'
import { checkConfigTypes } from '../oci/check-config.js'
import { parseConfig } from '../oci/config.js'
import { digestOf } from '../oci/digest.js'
import type { Image, Manifest } from '../oci/image.js'
import { formatPlatform } from '../oci/platform.js'
import { asArray, asObject, asString, asStrings, parseJson } from '../util/json.js'
import { type ArchiveMembers, readDocument } from './archive-members.js'
import { blobPath } from './layout.js'
import { type ImageParts, type PackPartsOptions, packLayers } from './pack-layers.js'

export const DOCKER_MANIFEST_FILE = 'manifest.json'

/** An entry of `manifest.json` (Docker image specification 1.2, "Combined Image JSON + Filesystem"). */
interface DockerImage {
  readonly config: string
  readonly names: readonly string[]
  /** The names of the members that contain the layers, lowest first, in the order of the config's diff_ids. */
  readonly layers: readonly string[]
}

/** Reads the entries of `manifest.json`. Returns `undefined` if the file is missing. Throws an `Error` if it is damaged. */
export async function readDockerImages(members: ArchiveMembers): Promise<DockerImage[] | undefined> {
  const bytes = await members.findDocument(DOCKER_MANIFEST_FILE)
  if (!bytes) return undefined
  return asArray(parseJson(bytes, DOCKER_MANIFEST_FILE) ?? [], DOCKER_MANIFEST_FILE).map(parseDockerImage)
}

function parseDockerImage(value: unknown): DockerImage {
  const entry = asObject(value, DOCKER_MANIFEST_FILE)
  return {
    config: asString(entry.Config, 'Config'),
    names: asStrings(entry.RepoTags ?? [], 'RepoTags'),
    layers: asStrings(entry.Layers ?? [], 'Layers'),
  }
}

interface DockerArchive {
  readonly members: ArchiveMembers
  /** In `index.json`, which `docker save` and this program write beside `manifest.json`. Its annotations are kept. */
  readonly manifest?: Manifest | undefined
}

/** Packs the only image of an archive. Throws an `Error` if a part is missing or has the wrong content. */
export async function packDockerImage(
  images: readonly DockerImage[],
  { members, manifest }: DockerArchive,
  { findKnown, onHead }: PackPartsOptions,
): Promise<ImageParts> {
  const image = requireOneImage(images)
  const config = await readDockerConfig(members, image.config)
  checkConfigTypes(config)
  const parsed = parseConfig(config)
  if (image.layers.length !== parsed.diffIds.length) {
    throw new Error(
      `${DOCKER_MANIFEST_FILE} lists ${image.layers.length} layers, the config ${parsed.diffIds.length}`,
    )
  }
  const same = manifest?.config.digest === digestOf(config) ? manifest : undefined
  const listed = image.layers.map((name, n) => {
    const descriptor = same?.layers[n]
    return { name, ...(descriptor && { descriptor }), pack: () => members.packLayer(name) }
  })
  const { names } = image
  await onHead({ config, names })
  const layers = await packLayers(listed, parsed, findKnown)
  return { config, layers, names, annotations: same?.annotations ?? {}, layerNames: image.layers }
}

const MAX_LISTED_NAMES = 10

function requireOneImage(images: readonly DockerImage[]): DockerImage {
  const [image, ...more] = images
  if (!image) throw new Error(`${DOCKER_MANIFEST_FILE} does not list an image`)
  if (more.length > 0) {
    const names = images.slice(0, MAX_LISTED_NAMES).map(each => each.names[0] ?? each.config)
    const rest = images.length > MAX_LISTED_NAMES ? ', …' : ''
    throw new Error(
      `it contains ${images.length} images, but only one is supported: ${names.join(', ')}${rest}`,
    )
  }
  return image
}

/**
 * Reads a config and verifies the digest in its name. All known tools write `<hex>.json`, `sha256:<hex>` or `blobs/sha256/<hex>`.
 */
async function readDockerConfig(members: ArchiveMembers, name: string): Promise<Buffer> {
  const bytes = await readDocument(members, name)
  const [hex] = /[0-9a-f]{64}/.exec(posix.basename(name)) ?? []
  const digest = digestOf(bytes)
  if (hex !== undefined && digest !== `sha256:${hex}`)
    throw new Error(`the config ${name} has the digest ${digest}`)
  return bytes
}

/**
 * Encodes a `manifest.json` for Docker's classic image store, which does not read `index.json`. That store keeps one platform per
 * name. So the image for amd64, the most common machine, gets the name, or the first image if no image is for amd64. The other
 * images get their machine as a suffix of the tag (`hello:1.0-arm64`).
 *
 * @param names for example `hello:1.0`; without names, Docker loads the images by their IDs only
 */
export function encodeDockerManifest(images: readonly Image[], names: readonly string[]): Buffer {
  const isCommon = (image: Image): boolean => formatPlatform(image.platform) === 'linux/amd64'
  const sorted = [...images.filter(isCommon), ...images.filter(image => !isCommon(image))]
  const entries = sorted.map((image, n) => ({
    Config: blobPath(image.config),
    RepoTags: names.map(name => (n === 0 ? name : `${name}-${machineOf(image)}`)),
    Layers: image.layers.map(blobPath),
  }))
  return Buffer.from(JSON.stringify(entries))
}

function machineOf({ platform: { architecture, variant = '' } }: Image): string {
  return architecture + variant
}
