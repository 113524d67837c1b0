import { pushIndex } from '../../__tests__/support/push.js'
import type { Index } from '../../src/oci/image-index.js'
import { defaultRetry, RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { withTimeout } from '../../src/util/async.js'
import { UserError } from '../../src/util/error.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'
import { type Kind, scheduleOf } from './fault-schedule.js'
import { replacementOf } from './random-index.js'
import { tagState } from './tag-state.js'

/** The outcome of a push. `late`: it failed after the registry had set the tag to the new image. */
export type End = 'pushed' | 'failed' | 'late' | 'wrong'

export interface FaultRun {
  readonly seed: number
  readonly end: End
  /** Violations of the guarantees, one per line. */
  readonly wrong: readonly string[]
  readonly injected: readonly Kind[]
  /** Duration from the first request. */
  readonly ms: number
  readonly error: unknown
}

const TAG = 'latest'
/** Shorter delays than by default: half a minute of retries takes one second. */
const RETRY = {
  ...defaultRetry,
  backoff: (attempt: number, random: number) => 10 * 2 ** attempt * (1 - random / 2),
}
const TIMEOUTS = { connect: 2000, idle: 700 }

/** Replaces an image through a proxy with faults, then reads the tag directly from the registry. */
export async function runSchedule(registry: string, seed: number, budget: number): Promise<FaultRun> {
  const schedule = scheduleOf(seed)
  const images = replacementOf(seed)
  const path = `faults/n${seed}`
  await push(registry, path, images.old, AbortSignal.timeout(60_000))
  const proxy = await startFaultProxy({ registry, schedule })
  try {
    return await runOn(proxy, { registry, path, seed, images, budget })
  } finally {
    await proxy.stop()
  }
}

interface Run {
  readonly registry: string
  readonly path: string
  readonly seed: number
  readonly images: ReturnType<typeof replacementOf>
  readonly budget: number
}

async function runOn(proxy: FaultProxy, of: Run): Promise<FaultRun> {
  const { registry, path, seed, images, budget } = of
  const began = performance.now()
  const outOfTime = AbortSignal.timeout(budget)
  const pushing = push(proxy.address, path, images.new, outOfTime)
  const failure = await withTimeout(2 * budget, pushing, () => new Error('the push did not end')).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const ms = performance.now() - began
  const { digest, faults } = await tagState(`${registry}/${path}`, TAG)
  const { tagged, injected } = proxy
  const { end, why } = endOf(failure, digest, {
    old: images.old.blob.digest,
    new: images.new.blob.digest,
    tagged,
  })
  const isReported = !failure || failure.error instanceof UserError || failure.error === outOfTime.reason
  const wrong = [...faults, ...why, ...(isReported ? [] : [`not an error for users: ${failure.error}`])]
  return {
    seed,
    end: wrong.length > 0 ? 'wrong' : end,
    wrong,
    injected: [...injected],
    ms,
    error: failure?.error,
  }
}

async function push(registry: string, repository: string, index: Index, signal: AbortSignal): Promise<void> {
  const client = new RegistryClient({ retry: RETRY, timeouts: TIMEOUTS })
  try {
    await pushIndex(index, new Repository(client, { registry, repository }), [TAG], { signal })
  } finally {
    client.close()
  }
}

/** The outcome of a push, and the reasons if the tag is not what the outcome requires. */
export function endOf(
  failure: object | undefined,
  digest: string | undefined,
  is: { readonly old: string | undefined; readonly new: string | undefined; readonly tagged: string },
): { end: End; why: string[] } {
  if (!failure) return { end: 'pushed', why: digest === is.new ? [] : [`pushed, but the tag is ${digest}`] }
  if (digest === is.old) return { end: 'failed', why: [] }
  return {
    end: 'late',
    why: digest === is.new && is.tagged !== 'no' ? [] : [`failed, and the tag is ${digest}`],
  }
}
