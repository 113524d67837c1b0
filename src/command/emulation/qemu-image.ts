import type { Readable } from 'node:stream'
import { ByteReader, type Bytes, prependBytes } from '../../image/format/bytes.js'
import { decode, encodingOf, HEAD_BYTES } from '../../image/format/decode.js'
import { findFile } from '../../image/format/tar.js'
import { selectImage } from '../../image/oci-image.js'
import { DEFAULT_QEMU_IMAGE } from '../../input/nix-inputs.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { isIndexType } from '../../oci/descriptor.js'
import { type Digest, hexOf } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import { parseIndex } from '../../oci/image-index.js'
import { platformOf, type System } from '../../oci/platform.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { RegistryError } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { findSavedQemu, type QemuStore, qemuNameOf, saveQemu } from './qemu-store.js'

export interface QemuImageContext extends QemuStore {
  /** A reference by digest to an image that has static interpreters in `usr/bin`. */
  readonly image: string
  /** A client for nobody's account; it is closed afterwards. */
  readonly client: () => RegistryClient
  readonly signal?: AbortSignal | undefined
}

type Pinned = Reference & { readonly digest: Digest }

/** How often a layer is begun again whose download broke off. */
const LAYER_TRIES = 3

/** The interpreter that was once taken out of this very image. Throws a `UserError` for a reference without a digest. */
export function findSavedImageQemu(system: System, of: QemuImageContext): Promise<string | undefined> {
  const origin = originOf(pinned(of.image))
  return findSavedQemu(system, of, name => name === origin)
}

/**
 * Takes one interpreter out of an image in a registry, keeps it, and gives its path. Every byte is held against the
 * reference's digest. Throws a `UserError` that names the image.
 */
export async function fetchImageQemu(system: System, of: QemuImageContext): Promise<string> {
  const reference = pinned(of.image)
  const client = of.client()
  try {
    return await take(system, new Repository(client, reference, { signal: of.signal }), reference, of)
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || of.signal?.aborted) throw error
    throw new UserError(`${formatReference(reference)} cannot be used: ${error.message}`, { cause: error })
  } finally {
    client.close()
  }
}

async function take(
  system: System,
  repository: Repository,
  reference: Pinned,
  of: QemuImageContext,
): Promise<string> {
  const { layers } = await manifestOf(repository, reference, of.machine)
  // A higher layer's file hides a lower one's.
  for (const layer of [...layers].reverse()) {
    const path = await retryingLayer(repository, () =>
      takeFromLayer(system, repository, layer, originOf(reference), of),
    )
    if (path !== undefined) return path
  }
  throw new UserError(
    `${formatReference(reference)} has no static usr/bin/qemu-${qemuNameOf(system)} for this machine`,
    { hint: `An image like ${DEFAULT_QEMU_IMAGE} is needed.` },
  )
}

async function manifestOf(repository: Repository, of: Pinned, machine: System): Promise<Manifest> {
  const read = async ({ digest }: Pick<Descriptor, 'digest'>): Promise<Buffer> =>
    (await manifestBytes(repository, of, digest)).bytes
  const top = await manifestBytes(repository, of, of.digest)
  if (!isIndexType(top.descriptor.mediaType)) return parseManifest(top.bytes)
  const chosen = await selectImage(parseIndex(top.bytes), read, platformOf(machine))
  return parseManifest(await read(chosen))
}

async function manifestBytes(repository: Repository, of: Pinned, digest: Digest) {
  const found = await repository.getManifest(digest)
  if (found !== undefined) return found
  const what = digest === of.digest ? 'is not there' : `is not there as a whole: ${digest} is missing`
  throw new UserError(`${formatReference(of)} ${what}`, {
    hint: 'Look whether the reference is right, and whether it may be read without an account.',
  })
}

/** A request is tried again by the client; what breaks off while it is read, here. */
function retryingLayer<T>(repository: Repository, task: () => Promise<T>): Promise<T> {
  const { retry } = repository.client
  const isTransient = (failure: unknown): boolean =>
    failure instanceof RegistryError && retry.isTransient(failure.failure)
  return repository.retryTask(task, { ...retry, attempts: LAYER_TRIES, isTransient })
}

async function takeFromLayer(
  system: System,
  repository: Repository,
  layer: Descriptor,
  origin: string,
  shelf: QemuStore,
): Promise<string | undefined> {
  const tar = new ByteReader(unpacked(await repository.getBlob(layer)))
  try {
    const file = await findFile(tar, [`usr/bin/qemu-${qemuNameOf(system)}`])
    return file && (await saveQemu(system, shelf, origin, verifiedBody(tar, file.size)))
  } finally {
    await tar.close()
  }
}

async function* unpacked(blob: Readable): Bytes {
  const input = new ByteReader(blob)
  try {
    const head = await input.read(HEAD_BYTES)
    yield* decode(encodingOf(head), prependBytes(head, input.readRest()))
  } finally {
    blob.destroy()
  }
}

/** The layer's digest is known only when all of it was read; until then nothing of it counts. */
async function* verifiedBody(tar: ByteReader, size: number): Bytes {
  yield* tar.take(size)
  for await (const _ of tar.readRest());
}

function originOf({ digest }: Pinned): string {
  return `sha256-${hexOf(digest)}`
}

function pinned(text: string): Pinned {
  const reference = parseReference(text)
  const { digest } = reference
  if (digest !== undefined) return { ...reference, digest }
  throw new UserError(`The image for QEMU, ${text}, has no digest`, {
    hint: 'What it holds runs with the rights of the builds: name it as registry/owner/name@sha256:….',
  })
}
