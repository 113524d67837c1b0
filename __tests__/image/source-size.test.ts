import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { estimateSourceSize } from '../../src/image/source-size.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'size-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const sizeOfPaths = async (paths: readonly string[]): Promise<number> => paths.length * 1000

test('the size of a file is its total', async () => {
  const path = join(folder, 'image.tar')
  writeFileSync(path, Buffer.alloc(12_345))
  expect(await estimateSourceSize({ kind: 'docker-archive', path }, sizeOfPaths)).toBe(12_345)
  expect(
    await estimateSourceSize({ kind: 'compressed-archive', path, compression: 'gzip' }, sizeOfPaths),
  ).toBe(12_345)
})

test('the blobs of a layout are its total', async () => {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
  for (const name of ['a', 'b']) writeFileSync(join(folder, 'blobs/sha256', name), Buffer.alloc(100))
  writeFileSync(join(folder, 'index.json'), '{}')
  expect(await estimateSourceSize({ kind: 'oci-layout', path: folder }, sizeOfPaths)).toBe(200)
})

test('the store paths of a stream script are its total', async () => {
  const store = join(folder, 'store')
  mkdirSync(store)
  const config = join(store, `${'0'.repeat(32)}-hello-conf.json`)
  writeFileSync(
    config,
    JSON.stringify({ store_layers: [['/nix/store/a', '/nix/store/b'], ['/nix/store/c']] }),
  )
  const path = join(folder, 'stream')
  writeFileSync(path, `#!/bin/sh\nexec /nix/store/python "${config}" "$@"\n`)
  expect(await estimateSourceSize({ kind: 'stream-script', path }, sizeOfPaths)).toBe(3000)
})

test.each(['#!/bin/sh\ncat image.tar\n', '#!/bin/sh\nexec x /nowhere/store/0/x.json\n'])(
  'the total of another script is not known: %j',
  async script => {
    const path = join(folder, 'stream')
    writeFileSync(path, script)
    expect(await estimateSourceSize({ kind: 'stream-script', path }, sizeOfPaths)).toBeUndefined()
  },
)
