import { fetchFailureReason } from '../http/download.js'
import { type Clock, parseRetryAfter, type Retry, retryTask, systemClock } from '../http/retry.js'

/** How to send requests to caches. Tests replace it. */
export interface Web {
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  readonly clock?: Clock
  /** The time limit of one request, in milliseconds. Default: 5 s. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Nix uses a proxy that `fetch` does not use. A cache that cannot be reached here may then be reachable for Nix. */
  readonly hasProxy?: boolean
}

interface WebRequest {
  /** `fetch` does not send credentials to another origin after a redirect. */
  readonly headers: Record<string, string>
  /** `manual` returns a redirect as the answer. */
  readonly redirect: 'follow' | 'manual'
}

/** The answer of a server, or the reason why there is none. */
export type WebAnswer =
  | { readonly status: number; readonly text: string }
  | { readonly status: undefined; readonly reason: string }

/** In bytes. The rest of a longer text is not read. */
const MAX_TEXT_BYTES = 256 * 1024
const TIMEOUT_MS = 5000

const RETRY: Retry = {
  attempts: 3,
  isTransient: failure => failure instanceof TransientAnswer,
  backoff: (attempt, random) => 300 * 2 ** (attempt - 1) * (1 + random / 2),
  longestWait: 5000,
}

/** An answer that may be different after a retry. */
class TransientAnswer extends Error {
  readonly answer: WebAnswer
  readonly retryAfter: number | undefined

  constructor(answer: WebAnswer, wait?: number) {
    super()
    this.answer = answer
    this.retryAfter = wait
  }
}

/**
 * Fetches a short text. Tries three times if the server is busy or cannot be reached, and once if it does not answer in
 * time. Throws only if `signal` is aborted.
 */
export async function fetchText(url: string, request: WebRequest, web: Web): Promise<WebAnswer> {
  const clock = web.clock ?? systemClock
  try {
    return await retryTask({ retry: RETRY, clock, signal: web.signal }, () =>
      fetchOnce(url, request, web, clock),
    )
  } catch (failure) {
    web.signal?.throwIfAborted()
    if (failure instanceof TransientAnswer) return failure.answer
    throw failure
  }
}

async function fetchOnce(url: string, request: WebRequest, web: Web, clock: Clock): Promise<WebAnswer> {
  const { fetch: send = fetch, timeout = TIMEOUT_MS } = web
  const timeLimit = AbortSignal.timeout(timeout)
  const signal = web.signal ? AbortSignal.any([web.signal, timeLimit]) : timeLimit
  try {
    const response = await send(url, { ...request, signal })
    const answer = { status: response.status, text: await readStart(response) }
    if (!isTransientStatus(answer.status)) return answer
    const wait = parseRetryAfter(response.headers.get('retry-after') ?? undefined, clock.now())
    throw new TransientAnswer(answer, wait)
  } catch (error) {
    if (error instanceof TransientAnswer) throw error
    web.signal?.throwIfAborted()
    if (timeLimit.aborted) return { status: undefined, reason: `no answer in ${timeout / 1000} s` }
    throw new TransientAnswer({ status: undefined, reason: fetchFailureReason(error) })
  }
}

async function readStart({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MAX_TEXT_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_TEXT_BYTES).toString()
}

function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
