import { readFile } from 'node:fs/promises'
import type { Host } from '../../host/host.js'
import { hexOf } from '../../oci/digest.js'
import type { SbomFormat } from '../../sbom/formats.js'
import { exists } from '../../util/files.js'
import type { PlatformTree } from '../inspect/tree.js'
import { sbomPathOf } from '../merge/publish-sboms.js'
import type { ImageLocation } from '../shared/image-locations.js'

/** Reads the SBOM that a merge has written next to an archive. Returns `undefined` if there is none about this image. */
export async function findSbomFile(
  { name, isLocal }: ImageLocation,
  { platform, digest }: PlatformTree,
  { format, host }: { readonly format: SbomFormat; readonly host: Host },
): Promise<string | undefined> {
  if (!isLocal || !name.endsWith('.tar')) return undefined
  const file = sbomPathOf(name, { platform, format })
  if (!(await exists(file))) return undefined
  const text = await readFile(file, 'utf8')
  if (text.includes(hexOf(digest))) return text
  host.log.warning(`${file} is not used: it is about another image than ${name}`)
  return undefined
}
