import type { Host } from '../../host/host.js'
import { type Bytes, openLazily } from '../../image/format/bytes.js'
import { openLayout } from '../../image/layout.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { isIndexType, isManifestType } from '../../oci/descriptor.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { RegistryError } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { exists } from '../../util/files.js'
import { createRegistryClient, type RegistryInputs } from '../shared/registry-client.js'
import type { ReadBlob } from './tree.js'

/** Where images lie that are only looked at: a file, a folder, a repository of a registry. */
export interface ImageLocation {
  /** What the place was called, and its images; a file can have several. */
  readonly name: string
  readonly images: readonly { readonly name: string; readonly top: Descriptor }[]
  readonly readBlob: ReadBlob
  /** The bytes of a layer, verified as they come. */
  openLayer(layer: Descriptor): Bytes
  /** Runs what reads a layer, and again where its connection broke. */
  retry<T>(task: () => Promise<T>): Promise<T>
  /** Whether reading a layer costs no network. */
  readonly isLocal: boolean
}

/** A name, and the reference that it is where there is no such file. */
interface Named {
  readonly name: string
  readonly reference: Reference | undefined
}

/**
 * Opens all the names, files before references, and runs `use` with them. One client serves all registries, so that a given
 * password is refused when it could go to the wrong one.
 */
export async function withLocations<T>(
  names: readonly string[],
  inputs: RegistryInputs,
  { host, signal }: { host: Host; signal?: AbortSignal | undefined },
  use: (places: readonly ImageLocation[]) => Promise<T>,
): Promise<T> {
  const all = await Promise.all(names.map(named))
  const references = all.flatMap(({ reference }) => reference ?? [])
  const client = createRegistryClient(inputs, references, host)
  try {
    const open = ({ name, reference }: Named): Promise<ImageLocation> =>
      reference ? repositoryPlace(client, reference, signal) : layoutPlace(name)
    return await use(await Promise.all(all.map(open)))
  } finally {
    client.close()
  }
}

async function named(name: string): Promise<Named> {
  return { name, reference: (await exists(name)) ? undefined : parsePlainReference(name) }
}

/** A name that is neither a file nor a reference was more likely meant as a file when it looks like one. */
function parsePlainReference(name: string): Reference {
  if (/\.tar(\.\w+)?$|^[./]/.test(name)) throw new UserError(`There is no file ${name}`)
  return parseReference(name)
}

async function layoutPlace(path: string): Promise<ImageLocation> {
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

async function repositoryPlace(
  client: RegistryClient,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<ImageLocation> {
  const name = formatReference(reference)
  const repository = new Repository(client, reference, { signal })
  const found = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest')
  if (!found) throw new UserError(`${name} was not found in its registry`)
  const read: ReadBlob = async descriptor => {
    if (descriptor.digest === found.descriptor.digest) return found.bytes
    const isManifest = isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType)
    if (!isManifest) return repository.getBytes(descriptor)
    const child = await repository.getManifest(descriptor.digest)
    if (!child) throw new UserError(`${name} lacks its part ${descriptor.digest}`)
    return child.bytes
  }
  return {
    name,
    images: [{ name, top: found.descriptor }],
    readBlob,
    openLayer: layer => opened(repository, layer),
    // Once: a registry that does not answer was asked several times already.
    retry: task =>
      repository.retryTask(task, { ...client.retry, attempts: 2, isTransient: isTransientIn(client) }),
    isLocal: false,
  }
}

async function* opened(repository: Repository, layer: Descriptor): Bytes {
  yield* await repository.getBlob(layer)
}

function isTransientIn({ retry }: RegistryClient) {
  return (failure: unknown): boolean => failure instanceof RegistryError && retry.isTransient(failure.failure)
}
