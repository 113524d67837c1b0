import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  type CacheCandidate,
  chooseForCache,
  formatNarinfo,
  hexOfHash,
  hexOfNix32,
  openLocalCache,
  type StorePath,
  type UpdateOptions,
} from '../../src/nix/local-cache.js'
import { rejection, withFolder } from './fakes.js'

const base = (letter: string): string => `/nix/store/${letter.repeat(32)}-${letter}`

/** The default content of a path. */
const contentOf = (letter: string): string => letter.repeat(100)

function pathOf(letter: string, content = contentOf(letter), ...references: string[]): StorePath {
  const narHash = `sha256-${createHash('sha256').update(content).digest('base64')}`
  const narSize = content.length
  return { path: base(letter), narHash, narSize, references: references.map(base), signatures: [] }
}

async function* bytes(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content)
}

const letterOf = (path: string): string => path.slice(-1)

/** A store whose paths have their default content and are not used. */
const STORE: UpdateOptions = {
  maxBytes: 1000,
  isUsed: async () => false,
  dump: path => bytes(contentOf(letterOf(path))),
}

const fill = (folder: string, ...letters: string[]) =>
  openLocalCache(folder).update(
    letters.map(letter => pathOf(letter)),
    STORE,
  )

const nars = (folder: string): number => readdirSync(join(folder, 'nar')).length

/** Sets the time of the last use of an entry, in days before now. */
function age(folder: string, letter: string, days: number): void {
  const then = new Date(Date.now() - days * 86_400_000)
  utimesSync(join(folder, `${letter.repeat(32)}.narinfo`), then, then)
}

const infos = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.narinfo'))
    .map(name => name.slice(0, 1))
    .sort()

describe('hashes', () => {
  // `nix hash convert` prints these three forms of one hash.
  const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  test.each([
    ['sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
    ['sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73'],
    [`sha256:${hex}`],
  ])('%s is converted to hex', text => expect(hexOfHash(text)).toBe(hex))

  test.each(['md5-AAAA', 'sha256-AAAA', 'sha256:zz', `sha256:${'e'.repeat(52)}`])('%s is rejected', text =>
    expect(() => hexOfHash(text)).toThrow(/is not a (SHA-256|hash)/),
  )

  test('shorter hashes are supported', () => {
    expect(hexOfNix32('0'.repeat(32), 20)).toBe('00'.repeat(20))
  })
})

test('a narinfo has the format of Nix', () => {
  const info: StorePath = {
    ...pathOf('a', 'x'),
    references: [base('a'), base('b')],
    deriver: `${base('d')}.drv`,
    signatures: ['key-1:AAAA'],
    ca: 'fixed:r:sha256:1',
  }
  const lines = formatNarinfo(info).split('\n')
  expect(lines).toContain(`StorePath: ${base('a')}`)
  expect(lines).toContain(`References: ${'a'.repeat(32)}-a ${'b'.repeat(32)}-b`)
  expect(lines).toContain(`Deriver: ${'d'.repeat(32)}-d.drv`)
  expect(lines).toContain('Sig: key-1:AAAA')
  expect(lines).toContain('CA: fixed:r:sha256:1')
})

describe('a local cache', () => {
  test('contains an added path with its NAR, and reads it once', () =>
    withFolder(async folder => {
      await fill(folder, 'a')
      const info = readFileSync(join(folder, `${'a'.repeat(32)}.narinfo`), 'utf8')
      const [, nar = ''] = /^URL: (.*)$/m.exec(info) ?? []
      expect(readFileSync(join(folder, nar), 'utf8')).toBe(contentOf('a'))
      expect(readFileSync(join(folder, 'nix-cache-info'), 'utf8')).toContain('StoreDir: /nix/store')
      const dump = (): never => {
        throw new Error('the path is already in the cache')
      }
      await openLocalCache(folder).update([pathOf('a')], { ...STORE, dump })
    }))

  test('adds no path if one NAR does not match its hash', () =>
    withFolder(async folder => {
      await fill(folder, 'a')
      const found = [pathOf('b'), pathOf('c', 'another content')]
      const error = await rejection(openLocalCache(folder).update(found, STORE))
      expect(error.message).toBe(`the content of ${base('c')} does not match its hash in the store`)
      expect(infos(folder)).toEqual(['a'])
      expect(nars(folder)).toBe(1)
    }))

  test('keeps used paths, and then the most recently used paths', () =>
    withFolder(async folder => {
      const before = await fill(folder, 'a', 'b', 'c')
      age(folder, 'a', 30)
      age(folder, 'b', 10)
      age(folder, 'c', 20)
      const cache = openLocalCache(folder)
      const isUsed = async (path: string) => path === base('a')
      const left = await cache.update([], { ...STORE, maxBytes: 250, isUsed })
      expect(left).toMatchObject({ paths: 2, bytes: 200 })
      expect(infos(folder)).toEqual(['a', 'b'])
      expect(nars(folder)).toBe(2)
      expect(left.fingerprint).not.toBe(before.fingerprint)
      // The use of a path is recorded for later runs.
      await cache.update([], { ...STORE, maxBytes: 100 })
      expect(infos(folder)).toEqual(['a'])
    }))

  test('removes entries before it adds others, and reads only selected paths', () =>
    withFolder(async folder => {
      await fill(folder, 'a', 'b')
      age(folder, 'a', 1)
      age(folder, 'b', 2)
      const seen: unknown[] = []
      const dump = (path: string) => {
        seen.push([letterOf(path), nars(folder)])
        return STORE.dump(path)
      }
      const found = [pathOf('d', contentOf('d').repeat(3)), pathOf('c')]
      expect(await openLocalCache(folder).update(found, { ...STORE, maxBytes: 200, dump })).toMatchObject({
        bytes: 200,
      })
      expect(seen).toEqual([['c', 1]])
      expect(infos(folder)).toEqual(['a', 'c'])
    }))

  test('keeps a NAR if a path in the cache uses it', () =>
    withFolder(async folder => {
      const found = [pathOf('a', 'same'), pathOf('b', 'same')]
      const all = { ...STORE, dump: () => bytes('same') }
      const cache = openLocalCache(folder)
      expect(await cache.update(found, all)).toMatchObject({ paths: 2, bytes: 4 })
      expect(nars(folder)).toBe(1)
      rmSync(join(folder, `${'a'.repeat(32)}.narinfo`))
      expect(await cache.prepare()).toEqual({ paths: 1, broken: 0 })
      expect(nars(folder)).toBe(1)
    }))

  test.each<[string, (nar: string) => void]>([
    ['is truncated', nar => truncateSync(nar, 10)],
    ['is missing', nar => rmSync(nar)],
  ])('removes a path whose NAR %s, and adds it again', (_, damage) =>
    withFolder(async folder => {
      const { fingerprint } = await fill(folder, 'a')
      const [name = ''] = readdirSync(join(folder, 'nar'))
      damage(join(folder, 'nar', name))
      await fill(folder, 'b')
      expect(infos(folder)).toEqual(['b'])
      await fill(folder, 'a')
      expect(readFileSync(join(folder, 'nar', name), 'utf8')).toBe(contentOf('a'))
      rmSync(join(folder, 'nar', name))
      writeFileSync(join(folder, 'nar/.left.part'), 'by a cancelled run')
      expect(await openLocalCache(folder).prepare()).toEqual({ paths: 1, broken: 1 })
      expect(infos(folder)).toEqual(['b'])
      expect(nars(folder)).toBe(1)
      expect((await fill(folder)).fingerprint).not.toBe(fingerprint)
    }),
  )

  test('can be empty', () =>
    withFolder(async folder => {
      const cache = openLocalCache(join(folder, 'absent'))
      expect(await cache.update([], STORE)).toMatchObject({ paths: 0, bytes: 0 })
      expect(await cache.prepare()).toEqual({ paths: 0, broken: 0 })
    }))
})

test('prepare creates every file and folder that Nix would create', async () => {
  await withFolder(async folder => {
    const store = join(folder, 'store')
    await openLocalCache(store).prepare()
    expect(readdirSync(store).sort()).toEqual(['nar', 'nix-cache-info'])
    const info = join(store, 'nix-cache-info')
    utimesSync(info, 1, 1)
    await fill(store, 'a')
    await openLocalCache(store).prepare()
    expect(statSync(info).mtimeMs).toBe(1000)
    expect(readFileSync(info, 'utf8')).toMatch(/^StoreDir: \/nix\/store\n/)
  })
})

const NOW = 1000

/** A path with a separate NAR. */
const path = (name: string, size: number, more: Partial<CacheCandidate> = {}): CacheCandidate => ({
  path: name,
  nar: `nar/${name}`,
  size,
  references: [],
  lastUsed: NOW,
  ...more,
})

function chosen(candidates: readonly CacheCandidate[], most: number): [string, number] {
  const { selected, bytes } = chooseForCache(candidates, most)
  return [
    selected
      .map(each => each.path)
      .sort()
      .join(' '),
    bytes,
  ]
}

test('chooses all paths if they fit', () => {
  expect(chosen([path('a', 60), path('b', 40)], 100)).toEqual(['a b', 100])
  expect(chosen([], 100)).toEqual(['', 0])
})

test('chooses the most recently used paths first, and small paths before large paths', () => {
  const old = path('old', 10, { lastUsed: 1 })
  expect(chosen([old, path('large', 95), path('small', 10)], 100)).toEqual(['old small', 20])
  expect(chosen([old, path('large', 95)], 100)).toEqual(['large', 95])
})

test('skips a path that does not fit, and continues with the others', () => {
  expect(chosen([path('huge', 500), path('b', 40, { lastUsed: 1 })], 100)).toEqual(['b', 40])
})

test('chooses a path only together with its references', () => {
  const small = path('small', 1, { references: ['small', 'large'] })
  const large = path('large', 80, { references: ['deep'], lastUsed: 2 })
  const deep = path('deep', 10, { lastUsed: 1 })
  const other = path('other', 30)
  expect(chosen([small, large, deep, other], 100)).toEqual(['deep large small', 91])
  expect(chosen([small, large, deep, other], 90)).toEqual(['deep other', 40])
})

test('ignores references that are not candidates', () => {
  expect(chosen([path('a', 10, { references: ['libc'] })], 10)).toEqual(['a', 10])
})

test('supports cyclic references', () => {
  expect(chosen([path('a', 10, { references: ['b'] }), path('b', 10, { references: ['a'] })], 20)).toEqual([
    'a b',
    20,
  ])
})

test('counts the same content once', () => {
  const same = { nar: 'nar/same' }
  expect(chosen([path('a', 60, same), path('b', 60, same), path('c', 40)], 100)).toEqual(['a b c', 100])
  expect(chosen([path('a', 60, { ...same, references: ['b'] }), path('b', 60, same)], 60)).toEqual([
    'a b',
    60,
  ])
})
