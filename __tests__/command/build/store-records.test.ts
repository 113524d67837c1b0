import { expect, test } from '@jest/globals'
import { createStoreRecords } from '../../../src/command/build/store-records.js'
import { RecordedDiffIds } from '../../../src/command/shared/layer-keys.js'
import type { FoundLayers } from '../../../src/command/shared/published-images.js'
import type { LayerKey } from '../../../src/image/store/layer-key.js'
import { digestOf } from '../../../src/oci/digest.js'
import { fakeNix } from '../../nix/fakes.js'

const { signal } = new AbortController()
const pathOf = (letter: string): string => `/nix/store/${letter.repeat(32)}-${letter}`
const infoOf = (narHash: string) => ({ narHash, narSize: 1, references: [] })

test('the closure has the hashes of all dependencies, from one call of Nix', async () => {
  const answer = { [pathOf('a')]: infoOf('sha256:1'), [pathOf('b')]: infoOf('sha256:2') }
  const nix = fakeNix({ answer: () => ({ stdout: JSON.stringify(answer) }) })
  const records = createStoreRecords(async () => nix, { signal })
  expect(await records.readClosure(pathOf('a'))).toEqual(
    new Map([
      [pathOf('a'), 'sha256:1'],
      [pathOf('b'), 'sha256:2'],
    ]),
  )
  expect(nix.asked).toEqual([expect.arrayContaining(['path-info', '--recursive', pathOf('a')])])
})

test.each([
  ['Nix does not know the path', { code: 1, stderr: `error: path '${pathOf('a')}' is not valid` }],
  ['Nix leaves the path out', { stdout: JSON.stringify({ [pathOf('a')]: null }) }],
])('there is no closure if %s', async (_, result) => {
  const records = createStoreRecords(async () => fakeNix({ answer: () => result }), { signal })
  expect(await records.readClosure(pathOf('a'))).toBeUndefined()
})

test('another error of Nix is an error: the dependencies could not be checked', async () => {
  const nix = fakeNix({ answer: () => ({ code: 1, stderr: 'error: cannot connect to the daemon' }) })
  const records = createStoreRecords(async () => nix, { signal })
  await expect(records.readClosure(pathOf('a'))).rejects.toThrow('cannot connect to the daemon')
})

test('without Nix there is no closure, and no path is known to be changed', async () => {
  const records = createStoreRecords(async () => undefined, { signal })
  expect(await records.readClosure(pathOf('a'))).toBeUndefined()
  expect(await records.findChangedPaths([pathOf('a')])).toEqual([])
})

test('changed paths are those that Nix names', async () => {
  const stderr = [
    `path '${pathOf('b')}' was modified! expected hash 'sha256:1', got 'sha256:2'`,
    'error: 1 paths checked',
  ].join('\n')
  const nix = fakeNix({ answer: () => ({ code: 1, stderr }) })
  const records = createStoreRecords(async () => nix, { signal })
  expect(await records.findChangedPaths([pathOf('a'), pathOf('b')])).toEqual([pathOf('b')])
})

test('many paths are checked in several calls, because a command line is limited', async () => {
  const paths = Array.from(
    { length: 2001 },
    (_, n) => `/nix/store/${String(n).padStart(32, '0')}-path-with-a-name-of-some-length`,
  )
  const answer = (args: readonly string[]) => ({ code: 1, stderr: `path '${args.at(-1)}' was modified!` })
  const nix = fakeNix({ answer })
  const records = createStoreRecords(async () => nix, { signal })
  expect(await records.findChangedPaths(paths)).toEqual([paths[999], paths[1999], paths[2000]])
  expect(nix.asked.flat().filter(arg => arg.startsWith('/nix/store/'))).toEqual(paths)
})

test('a diff_id is taken from the published images first, then from this run', () => {
  const [key, other] = ['k', 'o'].map(letter => letter.repeat(43) as LayerKey) as [LayerKey, LayerKey]
  const [published, packed] = ['1', '2'].map(text => digestOf(Buffer.from(text)))
  const found = { findDiffId: (asked: LayerKey) => (asked === key ? published : undefined) } as FoundLayers
  const own = new RecordedDiffIds()
  const records = createStoreRecords(async () => undefined, { published: found, packed: own, signal })
  for (const each of [key, other]) records.addDiffId(each, packed as never)
  expect([key, other].map(each => records.findDiffId(each))).toEqual([published, packed])
})

test('for an image with a provenance, no published image is believed, but this run is', () => {
  const key = 'k'.repeat(43) as LayerKey
  const [published, packed] = ['1', '2'].map(text => digestOf(Buffer.from(text)))
  const found = { findDiffId: () => published } as unknown as FoundLayers
  const records = createStoreRecords(async () => undefined, {
    published: found,
    believesKeys: false,
    packed: new RecordedDiffIds(),
    signal,
  })
  expect(records.findDiffId(key)).toBeUndefined()
  records.addDiffId(key, packed as never)
  expect(records.findDiffId(key)).toBe(packed)
})
