import { getMaxListeners } from 'node:events'
import { expect, test } from '@jest/globals'
import { joinSignals, removeListenerLimit } from '../../src/util/abort-signal.js'

test('removeListenerLimit allows any number of listeners', () => {
  const { signal } = new AbortController()
  expect(getMaxListeners(removeListenerLimit(signal))).toBe(Number.POSITIVE_INFINITY)
})

test('joinSignals aborts with the first signal and its reason, without a limit of listeners', () => {
  const [one, two] = [new AbortController(), new AbortController()]
  const joined = joinSignals(one.signal, undefined, two.signal)
  expect(getMaxListeners(joined)).toBe(Number.POSITIVE_INFINITY)
  two.abort('two')
  expect(joined.reason).toBe('two')
})
