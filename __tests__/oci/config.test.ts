import { expect, test } from '@jest/globals'
import { parseConfigDetails } from '../../src/oci/config.js'

const parse = (config: unknown) => parseConfigDetails(Buffer.from(JSON.stringify(config)))

test('parses all fields', () => {
  const config = {
    Env: ['PATH=/bin'],
    User: '1000',
    WorkingDir: '/srv',
    ExposedPorts: { '8080/tcp': {}, '53/udp': {} },
    Volumes: { '/data': {} },
    Labels: { a: 'b' },
  }
  expect(parse({ config, history: [{ comment: 'made' }, { empty_layer: true }] })).toEqual({
    env: ['PATH=/bin'],
    user: '1000',
    workingDir: '/srv',
    exposedPorts: ['53/udp', '8080/tcp'],
    volumes: ['/data'],
    labels: { a: 'b' },
    history: [
      { comment: 'made', isEmpty: false },
      { comment: '', isEmpty: true },
    ],
  })
})

test('treats null like a missing field', () => {
  const nulls = { Env: null, User: null, ExposedPorts: null, Labels: null }
  expect(parse({ config: nulls, history: null })).toEqual(parse({}))
  expect(parse({ config: null, rootfs: null })).toEqual(parse({}))
  const entry = { comment: null, empty_layer: null, created: null }
  expect(parse({ history: [null, entry] }).history).toEqual(
    [{}, {}].map(() => ({ comment: '', isEmpty: false })),
  )
})

test('rejects a field of the wrong type by its name', () => {
  expect(() => parse({ config: { Labels: { a: 1 } } })).toThrow('config.Labels[a] is not a string but 1')
  expect(() => parse({ history: ['x'] })).toThrow('history[0] is not an object but "x"')
})
