import { expect, test } from '@jest/globals'
import { computeLayerKey, isLayerKey } from '../../../src/image/store/layer-key.js'
import type { FileLayer, PathsLayer } from '../../../src/image/store/store-image.js'
import type { Digest } from '../../../src/oci/digest.js'

const [A, B] = ['a', 'b'].map(letter => `/nix/store/${letter.repeat(32)}-${letter}`) as [string, string]
const HASHES = new Map([
  [A, 'sha256:1'],
  [B, 'sha256:2'],
])

const pathsLayer = (paths: readonly string[], rules = 'rules'): PathsLayer => ({
  kind: 'paths',
  paths,
  rules,
  open: () => {
    throw new Error('it was read')
  },
})

const diffId = `sha256:${'0'.repeat(64)}` as Digest
const fileLayer = (path: string): FileLayer => ({ kind: 'file', path, diffId })

test('a key is the same for the same paths and rules', () => {
  const key = computeLayerKey(pathsLayer([A, B]), HASHES)
  expect(key).toBe(computeLayerKey(pathsLayer([A, B]), new Map([...HASHES].reverse())))
  expect(isLayerKey(key ?? '')).toBe(true)
})

test('a key is another one for everything that changes the tar', () => {
  const layers = [
    pathsLayer([A, B]),
    pathsLayer([B, A]),
    pathsLayer([A]),
    pathsLayer([]),
    pathsLayer([`${A}/bin`]),
    pathsLayer([A, B], 'other rules'),
    fileLayer(`${A}/layer.tar`),
    fileLayer(`${A}/other.tar`),
  ]
  const keys = layers.map(layer => computeLayerKey(layer, HASHES))
  keys.push(computeLayerKey(pathsLayer([A, B]), new Map([...HASHES, [B, 'sha256:3']])))
  expect(keys.every(key => key !== undefined)).toBe(true)
  expect(new Set(keys).size).toBe(keys.length)
})

test('the key of a file does not depend on the root of the store', () => {
  const [key, other] = ['', '/home/me'].map(root =>
    computeLayerKey(fileLayer(`${root}${A}/layer.tar`), HASHES),
  )
  expect(key).toBeDefined()
  expect(other).toBe(key)
})

test.each([
  ['Nix has no hash of a path', pathsLayer([A, `/nix/store/${'c'.repeat(32)}-c`])],
  ['a path is not in the store', pathsLayer(['/etc'])],
  ['a file is not in the store', fileLayer('/tmp/layer.tar')],
])('there is no key if %s', (_, layer) => {
  expect(computeLayerKey(layer, HASHES)).toBeUndefined()
})
