import { describe, expect, test } from '@jest/globals'
import { parseConfig } from '../../src/oci/config.js'
import {
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
  parseDescriptor,
} from '../../src/oci/descriptor.js'
import { digestOf, hexOf, isDigest, parseDigest } from '../../src/oci/digest.js'
import { blobsOf, createBlob, makeImage, parseManifest } from '../../src/oci/image.js'
import { makeIndex, parseIndex } from '../../src/oci/image-index.js'
import { parsePlatform } from '../support/platform.js'

const layer = createBlob(Buffer.from('layer'), { mediaType: OCI_LAYER_GZIP })
const image = (platform: string) =>
  makeImage({
    platform: parsePlatform(platform),
    config: Buffer.from(`{"for":"${platform}"}`),
    layers: [layer, layer],
  })

describe('digests', () => {
  test('digestOf returns the SHA-256', () => {
    expect(digestOf(Buffer.from(''))).toBe(
      'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  test.each([
    'sha256:abc',
    `sha256:${'A'.repeat(64)}`,
    `sha512:${'a'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}/..`,
    5,
  ])('parseDigest rejects %j', text => {
    expect(isDigest(text)).toBe(false)
    expect(() => parseDigest(text)).toThrow('not a sha256 digest')
  })

  test('hexOf returns the file name in an image layout', () => {
    expect(hexOf(digestOf(Buffer.from('')))).toMatch(/^e3b0c442[0-9a-f]{56}$/)
  })
})

describe('makeImage', () => {
  test('writes the manifest as the OCI image-spec defines it', () => {
    const config = Buffer.from('{"os":"linux"}')
    const made = makeImage({
      platform: parsePlatform('linux/arm64/v8'),
      config,
      layers: [layer],
      annotations: { b: '2', a: '1' },
    })
    const bytes = Buffer.concat([made.manifest.open().read()])
    expect(JSON.parse(bytes.toString())).toEqual({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: 14 },
      layers: [{ mediaType: OCI_LAYER_GZIP, digest: layer.digest, size: 5 }],
      annotations: { a: '1', b: '2' },
    })
    expect(bytes.toString()).toContain('{"a":"1","b":"2"}')
    expect(made.manifest.digest).toBe(digestOf(bytes))
    expect(made.manifest.platform).toEqual({ os: 'linux', architecture: 'arm64' })
    expect(parseManifest(bytes).layers).toEqual([
      { mediaType: OCI_LAYER_GZIP, digest: layer.digest, size: 5 },
    ])
  })

  test('blobsOf returns a shared blob once', () => {
    expect(blobsOf([image('linux/amd64'), image('linux/arm64')])).toHaveLength(3)
  })
})

describe('makeIndex', () => {
  test('does not depend on the order of the images', () => {
    const [one, other] = [image('linux/arm64'), image('linux/amd64')]
    expect(makeIndex([one, other]).blob.digest).toBe(makeIndex([other, one]).blob.digest)
  })

  test('contains platforms and annotations', () => {
    const index = makeIndex([image('linux/arm'), image('linux/amd64')], { z: '1' })
    const document = parseIndex(index.blob.open().read())
    expect(document).toMatchObject({ mediaType: OCI_INDEX, annotations: { z: '1' } })
    expect(document.manifests.map(each => each.platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ])
  })

  test('rejects two images for one platform', () => {
    expect(() => makeIndex([image('linux/arm64'), image('linux/arm64/v8')])).toThrow(
      'two images for linux/arm64',
    )
  })
})

describe('parsers', () => {
  test.each([
    ['not JSON', '{', 'not JSON'],
    ['a list', '[]', 'not an object'],
    ['no config', '{"layers":[]}', 'config is not an object'],
    ['a bad digest', '{"config":{"mediaType":"a","digest":"x","size":1},"layers":[]}', 'not a sha256 digest'],
    [
      'without a list of layers',
      `{"config":{"mediaType":"a","digest":"${layer.digest}","size":1},"layers":{}}`,
      'layers is not a list',
    ],
  ])('reject a manifest that is %s', (_name, text, why) => {
    expect(() => parseManifest(Buffer.from(text))).toThrow(why)
  })

  test('treat null like a missing field: in manifests, indexes and descriptors', () => {
    const required = { mediaType: 'a', digest: layer.digest, size: 1 }
    const optional = { annotations: null, urls: null, platform: null, artifactType: null, data: null }
    const config = { ...required, ...optional }
    const encode = (value: object) => Buffer.from(JSON.stringify(value))
    const manifest = { mediaType: null, annotations: null, artifactType: null, subject: null }
    const parsed = parseManifest(encode({ ...manifest, config, layers: [config] }))
    expect(parsed).toEqual(parseManifest(encode({ config: required, layers: [required] })))
    expect(parsed).toEqual({ mediaType: OCI_MANIFEST, config: required, layers: [required] })
    expect(parseManifest(encode({ config, layers: null })).layers).toEqual([])
    const index = { mediaType: null, annotations: null, subject: null, manifests: [config] }
    expect(parseIndex(encode(index))).toEqual({ mediaType: OCI_INDEX, manifests: [required] })
    expect(parseIndex(encode({ manifests: null })).manifests).toEqual([])
  })

  test.each([-1, 1.5, '3', null])('reject a size of %j', size => {
    expect(() => parseDescriptor({ mediaType: 'a', digest: layer.digest, size }, 'it')).toThrow('it.size')
  })

  test('accept a config with only platform and diff_ids', () => {
    const text = `{"os":"linux","architecture":"arm","rootfs":{"type":"layers","diff_ids":["${layer.digest}"]},"config":{"Cmd":["a"],"Env":null}}`
    expect(parseConfig(Buffer.from(text))).toMatchObject({
      platform: { os: 'linux', architecture: 'arm' },
      diffIds: [layer.digest],
      cmd: ['a'],
      entrypoint: [],
    })
  })

  test.each(['', ',"rootfs":null', ',"rootfs":{}', ',"rootfs":{"diff_ids":null}'])(
    'accept a config of an image from scratch: %s',
    rootfs => {
      const config = `{"os":"linux","architecture":"arm"${rootfs}}`
      expect(parseConfig(Buffer.from(config)).diffIds).toEqual([])
    },
  )

  test('reject a config whose rootfs is not an object', () => {
    const config = Buffer.from('{"os":"linux","architecture":"arm","rootfs":[]}')
    expect(() => parseConfig(config)).toThrow('rootfs is not an object')
  })
})
