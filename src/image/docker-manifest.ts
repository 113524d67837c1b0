import { hexOf } from '../oci/digest.js'
import type { Image } from '../oci/image.js'
import { platformName } from '../oci/platform.js'
import { BLOBS } from './layout-files.js'

/**
 * The `manifest.json` of a docker-archive, for Docker's own image store, which reads no `index.json`. It knows no platforms
 * under one name, so the first image has the name and each other one has its machine behind the tag (`hello:1.0-arm64`);
 * the machine that most have, amd64, is the first where it is there.
 *
 * @param name `hello:1.0`; without one the images are loaded without names
 */
export function encodeDockerManifest(images: readonly Image[], name: string | undefined): Buffer {
  const isCommon = (image: Image): boolean => platformName(image.platform) === 'linux/amd64'
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
  return `${BLOBS}/${hexOf(digest)}`
}
