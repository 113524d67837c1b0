import { expect, test } from '@jest/globals'
import { parseContainer } from '../../src/nix/container.js'
import { buildContainer } from '../../src/nix/realise.js'
import { storeRoot } from '../../src/nix/store-root.js'
import { fakeNix } from './fakes.js'

const user = { store: 'auto', env: { HOME: '/home/me' }, uid: 1000, hasState: false }

test.each([
  ['a machine without /nix, for a user', {}, '/home/me/.local/share/nix/root'],
  ['the same, with data elsewhere', { env: { HOME: '/home/me', XDG_DATA_HOME: '/data' } }, '/data/nix/root'],
  ['a machine with /nix', { hasState: true }, undefined],
  ['root', { uid: 0 }, undefined],
  ['a daemon', { store: 'daemon' }, undefined],
  ['a folder', { store: '/tmp/store' }, '/tmp/store'],
  ['a local store with a root', { store: 'local?root=/a%20b&trusted=1', hasState: true }, '/a b'],
  ['a local store without one', { store: 'local' }, undefined],
])('%s', (_name, more, expected) => {
  expect(storeRoot({ ...user, ...more })).toBe(expected)
})

test('what was built is found under the root', async () => {
  const derivation = '/nix/store/0-hello.drv'
  const answer = () => ({
    stdout: JSON.stringify([{ drvPath: derivation, outputs: { out: '/nix/store/1-hello' } }]),
  })
  const value = { name: 'hello', builder: 'x86_64-linux', derivation, output: 'out' }
  const container = parseContainer(value, { system: 'x86_64-linux', attribute: 'hello' })
  expect(await buildContainer(fakeNix({ storeRoot: '/root', answer }), container)).toBe(
    '/root/nix/store/1-hello',
  )
})
