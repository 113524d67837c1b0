import { describe, expect, test } from '@jest/globals'
import { contentDigest } from '../../../src/command/merge/content.js'
import type { Stamped } from '../../../src/command/merge/make-index.js'
import { CREATED, DERIVATION, REVISION, SYSTEM, TITLE } from '../../../src/oci/annotations.js'
import type { Annotations, Blob } from '../../../src/oci/descriptor.js'
import type { Digest } from '../../../src/oci/digest.js'
import { bytesBlob, makeImage } from '../../../src/oci/image.js'
import { OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/oci/media-type.js'
import { parsePlatform } from '../../../src/oci/platform.js'

interface Made {
  readonly platform: string
  readonly config: object
  readonly layers: readonly Blob[]
  /** On the manifest's descriptor, in the index. */
  readonly about: Annotations
  /** On the manifest. */
  readonly annotations: Annotations
}

const layer = (bytes: string, mediaType = OCI_LAYER_GZIP): Blob =>
  bytesBlob(Buffer.from(bytes), { mediaType })
const DIFF_IDS = { type: 'layers', diff_ids: [`sha256:${'a'.repeat(64)}`] }

const MADE: Made = {
  platform: 'linux/amd64',
  config: { architecture: 'amd64', os: 'linux', config: { Labels: { a: 'b' } }, rootfs: DIFF_IDS },
  layers: [layer('one')],
  about: { [SYSTEM]: 'x86_64-linux', [DERIVATION]: '/nix/store/one.drv' },
  annotations: { [TITLE]: 'one', [REVISION]: 'aaa', [CREATED]: '2026-01-01T00:00:00Z' },
}
const ARM: Made = {
  ...MADE,
  platform: 'linux/arm64',
  about: { [SYSTEM]: 'aarch64-linux', [DERIVATION]: '/nix/store/two.drv' },
}
const ON_INDEX: Annotations = { [TITLE]: 'one', [REVISION]: 'aaa', [CREATED]: '2026-01-01T00:00:00Z' }

function partOf({ platform, config, layers, about, annotations }: Made): Stamped {
  const bytes = Buffer.from(JSON.stringify(config))
  const image = makeImage({ platform: parsePlatform(platform), config: bytes, layers, annotations })
  return {
    image: { ...image, manifest: { ...image.manifest, annotations: about } },
    config: bytes,
    annotations,
  }
}

const digest = (made: readonly Made[], onIndex = ON_INDEX): Digest => contentDigest(made.map(partOf), onIndex)
const BEFORE = digest([MADE, ARM])

const labelled = (Labels: Annotations): Made => ({ ...MADE, config: { ...MADE.config, config: { Labels } } })

describe('another content', () => {
  test.each<[string, Made]>([
    ['the config', { ...MADE, config: { ...MADE.config, history: [] } }],
    [
      'what a layer unpacks to',
      {
        ...MADE,
        config: { ...MADE.config, rootfs: { ...DIFF_IDS, diff_ids: [`sha256:${'b'.repeat(64)}`] } },
      },
    ],
    ['a label', labelled({ a: 'c' })],
    ['a label more', labelled({ a: 'b', c: 'd' })],
    ['how a layer is compressed', { ...MADE, layers: [layer('one', OCI_LAYER_ZSTD)] }],
    ['the number of layers', { ...MADE, layers: [layer('one'), layer('two')] }],
    ['the derivation', { ...MADE, about: { ...MADE.about, [DERIVATION]: '/nix/store/other.drv' } }],
    ['no derivation', { ...MADE, about: { [SYSTEM]: 'x86_64-linux' } }],
    ['the system', { ...MADE, about: { ...MADE.about, [SYSTEM]: 'i686-linux' } }],
    ['the platform', { ...MADE, platform: 'linux/386' }],
    ['an annotation of a manifest', { ...MADE, annotations: { ...MADE.annotations, [TITLE]: 'other' } }],
    ['an annotation more on a manifest', { ...MADE, annotations: { ...MADE.annotations, a: 'b' } }],
  ])('%s', (_, changed) => {
    expect(digest([changed, ARM])).not.toBe(BEFORE)
  })

  test('an annotation of the index', () => {
    expect(digest([MADE, ARM], { ...ON_INDEX, [TITLE]: 'other' })).not.toBe(BEFORE)
    expect(digest([MADE, ARM], { ...ON_INDEX, a: 'b' })).not.toBe(BEFORE)
  })

  test('a platform more, and one less', () => {
    expect(digest([MADE, ARM, { ...ARM, platform: 'linux/riscv64' }])).not.toBe(BEFORE)
    expect(digest([MADE])).not.toBe(BEFORE)
  })

  test('which platform has which image', () => {
    const [amd64, arm64] = [MADE.platform, ARM.platform]
    expect(
      digest([
        { ...MADE, platform: arm64 },
        { ...ARM, platform: amd64 },
      ]),
    ).not.toBe(BEFORE)
  })
})

describe('the same content', () => {
  test.each<[string, Made]>([
    ['another commit on a manifest', { ...MADE, annotations: { ...MADE.annotations, [REVISION]: 'bbb' } }],
    [
      'another time on a manifest',
      { ...MADE, annotations: { ...MADE.annotations, [CREATED]: '2027-01-01T00:00:00Z' } },
    ],
    ['no commit on a manifest', { ...MADE, annotations: { [TITLE]: 'one' } }],
    ['the commit as a label', labelled({ a: 'b', [REVISION]: 'bbb' })],
    ['the time as a label', labelled({ a: 'b', [CREATED]: '2027-01-01T00:00:00Z' })],
    ['a layer that was compressed by another compressor', { ...MADE, layers: [layer('smaller')] }],
    [
      'the order of annotations',
      { ...MADE, annotations: Object.fromEntries(Object.entries(MADE.annotations).reverse()) },
    ],
  ])('%s', (_, changed) => {
    expect(digest([changed, ARM])).toBe(BEFORE)
  })

  test('another commit and time on the index', () => {
    const other = { ...ON_INDEX, [REVISION]: 'bbb', [CREATED]: '2027-01-01T00:00:00Z' }
    expect(digest([MADE, ARM], other)).toBe(BEFORE)
    expect(digest([MADE, ARM], { [TITLE]: 'one' })).toBe(BEFORE)
  })

  test('the order of the images', () => {
    expect(digest([ARM, MADE])).toBe(BEFORE)
  })

  test('no labels at all, and none but the commit', () => {
    const bare = { ...MADE, config: { architecture: 'amd64', os: 'linux', rootfs: DIFF_IDS } }
    const stamped = { ...bare, config: { ...bare.config, config: { Labels: { [REVISION]: 'bbb' } } } }
    expect(digest([stamped])).toBe(digest([bare]))
  })
})
