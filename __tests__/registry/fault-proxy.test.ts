import net from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { type FaultProxy, startFaultProxy } from '../../e2e/support/fault-proxy.js'
import type { Fault, FaultEffect } from '../../e2e/support/fault-schedule.js'
import { startRegistry } from '../support/registry.js'

async function runWithFault(
  effect: FaultEffect,
  task: (proxy: FaultProxy) => Promise<unknown>,
): Promise<void> {
  const registry = await startRegistry({})
  const fault: Fault = { ...effect, at: 'any', nth: 0, times: 1 }
  const schedule = { seed: 0, tokenUses: undefined, faults: [fault] }
  const proxy = await startFaultProxy({ registry: registry.host, schedule })
  try {
    await task(proxy)
    expect(proxy.injected).toEqual([effect.kind])
  } finally {
    await proxy.stop()
    await registry.close()
  }
}

/** Sends half of a body and disconnects when the proxy has received it. */
async function leave({ address, injected }: FaultProxy): Promise<void> {
  const [host, port] = address.split(':')
  const socket = net.connect(Number(port), host)
  socket.write('PUT /v2/a/blobs/uploads/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789')
  while (injected.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  socket.destroy()
  await new Promise(resolve => socket.once('close', resolve))
}

describe('the fault proxy of the tests', () => {
  test.each<FaultEffect>([
    { kind: 'reset in request', part: 0.9 },
    { kind: 'status', status: 503, retryAfter: undefined, done: false, early: false },
    { kind: 'slow request', ms: 60_000 },
  ])('survives a client that disconnects: $kind', effect => runWithFault(effect, leave))

  test.each<FaultEffect>([
    { kind: 'stall', ms: 60_000, done: true },
    { kind: 'slow answer', ms: 60_000 },
  ])('ends its waits when it is stopped: $kind', async effect => {
    let asking: Promise<unknown> = Promise.resolve()
    await runWithFault(effect, async proxy => {
      asking = fetch(`http://${proxy.address}/v2/`).catch((error: unknown) => error)
      while (proxy.injected.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
    })
    expect(await asking).toMatchObject({ message: 'fetch failed' })
  })
})
