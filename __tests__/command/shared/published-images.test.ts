import { expect, test } from '@jest/globals'
import {
  contentDigestOf,
  describeDifference,
  parseTaggedImage,
} from '../../../src/command/shared/published-images.js'
import { CONTENT, DERIVATION, SYSTEM } from '../../../src/oci/annotation-keys.js'
import { OCI_INDEX } from '../../../src/oci/descriptor.js'
import { digestOf } from '../../../src/oci/digest.js'
import { encodeIndex } from '../../../src/oci/image-index.js'
import type { System } from '../../../src/oci/platform.js'
import { KEY_FORMS, keysAs } from '../../support/own-keys.js'

const manifest = (
  annotations: Record<string, string>,
  platform = { os: 'linux', architecture: 'amd64' },
) => ({
  mediaType: 'x',
  digest: digestOf(Buffer.from('x')),
  size: 1,
  platform,
  annotations,
})
const published = (...all: [string, string][]) =>
  all.map(([system, derivation]) => manifest({ [SYSTEM]: system, [DERIVATION]: derivation }))
const planned = (...all: [System, string][]) => all.map(([system, derivation]) => ({ system, derivation }))

const INTEL: [System, string] = ['x86_64-linux', 'a']
const BOTH: [System, string][] = [INTEL, ['aarch64-linux', 'b']]

test.each([
  ['the same derivations in another order', published(...BOTH.toReversed()), planned(...BOTH), undefined],
  [
    'one derivation changed',
    published(INTEL, ['aarch64-linux', 'old']),
    planned(...BOTH),
    'changed for aarch64-linux',
  ],
  [
    'both derivations changed',
    published(['x86_64-linux', 'b'], ['aarch64-linux', 'a']),
    planned(...BOTH),
    'changed for x86_64-linux and aarch64-linux',
  ],
  ['a new system', published(INTEL), planned(...BOTH), 'new for aarch64-linux'],
  ['a system removed', published(...BOTH), planned(INTEL), 'removed for aarch64-linux'],
  [
    'changed, new and removed systems',
    published(['x86_64-linux', 'old'], ['riscv64-linux', 'c']),
    planned(...BOTH),
    'changed for x86_64-linux, new for aarch64-linux, removed for riscv64-linux',
  ],
  [
    'an index of another tool',
    [manifest({})],
    planned(...BOTH),
    'changed: the published image does not record its derivations',
  ],
  [
    'a manifest without a derivation',
    [manifest({ [SYSTEM]: 'x86_64-linux' })],
    planned(INTEL),
    'changed for x86_64-linux',
  ],
  [
    'an image that is not an index',
    [],
    planned(...BOTH),
    'changed: the published image does not record its derivations',
  ],
  [
    'an index with attestations',
    [...published(...BOTH), manifest({}, { os: 'unknown', architecture: 'unknown' })],
    planned(...BOTH),
    undefined,
  ],
])('%s', (_, manifests, systems, difference) => {
  expect(describeDifference(manifests, systems)).toBe(difference)
})

test.each(Object.entries(KEY_FORMS))(
  'annotation keys with %s prefix are read, and the bytes are not changed',
  (_, prefix) => {
    const manifests = keysAs(prefix, published(...BOTH))
    const bytes = encodeIndex(manifests, keysAs(prefix, { [CONTENT]: 'content' }))
    const descriptor = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }
    const image = parseTaggedImage({ descriptor, bytes })
    expect(contentDigestOf(image)).toBe('content')
    expect(describeDifference(image.manifests, planned(...BOTH))).toBeUndefined()
    expect(image).toMatchObject({ bytes, descriptor })
  },
)
