import { describe, expect, test } from '@jest/globals'
import { chooseVersion } from '../../src/tags/choose-tags.js'
import { compareVersions, parseLooseVersion, parseVersion } from '../../src/tags/version.js'
import { parseVersionName } from '../../src/tags/version-name.js'

describe('parseVersion', () => {
  test.each([
    ['1.2.3', '1.2.3', true],
    ['v1.2.3', '1.2.3', true],
    ['1.2.3-rc.1', '1.2.3-rc.1', false],
    ['1.2.3+build.5', '1.2.3+build.5', true],
    ['v1.2.3-rc.1+b', '1.2.3-rc.1+b', false],
    ['0.0.0', '0.0.0', true],
  ])('parses %s', (text, plain, stable) => {
    expect(parseVersion(text)).toMatchObject({ text: plain, stable })
  })

  test.each([
    '',
    '1.2',
    '1',
    'v1',
    'latest',
    '=1.2.3',
    '01.2.3',
    '1.2.3.4',
    'V1.2.3',
    '0-unstable-2024-05-01',
    'x1.2.3',
  ])('returns undefined for %p', text => expect(parseVersion(text)).toBeUndefined())

  test('compares versions like semver', () => {
    const texts = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-rc.2',
      '1.0.0-rc.10',
      '1.0.0',
      '1.9.0',
      '1.10.0',
      '2.0.0',
    ]
    const versions = texts.map(text => parseVersion(text)).filter(version => version !== undefined)
    expect(
      versions
        .toReversed()
        .sort(compareVersions)
        .map(({ text }) => text),
    ).toEqual(texts)
  })
})

describe('parseLooseVersion', () => {
  test.each([
    ['1.2.3', '1.2.3', true],
    ['17.2', '17.2', true],
    ['v2024.05.1', '2024.05.1', true],
    ['1.2.3.4', '1.2.3.4', true],
    ['1.2.3.4-rc.1', '1.2.3.4-rc.1', false],
    ['2024.05+b1', '2024.05+b1', true],
  ])('parses %s', (text, plain, stable) =>
    expect(parseLooseVersion(text)).toMatchObject({ text: plain, stable }),
  )

  test.each(['', '17', 'v1', 'latest', '2024-05-01', '0-unstable-2024-05-01', '.1.2', '1..2', 'x1.2'])(
    'returns undefined for %p',
    text => expect(parseLooseVersion(text)).toBeUndefined(),
  )

  test('compares number by number, then the prerelease', () => {
    const texts = ['2024.05.1', '2024.05.1.1', '2024.5.2-rc.2', '2024.5.2-rc.10', '2024.05.2', '2024.11.01']
    const versions = texts.map(text => parseLooseVersion(text)).filter(version => version !== undefined)
    const sorted = versions.toReversed().sort(compareVersions)
    expect(sorted.map(({ text }) => text)).toEqual(texts)
  })
})

describe('parseVersionName', () => {
  test.each([
    ['v1.2.3', '1.2.3', undefined],
    ['release-1.2.3', '1.2.3', undefined],
    ['release/v1.2.3-rc.1', '1.2.3-rc.1', undefined],
    ['Version_1.2', '1.2', undefined],
    ['fd/v1.2.3', '1.2.3', 'fd'],
    ['fd@1.2.3', '1.2.3', 'fd'],
    ['@scope/fd@1.2.3', '1.2.3', '@scope/fd'],
    ['fd-find-10.1.0', '10.1.0', 'fd-find'],
    ['a/b/v2024.05.1', '2024.05.1', 'a/b'],
  ])('%s has the version %s of %s', (name, version, packageName) => {
    const named = parseVersionName(name)
    expect([named?.version.text, named?.packageName]).toEqual([version, packageName])
  })

  test.each(['nightly', 'v1', 'spring/24', 'release', '1.2.x'])('%s has no version', name =>
    expect(parseVersionName(name)).toBeUndefined(),
  )
})

describe('chooseVersion', () => {
  const tag = { kind: 'tag', name: 'v2.0.0' } as const

  test.each([
    ['prefers the input', '3.0.0', '1.0.0', tag, '3.0.0'],
    ['prefers the image to the Git tag', undefined, '1.0.0', tag, '1.0.0'],
    ['ignores an empty input', '', undefined, tag, '2.0.0'],
    [
      'prefers the Git tag to a version of the image that is not semver',
      undefined,
      '2024-05-01',
      tag,
      '2.0.0',
    ],
    ['ignores the name of a branch', undefined, '17.2', { kind: 'branch', name: 'v2.0.0' } as const, '17.2'],
    [
      'ignores a Git tag that is not a version',
      undefined,
      '1.0.0',
      { kind: 'tag', name: 'v2' } as const,
      '1.0.0',
    ],
    ['returns undefined if there is no version', undefined, undefined, { kind: 'none' } as const, undefined],
  ])('%s', (_, input, image, ref, expected) => {
    expect(chooseVersion(input, image, { ref, names: ['fd'] })).toBe(expected)
  })
})
