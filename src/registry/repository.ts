import type { Readable } from 'node:stream'
import {
  discardBody,
  getHeader,
  type Meter,
  REDIRECT_STATUSES,
  type Response,
  readBytes,
  responseError,
} from '../http/message.js'
import { connectionError, RequestError } from '../http/request-error.js'
import type { Retry } from '../http/retry.js'
import { type Blob, type Descriptor, descriptorOf } from '../oci/descriptor.js'
import { type Digest, isDigest } from '../oci/digest.js'
import { formatReference, type Reference } from '../oci/reference.js'
import { createVerifier, DigestMismatch, openVerified } from '../oci/verify.js'
import { UserError } from '../util/error.js'
import type { Access } from './auth.js'
import type { RegistryCall, RegistryClient } from './client.js'
import { describeError, RegistryError } from './describe-error.js'
import {
  checkDigest,
  type FoundManifest,
  IncompleteTagList,
  MANIFEST_TYPES,
  MAX_MANIFEST_BYTES,
  readManifest,
  readManifestHead,
  readTagPage,
  TAGS_PER_PAGE,
  type TagPage,
} from './manifests.js'
import { repositoryKey } from './push-plan.js'
import { type ReferrersPage, readReferrersPage, SUBJECT_HEADER } from './referrers-page.js'
import {
  type BlobOutcome,
  type SendCall,
  sessionUrlOf,
  type UploadOptions,
  uploadBlob,
} from './resumable-upload.js'

/** A blob that the repository has, and how it got it. */
export interface PushedBlob {
  readonly descriptor: Descriptor
  readonly how: BlobOutcome
}

interface RepositoryOptions {
  /** After an abort, running requests end and no others start. */
  readonly signal?: AbortSignal | undefined
  /** The access of read requests; `pull` by default. With `push`, reading and pushing share one token. */
  readonly access?: Access
  /** Counts the requests to the registry, without those for tokens, and the bytes of their bodies. */
  readonly meter?: Meter
}

export interface PushBlobOptions extends UploadOptions {
  /** The blob is known to be missing, so the first try does not check whether it exists. */
  readonly absent?: boolean
}

/** Large repositories have some ten thousand tags. A longer list is cut: it is a server that makes up pages. */
const TAG_LIST_LIMITS = { pages: 1000, pagesWithoutNews: 10, tags: 200_000, ms: 5 * 60_000 }
const TAG_LIST = `tags/list?n=${TAGS_PER_PAGE}`
const MAX_MOUNT_ATTEMPTS = 3
/** The statuses of content that does not exist. */
const ABSENT = [404, 410]
const ACCESS_REFUSALS = [401, 403]
/** The statuses with which registries refuse a HEAD for content that a GET may return. */
const HEAD_REFUSALS = [400, ...ACCESS_REFUSALS, 405, 406, 501]
const MAX_LAYER_ATTEMPTS = 3
/** The statuses with which registries answer a request to an API that they do not have. ghcr.io redirects to github.com. */
const NO_REFERRERS = [...REDIRECT_STATUSES, 400, ...ABSENT, 405, 406, 501]

/**
 * One repository of a registry (OCI distribution-spec 1.1). Its methods throw a `RegistryError` with a hint if the registry
 * cannot be reached or refuses, and the signal's reason after an abort.
 */
export class Repository {
  readonly client: RegistryClient
  readonly reference: Reference
  readonly #options: RepositoryOptions

  constructor(client: RegistryClient, reference: Reference, options: RepositoryOptions = {}) {
    this.client = client
    this.reference = reference
    this.#options = options
  }

  /** `ghcr.io/owner/name` */
  get name(): string {
    const { registry, repository } = this.reference
    return formatReference({ registry, repository })
  }

  /** The same repository with other options. */
  withOptions(options: RepositoryOptions): Repository {
    return new Repository(this.client, this.reference, { ...this.#options, ...options })
  }

  hasBlob(digest: Digest): Promise<boolean> {
    return this.#exists('blobs', digest)
  }

  /**
   * Whether a blob can be read: asks for its first byte. A HEAD may say that a blob exists after the registry has deleted its
   * content. A blob that was readable is not requested again.
   */
  async canReadBlob(digest: Digest): Promise<boolean> {
    const { readableBlobs } = this.client
    const key = `${repositoryKey(this.reference)}@${digest}`
    if (readableBlobs.has(key)) return true
    const canRead = await this.#existsByGet(`blobs/${digest}`)
    if (canRead) readableBlobs.add(key)
    return canRead
  }

  /** The registry may have deleted it: `canReadBlob` requests it again. */
  forgetBlob(digest: Digest): void {
    this.client.readableBlobs.delete(`${repositoryKey(this.reference)}@${digest}`)
  }

  /** @param name a tag or a digest */
  hasManifest(name: string): Promise<boolean> {
    return this.#exists('manifests', name)
  }

  /** Uploads a blob unless it exists. An upload of wrong content is never completed; it throws a `UserError`. */
  async pushBlob(blob: Blob, options: PushBlobOptions = {}): Promise<PushedBlob> {
    let sent = 0
    const count = (bytes: number): void => {
      sent += bytes
      if (bytes !== 0) options.onSent?.(bytes)
    }
    const attemptUpload = async (attempt: number): Promise<BlobOutcome> => {
      const isUnknown = attempt > 1 || !options.absent
      // If the HEAD is refused, the blob is uploaded: a GET of a layer may cost as much.
      const exists = isUnknown && (await this.#headOnce(`blobs/${blob.digest}`)) === true
      if (exists) return sent > 0 ? 'uploaded' : 'existed'
      count(-sent)
      const sessionUrl = attempt === 1 ? options.sessionUrl : undefined
      const mode = this.client.uploadMode(this.reference)
      await uploadBlob(this.#send, blob, { sessionUrl, onSent: count }, mode)
      return 'uploaded'
    }
    const how = await this.#describeErrors('push', () => this.#retry(isUploadTransient, attemptUpload))
    count(blob.size - sent)
    return { descriptor: descriptorOf(blob), how }
  }

  /**
   * Mounts a blob from another repository of the registry, named by its path. A mount only saves an upload, so a failed request
   * counts as 'refused'.
   */
  async mountBlob(digest: Digest, from: string): Promise<MountResult> {
    const { retry } = this.client
    const mountRetry = { ...retry, attempts: Math.min(retry.attempts, MAX_MOUNT_ATTEMPTS) }
    try {
      return await this.retryTask(() => requestMount(this.#send, digest, from), mountRetry)
    } catch (error) {
      if (error instanceof RequestError) return 'refused'
      throw error
    }
  }

  /**
   * Opens a blob. The stream fails with `DigestMismatch` before its last bytes if the content does not match the descriptor, and
   * with a `RegistryError` if the connection breaks.
   */
  async getBlob(descriptor: Descriptor): Promise<Readable> {
    return this.#describeErrors(this.#readAccess, () =>
      this.#send(this.#get(`blobs/${descriptor.digest}`), async response => {
        const describe = (error: unknown) => this.#describe(this.#readAccess, error)
        return verifyStream(response, descriptor, describe)
      }),
    )
  }

  /**
   * Runs a task that reads a layer with `getBlob`. Each request is retried anyway; this also repeats a task whose connection
   * broke after the response had begun.
   */
  retryLayer<T>(task: () => Promise<T>): Promise<T> {
    const { retry } = this.client
    const isTransient = (failure: unknown): boolean =>
      failure instanceof RegistryError && retry.isTransient(failure.failure)
    return this.retryTask(task, { ...retry, attempts: MAX_LAYER_ATTEMPTS, isTransient })
  }

  /** Reads a small blob, such as a config. Throws a `RegistryError` if the content is wrong. */
  getBytes({ digest, size }: Descriptor): Promise<Buffer> {
    return this.#describeErrors(this.#readAccess, () =>
      this.#send(this.#get(`blobs/${digest}`), async response => {
        const bytes = await readBytes(response, Math.min(size, MAX_MANIFEST_BYTES))
        checkDigest(response, bytes, digest)
        return bytes
      }),
    )
  }

  /**
   * The descriptor of a manifest. Reads its bytes unless the registry's response to a HEAD is complete: some registries refuse
   * HEAD, or answer it with 404.
   */
  async headManifest(name: string): Promise<Descriptor | undefined> {
    const call = this.#head(`manifests/${name}`, [...ABSENT, ...HEAD_REFUSALS])
    const descriptor = await this.#describeErrors(this.#readAccess, () =>
      this.#send(call, response => readManifestHead(response, name)),
    )
    if (descriptor) return descriptor
    const found = await this.#fetchManifest(name)
    if (found) this.client.recordWrongHead(this.reference)
    return found?.descriptor
  }

  /**
   * Reads a manifest or an index; `undefined` if it does not exist. A digest that was read in this run is not requested again.
   *
   * @param name a tag or a digest
   */
  async getManifest(name: string): Promise<FoundManifest | undefined> {
    const cached = isDigest(name) ? this.client.manifests.find(this.reference, name) : undefined
    return cached ?? this.#fetchManifest(name)
  }

  /** Whether this run has read the manifest from this repository. */
  hasReadManifest(digest: Digest): boolean {
    return this.client.manifests.find(this.reference, digest) !== undefined
  }

  /**
   * Like `getManifest`, but distinguishes a missing manifest from a missing repository, if the registry does.
   */
  findManifest(name: string): Promise<FoundManifest | 'no manifest' | 'no repository'> {
    return this.#describeErrors(this.#readAccess, async () => {
      try {
        const read = (response: Response) => this.#readManifest(response, name)
        return (await this.#send(this.#get(`manifests/${name}`), read)) ?? 'no manifest'
      } catch (error) {
        if (!(error instanceof RequestError) || error.status !== 404) throw error
        return error.hasErrorCode('NAME_UNKNOWN') ? 'no repository' : 'no manifest'
      }
    })
  }

  /**
   * Puts a manifest or an index under a tag or its digest, and verifies the digest that the registry returns. Returns whether the
   * registry says that it lists the manifest as a referrer of its subject.
   *
   * @param restore called at most once, if the registry misses a blob or manifest that this one references; then it is put again
   */
  async putManifest(blob: Blob, name: string, restore?: () => Promise<void>): Promise<boolean> {
    const call: RegistryCall = {
      method: 'PUT',
      target: `manifests/${name}`,
      access: 'push',
      headers: { 'content-type': blob.mediaType },
      body: { size: blob.size, open: () => openVerified(blob) },
      expect: [200, 201, 202, 204],
      noRetry: true,
    }
    const put = () => this.#send(call, response => checkStored(response, blob.digest))
    let isRestored = false
    const attemptPut = async (): Promise<boolean> => {
      try {
        return await put()
      } catch (error) {
        if (isRestored || !restore || !isReferenceMissing(error)) throw error
        isRestored = true
        await restore()
        return await put()
      }
    }
    return this.#describeErrors('push', () => this.#retry(isManifestTransient, attemptPut), blob.mediaType)
  }

  /**
   * Reads one page of the referrers API; `undefined` if the registry does not have it.
   *
   * @param target a path below the repository, or the URL of the next page
   */
  getReferrersPage(target: string | URL): Promise<ReferrersPage | undefined> {
    const call = { ...this.#get(target), sameOriginOnly: true, expect: [200, ...NO_REFERRERS] }
    return this.#describeErrors(call.access, () => this.#send(call, readReferrersPage))
  }

  /**
   * Returns the tags of the repository; none if it does not exist. Throws `IncompleteTagList` if the registry does not list all
   * of them.
   */
  async listTags(): Promise<string[]> {
    const tags = new Set<string>()
    const isWhole = await this.#describeErrors(this.#readAccess, () => this.#readTagPages(tags))
    if (!isWhole) throw new IncompleteTagList([...tags])
    return [...tags]
  }

  /** Reads page after page until the last one or a limit. Returns whether it was the last one. */
  async #readTagPages(tags: Set<string>): Promise<boolean> {
    const { clock } = this.client
    const end = clock.now() + TAG_LIST_LIMITS.ms
    let target: RegistryCall['target'] | undefined
    let pagesWithoutNews = 0
    for (let page = 0; page < TAG_LIST_LIMITS.pages && clock.now() < end; page++) {
      const found: TagPage = target ? await this.#readNextTagPage(target) : await this.#readFirstTagPage()
      const before = tags.size
      for (const tag of found.tags) tags.add(tag)
      const hasNews = tags.size > before
      // Pages without a new tag go in a circle, or never end.
      pagesWithoutNews = hasNews ? 0 : pagesWithoutNews + 1
      if (found.next === 'unknown' || pagesWithoutNews === TAG_LIST_LIMITS.pagesWithoutNews) return false
      if (found.next === undefined && !(hasNews && found.isFull)) return true
      if (tags.size >= TAG_LIST_LIMITS.tags) return false
      target = found.next ?? `${TAG_LIST}&last=${encodeURIComponent(found.tags.at(-1) ?? '')}`
    }
    return false
  }

  /** Some registries refuse the size of a page. Without it, they choose one. */
  async #readFirstTagPage(): Promise<TagPage> {
    const call = (target: string): RegistryCall => ({ ...this.#get(target), expect: [200, ...ABSENT] })
    try {
      return await this.#send(call(TAG_LIST), readTagPage)
    } catch (error) {
      if (!isListRefused(error)) throw error
      return this.#send(call('tags/list'), readTagPage)
    }
  }

  /** A registry that refuses a later page, or does not find it, does not list all tags. */
  async #readNextTagPage(target: URL | string): Promise<TagPage> {
    try {
      return await this.#send(this.#get(target), readTagPage)
    } catch (error) {
      if (!isListRefused(error) && !isAbsentOrDenied(error)) throw error
      return { tags: [], next: 'unknown', isFull: false }
    }
  }

  /** Runs a task with retries, until the signal is aborted. */
  retryTask<T>(task: (attempt: number) => Promise<T>, retry: Retry): Promise<T> {
    return this.client.retryTask(task, this.#options.signal, retry)
  }

  /** Waits, until the signal is aborted. */
  sleep(ms: number): Promise<void> {
    return this.client.clock.sleep(ms, this.#options.signal)
  }

  #fetchManifest(name: string): Promise<FoundManifest | undefined> {
    const call = { ...this.#get(`manifests/${name}`), expect: [200, ...ABSENT] }
    return this.#describeErrors(call.access, () =>
      this.#send(call, response => this.#readManifest(response, name)),
    )
  }

  async #readManifest(response: Response, name: string): Promise<FoundManifest | undefined> {
    const found = await readManifest(response, name)
    if (found) this.client.manifests.add(this.reference, found)
    return found
  }

  get #readAccess(): Access {
    return this.#options.access ?? 'pull'
  }

  #get(target: RegistryCall['target']): RegistryCall {
    const accept =
      typeof target === 'string' && target.startsWith('manifests/')
        ? { accept: MANIFEST_TYPES.join(', ') }
        : {}
    return { method: 'GET', target, access: this.#readAccess, headers: accept, expect: [200] }
  }

  /** A 404 to a HEAD is not believed if a manifest that was read references the content, or if it was wrong before. */
  async #exists(kind: 'blobs' | 'manifests', name: string): Promise<boolean> {
    const { client, reference } = this
    const target = `${kind}/${name}`
    const exists = await this.#describeErrors(this.#readAccess, () =>
      this.#retry(undefined, () => this.#headOnce(target)),
    )
    if (exists === undefined) return this.#existsByGet(target)
    if (exists || !(client.isHeadWrong(reference) || client.manifests.isExpected(reference, name)))
      return exists
    const isFound = await this.#existsByGet(target)
    if (isFound) client.recordWrongHead(reference)
    return isFound
  }

  /**
   * Sends one HEAD. `undefined` if it is refused: its response has no body, so only another request can tell why. Before a push,
   * a refused access counts as "does not exist", because the refusal of the following request contains a message.
   */
  async #headOnce(target: string): Promise<boolean | undefined> {
    const call = { ...this.#head(target, [...ABSENT, ...HEAD_REFUSALS]), noRetry: true }
    return this.#send(call, async response => {
      await discardBody(response)
      const { status } = response
      if (status === 200 || ABSENT.includes(status)) return status === 200
      return this.#readAccess === 'push' && ACCESS_REFUSALS.includes(status) ? false : undefined
    })
  }

  /** Asks for the first byte, so that a registry that supports ranges does not send all of a layer. */
  #existsByGet(target: string): Promise<boolean> {
    const { headers, ...call } = this.#get(target)
    const range = target.startsWith('blobs/') ? { range: 'bytes=0-0' } : {}
    return this.#describeErrors(call.access, () =>
      this.#send(
        // An empty blob has no first byte: 416.
        { ...call, headers: { ...headers, ...range }, expect: [200, 206, 416, ...ABSENT] },
        async response => {
          await discardBody(response)
          return !ABSENT.includes(response.status)
        },
      ),
    )
  }

  #head(target: string, refusals: readonly number[]): RegistryCall {
    return { ...this.#get(target), method: 'HEAD', expect: [200, ...refusals] }
  }

  #send: SendCall = (call, read) => {
    const { signal, meter } = this.#options
    return this.client.call(this.reference, { ...call, signal, ...(meter && { meter }) }, read)
  }

  #retry<T>(
    isTransient: ((failure: unknown) => boolean) | undefined,
    task: (attempt: number) => Promise<T>,
  ): Promise<T> {
    const { retry } = this.client
    const isEitherTransient = (failure: unknown): boolean =>
      retry.isTransient(failure) || isTransient?.(failure) === true
    return this.retryTask(task, { ...retry, isTransient: isEitherTransient })
  }

  async #describeErrors<T>(access: Access, task: () => Promise<T>, manifestType?: string): Promise<T> {
    try {
      return await task()
    } catch (error) {
      throw await this.#describe(access, error, manifestType)
    }
  }

  async #describe(access: Access, error: unknown, manifestType?: string): Promise<unknown> {
    if (error instanceof DigestMismatch) return changedContentError(error)
    if (!(error instanceof RequestError)) return error
    const credential = await this.client.credential(this.reference)
    return describeError(error, { reference: this.reference, access, credential, manifestType })
  }
}

/** Whether a registry refuses to list tags with this query, or at all. */
function isListRefused(failure: unknown): boolean {
  if (!(failure instanceof RequestError)) return false
  return [400, 406, 416, 422].includes(failure.status ?? 0) || isUnsupported(failure)
}

function isAbsentOrDenied(failure: unknown): boolean {
  return failure instanceof RequestError && [...ABSENT, ...ACCESS_REFUSALS].includes(failure.status ?? 0)
}

function isUnsupported(failure: RequestError): boolean {
  return [405, 501].includes(failure.status ?? 0) || failure.hasErrorCode('UNSUPPORTED')
}

/** Whether the registry does not support listing tags. */
export function isListUnsupported(error: unknown): boolean {
  return error instanceof RegistryError && isUnsupported(error.failure)
}

/** Some registries lose an upload session; the next try opens a new one. */
function isUploadTransient(failure: unknown): boolean {
  return failure instanceof RequestError && failure.hasErrorCode('BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID')
}

/** A registry may not find a blob or manifest right after its push. */
function isManifestTransient(failure: unknown): boolean {
  return (
    failure instanceof RequestError &&
    failure.hasErrorCode('MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN')
  )
}

/**
 * Whether a manifest may have been refused because a blob or manifest that it references is missing. Registries differ in their
 * codes.
 */
function isReferenceMissing(failure: unknown): boolean {
  if (isManifestTransient(failure)) return true
  if (!(failure instanceof RequestError) || ![400, 404].includes(failure.status ?? 0)) return false
  return failure.errorEntries.length === 0 || failure.hasErrorCode('MANIFEST_INVALID', 'BLOB_UPLOAD_UNKNOWN')
}

async function checkStored(response: Response, digest: Digest): Promise<boolean> {
  await discardBody(response)
  const stored = getHeader(response, 'docker-content-digest')
  if (isDigest(stored) && stored !== digest)
    throw responseError(response, `it was stored as ${stored}, not as ${digest}`)
  return isDigest(getHeader(response, SUBJECT_HEADER))
}

function changedContentError(error: DigestMismatch): UserError {
  return new UserError(`the content to push has changed: ${error.message}`, {
    hint: 'The file was changed or truncated after it was created. Build it again.',
    cause: error,
  })
}

/** Does not use `pipeline`, which would pass on Node.js's own error for a broken connection. */
function verifyStream(
  response: Response,
  descriptor: Descriptor,
  describe: (error: unknown) => Promise<unknown>,
): Readable {
  const stream = createVerifier(descriptor)
  response.body.once('error', async error => {
    stream.destroy((await describe(connectionError(response.request, error))) as Error)
  })
  stream.once('close', () => response.body.destroy())
  return response.body.pipe(stream)
}

/** The result of a mount request. A URL is an upload session that the registry opened instead of mounting. */
export type MountResult = 'mounted' | 'refused' | URL

/**
 * Requests a mount (OCI distribution-spec, "Mounting a blob from another repository"). Throws `RequestError` if it fails.
 */
function requestMount(send: SendCall, digest: Digest, from: string): Promise<MountResult> {
  const target = `blobs/uploads/?${new URLSearchParams({ mount: digest, from })}`
  const call: RegistryCall = {
    method: 'POST',
    target,
    access: 'push',
    mountFrom: from,
    expect: [201, 202],
    noRetry: true,
  }
  return send(call, async response => {
    if (response.status === 202) return sessionUrlOf(response)
    await discardBody(response)
    return 'mounted'
  })
}
