import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { filterOutput } from '../../src/util/filter-output.js'

let output: string

beforeEach(() => {
  output = ''
  jest.spyOn(process.stdout, 'write').mockImplementation((text, ...rest: unknown[]) => {
    output += text
    for (const each of rest) if (typeof each === 'function') each()
    return true
  })
})

afterEach(() => {
  jest.restoreAllMocks()
})

test('prints only what the filter accepts, also from timers and callbacks of the task', async () => {
  const seen: string[] = []
  const shouldPrint = (text: string): boolean => {
    seen.push(text)
    return text.startsWith('keep')
  }
  await filterOutput(shouldPrint, async () => {
    process.stdout.write('drop 1\n')
    await wait(5)
    process.stdout.write(Buffer.from('keep 2\n'))
    await new Promise(resolve => setTimeout(() => process.stdout.write('drop 3\n', resolve), 1))
    await new Promise(resolve => process.stdout.write('keep 4\n', 'utf8', resolve))
  })
  expect(seen).toEqual(['drop 1\n', 'keep 2\n', 'drop 3\n', 'keep 4\n'])
  expect(output).toBe('keep 2\nkeep 4\n')
})

test('prints everything that other tasks write meanwhile and afterwards', async () => {
  const current = process.stdout.write
  const quiet = async (name: string): Promise<void> => {
    for (let count = 0; count < 3; count++) {
      await wait(2)
      process.stdout.write(`${name} ${count}\n`)
    }
  }
  await Promise.all([
    filterOutput(
      () => false,
      () => quiet('dropped'),
    ),
    filterOutput(
      () => false,
      () => quiet('dropped'),
    ),
    quiet('printed'),
  ])
  expect(output).toBe('printed 0\nprinted 1\nprinted 2\n')
  expect(process.stdout.write).toBe(current)
})

test('an exception of the filter is thrown in the task', async () => {
  const fail = (): boolean => {
    throw new Error('stop')
  }
  let wasReached = false
  const task = async (): Promise<void> => {
    process.stdout.write('text')
    wasReached = true
  }
  await expect(filterOutput(fail, task)).rejects.toThrow('stop')
  expect(wasReached).toBe(false)
})
