import { messageOf } from '../util/error.js'
import { Transient } from './retry.js'

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

/** How long a server asks to be left alone, by `Retry-After` in seconds; at most a minute. */
export function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return seconds >= 0 ? Math.min(seconds, 60) * 1000 : undefined
}
