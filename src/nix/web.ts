import { fetchFailureReason } from '../http/download.js'
import { type Clock, parseRetryAfter, type Retry, retryTask, systemClock } from '../http/retry.js'

/** How caches are asked; tests hand in their own. */
export interface Web {
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  readonly clock?: Clock
  /** Milliseconds for one try, else 5 s. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Nix reaches what we may not: no answer says nothing then. */
  readonly hasProxy?: boolean
}

/** Credentials among the headers go to no other origin, wherever redirects lead. */
interface WebRequest {
  readonly headers: Record<string, string>
  /** `manual` takes a redirect for the answer. */
  readonly redirect: 'follow' | 'manual'
}

/** What a server said, or in words why it said nothing. */
export type WebAnswer =
  | { readonly status: number; readonly text: string }
  | { readonly status: undefined; readonly reason: string }

/** In bytes. What is asked for here is a page of text at most; more is cut off. */
const MAX_TEXT = 256 * 1024
const TIMEOUT_MS = 5000

const RETRY: Retry = {
  attempts: 3,
  isTransient: failure => failure instanceof BadTry,
  backoff: (attempt, random) => 300 * 2 ** (attempt - 1) * (1 + random / 2),
  longestWait: 5000,
}

/** A try after which another may give a better answer. */
class BadTry extends Error {
  readonly answer: WebAnswer
  readonly retryAfter: number | undefined

  constructor(answer: WebAnswer, wait?: number) {
    super()
    this.answer = answer
    this.retryAfter = wait
  }
}

/**
 * Asks for a small text. A server that is busy or cannot be reached is asked three times, one that is silent once. Never
 * throws but for the abort of `signal`.
 */
export async function fetchText(url: string, request: WebRequest, web: Web): Promise<WebAnswer> {
  const clock = web.clock ?? systemClock
  try {
    return await retryTask({ retry: RETRY, clock, signal: web.signal }, () =>
      tryOnce(url, request, web, clock),
    )
  } catch (failure) {
    web.signal?.throwIfAborted()
    if (failure instanceof BadTry) return failure.answer
    throw failure
  }
}

async function tryOnce(url: string, request: WebRequest, web: Web, clock: Clock): Promise<WebAnswer> {
  const { fetch: own = fetch, timeout = TIMEOUT_MS } = web
  const late = AbortSignal.timeout(timeout)
  const signal = web.signal ? AbortSignal.any([web.signal, late]) : late
  try {
    const response = await own(url, { ...request, signal })
    const answer = { status: response.status, text: await beginningOf(response) }
    if (!isTransient(answer.status)) return answer
    throw new BadTry(answer, parseRetryAfter(response.headers.get('retry-after') ?? undefined, clock.now()))
  } catch (error) {
    if (error instanceof BadTry) throw error
    web.signal?.throwIfAborted()
    if (late.aborted) return { status: undefined, reason: `no answer in ${timeout / 1000} s` }
    throw new BadTry({ status: undefined, reason: fetchFailureReason(error) })
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MAX_TEXT) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_TEXT).toString()
}

function isTransient(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
