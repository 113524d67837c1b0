import type { Host } from '../../host/host.js'
import { encodeLayerFiles } from '../../image/programs/encode-layer-files.js'
import type { PackedImage } from '../../image/read-image.js'
import type { SkippedChecks } from '../../input/inputs-for-checks.js'
import type { Container } from '../../nix/container.js'
import { IMAGE_NAME } from '../../oci/annotation-keys.js'
import { makeImage } from '../../oci/image.js'
import { checkPackedImage } from './check-packed-image.js'
import { createArchiveAnnotations, createManifestAnnotations, type PlatformImage } from './platform-image.js'
import { selectSourceAnnotations } from './source-annotations.js'

/** What a packed image was made from. */
interface PackedFrom {
  readonly container: Container
  /** What messages call the image: `hello for x86_64-linux`, or its path. */
  readonly label: string
  readonly skipChecks?: SkippedChecks
}

/**
 * Checks a packed image (`checkPackedImage`) and adds the annotations of its container. The annotations of the manifest that Nix
 * built are kept; those of the container override them.
 */
export function createPlatformImage(
  { container, label, skipChecks = [] }: PackedFrom,
  packed: PackedImage,
  host: Host,
): Omit<PlatformImage, 'path' | 'derivation'> {
  const { name, system, attribute } = container
  const { config, layers, layerKeys } = packed
  const platform = checkPackedImage(packed, { label, name, place: attribute, system, skipChecks }, host.log)
  const sourceAnnotations = selectSourceAnnotations(packed.annotations)
  const annotations = createArchiveAnnotations(container, host)
  const manifestAnnotations = { ...sourceAnnotations, ...createManifestAnnotations(container, host) }
  return {
    container: name,
    system,
    imageName: annotations[IMAGE_NAME] ?? name,
    annotations,
    sourceAnnotations,
    ...(layerKeys && { layerKeys }),
    layerFiles: encodeLayerFiles(packed.contents),
    image: makeImage({ platform, config, layers, annotations: manifestAnnotations }),
    config,
  }
}
