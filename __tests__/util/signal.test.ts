import { getMaxListeners } from 'node:events'
import { expect, test } from '@jest/globals'
import { joinSignals, removeListenerLimit } from '../../src/util/signal.js'

test('a signal for all has no bound to its listeners', () => {
  const { signal } = new AbortController()
  expect(getMaxListeners(removeListenerLimit(signal))).toBe(0)
})

test('joined signals come with the first, whose reason they have, and have no bound either', () => {
  const [one, two] = [new AbortController(), new AbortController()]
  const joined = joinSignals(one.signal, undefined, two.signal)
  expect(getMaxListeners(joined)).toBe(0)
  two.abort('two')
  expect(joined.reason).toBe('two')
})
