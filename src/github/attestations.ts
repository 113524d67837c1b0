import { HttpClient } from '../http/http-client.js'
import { type Response, readBytes, readErrorResponse, responseError } from '../http/message.js'
import { networkOf } from '../http/network.js'
import { isTransient } from '../http/request-error.js'
import { type Clock, retryOf, retryTask, systemClock } from '../http/retry.js'
import type { Digest } from '../oci/digest.js'
import { messageOf, UserError } from '../util/error.js'
import { asArray, asObject, asOptionalString, parseJson } from '../util/json.js'
import { decodeSnappy } from '../util/snappy.js'
import { MIB, parseUrl } from '../util/text.js'
import { ApiError, type ApiResponse, type GitHubApi } from './api.js'

/** The attestations that GitHub stores for one repository (REST API, "Repository attestations"). */
export interface GitHubAttestations {
  /** Stores a Sigstore bundle. GitHub reads the subjects from it. */
  create(bundle: Buffer): Promise<void>
  /** Returns the bundles about a digest, newest first. Nothing is verified. */
  list(subject: Digest, filter?: AttestationFilter): Promise<Buffer[]>
}

interface AttestationFilter {
  readonly predicateType?: string
  /** Return at most this number, the newest ones. */
  readonly newest?: number
}

interface AttestationsOptions {
  /** Contains the variables for proxies and certificates; by default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly clock?: Clock
  readonly signal?: AbortSignal | undefined
}

/** @param repository `owner/name` */
export function createGitHubAttestations(
  api: GitHubApi,
  repository: string,
  options: AttestationsOptions = {},
): GitHubAttestations {
  const { clock = systemClock, signal } = options
  const base = `/repos/${repository}/attestations`
  const pace = createPace(clock, signal)
  return {
    async create(bundle) {
      await pace()
      await api.request('POST', base, { bundle: asObject(parseJson(bundle, 'the bundle'), 'the bundle') })
    },
    list: (subject, filter = {}) => listBundles(`${base}/${subject}`, filter, api, options),
  }
}

/**
 * GitHub refuses more than 80 requests a minute that create content. Some are left for the release.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
const CREATED_PER_MINUTE = 70
const MINUTE_MS = 60_000

/** Returns a function that waits until one more request may be sent. */
function createPace(clock: Clock, signal: AbortSignal | undefined): () => Promise<void> {
  const starts: number[] = []
  return async () => {
    const now = clock.now()
    const earlier = starts.at(-CREATED_PER_MINUTE)
    const start = earlier === undefined ? now : Math.max(now, earlier + MINUTE_MS)
    starts.push(start)
    if (start > now) await clock.sleep(start - now, signal)
  }
}

const PER_PAGE = 100
/** A digest has a few attestations for each run that could not use the earlier ones. */
const MAX_PAGES = 10

async function listBundles(
  path: string,
  { predicateType, newest = Number.POSITIVE_INFINITY }: AttestationFilter,
  api: GitHubApi,
  options: AttestationsOptions,
): Promise<Buffer[]> {
  const query = new URLSearchParams({ per_page: String(Math.min(newest, PER_PAGE)) })
  if (predicateType !== undefined) query.set('predicate_type', predicateType)
  const bundles: Buffer[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const response = await getPage(`${path}?${query}`, api)
    const stored = response === undefined ? [] : parsePage(response.json)
    for (const each of stored) bundles.push(await readBundle(each, options))
    const cursor = response === undefined ? undefined : findCursor(response.header('link'))
    if (cursor === undefined || bundles.length >= newest) break
    query.set('after', cursor)
  }
  return bundles
}

/** GitHub answers 404 if a digest has no attestations. */
async function getPage(path: string, api: GitHubApi): Promise<ApiResponse | undefined> {
  try {
    return await api.requestWithHeaders('GET', path)
  } catch (error) {
    if (error instanceof ApiError && error.refusal.status === 404) return undefined
    throw error
  }
}

/** Only the cursor is used: the token must not be sent to another address. */
function findCursor(link: string | undefined): string | undefined {
  const [, next] = /<([^>]*)>;\s*rel="next"/.exec(link ?? '') ?? []
  return (next && parseUrl(next)?.searchParams.get('after')) || undefined
}

/** GitHub returns a bundle, or the address of a compressed one. */
interface StoredBundle {
  readonly json?: string
  readonly url?: string
}

function parsePage(json: unknown): StoredBundle[] {
  const { attestations } = asObject(json, 'the list of attestations')
  return asArray(attestations ?? [], 'attestations').map((value, n) => {
    const { bundle, bundle_url } = asObject(value, `attestations[${n}]`)
    const url = asOptionalString(bundle_url, `attestations[${n}].bundle_url`)
    return bundle ? { json: JSON.stringify(bundle) } : { ...(url && { url }) }
  })
}

const MAX_BUNDLE_BYTES = 64 * MIB
const RETRY = retryOf({ attempts: 4, firstWaitMs: 1000 }, isTransient)

async function readBundle({ json, url }: StoredBundle, options: AttestationsOptions): Promise<Buffer> {
  if (json !== undefined) return Buffer.from(json)
  const { clock = systemClock, env = process.env, signal } = options
  const address = url === undefined ? undefined : parseUrl(url)
  if (address === undefined) throw new UserError('GitHub lists an attestation without its content')
  const client = new HttpClient(networkOf(env))
  try {
    return await retryTask({ retry: RETRY, clock, signal }, async () =>
      readCompressed(
        await client.send({ method: 'GET', url: address, headers: {}, ...(signal && { signal }) }),
        clock,
      ),
    )
  } catch (error) {
    signal?.throwIfAborted()
    throw new UserError(`An attestation cannot be read from ${address.host}: ${messageOf(error)}`, {
      cause: error,
    })
  } finally {
    client.close()
  }
}

async function readCompressed(response: Response, clock: Clock): Promise<Buffer> {
  if (response.status !== 200) throw await readErrorResponse(response, clock.now())
  const bytes = await readBytes(response, MAX_BUNDLE_BYTES)
  try {
    return decodeSnappy(bytes, MAX_BUNDLE_BYTES)
  } catch (error) {
    throw responseError(response, messageOf(error))
  }
}
