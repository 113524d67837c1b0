import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { handOn } from '../../../src/command/build/hand-on.js'
import type { PushRequest } from '../../../src/command/build/push-built.js'
import { readUnfinished, type Save } from '../../../src/command/setup/unfinished.js'
import { fakeNix } from '../../nix/fakes.js'
import { containerOf } from '../../support/archives.js'
import { type TestHost, testHost } from '../../support/host.js'

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const HELLO = containerOf('hello', 'x86_64-linux')
const TOOL = '/nix/store/11111111111111111111111111111111-tool'
const saveOf = (key: string): Save => ({ key, path: `/cache/${key}` })

const NOTHING: PushRequest = {
  cachix: [],
  cachixHost: 'https://cachix.org',
  cachixAuthToken: undefined,
  cachixSigningKey: undefined,
  pushTo: undefined,
  secretKey: undefined,
}
const TO_STORE: PushRequest = { ...NOTHING, pushTo: 'file:///pushed' }

/** Hands on what was built with a Nix that copies as told; gives what is left to be saved, and what Nix was asked. */
async function run(inputs: PushRequest, of: { copies?: boolean; cached?: number; built?: boolean } = {}) {
  const { copies = true, cached = 0, built = true } = of
  const info = { narHash: 'sha256-x', narSize: 1, references: [], signatures: [], ultimate: true }
  const nix = fakeNix({
    answer: ([verb]) =>
      verb === 'copy'
        ? { code: copies ? 0 : 1, stderr: copies ? '' : 'error: no room' }
        : { stdout: JSON.stringify({ [TOOL]: info }) },
  })
  writeFileSync(join(host.temp, 'nix-store'), `#!/bin/sh\necho ${TOOL}\n`)
  chmodSync(join(host.temp, 'nix-store'), 0o755)
  const all = built ? [HELLO] : []
  const outcome = await handOn(
    {
      store: { uri: undefined, collect: async () => saveOf('store') },
      images: { restore: async () => undefined, remember: async ({ name }) => saveOf(`image-${name}`) },
      rest: all,
      built: all,
      cached,
    },
    {
      nix: { ...nix, command: join(host.temp, 'nix') },
      inputs,
      host,
      signal: new AbortController().signal,
      folder: host.temp,
    },
  )
  const { saves } = await readUnfinished(host.kept)
  return { outcome, saves: saves.map(({ key }) => key), verbs: nix.asked.map(([verb]) => verb) }
}

test('what was built is pushed, and then archives are kept, too', async () => {
  const { outcome, saves, verbs } = await run(TO_STORE)
  expect(outcome.done).toBe(true)
  expect(verbs).toEqual(['path-info', 'copy'])
  expect(saves).toEqual(['store', 'image-hello'])
})

test('where it could not be pushed no archive is kept, so that another run pushes it', async () => {
  const { outcome, saves } = await run(TO_STORE, { copies: false })
  expect(outcome.done).toBe(false)
  expect(saves).toEqual(['store'])
})

test('where nothing is to be pushed, nothing is said of it', async () => {
  const { saves, verbs } = await run(NOTHING, { cached: 2 })
  expect([saves, verbs]).toEqual([['store', 'image-hello'], []])
  expect(host.said).toEqual([])
})

test('images that came from the cache are not pushed, and that is said', async () => {
  const { verbs } = await run(TO_STORE, { built: false, cached: 2 })
  expect(verbs).toEqual([])
  expect(host.said).toEqual(['info: Not pushed: 2 images from the image cache, for which nothing was built'])
})

test('where what is left to do cannot be noted, that is a warning', async () => {
  writeFileSync(join(host.temp, 'kept'), 'a file where a folder should be')
  const { outcome } = await run(NOTHING)
  expect(outcome.done).toBe(true)
  expect(host.said).toEqual([
    expect.stringMatching(/^warning: Nothing is saved for later runs: E/),
    expect.stringMatching(/^warning: Nothing is saved for later runs: E/),
  ])
})
