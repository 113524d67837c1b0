import { EventEmitter } from 'node:events'
import type { ClientRequest } from 'node:http'
import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { RequestBody } from '../../src/http/send-request.js'

test('no bytes are written to a request that has ended', async () => {
  let [written, ended] = [0, false]
  const call = Object.assign(new EventEmitter(), {
    destroyed: false,
    write: () => {
      call.destroyed = ++written === 2
      return true
    },
    end: () => {
      ended = true
    },
  })
  const source = Readable.from(Array(9).fill(Buffer.alloc(10)))
  const body = { size: 90, open: () => source }
  const request = { method: 'PUT', url: new URL('http://localhost/'), headers: {}, body } as const
  const sent = new RequestBody(call as unknown as ClientRequest, request).send()
  call.emit('socket', { connecting: false })
  await sent
  expect(written).toBe(2)
  expect(ended).toBe(false)
  expect(source.destroyed).toBe(true)
})
