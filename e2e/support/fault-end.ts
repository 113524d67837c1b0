import { setTimeout } from 'node:timers/promises'

/** The connection was closed by either side, or the proxy was stopped. */
export class Disconnected extends Error {}

/** Waits `ms` milliseconds. Throws `Disconnected` when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {
    throw new Disconnected()
  })
}

/** The chunks of a request body. Throws `Disconnected` if the client disconnects. */
export async function* requestChunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]()
  const next = () =>
    source.next().catch(() => {
      throw new Disconnected()
    })
  try {
    for (let step = await next(); !step.done; step = await next()) yield step.value
  } finally {
    await source.return?.()
  }
}
