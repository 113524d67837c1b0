import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { UserError } from '../util/error.js'
import { PartFile } from '../util/files.js'
import { formatBytes, formatSeconds } from '../util/text.js'
import { redactUrl } from './address.js'
import { describeFailure } from './describe-failure.js'
import { HttpClient } from './http-client.js'
import {
  type Request,
  type Response,
  readBytes,
  readErrorResponse,
  responseError,
  urlAuthorization,
} from './message.js'
import { networkOf } from './network.js'
import { connectionError, isTransient, RequestError } from './request-error.js'
import { logRetry, type RetryPolicy, retryOf, retryTask, systemClock } from './retry.js'

export interface DownloadOptions {
  readonly retry: RetryPolicy
  readonly signal?: AbortSignal | undefined
  readonly debug: (message: string) => void
  /** Called with the received bytes of a file, and with its size if the server sends it. */
  readonly onProgress?: ((received: number, size: number | undefined) => void) | undefined
  /** Milliseconds without a byte from the server after which a try fails; 30 000 by default. */
  readonly idleTimeoutMs?: number | undefined
  /** The maximum of one try; 2 GiB and 30 minutes by default. */
  readonly limits?: DownloadLimits | undefined
  /** Contains the variables for proxies and certificates; by default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

interface DownloadLimits {
  readonly bytes: number
  readonly ms: number
}

/** A release of Nix has less than 100 MB. A URL that the user set may be for a larger file. */
const DEFAULT_LIMITS: DownloadLimits = { bytes: 2 * 1024 ** 3, ms: 30 * 60_000 }

/** The server cannot be reached, or all tries to download from it failed. */
export class ServerUnreachable extends UserError {
  override readonly name = 'ServerUnreachable'
}

/** The server responded with a status that another try does not change. */
export class DownloadRefused extends UserError {
  override readonly name = 'DownloadRefused'
  readonly status: number

  constructor(message: string, status: number, cause?: unknown) {
    super(message, { cause })
    this.status = status
  }
}

/**
 * Downloads a URL to a file. The file appears only when it is complete and `accept` has returned for its SHA-256 (hex). Throws
 * `ServerUnreachable` or `DownloadRefused` if the download fails, and whatever `accept` throws.
 */
export async function download(
  url: string,
  path: string,
  accept: (sha256: string) => void,
  options: DownloadOptions,
): Promise<void> {
  const { limits = DEFAULT_LIMITS, onProgress } = options
  await retryDownload(url, options, async response => {
    const part = await PartFile.create(dirname(path))
    try {
      const hash = createHash('sha256')
      const total = contentLengthOf(response)
      let size = 0
      for await (const chunk of streamBody(response)) {
        size += chunk.length
        if (size > limits.bytes)
          throw responseError(response, `it has more than ${formatBytes(limits.bytes)}`)
        const written = part.write(chunk)
        hash.update(chunk)
        await written
        onProgress?.(size, total)
      }
      accept(hash.digest('hex'))
      await part.close()
      await part.rename(path)
    } finally {
      await part.discard()
    }
  })
}

function contentLengthOf({ headers }: Response): number | undefined {
  const length = Number(headers['content-length'])
  return length > 0 ? length : undefined
}

async function* streamBody({ request, body }: Response): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>
  } catch (error) {
    throw connectionError(request, error)
  }
}

/** Fails a body that does not end in time, although bytes still arrive. */
function limitBody({ request: { method, url }, body }: Response, ms: number): () => void {
  const reason = `the download did not end within ${formatSeconds(ms)}`
  const timer = setTimeout(() => body.destroy(new RequestError({ method, url, reason })), ms)
  return () => clearTimeout(timer)
}

const MAX_TEXT_BYTES = 64 * 1024

/** Downloads a text of at most 64 KiB. Throws like `download`. */
export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  return retryDownload(url, options, async response => String(await readBytes(response, MAX_TEXT_BYTES)))
}

/** In milliseconds. If a server asks to wait longer, the download fails at once. */
const LONGEST_WAIT_MS = 120_000

/** Opens the URL and reads its response. Repeats both while the failures are transient. */
async function retryDownload<T>(
  url: string,
  {
    retry,
    debug,
    signal,
    env = process.env,
    idleTimeoutMs = 30_000,
    limits = DEFAULT_LIMITS,
  }: DownloadOptions,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const context = { retry: retryOf(retry, isTransient, LONGEST_WAIT_MS), onRetry: logRetry(debug) }
  const timeouts = { connect: idleTimeoutMs, idle: idleTimeoutMs, answer: 2 * idleTimeoutMs }
  const client = new HttpClient({ ...networkOf(env), plainHttp: 'given', timeouts })
  try {
    return await retryTask({ ...context, clock: systemClock, signal }, async () => {
      const response = await client.send(downloadRequest(new URL(url), signal))
      if (response.status !== 200) throw await readErrorResponse(response, systemClock.now())
      const stopTimer = limitBody(response, limits.ms)
      return await read(response).finally(() => {
        stopTimer()
        response.body.destroy()
      })
    })
  } catch (error) {
    throw error instanceof RequestError ? describeDownloadFailure(url, error) : error
  } finally {
    client.close()
  }
}

/** The user and password of a URL are sent to its server. */
function downloadRequest(url: URL, signal: AbortSignal | undefined): Request {
  const authorization = urlAuthorization(url)
  return {
    method: 'GET',
    url,
    headers: { 'accept-encoding': 'identity', ...(authorization && { authorization }) },
    ...(signal && { signal }),
  }
}

function describeDownloadFailure(url: string, failure: RequestError): UserError {
  const { message, hint } = describeFailure(failure)
  const text = `${redactUrl(new URL(url))} cannot be downloaded: ${message}`
  const { status } = failure
  if (status !== undefined && !isTransient(failure)) return new DownloadRefused(text, status, failure)
  return new ServerUnreachable(text, { hint, cause: failure })
}
