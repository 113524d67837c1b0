import { setTimeout } from 'node:timers/promises'

/** The connection went away on either side, or the proxy was stopped. */
export class Gone extends Error {}

/** Waits so many milliseconds; throws `Gone` at the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {
    throw new Gone()
  })
}

/** What a client sends, chunk by chunk. Throws `Gone` when it leaves. */
export async function* sentBy(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]()
  const next = () =>
    source.next().catch(() => {
      throw new Gone()
    })
  try {
    for (let step = await next(); !step.done; step = await next()) yield step.value
  } finally {
    await source.return?.()
  }
}
