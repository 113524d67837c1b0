import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { exec } from '../../src/util/exec.js'
import { withVariables } from '../../src/util/scoped-variables.js'

const ENVIRONMENT = process.env

beforeEach(() => {
  process.env = { PATH: ENVIRONMENT.PATH, FIRST: 'a', SECOND: 'b' }
})

afterEach(() => {
  process.env = ENVIRONMENT
})

/** What a part of a program reads, now and later. */
async function readVariables(): Promise<(string | undefined)[]> {
  const read = (): (string | undefined)[] => [process.env.FIRST, process.env.SECOND, process.env.THIRD]
  const before = read()
  await wait(10)
  expect(read()).toEqual(before)
  return before
}

test('a task finds its variables', async () => {
  const first = withVariables({ FIRST: 'x', SECOND: undefined, THIRD: 'z' }, readVariables)
  const second = withVariables({ THIRD: 'y' }, readVariables)
  expect(await first).toEqual(['x', undefined, 'z'])
  expect(await second).toEqual(['a', 'b', 'y'])
})

test('others find the variables of this process, and can set them', async () => {
  let finish = (): void => {}
  const waiting = new Promise<void>(resolve => {
    finish = resolve
  })
  const before = process.env
  const task = withVariables({ FIRST: 'x', THIRD: 'z' }, () => waiting)
  expect(await readVariables()).toEqual(['a', 'b', undefined])
  expect((await exec('sh', ['-c', 'echo "$FIRST $SECOND $THIRD"'])).stdout).toBe('a b \n')
  process.env.THIRD = 'set'
  finish()
  await task
  expect(process.env).toBe(before)
  expect(await readVariables()).toEqual(['a', 'b', 'set'])
})

test('an environment that is replaced meanwhile stays replaced', async () => {
  const task = withVariables({ FIRST: 'x' }, () => wait(5))
  process.env = { FIRST: 'new' }
  await task
  expect(process.env).toEqual({ FIRST: 'new' })
  expect(Object.getOwnPropertyDescriptor(process, 'env')?.get).toBeUndefined()
})

test('a failed task restores the variables', async () => {
  const failing = withVariables({ FIRST: 'x' }, () => Promise.reject(new Error('stop')))
  await expect(failing).rejects.toThrow('stop')
  expect(process.env.FIRST).toBe('a')
  expect(Object.getOwnPropertyDescriptor(process, 'env')?.get).toBeUndefined()
})
