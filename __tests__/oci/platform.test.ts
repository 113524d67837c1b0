import { describe, expect, test } from '@jest/globals'
import {
  formatPlatform,
  isSystem,
  normalizePlatform,
  parsePlatform as parseFields,
  platformOf,
  resolvePlatform,
  SYSTEMS,
} from '../../src/oci/platform.js'
import { escapeJson } from '../../src/util/text.js'
import { parsePlatform } from '../support/platform.js'

describe('platforms', () => {
  test.each(['linux/amd64', 'linux/arm64', 'linux/arm/v6', 'linux/386'])('parses and formats %s', name => {
    expect(formatPlatform(parsePlatform(name))).toBe(name)
  })

  test.each(['', 'linux', 'linux/', 'linux/arm/', 'linux/arm/v7/x'])('rejects %j', text => {
    expect(() => parsePlatform(text)).toThrow('not a platform')
  })

  test.each([
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/amd64', 'linux/amd64'],
  ])('normalizes %s to %s', (given, normal) => {
    expect(formatPlatform(normalizePlatform(parsePlatform(given)))).toBe(normal)
  })
})

describe('systems', () => {
  test('each system has its own platform', () => {
    expect(new Set(SYSTEMS.map(system => formatPlatform(platformOf(system)))).size).toBe(SYSTEMS.length)
  })

  test('rejects names that are not systems', () => {
    expect(isSystem('toString')).toBe(false)
    expect(isSystem('x86_64-darwin')).toBe(false)
  })

  test.each([
    ['aarch64-linux', 'linux/arm64', 'linux/arm64'],
    ['aarch64-linux', 'linux/arm64/v8', 'linux/arm64'],
    ['armv7l-linux', 'linux/arm', 'linux/arm/v7'],
    ['armv6l-linux', 'linux/arm', 'linux/arm/v6'],
    ['x86_64-linux', 'linux/amd64/v3', 'linux/amd64/v3'],
  ] as const)('an image for %s with the platform %s in its config is for %s', (system, stated, platform) => {
    const found = resolvePlatform(system, parsePlatform(stated))
    expect(found && formatPlatform(found)).toBe(platform)
  })

  test.each([
    ['aarch64-linux', 'linux/amd64'],
    ['armv6l-linux', 'linux/arm/v7'],
    ['x86_64-linux', 'windows/amd64'],
  ] as const)('rejects an image for %s with the platform %s in its config', (system, stated) => {
    expect(resolvePlatform(system, parsePlatform(stated))).toBeUndefined()
  })
})

describe('the fields of a platform', () => {
  test.each([
    [
      { os: 'linux', architecture: 'arm', variant: 'v7' },
      { architecture: 'arm', os: 'linux', variant: 'v7' },
    ],
    [
      { os: 'linux', architecture: 'amd64', variant: null },
      { architecture: 'amd64', os: 'linux' },
    ],
    [
      { os: 'linux', architecture: 'amd64', variant: '' },
      { architecture: 'amd64', os: 'linux' },
    ],
    [
      { os: '', architecture: '' },
      { architecture: '', os: '' },
    ],
    [
      { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.2402', 'os.features': ['win32k'] },
      { architecture: 'amd64', os: 'windows', 'os.version': '10.0.20348.2402' },
    ],
  ])('%j is read', (fields, platform) => expect(parseFields(fields)).toEqual(platform))

  test.each([
    'v2 | <img src=x>',
    'v2\n',
    'v2/x',
    '<v2>',
    '`v2`',
    ' v2',
    '-v2',
    'v\u202e2',
    '\u001b[31mv2',
    'é',
    '[v2](https://example.org)',
    'v'.repeat(65),
  ])('%j is none', word => {
    const platform = { os: 'linux', architecture: 'amd64' }
    for (const name of ['os', 'architecture', 'variant', 'os.version'])
      expect(() => parseFields({ ...platform, [name]: word }, 'platform.')).toThrow(
        `platform.${name} is not the name of a platform: ${escapeJson(JSON.stringify(word)).slice(0, 60)}`,
      )
  })

  test.each([
    [{ architecture: 'amd64' }, 'os is not a string but nothing'],
    [{ os: 'linux', architecture: ['amd64'] }, 'architecture is not a string but ["amd64"]'],
    [{ os: 'linux', architecture: 'arm', variant: 7 }, 'variant is not a string but 7'],
  ])('%j is an error', (fields, message) => expect(() => parseFields(fields)).toThrow(message))
})
