import { type Layout, openLayout } from '../../image/layout.js'
import { CONTAINER, DERIVATION, IMAGE_NAME, SYSTEM, THIN } from '../../oci/annotations.js'
import { parseConfig } from '../../oci/config.js'
import { distinct } from '../../oci/descriptor.js'
import type { Image } from '../../oci/image.js'
import { isIndexType } from '../../oci/media-type.js'
import { platformName } from '../../oci/platform.js'
import { isImageName } from '../../oci/reference.js'
import { isSystem, platformFor, platformOf, type System } from '../../oci/system.js'
import type { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { isFileName } from '../../util/file-name.js'
import type { Elsewhere, Piece } from './platform-image.js'
import { blobIn } from './registry-image.js'

/** A piece as the build side left it in an archive. */
export interface Archived extends Piece {
  readonly layout: Layout
}

/** The repository of a registry that is called `ghcr.io/owner/name`, for the archive that names it. */
export type OpenRepository = (name: string, path: string) => Repository

/**
 * Opens one archive of the build side and holds what it says against what it has. Gives `undefined` for a multi-arch
 * archive of the merge side, which may lie in the same folder. Throws a `UserError` naming the archive for all else.
 *
 * @param registry where the layers are that a thin archive does not carry; without it, every archive must be full
 */
export async function openArchived(path: string, registry?: OpenRepository): Promise<Archived | undefined> {
  const layout = await openLayout(path)
  const [top, ...more] = layout.index.manifests
  const facts = top?.annotations ?? {}
  if (!top || more.length > 0)
    throw foreign(path, `it holds ${layout.index.manifests.length} images, not one`)
  const { [CONTAINER]: container, [SYSTEM]: system } = facts
  if (container === undefined) throw foreign(path, 'it does not name its container')
  if (isIndexType(top.mediaType)) return undefined
  if (system === undefined || !isSystem(system)) throw foreign(path, `it names no known system (${system})`)
  const repository = facts[THIN] === undefined ? undefined : registry?.(facts[THIN], path)
  const found = await layout.image(top, repository && (layer => blobIn(repository, layer)))
  const config = await layout.read(found.config)
  const image = ofSystem(path, system, config, found)
  const imageName = facts[IMAGE_NAME] ?? container
  // Both become parts of paths, and an archive is not to say where it is written.
  if (!isFileName(container)) throw foreign(path, `its container has the name ${JSON.stringify(container)}`)
  if (imageName !== container && !isImageName(imageName))
    throw foreign(path, `its image has the name ${JSON.stringify(imageName)}`)
  return {
    path,
    layout,
    container,
    system,
    imageName,
    derivation: facts[DERIVATION],
    facts,
    image,
    config,
    elsewhere: repository && elsewhereOf(layout, found, repository),
  }
}

/** The layers that a thin archive names and has not; they are not looked for yet. */
function elsewhereOf(layout: Layout, { layers }: Image, repository: Repository): Elsewhere {
  return { repository, layers: distinct(layers.filter(layer => !layout.has(layer))), seen: false }
}

/** The image with the platform that its config says, which must be the system's. */
function ofSystem(path: string, system: System, config: Buffer, image: Image): Image {
  const stated = parseConfig(config).platform
  const platform = platformFor(system, stated)
  const described = image.manifest.platform
  if (platform && (!described || platformName(described) === platformName(platform))) {
    return { ...image, platform, manifest: { ...image.manifest, platform } }
  }
  const also = described ? `, its descriptor ${platformName(described)}` : ''
  throw new UserError(
    `${path} is for ${system} (${platformName(platformOf(system))}), but its image config says ${platformName(stated)}${also}`,
    { hint: 'Build this archive again. Nothing was pushed for its container.' },
  )
}

function foreign(path: string, why: string): UserError {
  return new UserError(`${path} is no archive of \`nix-multiarch build\`: ${why}`, {
    hint: 'Give the merge a folder that holds only archives of the build, named <container>-<system>.oci.tar.',
  })
}
