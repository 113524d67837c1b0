import { describe, expect, test } from '@jest/globals'
import { RecordedDiffIds, readLayerKeys, recordLayerKeys } from '../../../src/command/shared/layer-keys.js'
import type { LayerKey } from '../../../src/image/store/layer-key.js'
import { LAYER_KEYS } from '../../../src/oci/annotation-keys.js'
import { digestOf } from '../../../src/oci/digest.js'

const keyOf = (letter: string) => letter.repeat(43) as LayerKey
const diffIdOf = (name: string) => digestOf(Buffer.from(name))

describe('the annotation', () => {
  test('has the key of each layer, and a dash for a layer without one', () => {
    const keys = [undefined, keyOf('a'), keyOf('b')]
    const annotations = recordLayerKeys(keys)
    expect(annotations).toEqual({ [LAYER_KEYS]: `- ${keyOf('a')} ${keyOf('b')}` })
    expect(readLayerKeys(annotations)).toEqual(keys)
  })

  test.each([[undefined], [[]], [[undefined, undefined]]])('is missing without keys: %j', keys => {
    expect(recordLayerKeys(keys)).toEqual({})
  })

  test.each([
    [''],
    ['-  -'],
    [`${keyOf('a')}x`],
    [`${keyOf('a')}\n`],
    [`${keyOf('a')}, ${keyOf('b')}`],
    ['sha256:1'],
  ])('is ignored if it is damaged: %j', text => {
    expect(readLayerKeys({ [LAYER_KEYS]: text })).toBeUndefined()
  })
})

describe('recorded diff_ids', () => {
  test('are found by their keys', () => {
    const recorded = new RecordedDiffIds()
    recorded.add([keyOf('a'), undefined, keyOf('b')], ['1', '2', '3'].map(diffIdOf))
    recorded.add([keyOf('a')], [diffIdOf('1')])
    expect(['a', 'b', 'c'].map(letter => recorded.find(keyOf(letter)))).toEqual([
      diffIdOf('1'),
      diffIdOf('3'),
      undefined,
    ])
  })

  test('are not used if a key has two of them', () => {
    const recorded = new RecordedDiffIds()
    for (const name of ['1', '2', '1']) recorded.addOne(keyOf('a'), diffIdOf(name))
    expect(recorded.find(keyOf('a'))).toBeUndefined()
  })

  test('are not read from lists of different length', () => {
    const recorded = new RecordedDiffIds()
    recorded.add([keyOf('a'), keyOf('b')], [diffIdOf('1')])
    expect(recorded.find(keyOf('a'))).toBeUndefined()
  })
})
