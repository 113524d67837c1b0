import type { Readable } from 'node:stream'
import { ByteReader, type Bytes } from '../../image/format/bytes.js'
import { decodeDetected } from '../../image/format/decompress.js'
import { findFile } from '../../image/format/tar.js'
import { selectImage } from '../../image/oci-image.js'
import { DEFAULT_QEMU_IMAGE } from '../../input/inputs-for-nix.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { isIndexType } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import { parseIndex } from '../../oci/image-index.js'
import { platformOf, type System } from '../../oci/platform.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { findSavedQemu, imageVersionOf, type QemuStore, qemuNameOf, saveQemu } from './qemu-store.js'

export interface QemuImageContext extends QemuStore {
  /** A reference with a digest to an image that has static interpreters in `usr/bin`. */
  readonly image: string
  /** Opens a client without credentials. It is closed after use. */
  readonly openClient: () => RegistryClient
  readonly signal?: AbortSignal | undefined
  /** Called with the received bytes of a layer, and with its size. */
  readonly onProgress?: ((received: number, size: number) => void) | undefined
}

type PinnedReference = Reference & { readonly digest: Digest }

/** Finds the interpreter that was saved from this image. Throws a `UserError` for a reference without a digest. */
export function findSavedImageQemu(system: System, context: QemuImageContext): Promise<string | undefined> {
  const imageVersion = imageVersionOf(parsePinnedReference(context).digest)
  return findSavedQemu(system, context, version => version === imageVersion)
}

/**
 * Extracts one interpreter from an image in a registry, saves it, and returns its path. The image is verified with the digest of
 * the reference. Throws a `UserError` that names the image.
 */
export async function fetchImageQemu(system: System, context: QemuImageContext): Promise<string> {
  const reference = parsePinnedReference(context)
  const client = context.openClient()
  try {
    const repository = new Repository(client, reference, { signal: context.signal })
    return await fetchFromLayers(system, { repository, reference, store: context })
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || context.signal?.aborted) throw error
    throw new UserError(`${formatReference(reference)} cannot be used: ${error.message}`, { cause: error })
  } finally {
    client.close()
  }
}

/** An image in a registry, and the store for the interpreter. */
interface FetchContext {
  readonly repository: Repository
  readonly reference: PinnedReference
  readonly store: QemuImageContext
}

async function fetchFromLayers(system: System, context: FetchContext): Promise<string> {
  const { repository, reference, store } = context
  const { layers } = await readManifest(repository, reference, store.machine)
  // A file in a higher layer replaces the one in a lower layer.
  for (const layer of [...layers].reverse()) {
    const path = await repository.retryLayer(() => fetchFromLayer(system, layer, context))
    if (path !== undefined) return path
  }
  throw new UserError(
    `${formatReference(reference)} has no static usr/bin/qemu-${qemuNameOf(system)} for this machine`,
    { hint: `Set ${nameInput('qemu-image')} to an image like ${DEFAULT_QEMU_IMAGE}.` },
  )
}

/** Reads the manifest of the image for `machine`. */
async function readManifest(
  repository: Repository,
  reference: PinnedReference,
  machine: System,
): Promise<Manifest> {
  const readBytes = async ({ digest }: Pick<Descriptor, 'digest'>): Promise<Buffer> =>
    (await getManifest(repository, reference, digest)).bytes
  const top = await getManifest(repository, reference, reference.digest)
  if (!isIndexType(top.descriptor.mediaType)) return parseManifest(top.bytes)
  const selected = await selectImage(parseIndex(top.bytes), readBytes, platformOf(machine))
  return parseManifest(await readBytes(selected))
}

async function getManifest(repository: Repository, reference: PinnedReference, digest: Digest) {
  const found = await repository.getManifest(digest)
  if (found !== undefined) return found
  const what = digest === reference.digest ? 'was not found' : `is incomplete: ${digest} is missing`
  throw new UserError(`${formatReference(reference)} ${what}`, {
    hint: 'Check the reference, and that the image can be pulled without credentials.',
  })
}

async function fetchFromLayer(
  system: System,
  layer: Descriptor,
  { repository, reference, store }: FetchContext,
): Promise<string | undefined> {
  const onBytes = (received: number): void => store.onProgress?.(received, layer.size)
  const tar = new ByteReader(decompressLayer(await repository.getBlob(layer), onBytes))
  try {
    const file = await findFile(tar, [`usr/bin/qemu-${qemuNameOf(system)}`])
    return (
      file &&
      (await saveQemu(system, store, imageVersionOf(reference.digest), readVerifiedFile(tar, file.size)))
    )
  } finally {
    await tar.close()
  }
}

async function* decompressLayer(blob: Readable, onBytes: (received: number) => void): Bytes {
  try {
    yield* decodeDetected(countBytes(blob, onBytes))
  } finally {
    blob.destroy()
  }
}

async function* countBytes(blob: Readable, onBytes: (received: number) => void): Bytes {
  let received = 0
  for await (const chunk of blob as AsyncIterable<Buffer>) {
    received += chunk.length
    onBytes(received)
    yield chunk
  }
}

/** Reads the file, then the rest of the layer, because the digest is only verified at the end. */
async function* readVerifiedFile(tar: ByteReader, size: number): Bytes {
  yield* tar.take(size)
  for await (const _ of tar.readRest());
}

function parsePinnedReference({ image }: QemuImageContext): PinnedReference {
  const reference = parseReference(image)
  const { digest } = reference
  if (digest !== undefined) return { ...reference, digest }
  throw new UserError(`${nameInput('qemu-image')}: ${image} has no digest`, {
    hint:
      'Add the digest: registry/owner/name@sha256:…. The image must be pinned, because its QEMU runs ' +
      'all programs of the builds.',
  })
}
