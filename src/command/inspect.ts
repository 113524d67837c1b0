import type { Host } from '../host/host.js'
import { openLayout } from '../image/layout.js'
import type { InspectInputs } from '../input/inputs.js'
import type { Descriptor } from '../oci/descriptor.js'
import { isIndexType, isManifestType } from '../oci/media-type.js'
import { parseReference, type Reference, referenceName } from '../oci/reference.js'
import { Repository } from '../registry/repository.js'
import { UserError } from '../util/error.js'
import { exists } from '../util/file.js'
import { registryClient } from './registry-client.js'
import { type ImageTree, loadTree } from './tree.js'

/** What the images of a file, a folder or a reference hold; a file can have several. */
export async function inspect(name: string, inputs: InspectInputs, host: Host): Promise<ImageTree[]> {
  return (await exists(name)) ? inspectLayout(name) : [await inspectReference(name, inputs, host)]
}

async function inspectLayout(path: string): Promise<ImageTree[]> {
  const layout = await openLayout(path)
  const several = layout.index.manifests.length > 1
  const trees = layout.index.manifests.map((top, n) =>
    loadTree(several ? `${path} (${n + 1})` : path, top, descriptor => layout.read(descriptor)),
  )
  return Promise.all(trees)
}

async function inspectReference(name: string, inputs: InspectInputs, host: Host): Promise<ImageTree> {
  const reference = parsePlainReference(name)
  const client = registryClient(inputs, [reference], host)
  try {
    const repository = new Repository(client, reference)
    const found = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest')
    if (!found) throw new UserError(`${referenceName(reference)} was not found in its registry`)
    const read = async (descriptor: Descriptor): Promise<Buffer> => {
      if (descriptor.digest === found.descriptor.digest) return found.bytes
      const isManifest = isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType)
      if (!isManifest) return repository.getBytes(descriptor)
      const child = await repository.getManifest(descriptor.digest)
      if (!child) throw new UserError(`${referenceName(reference)} lacks its part ${descriptor.digest}`)
      return child.bytes
    }
    return await loadTree(referenceName(reference), found.descriptor, read)
  } finally {
    client.close()
  }
}

/** A name that is neither a file nor a reference was more likely meant as a file when it looks like one. */
function parsePlainReference(name: string): Reference {
  if (/\.tar(\.\w+)?$|^[./]/.test(name)) throw new UserError(`There is no file ${name}`)
  return parseReference(name)
}
