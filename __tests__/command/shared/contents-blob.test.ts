import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import {
  encodeContents,
  parseContents,
  readContentsDescriptor,
  recordContents,
} from '../../../src/command/shared/contents-blob.js'
import { CONTENTS } from '../../../src/oci/annotation-keys.js'
import type { Component, ImageContents } from '../../../src/sbom/contents.js'

const store = (name: string): string => `/nix/store/${'0'.repeat(32)}-${name}`

const full: Component = {
  path: store('b-2.0'),
  name: 'b',
  version: '2.0',
  narHash: `sha256-${'A'.repeat(43)}=`,
  narSize: 5,
  references: [store('a-1.0')],
  package: {
    description: 'A program',
    homepage: 'https://example.org',
    licenses: 'MIT',
    cpe: 'cpe:2.3:a:b:b:2.0:*:*:*:*:*:*:*',
    purl: 'pkg:github/b/b@2.0',
    sources: [{ url: 'https://example.org/b.tar.gz', hash: `sha256-${'B'.repeat(43)}=`, unpacked: true }],
    patches: [{ name: 'CVE-2024-1.patch', url: 'https://example.org/p', resolves: ['CVE-2024-1'] }],
  },
}

const contents: ImageContents = {
  components: [{ path: store('a-1.0'), name: 'a', version: '1.0', references: [] }, full],
  otherLayers: [{ diffId: `sha256:${'0'.repeat(64)}` as never, from: 'debian:12' }],
}

test('contents are the same after they were encoded, and the bytes do not change', async () => {
  const [one, two] = [encodeContents(contents), encodeContents(structuredClone(contents))]
  expect(one.digest).toBe(two.digest)
  expect(parseContents(await buffer(one.open()))).toEqual(contents)
  expect(readContentsDescriptor(recordContents(one))).toMatchObject({ digest: one.digest, size: one.size })
  expect(readContentsDescriptor({})).toBeUndefined()
  expect(recordContents(undefined)).toEqual({})
})

test('a record of another type is refused', () => {
  const text = recordContents(encodeContents(contents))[CONTENTS]
  for (const damaged of ['', '[]', text?.replace('image-contents', 'image-config')])
    expect(() => readContentsDescriptor({ [CONTENTS]: damaged as string })).toThrow(
      'the record of its contents',
    )
})

describe('contents of an archive that somebody has changed are refused', () => {
  const parse = (value: unknown) => () => parseContents(Buffer.from(JSON.stringify(value)))
  const withComponent = (more: object) => ({
    ...contents,
    components: [contents.components[0], { ...full, ...more }],
  })
  const withPackage = (more: object) => withComponent({ package: { ...full.package, ...more } })

  test.each<[string, unknown, string]>([
    ['not an object', [], 'the contents is not an object'],
    ['a list that is missing', { components: [] }, 'otherLayers is not a list'],
    ['an unknown field', { ...contents, more: 1 }, 'the unknown field "more"'],
    ['an unknown field of a component', withComponent({ more: 1 }), 'the unknown field "more"'],
    ['a path outside of the store', withComponent({ path: '/etc/passwd' }), 'is not a store path'],
    ['a path in a store path', withComponent({ path: `${store('b')}/bin` }), 'is not a store path'],
    [
      'components in another order',
      { ...contents, components: contents.components.toReversed() },
      'not sorted',
    ],
    ['the same component twice', { ...contents, components: [full, full] }, 'not distinct'],
    [
      'a reference out of the image',
      withComponent({ references: [store('c')] }),
      'which is not in the image',
    ],
    [
      'references in another order',
      withComponent({ references: [store('b-2.0'), store('a-1.0')] }),
      'not sorted',
    ],
    ['a hash that is none', withComponent({ narHash: 'sha256-<script>' }), 'narHash is not a hash'],
    ['a size that is none', withComponent({ narSize: -1 }), 'narSize is not a whole number'],
    ['a name that is not a text', withComponent({ name: 1 }), 'name is not a string'],
    ['a description that is not a text', withPackage({ description: {} }), 'description is not a string'],
    ['sources that are not a list', withPackage({ sources: {} }), 'sources is not a list'],
    ['a source with a wrong hash', withPackage({ sources: [{ url: 'x', hash: 'y' }] }), 'is not a hash'],
    ['a source without a URL', withPackage({ sources: [{}] }), 'url is not a string'],
    ['a patch without vulnerabilities', withPackage({ patches: [{ name: 'x' }] }), 'resolves is not a list'],
    ['a layer that is not a digest', { ...contents, otherLayers: [{ diffId: 'x' }] }, 'not a digest'],
  ])('%s', (_, value, message) => {
    expect(parse(contents)).not.toThrow()
    expect(parse(value)).toThrow(message)
  })
})
