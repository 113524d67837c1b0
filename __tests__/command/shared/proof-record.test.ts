import { expect, test } from '@jest/globals'
import {
  createRecord,
  hasForeignRecord,
  hasRecord,
  ProvedLayers,
} from '../../../src/command/shared/proof-record.js'
import { PROOF } from '../../../src/oci/annotation-keys.js'
import { OCI_LAYER, OCI_LAYER_GZIP } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'

const digest = (text: string): Digest => digestOf(Buffer.from(text))
const manifests = ['a', 'b'].map(text => ({ digest: digest(text) }))
const [a, b] = manifests as [{ digest: Digest }, { digest: Digest }]

test('a record is valid for the same manifests in any order', () => {
  const annotations = createRecord(manifests)
  expect(annotations[PROOF]).toMatch(/^v1:sha256:[0-9a-f]{64}$/)
  expect(hasRecord({ annotations, manifests: [b, a] })).toBe(true)
  expect(hasForeignRecord({ annotations, manifests })).toBe(false)
})

test.each([
  ['fewer manifests', [a]],
  ['another manifest', [a, { digest: digest('c') }]],
  ['more manifests', [a, b, { digest: digest('c') }]],
  ['a manifest twice', [a, b, b]],
  ['no manifests', []],
])('a record is not valid for %s', (_, others) => {
  const annotations = createRecord(manifests)
  expect(hasRecord({ annotations, manifests: others })).toBe(false)
  expect(hasForeignRecord({ annotations, manifests: others })).toBe(true)
})

test('a record without manifests, of another version, or a missing one is not valid', () => {
  expect(hasRecord({ annotations: createRecord([]), manifests: [] })).toBe(false)
  const other = String(createRecord(manifests)[PROOF]).replace('v1:', 'v2:')
  expect(hasRecord({ annotations: { [PROOF]: other }, manifests })).toBe(false)
  expect(hasRecord({ annotations: {}, manifests })).toBe(false)
  expect(hasForeignRecord({ annotations: {}, manifests })).toBe(false)
})

const [one, two] = [a, b].map(each => ({ ...each, mediaType: OCI_LAYER_GZIP })) as [
  { digest: Digest; mediaType: string },
  { digest: Digest; mediaType: string },
]

test('a layer is proved together with its diff_id and its media type', () => {
  const proved = new ProvedLayers().add([digest('x'), digest('y')], [one, two])
  expect([proved.has(digest('x'), one), proved.has(digest('y'), two)]).toEqual([true, true])
  expect([proved.has(digest('x'), two), proved.has(digest('y'), one)]).toEqual([false, false])
  expect(proved.has(digest('x'), { ...one, mediaType: OCI_LAYER })).toBe(false)
  expect(new ProvedLayers().addAll([proved]).has(digest('x'), one)).toBe(true)
})

test('layers are not proved if their number is not that of the diff_ids', () => {
  expect(new ProvedLayers().add([digest('x')], [one, two]).has(digest('x'), one)).toBe(false)
})
