import { describe, expect, test } from '@jest/globals'
import { pathsFromHistory } from '../../src/image/layer-history.js'
import { isStorePath, parseStoreName, storePathOf } from '../../src/image/store-paths.js'

const HASH = '0123456789abcdfghijklmnpqrsvwxyz'
const FD = `/nix/store/${HASH}-fd-10.2.0`

test.each([
  ['fd-10.2.0', 'fd', '10.2.0'],
  ['glibc-2.40-66-bin', 'glibc', '2.40-66-bin'],
  ['python3.12-foo-1.0rc1', 'python3.12-foo', '1.0rc1'],
  ['hello', 'hello', ''],
  ['source-unstable-2024-01-02', 'source-unstable', '2024-01-02'],
  ['ends-', 'ends-', ''],
  ['a--b', 'a', '-b'],
])('%s is %s and %s', (full, name, version) => {
  expect(parseStoreName(`/nix/store/${HASH}-${full}`)).toEqual({ name, version })
})

test.each([
  [`${FD}/bin/fd`, FD],
  [`.${FD}`, FD],
  [`.${FD}/`, FD],
  [FD.slice(1), FD],
  ['/nix/store', undefined],
  [`/nix/store/.wh.${HASH}-fd`, undefined],
  [`/nix/store/.links/${HASH}`, undefined],
  [`/nix/store/${HASH.replace('b', 'e')}-fd`, undefined],
  [`/usr${FD}`, undefined],
])('%s belongs to %s', (file, path) => {
  expect(storePathOf(file)).toBe(path)
})

test('a file in a store path is none itself', () => {
  expect([FD, `${FD}/bin`].map(isStorePath)).toEqual([true, false])
})

describe('the history of a config', () => {
  const entry = (comment: string, isEmpty = false) => ({ comment, isEmpty })

  test('names the paths of each layer; steps without one do not count', () => {
    const history = [
      entry('store paths: []', true),
      entry(`store paths: ['${FD}', "${FD}-man"]`),
      entry(`store paths: ['/nix/store/${HASH}-fd-customisation-layer']`),
    ]
    expect(pathsFromHistory(history, 2)).toEqual([[FD, `${FD}-man`], []])
  })

  test('names the paths beside the one that a customisation layer was made from, and does not hold', () => {
    const made = `/nix/store/${HASH}-fd-customisation-layer`
    const near = `/nix/store/${HASH}-customisation-layer-tools`
    expect(pathsFromHistory([entry(`store paths: ['${FD}', '${made}', '${near}']`)], 1)).toEqual([[FD, near]])
  })

  test.each([
    ['a layer of a base image', "store paths: ['0123/layer.tar']"],
    ['another writer', 'RUN make'],
    ['nothing', ''],
  ])('of %s says nothing', (_, comment) => {
    expect(pathsFromHistory([entry(comment)], 1)).toEqual([undefined])
  })

  test('that does not fit the layers is not believed', () => {
    expect(pathsFromHistory([entry(`store paths: ['${FD}']`)], 2)).toEqual([undefined, undefined])
  })
})
