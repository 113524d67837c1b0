import { expect, test } from '@jest/globals'
import { within } from '../../src/util/within.js'

const late = (): Error => new Error('too late')
const never = new Promise<never>(() => {})

test('gives what the task gives, or its failure', async () => {
  expect(await within(60_000, Promise.resolve(1), late)).toBe(1)
  await expect(within(60_000, Promise.reject(new Error('no')), late)).rejects.toThrow('no')
})

test('does not wait for a task that takes longer', async () => {
  await expect(within(5, never, late)).rejects.toThrow('too late')
})
