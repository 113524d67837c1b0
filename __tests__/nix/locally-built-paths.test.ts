import { describe, expect, test } from '@jest/globals'
import { findLocallyBuiltPaths, parsePathInfo, readPathInfo } from '../../src/nix/locally-built-paths.js'
import type { Exec } from '../../src/util/exec.js'
import { fakeNix, rejection } from './fakes.js'

const narHash = 'sha256-Azt2vbTCR8X0mYHdW0PXOOrfuatFX58qgv70qdD6Vqc='
const store = (name: string) => `/nix/store/${name}`

const tool = {
  path: store('a-tool'),
  narHash,
  narSize: 120,
  references: [store('b-lib')],
  deriver: store('a-tool.drv'),
  signatures: ['mine-1:abc'],
  ca: 'fixed:r:sha256:1icb34z2yz7d8fgb8s87pgsaibg2mjixw872lkg15yf410rj6rzc',
  ultimate: true,
}
const plain = { path: store('b-lib'), narHash, narSize: 8, references: [], signatures: [], ultimate: false }

describe('path info', () => {
  test('parses the list of versions before 2.19', () => {
    const { signatures, ultimate, ...rest } = plain
    const json = JSON.stringify([tool, rest, { path: store('c-missing'), valid: false }])
    expect(parsePathInfo(json)).toEqual([tool, plain])
  })

  test('parses the object of later versions', () => {
    const { path: first, ...a } = tool
    const { path: second, ...b } = { ...plain, ca: null, deriver: null, storeDir: '/nix/store', version: 1 }
    expect(parsePathInfo(JSON.stringify({ [first]: a, [second]: b, [store('c-missing')]: null }))).toEqual([
      tool,
      plain,
    ])
  })

  test('parses format 2, whose paths do not include the store folder', () => {
    const ca = { method: 'nar', hash: 'sha256-7GcjMwjE+RLepOIg3qOs4q2o9LsHabSeQ+18Lz4Zi8U=' }
    const a = { ...tool, references: ['b-lib'], deriver: 'a-tool.drv', ca }
    const b = { ...plain, ca: null, deriver: null }
    const json = JSON.stringify({
      version: 2,
      storeDir: '/nix/store',
      info: { 'a-tool': a, 'b-lib': b, 'c-missing': null },
    })
    const hash = 'fixed:r:sha256:7GcjMwjE+RLepOIg3qOs4q2o9LsHabSeQ+18Lz4Zi8U='
    expect(parsePathInfo(json)).toEqual([{ ...tool, ca: hash }, plain])
  })

  test.each([['nonsense'], ['"x"'], ['[{"path":"/x"}]'], ['{"/x":{"narHash":1}}']])('rejects %s', json => {
    expect(() => parsePathInfo(json)).toThrow()
  })

  test('requests the JSON format that the version supports', async () => {
    const refuse = (args: readonly string[]) =>
      args.includes('1')
        ? { code: 1, stderr: 'error: unsupported path info JSON format version 1' }
        : { stdout: '{"info":{},"storeDir":"/nix/store"}' }
    const nix = fakeNix({ version: 'nix (Nix) 2.40.0', answer: refuse })
    expect(await readPathInfo(nix, ['/nix/store/a'])).toEqual([])
    expect(nix.asked.map(args => args.slice(2))).toEqual([
      ['--json-format', '1', '/nix/store/a'],
      ['--json-format', '2', '/nix/store/a'],
    ])
    const old = fakeNix({ version: 'nix (Nix) 2.8.0', answer: () => ({ stdout: '[]' }) })
    await readPathInfo(old, ['/nix/store/a'])
    expect(old.asked).toEqual([['path-info', '--json', '/nix/store/a']])
  })

  test('is read in batches that fit into the arguments of a process', async () => {
    const nix = fakeNix({ version: 'nix (Nix) 2.8.0', answer: () => ({ stdout: JSON.stringify([plain]) }) })
    const paths = Array.from({ length: 2500 }, (_, index) => store(`${index}`))
    expect(await readPathInfo(nix, paths)).toHaveLength(3)
    expect(nix.asked.flatMap(args => args.slice(2))).toEqual(paths)
  })

  test('throws an error with Nix’s message if Nix fails', async () => {
    const nix = fakeNix({ answer: () => ({ code: 1, stderr: 'error: no such store' }) })
    expect((await rejection(readPathInfo(nix, ['/x']))).message).toContain('error: no such store')
    expect(nix.asked).toHaveLength(1)
  })
})

describe('locally built paths', () => {
  const known = [
    { ...plain, path: store('1-built'), deriver: store('1.drv'), ultimate: true },
    { ...plain, path: store('2-fetched'), deriver: store('2.drv'), ca: 'fixed:sha256:x', ultimate: true },
    { ...plain, path: store('3-substituted'), deriver: store('3.drv'), signatures: ['cache.nixos.org-1:x'] },
    { ...plain, path: store('4-source'), ca: 'fixed:r:sha256:x' },
    { ...plain, path: store('5-by-a-remote-builder'), deriver: store('5.drv') },
    { ...plain, path: store('6-part-of-nix') },
    {
      ...plain,
      path: store('7-built-and-signed'),
      deriver: store('7.drv'),
      signatures: ['a:b'],
      ultimate: true,
    },
  ]
  const calls: (readonly [string, readonly string[]])[] = []
  const exec: Exec = async (command, args) => {
    calls.push([command, args])
    const paths = [...known.map(({ path }) => path), store('1.drv')]
    return { code: 0, stdout: `${paths.join('\n')}\n`, stderr: '' }
  }

  test('do not include substituted paths and sources', async () => {
    const nix = fakeNix({ version: 'nix (Nix) 2.18.0', answer: () => ({ stdout: JSON.stringify(known) }) })
    const built = await findLocallyBuiltPaths(nix, [store('1.drv'), store('7.drv')], { exec })
    expect(built.map(({ path }) => path.slice(11))).toEqual([
      '1-built',
      '2-fetched',
      '5-by-a-remote-builder',
      '7-built-and-signed',
    ])
    expect(built[0]).not.toHaveProperty('ultimate')
    const asked = ['--query', '--requisites', '--include-outputs', store('1.drv'), store('7.drv')]
    expect(calls).toEqual([['/bin/nix-store', asked]])
    expect(nix.asked).toEqual([['path-info', '--json', ...known.map(({ path }) => path)]])
  })

  test('are empty without derivations, and Nix is not called', async () => {
    const nix = fakeNix({})
    expect(await findLocallyBuiltPaths(nix, [])).toEqual([])
    expect(nix.asked).toEqual([])
  })

  test('throw an error with Nix’s message if Nix fails', async () => {
    const failing: Exec = async () => ({ code: 1, stdout: '', stderr: 'error: path is not valid\n' })
    const error = await rejection(findLocallyBuiltPaths(fakeNix({}), [store('1.drv')], { exec: failing }))
    expect(error.message).toBe('Nix could not list the built paths:\nerror: path is not valid')
  })
})
