import { messageOf } from '../util/error.js'
import { retryAfter } from './retry.js'
import { Transient } from './transient.js'

/** `fetch` whose failure is `Transient` and says why and which host, without the address's secrets. */
export async function reach(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new Transient(`${new URL(url).host} cannot be reached: ${reasonOf(error)}`, { cause: error })
  }
}

/** `fetch` says only "fetch failed" or "terminated"; the reason lies in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return (cause === undefined ? '' : messageOf(cause)) || messageOf(error)
}

const LONGEST_WAIT_MS = 60_000

/** For how many milliseconds a server asks to be left alone; at most a minute. */
export function retryAfterOf({ headers }: Response): number | undefined {
  return askedPatience(headers.get('retry-after') ?? undefined)
}

/** The same of the header's value. */
export function askedPatience(value: string | undefined): number | undefined {
  const asked = retryAfter(value, Date.now())
  return asked === undefined ? undefined : Math.min(asked, LONGEST_WAIT_MS)
}
