import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { localCache } from '../../src/nix/local-cache.js'
import { narinfo, type StorePath } from '../../src/nix/narinfo.js'
import { hexOfHash, hexOfNix32 } from '../../src/nix/nix32.js'
import { rejection, withFolder } from './fakes.js'

const base = (letter: string): string => `/nix/store/${letter.repeat(32)}-${letter}`

function pathOf(letter: string, content: string): StorePath {
  const narHash = `sha256-${createHash('sha256').update(content).digest('base64')}`
  return { path: base(letter), narHash, narSize: content.length, references: [], signatures: [] }
}

async function* bytes(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content)
}

const fill = async (folder: string, ...letters: string[]): Promise<void> => {
  for (const letter of letters) {
    const content = letter.repeat(100)
    await localCache(folder).add(pathOf(letter, content), () => bytes(content))
  }
}

const infos = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.narinfo'))
    .map(name => name.slice(0, 1))
    .sort()

describe('hashes', () => {
  // `nix hash convert` gives the three ways of writing one hash.
  const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  test.each([
    ['sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
    ['sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73'],
    [`sha256:${hex}`],
  ])('%s', text => expect(hexOfHash(text)).toBe(hex))

  test.each(['md5-AAAA', 'sha256-AAAA', 'sha256:zz', `sha256:${'e'.repeat(52)}`])('%s is refused', text =>
    expect(() => hexOfHash(text)).toThrow(/is no (SHA-256|hash)/),
  )

  test('shorter ones are read as well', () => {
    expect(hexOfNix32('0'.repeat(32), 20)).toBe('00'.repeat(20))
  })
})

test('narinfo says what Nix reads', () => {
  const info: StorePath = {
    ...pathOf('a', 'x'),
    references: [base('a'), base('b')],
    deriver: `${base('d')}.drv`,
    signatures: ['key-1:AAAA'],
    ca: 'fixed:r:sha256:1',
  }
  const lines = narinfo(info).split('\n')
  expect(lines).toContain(`StorePath: ${base('a')}`)
  expect(lines).toContain(`References: ${'a'.repeat(32)}-a ${'b'.repeat(32)}-b`)
  expect(lines).toContain(`Deriver: ${'d'.repeat(32)}-d.drv`)
  expect(lines).toContain('Sig: key-1:AAAA')
  expect(lines).toContain('CA: fixed:r:sha256:1')
})

describe('a local cache', () => {
  test('has a path with its bytes, once', () =>
    withFolder(async folder => {
      await fill(folder, 'a')
      const info = readFileSync(join(folder, `${'a'.repeat(32)}.narinfo`), 'utf8')
      const [, nar = ''] = /^URL: (.*)$/m.exec(info) ?? []
      expect(readFileSync(join(folder, nar), 'utf8')).toBe('a'.repeat(100))
      expect(readFileSync(join(folder, 'nix-cache-info'), 'utf8')).toContain('StoreDir: /nix/store')
      await localCache(folder).add(pathOf('a', 'a'.repeat(100)), () => {
        throw new Error('it is there already')
      })
    }))

  test('does not take bytes that the store does not vouch for', () =>
    withFolder(async folder => {
      const error = await rejection(localCache(folder).add(pathOf('a', 'right'), () => bytes('wrong')))
      expect(error.message).toBe(`${base('a')} is not what the store says of it`)
      expect(infos(folder)).toEqual([])
      expect(readdirSync(join(folder, 'nar'))).toEqual([])
    }))

  test('keeps what is in use, and of the rest what was used last', () =>
    withFolder(async folder => {
      await fill(folder, 'a', 'b', 'c')
      for (const [letter, age] of [
        ['a', 30],
        ['b', 10],
        ['c', 20],
      ] as const) {
        const then = new Date(Date.now() - age * 86_400_000)
        utimesSync(join(folder, `${letter.repeat(32)}.narinfo`), then, then)
      }
      const cache = localCache(folder)
      const before = await cache.fingerprint()
      const left = await cache.prune(250, async path => path === base('a'))
      expect(left).toEqual({ paths: 2, bytes: 200 })
      expect(infos(folder)).toEqual(['a', 'b'])
      expect(readdirSync(join(folder, 'nar'))).toHaveLength(2)
      expect(await cache.fingerprint()).not.toBe(before)
      // What was used counts as used the next time, too.
      await cache.prune(100, async () => false)
      expect(infos(folder)).toEqual(['a'])
    }))

  test('an empty one is no failure', () =>
    withFolder(async folder => {
      const cache = localCache(join(folder, 'absent'))
      expect(await cache.prune(100, async () => true)).toEqual({ paths: 0, bytes: 0 })
      expect(existsSync(join(folder, 'absent'))).toBe(false)
    }))
})

test('what Nix would make itself is there before anything is added, and adding makes no more', async () => {
  await withFolder(async folder => {
    const store = join(folder, 'store')
    await localCache(store).prepare()
    expect(readdirSync(store).sort()).toEqual(['nar', 'nix-cache-info'])
    const info = join(store, 'nix-cache-info')
    utimesSync(info, 1, 1)
    await fill(store, 'a')
    await localCache(store).prepare()
    expect(statSync(info).mtimeMs).toBe(1000)
    expect(readFileSync(info, 'utf8')).toMatch(/^StoreDir: \/nix\/store\n/)
  })
})
