import { getEventListeners, getMaxListeners, setMaxListeners } from 'node:events'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Budget } from '../../src/http/retry.js'
import { removeListenerLimit } from '../../src/util/abort-signal.js'
import { pushIndex } from '../support/push.js'
import { index, withRegistry } from './fixture.js'

const any = AbortSignal.any
let joined: AbortSignal[]
beforeEach(() => {
  joined = []
  // As Node.js 20 makes them.
  AbortSignal.any = signals => {
    const made = any.call(AbortSignal, signals)
    setMaxListeners(10, made)
    joined.push(made)
    return made
  }
})
afterEach(() => {
  AbortSignal.any = any
})

const listeners = (signals: readonly AbortSignal[]): number[] =>
  signals.map(signal => getEventListeners(signal, 'abort').length)

test('many parallel requests listen to the signals of a push, and all listeners are removed', () => {
  const signal = removeListenerLimit(new AbortController().signal)
  const budget = new Budget(60_000, { task: 'the push' })
  return withRegistry(
    {},
    async ({ registry, repository }) => {
      let most = 0
      registry.onRequest = () => {
        most = Math.max(most, ...listeners([signal, budget.signal, ...joined]))
      }
      const to = repository().withOptions({ signal })
      await pushIndex(index('a'), to, ['latest'], { signal })
      for (let round = 0; round < 50; round++)
        await Promise.all(Array.from({ length: 20 }, (_, n) => to.hasManifest(`t${n}`)))
      expect(registry.log.length).toBeGreaterThan(1000)
      expect(most).toBeGreaterThan(10)
      const all = [signal, budget.signal, ...joined]
      expect(joined.length).toBeLessThan(10)
      expect(all.map(each => getMaxListeners(each))).toEqual(all.map(() => Number.POSITIVE_INFINITY))
      // The last connections may still be on their way to being free.
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(listeners(all)).toEqual(all.map(() => 0))
    },
    { budget },
  )
})
