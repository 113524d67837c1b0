import { expect, test } from '@jest/globals'
import { encodeDockerManifest } from '../../src/image/docker-manifest.js'
import { bytesBlob, makeImage } from '../../src/oci/image.js'
import { OCI_LAYER_GZIP } from '../../src/oci/media-type.js'
import { parsePlatform } from '../../src/oci/platform.js'

const layers = [bytesBlob(Buffer.from('layer'), { mediaType: OCI_LAYER_GZIP })]
const imageFor = (platform: string) =>
  makeImage({ platform: parsePlatform(platform), config: Buffer.from(platform), layers })
const images = ['linux/386', 'linux/amd64', 'linux/arm/v7'].map(imageFor)

const decoded = (name: string | undefined) =>
  JSON.parse(encodeDockerManifest(images, name).toString()) as {
    Config: string
    RepoTags: string[]
    Layers: string[]
  }[]

test('the machine that most have bears the name, the others say which they are', () => {
  expect(decoded('hello:1').map(({ RepoTags }) => RepoTags)).toEqual([
    ['hello:1'],
    ['hello:1-386'],
    ['hello:1-armv7'],
  ])
})

test('names config and layers where they lie in the archive', () => {
  const [first] = decoded('hello:1')
  const path = (digest = '') => `blobs/sha256/${digest.slice('sha256:'.length)}`
  expect(first?.Config).toBe(path(images[1]?.config.digest))
  expect(first?.Layers).toEqual([path(layers[0]?.digest)])
})

test('without a name there are no tags', () => {
  expect(decoded(undefined).map(({ RepoTags }) => RepoTags)).toEqual([[], [], []])
})
