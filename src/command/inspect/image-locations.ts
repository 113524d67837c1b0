import { readlink } from 'node:fs/promises'
import type { Host } from '../../host/host.js'
import { type Bytes, openLazily } from '../../image/format/bytes.js'
import { openLayout } from '../../image/layout.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { isIndexType, isManifestType } from '../../oci/descriptor.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { exists } from '../../util/files.js'
import { quoteControlCharacters } from '../../util/text.js'
import { createRegistryClient, type RegistryInputs } from '../shared/registry-client.js'
import type { ReadBlob } from './tree.js'

/** A source of images: an archive, a folder with an OCI layout, or a repository of a registry. */
export interface ImageLocation {
  /** The name that the user gave. */
  readonly name: string
  /** A file can contain several images. `top` is an index or a manifest. */
  readonly images: readonly { readonly name: string; readonly top: Descriptor }[]
  readonly readBlob: ReadBlob
  /** Returns the bytes of a layer, verified while they are read. */
  openLayer(layer: Descriptor): Bytes
  /** Runs a task that reads a layer, and retries it if the connection breaks. */
  retry<T>(task: () => Promise<T>): Promise<T>
  /** True if layers are read without the network. */
  readonly isLocal: boolean
}

/**
 * Opens all names, and calls `task` with their locations. If a file of that name exists, it is used; otherwise the name is a
 * reference. All references share one client, so that a password for more than one registry is refused.
 */
export async function withLocations<T>(
  names: readonly string[],
  inputs: RegistryInputs,
  host: Host,
  task: (locations: readonly ImageLocation[]) => Promise<T>,
): Promise<T> {
  const resolved = await Promise.all(names.map(resolveName))
  const references = resolved.flatMap(({ reference }) => reference ?? [])
  const client = createRegistryClient(inputs, references, host)
  try {
    const open = ({ name, reference }: ResolvedName): Promise<ImageLocation> =>
      reference ? openRepository(client, reference, host.signal) : openFile(name)
    return await task(await Promise.all(resolved.map(open)))
  } finally {
    client.close()
  }
}

interface ResolvedName {
  readonly name: string
  /** `undefined` if the name is a file or folder. */
  readonly reference: Reference | undefined
}

async function resolveName(name: string): Promise<ResolvedName> {
  await checkLink(name)
  return { name, reference: (await exists(name)) ? undefined : parseMissingFile(name) }
}

/** Otherwise, a link whose target is missing would be looked up in a registry. */
async function checkLink(name: string): Promise<void> {
  const target = await readlink(name).catch(() => undefined)
  if (target === undefined || (await exists(name))) return
  throw new UserError(`${name} is a symbolic link to ${quoteControlCharacters(target)}, which does not exist`)
}

/** A name that looks like a path was probably meant as a file. */
function parseMissingFile(name: string): Reference {
  if (/\.tar(\.\w+)?$|^[./]/.test(name)) throw new UserError(`The file ${name} does not exist`)
  return parseReference(name)
}

async function openFile(path: string): Promise<ImageLocation> {
  const layout = await openLayout(path)
  const tops = layout.index.manifests
  return {
    name: path,
    images: tops.map((top, n) => ({ name: tops.length > 1 ? `${path} (${n + 1})` : path, top })),
    readBlob: descriptor => layout.readBlob(descriptor),
    openLayer: layer => openLazily(() => layout.getBlob(layer).open()),
    retry: task => task(),
    isLocal: true,
  }
}

async function openRepository(
  client: RegistryClient,
  reference: Reference,
  signal: AbortSignal,
): Promise<ImageLocation> {
  const name = formatReference(reference)
  const repository = new Repository(client, reference, { signal })
  const top = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest')
  if (!top) throw new UserError(`${name} was not found in its registry`)
  const readBlob: ReadBlob = async descriptor => {
    if (descriptor.digest === top.descriptor.digest) return top.bytes
    const isManifest = isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType)
    if (!isManifest) return repository.getBytes(descriptor)
    const manifest = await repository.getManifest(descriptor.digest)
    if (!manifest)
      throw new UserError(`${name}: its manifest ${descriptor.digest} is missing in the registry`)
    return manifest.bytes
  }
  return {
    name,
    images: [{ name, top: top.descriptor }],
    readBlob,
    openLayer: layer => downloadLayer(repository, layer),
    retry: task => repository.retryLayer(task),
    isLocal: false,
  }
}

async function* downloadLayer(repository: Repository, layer: Descriptor): Bytes {
  yield* await repository.getBlob(layer)
}
