import type { Readable } from 'node:stream'
import {
  connectionError,
  discardBody,
  getHeader,
  type Meter,
  RequestError,
  type Response,
  readBytes,
  responseError,
} from '../http/message.js'
import type { Retry } from '../http/retry.js'
import { type Blob, type Descriptor, descriptorOf } from '../oci/descriptor.js'
import { type Digest, isDigest } from '../oci/digest.js'
import { formatReference, type Reference } from '../oci/reference.js'
import { createVerifier, DigestMismatch, openVerified } from '../oci/verify.js'
import { UserError } from '../util/error.js'
import type { Access } from './auth.js'
import type { RegistryCall, RegistryClient } from './client.js'
import { describeError } from './describe-error.js'
import {
  checkDigest,
  type FoundManifest,
  MANIFEST_TYPES,
  MAX_MANIFEST_BYTES,
  readManifest,
  readManifestHead,
  readTagPage,
  type TagPage,
} from './manifests.js'
import { type BlobOutcome, type SendCall, sessionUrlOf, type UploadOptions, uploadBlob } from './upload.js'

/** A blob that is in the repository now, and how it came there. */
export interface PushedBlob {
  readonly descriptor: Descriptor
  readonly how: BlobOutcome
}

interface RepositoryOptions {
  /** Ends what is under way, and lets nothing begin. */
  readonly signal?: AbortSignal | undefined
  /** `push` reads with the rights to push too, and so with one token where else there were two. */
  readonly access?: Access
  /** Counts the requests to the registry, those for tokens left out, and the bytes of their bodies. */
  readonly meter?: Meter
}

export interface PushBlobOptions extends UploadOptions {
  /** The blob is known not to be there: no need to look first. */
  readonly absent?: boolean
}

const MAX_TAG_PAGES = 10_000
const MAX_MOUNT_ATTEMPTS = 3

/**
 * One repository of a registry (OCI distribution-spec 1.1). Its methods throw a `RegistryError` that says what to do
 * when the registry cannot be reached or refuses, and the signal's reason after an abort.
 */
export class Repository {
  readonly client: RegistryClient
  readonly reference: Reference
  readonly #of: RepositoryOptions

  constructor(client: RegistryClient, reference: Reference, options: RepositoryOptions = {}) {
    this.client = client
    this.reference = reference
    this.#of = options
  }

  /** `ghcr.io/owner/name` */
  get name(): string {
    const { registry, repository } = this.reference
    return formatReference({ registry, repository })
  }

  /** The same repository with other options. */
  withOptions(options: RepositoryOptions): Repository {
    return new Repository(this.client, this.reference, { ...this.#of, ...options })
  }

  hasBlob(digest: Digest): Promise<boolean> {
    return this.#exists(`blobs/${digest}`)
  }

  /** @param name a tag or a digest */
  hasManifest(name: string): Promise<boolean> {
    return this.#exists(`manifests/${name}`)
  }

  /** Brings a blob in unless it is there. Wrong content is never completed: it ends in a `UserError`. */
  async pushBlob(blob: Blob, options: PushBlobOptions = {}): Promise<PushedBlob> {
    let sent = 0
    const count = (bytes: number): void => {
      sent += bytes
      if (bytes !== 0) options.onSent?.(bytes)
    }
    const once = async (attempt: number): Promise<BlobOutcome> => {
      const isThere = (attempt > 1 || !options.absent) && (await this.#peek(`blobs/${blob.digest}`))
      if (isThere) return sent > 0 ? 'uploaded' : 'existed'
      count(-sent)
      const session = attempt === 1 ? options.session : undefined
      await uploadBlob(this.#send, blob, { session, onSent: count }, this.client.uploadMode(this.reference))
      return 'uploaded'
    }
    const how = await this.#explained('push', () => this.#untilDone(isUploadTransient, once))
    count(blob.size - sent)
    return { descriptor: descriptorOf(blob), how }
  }

  /**
   * Asks the registry to take a blob over from another of its repositories. That saves work and is nothing that must be, so
   * whatever stands against it is 'refused'.
   */
  async mountBlob(digest: Digest, from: string): Promise<MountResult> {
    const { retry } = this.client
    const few = { ...retry, attempts: Math.min(retry.attempts, MAX_MOUNT_ATTEMPTS) }
    try {
      return await this.retryTask(() => requestMount(this.#send, digest, from), few)
    } catch (error) {
      if (error instanceof RequestError) return 'refused'
      throw error
    }
  }

  /**
   * Opens a blob. The stream fails with `DigestMismatch` before its last bytes when they are not what `of` says, and
   * with a `RegistryError` when the connection breaks.
   */
  async getBlob(of: Descriptor): Promise<Readable> {
    return this.#explained(this.#reading, () =>
      this.#send(this.#get(`blobs/${of.digest}`), async response => {
        const explained = (error: unknown) => this.#explain(this.#reading, error)
        return verifyStream(response, of, explained)
      }),
    )
  }

  /** A small blob as a whole, such as a config. Throws a `RegistryError` for wrong content. */
  getBytes(of: Descriptor): Promise<Buffer> {
    return this.#explained(this.#reading, () =>
      this.#send(this.#get(`blobs/${of.digest}`), async response => {
        const bytes = await readBytes(response, Math.min(of.size, MAX_MANIFEST_BYTES))
        checkDigest(response, bytes, of.digest)
        return bytes
      }),
    )
  }

  /** As `getManifest`, without its bytes where the registry tells digest and size in a HEAD. */
  async headManifest(name: string): Promise<Descriptor | undefined> {
    const call = this.#head(`manifests/${name}`)
    const told = await this.#explained(this.#reading, () =>
      this.#send(call, answer => readManifestHead(answer, name)),
    )
    if (told !== 'unclear') return told
    return (await this.#ask(name))?.descriptor
  }

  /**
   * What was read in this run is not asked for again by its digest.
   *
   * @param name a tag or a digest; `undefined` when the registry has none of that name
   */
  async getManifest(name: string): Promise<FoundManifest | undefined> {
    const known = isDigest(name) ? this.client.manifests.find(this.reference, name) : undefined
    return known ?? this.#ask(name)
  }

  /** Whether this run has read a manifest here. */
  hasReadManifest(digest: Digest): boolean {
    return this.client.manifests.find(this.reference, digest) !== undefined
  }

  /**
   * As `getManifest`, but tells a name that the repository has not from a repository that is not there at all, where the
   * registry does.
   */
  findManifest(name: string): Promise<FoundManifest | 'no manifest' | 'no repository'> {
    return this.#explained(this.#reading, async () => {
      try {
        const read = (response: Response) => this.#read(response, name)
        return (await this.#send(this.#get(`manifests/${name}`), read)) ?? 'no manifest'
      } catch (error) {
        if (!(error instanceof RequestError) || error.status !== 404) throw error
        return error.hasErrorCode('NAME_UNKNOWN') ? 'no repository' : 'no manifest'
      }
    })
  }

  /**
   * Puts a manifest or an index under a tag or its own digest, and holds the registry's digest against ours.
   *
   * @param mend called once, when the registry misses something that the manifest names, and before it is put again
   */
  async putManifest(blob: Blob, name: string, mend?: () => Promise<void>): Promise<void> {
    const call: RegistryCall = {
      method: 'PUT',
      target: `manifests/${name}`,
      access: 'push',
      headers: { 'content-type': blob.mediaType },
      body: { size: blob.size, open: () => openVerified(blob) },
      expect: [200, 201, 202, 204],
      noRetry: true,
    }
    const put = () => this.#send(call, response => checkStoredDigest(response, blob.digest))
    let mended = false
    const once = async (): Promise<void> => {
      try {
        await put()
      } catch (error) {
        if (mended || !mend || !isReferenceMissing(error)) throw error
        mended = true
        await mend()
        await put()
      }
    }
    await this.#explained('push', () => this.#untilDone(isManifestTransient, once), blob.mediaType)
  }

  /** Every tag, in the registry's order; none for a repository that is not there. */
  listTags(): Promise<string[]> {
    return this.#explained(this.#reading, async () => {
      const tags: string[] = []
      let target: RegistryCall['target'] | undefined = 'tags/list?n=1000'
      for (let page = 0; target !== undefined && page < MAX_TAG_PAGES; page++) {
        const call: RegistryCall = { ...this.#get(target), expect: [200, 404] }
        const found: TagPage = await this.#send(call, readTagPage)
        tags.push(...found.tags)
        target = found.next
      }
      return tags
    })
  }

  /** Runs a task again as `retry` has it, until the signal's abort. */
  retryTask<T>(task: (attempt: number) => Promise<T>, retry: Retry): Promise<T> {
    return this.client.retryTask(task, this.#of.signal, retry)
  }

  #ask(name: string): Promise<FoundManifest | undefined> {
    const call = { ...this.#get(`manifests/${name}`), expect: [200, 404] }
    return this.#explained(call.access, () => this.#send(call, response => this.#read(response, name)))
  }

  async #read(response: Response, name: string): Promise<FoundManifest | undefined> {
    const found = await readManifest(response, name)
    if (found) this.client.manifests.add(this.reference, found)
    return found
  }

  get #reading(): Access {
    return this.#of.access ?? 'pull'
  }

  #get(target: RegistryCall['target']): RegistryCall {
    const accept =
      typeof target === 'string' && target.startsWith('manifests/')
        ? { accept: MANIFEST_TYPES.join(', ') }
        : {}
    return { method: 'GET', target, access: this.#reading, headers: accept, expect: [200] }
  }

  #exists(target: string): Promise<boolean> {
    return this.#explained(this.#reading, () => this.#untilDone(undefined, () => this.#peek(target)))
  }

  /**
   * One HEAD. On the way to a push a refusal counts as "not there": a HEAD's answer has no body, and the request that
   * follows will be refused in words.
   */
  async #peek(target: string): Promise<boolean> {
    const expect = this.#reading === 'push' ? [200, 401, 403, 404] : [200, 404]
    return this.#send({ ...this.#head(target), expect, noRetry: true }, async response => {
      await discardBody(response)
      return response.status === 200
    })
  }

  #head(target: string): RegistryCall {
    return { ...this.#get(target), method: 'HEAD', expect: [200, 404] }
  }

  #send: SendCall = (call, read) => {
    const { signal, meter } = this.#of
    return this.client.call(this.reference, { ...call, signal, ...(meter && { meter }) }, read)
  }

  #untilDone<T>(
    isTransient: ((failure: unknown) => boolean) | undefined,
    task: (attempt: number) => Promise<T>,
  ): Promise<T> {
    const { retry } = this.client
    const either = (failure: unknown): boolean =>
      retry.isTransient(failure) || isTransient?.(failure) === true
    return this.retryTask(task, { ...retry, isTransient: either })
  }

  async #explained<T>(access: Access, task: () => Promise<T>, sending?: string): Promise<T> {
    try {
      return await task()
    } catch (error) {
      throw await this.#explain(access, error, sending)
    }
  }

  async #explain(access: Access, error: unknown, sending?: string): Promise<unknown> {
    if (error instanceof DigestMismatch) return changedContentError(error)
    if (!(error instanceof RequestError)) return error
    const credential = await this.client.credential(this.reference)
    return describeError(error, { reference: this.reference, access, credential, manifestType })
  }
}

/** Some registries lose sight of an upload session; a new one does. */
function isUploadTransient(failure: unknown): boolean {
  return failure instanceof RequestError && failure.hasErrorCode('BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID')
}

/** What was just pushed may not be seen everywhere in the registry at once. */
function isManifestTransient(failure: unknown): boolean {
  return (
    failure instanceof RequestError &&
    failure.hasErrorCode('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN')
  )
}

/** Whether a manifest may have been refused because of something that it names. Not every registry says so in the right words. */
function isReferenceMissing(failure: unknown): boolean {
  if (isManifestTransient(failure)) return true
  if (!(failure instanceof RequestError) || ![400, 404].includes(failure.status ?? 0)) return false
  return failure.errorEntries.length === 0 || failure.hasErrorCode('MANIFEST_INVALID', 'BLOB_UPLOAD_UNKNOWN')
}

async function checkStoredDigest(response: Response, digest: Digest): Promise<void> {
  await discardBody(response)
  const stored = getHeader(response, 'docker-content-digest')
  if (isDigest(stored) && stored !== digest)
    throw responseError(response, `it was stored as ${stored}, not as ${digest}`)
}

function changedContentError(error: DigestMismatch): UserError {
  return new UserError(`what was to be pushed is not what it should be: ${error.message}`, {
    hint: 'The file was changed or cut off after it was made. Build it again.',
    cause: error,
  })
}

/** Not `pipeline`, which would tell the reader of a broken connection in Node.js's words. */
function verifyStream(
  response: Response,
  of: Descriptor,
  explained: (error: unknown) => Promise<unknown>,
): Readable {
  const stream = createVerifier(of)
  response.body.once('error', async error => {
    stream.destroy((await explained(connectionError(response.request, error))) as Error)
  })
  stream.once('close', () => response.body.destroy())
  return response.body.pipe(stream)
}

/** What came of asking for a mount; an address is where the registry would rather have the blob sent. */
export type MountResult = 'mounted' | 'refused' | URL

/**
 * Asks a registry to take a blob over from another of its repositories (OCI distribution-spec, "Mounting a blob from another
 * repository"). Throws `RequestError` where it would not.
 */
function requestMount(send: SendCall, digest: Digest, from: string): Promise<MountResult> {
  const target = `blobs/uploads/?${new URLSearchParams({ mount: digest, from })}`
  const call = { method: 'POST', target, access: 'push', from, expect: [201, 202], once: true } as const
  return send(call, async response => {
    if (response.status === 202) return sessionUrlOf(response)
    await discardBody(response)
    return 'mounted'
  })
}
