import { describe, expect, test } from '@jest/globals'
import {
  fitList,
  formatBuiltLine,
  formatCachedLine,
  formatMergedLines,
  formatReferences,
} from '../../../src/command/summary/result-lines.js'
import { widthOf } from '../../../src/util/columns.js'
import { builtOf, digestOf, mergedOf, sentOf } from '../../support/reports.js'

const X = 'x86_64-linux'
const ARM = 'aarch64-linux'
const NOTHING = { blobs: { uploaded: 0, mounted: 0, existed: 9 }, bytesSent: 0 }

const unchanged = (name: string, bytesSent = 0) =>
  mergedOf(name, [X, ARM], {
    unchanged: true,
    kept: true,
    pushed: [sentOf(name, ['1.0'], { ...NOTHING, bytesSent })],
  })
const many = (count: number, bytesSent?: number) =>
  Array.from({ length: count }, (_, n) => unchanged(`app${n}`, bytesSent))

describe('the result of a merge', () => {
  test('is one line for an image, with its tags once, platforms and sizes', () => {
    const fd = mergedOf('fd', [X, ARM], { pushed: [sentOf('fd', ['1.2.3', '1.2', 'latest'])] })
    expect(formatMergedLines([fd], 80)).toEqual([
      'ghcr.io/owner/fd: 1.2.3, 1.2, latest (amd64, arm64, 24.6 MB, 5.0 MB uploaded)',
    ])
  })

  test('counts the SBOMs, which can be new although no layer is', () => {
    const sbom = {
      fileName: 'fd.index.cdx.json',
      digest: digestOf('5'),
      artifactType: 'application/vnd.cyclonedx+json',
    }
    const pushed = [sentOf('fd', ['1.2.3'], { ...NOTHING, bytesSent: 900 })]
    const fd = { ...mergedOf('fd', [X, ARM], { pushed }), sboms: [sbom, sbom] }
    expect(formatMergedLines([fd], 80)).toEqual([
      'ghcr.io/owner/fd: 1.2.3 (amd64, arm64, 24.6 MB, no new layers, 2 SBOMs)',
    ])
  })

  test('counts the tags that do not fit', () => {
    const tags = ['10.2.1', '10.2', '10', 'latest', 'main', 'sha-3f2a91c']
    const fd = mergedOf('fd', [X, ARM], { pushed: [sentOf('fd', tags)] })
    expect(formatMergedLines([fd], 80)).toEqual([
      'ghcr.io/owner/fd: 10.2.1, 10.2, 10, latest and 2 more (amd64, arm64, 24.6 MB)',
    ])
    expect(formatMergedLines([fd], 120)[0]).toContain(
      'latest, main, sha-3f2a91c (amd64, arm64, 24.6 MB, 5.0 MB uploaded)',
    )
  })

  test.each([
    ['a long name', 'an-image-with-a-name-that-nobody-would-like-to-type-in-a-terminal', ['1.0']],
    ['a long tag', 'fd', [`feature-${'x'.repeat(120)}`, 'b']],
    ['both', 'x'.repeat(200), ['y'.repeat(128), 'latest']],
    ['no tags', 'fd', []],
    ['wide characters', '日本語'.repeat(20), ['1.0', 'latest']],
  ])('fits 80 columns with %s', (_, name, tags) => {
    const image = mergedOf(name, [X, ARM], { pushed: [sentOf(name, tags)] })
    const [line = '', ...others] = formatMergedLines([image], 80)
    expect(others).toEqual([])
    expect(widthOf(line)).toBeLessThanOrEqual(80)
    expect(line).toContain('(amd64, arm64, 24.6 MB')
  })

  test('counts more than three platforms', () => {
    const systems = [X, ARM, 'riscv64-linux', 'i686-linux'] as const
    const fd = mergedOf('fd', systems, { pushed: [sentOf('fd', ['1'])] })
    expect(formatMergedLines([fd], 80)[0]).toContain('fd: 1 (4 platforms, 49.2 MB,')
  })

  test('does not repeat the tags for a second repository', () => {
    const second = {
      ...sentOf('fd', []),
      image: 'docker.io/owner/fd@sha256:0',
      tags: ['docker.io/owner/fd:1'],
    }
    const fd = mergedOf('fd', [X], { pushed: [sentOf('fd', ['1']), second] })
    expect(formatMergedLines([fd], 80)).toEqual([
      'ghcr.io/owner/fd: 1 (amd64, 12.3 MB, 5.0 MB uploaded)',
      'docker.io/owner/fd: the same tags (amd64, 12.3 MB, 5.0 MB uploaded)',
    ])
  })

  test('names the digest without tags, and the archive of an image that is not pushed', () => {
    const images = [
      mergedOf('fd', [X], { pushed: [sentOf('fd', [])] }),
      mergedOf('rg', [X], { archive: 'out/rg.oci.tar' }),
      mergedOf('jq', [X]),
    ]
    expect(formatMergedLines(images, 80)).toEqual([
      expect.stringMatching(
        /^ghcr\.io\/owner\/fd@sha256:[0-9a-f]{12}… \(amd64, 12\.3 MB, 5\.0 MB uploaded\)$/,
      ),
      'out/rg.oci.tar (amd64, 12.3 MB)',
      'jq (amd64, 12.3 MB), already in the registry',
    ])
  })

  test('is one line for fifty unchanged containers', () => {
    const lines = formatMergedLines(many(50), 80)
    expect(lines).toEqual(['50 containers unchanged, nothing to upload: app0, app1, app2, app3 and 46 more'])
    expect(formatMergedLines(many(50, 900), 80)).toEqual([
      '50 containers unchanged, only tags set: app0, app1, app2, app3, app4 and 45 more',
    ])
  })

  test('has the line of a changed container before those that are unchanged', () => {
    const fd = mergedOf('fd', [X], { pushed: [sentOf('fd', ['1'])] })
    const lines = formatMergedLines([...many(2), fd], 80)
    expect(lines).toEqual([
      'ghcr.io/owner/fd: 1 (amd64, 12.3 MB, 5.0 MB uploaded)',
      '2 containers unchanged, nothing to upload: app0, app1',
    ])
  })

  test('has the tags of a single unchanged container', () => {
    expect(formatMergedLines(many(1), 80)).toEqual([
      'ghcr.io/owner/app0: 1.0 (amd64, arm64, 24.6 MB, nothing to upload)',
    ])
  })

  test('says why a tag was not changed, once for all images with the same reason', () => {
    const left = (name: string) => [
      { tag: `ghcr.io/owner/${name}:latest`, why: 'it points to the newer version 2.0.0 of another branch' },
    ]
    const images = ['a', 'b'].map(name =>
      mergedOf(name, [X], { pushed: [sentOf(name, ['1'], { left: left(name) })] }),
    )
    expect(formatMergedLines(images.slice(0, 1), 80).slice(1)).toEqual([
      'ghcr.io/owner/a:latest is not changed: it points to the newer version 2.0.0 of',
      '  another branch',
    ])
    expect(formatMergedLines(images, 80).slice(2)).toEqual([
      'latest of 2 images is not changed: it points to the newer version 2.0.0 of',
      '  another branch',
    ])
  })
})

describe('the references on standard output', () => {
  const fd = mergedOf('fd', [X], { archive: 'fd.tar', pushed: [sentOf('fd', ['1'])] })
  const both = [`fd.tar ${digestOf('fd')}`, `ghcr.io/owner/fd@${digestOf('fd')}`].join('\n')

  test('are all images for a program, and those that have changed on a terminal', () => {
    expect(formatReferences([...many(50), fd]).split('\n')).toHaveLength(52)
    expect(formatReferences([...many(50), fd], { isTerminal: true })).toBe(both)
    expect(formatReferences(many(1), { isTerminal: true })).toBe(`ghcr.io/owner/app0@${digestOf('app0')}`)
  })
})

describe('the line of a built container', () => {
  test.each([
    [builtOf('fd', X), 'fd for x86_64-linux: built in 3.1 s, packed in 0.4 s, 7 layers, 12.3 MB'],
    [
      builtOf('fd', X, { how: 'present' }),
      'fd for x86_64-linux: already in the Nix store, packed in 0.4 s, 12.3 MB',
    ],
    [
      builtOf('fd', X, { how: 'fetched' }),
      'fd for x86_64-linux: fetched in 3.1 s, packed in 0.4 s, 7 layers, 12.3 MB',
    ],
  ])('has the details that fit', (built, line) => {
    expect(formatBuiltLine(built, 80)).toBe(line)
  })

  test('shortens a long name in its middle', () => {
    const line = formatBuiltLine(builtOf('a-very-long-name-of-a-container-for-one-line', ARM), 60)
    expect(widthOf(line)).toBe(60)
    expect(line).toMatch(/^a-very.*….*aarch64-linux: built in 3\.1 s, 12\.3 MB$/)
  })

  test('is one line for all images from the cache', () => {
    const images = Array.from({ length: 50 }, (_, n) => builtOf(`app${n}`, X, { how: 'cached' }))
    expect(formatCachedLine(images, 80)).toBe(
      '50 images unchanged, restored from the cache: app0 for x86_64-linux and 49 more',
    )
  })
})

describe('a list', () => {
  test.each([
    [['a', 'b', 'c'], 80, 'a, b, c'],
    [['alpha', 'beta', 'gamma'], 17, 'alpha and 2 more'],
    [['alphabetical', 'beta'], 17, 'alp…ical and 1 more'],
    [[], 80, ''],
  ])('%j in %d columns', (names, columns, text) => {
    expect(fitList(names, columns)).toBe(text)
  })
})
