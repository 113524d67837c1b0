import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { lossOf, startThread, ThreadLost } from '../../../src/image/format/thread-lost.js'

const coded = (code: string): Error => Object.assign(new Error('no'), { code })

test('a thread that never started is lost, whatever the reason', () => {
  expect(lossOf(new RangeError('no room'), false)).toBeInstanceOf(ThreadLost)
})

test('one that started is lost when the machine takes it away', () => {
  expect(lossOf(coded('ERR_WORKER_OUT_OF_MEMORY'), true)).toBeInstanceOf(ThreadLost)
  const mistake = new TypeError('it is not a function')
  expect(lossOf(mistake, true)).toBe(mistake)
})

test('what cannot be handed to a thread is a mistake', () => {
  expect(() => startThread('', () => {})).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
})

test('a thread sees nothing of the environment', async () => {
  const worker = startThread(
    `const { parentPort, workerData } = require('node:worker_threads')
     parentPort.postMessage([workerData, Object.keys(process.env).length])`,
    'given',
  )
  expect(await once(worker, 'message')).toEqual([['given', 0]])
  await worker.terminate()
})
