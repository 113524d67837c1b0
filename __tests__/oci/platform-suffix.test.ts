import { expect, test } from '@jest/globals'
import { parseContainer } from '../../src/nix/container.js'
import { splitPlatformSuffix, withoutPlatformSuffix } from '../../src/oci/platform.js'

test.each([
  ['1.0.0-amd64', 'x86_64-linux', '1.0.0'],
  ['1.0.0-x86_64', 'x86_64-linux', '1.0.0'],
  ['1.0.0-x86_64-linux', 'x86_64-linux', '1.0.0'],
  ['1.0.0-linux-arm64', 'aarch64-linux', '1.0.0'],
  ['app_aarch64', 'aarch64-linux', 'app'],
  // Another platform, or only the platform, is not removed.
  ['1.0.0-amd64', 'aarch64-linux', '1.0.0-amd64'],
  ['arm64', 'aarch64-linux', 'arm64'],
  ['-arm64', 'aarch64-linux', '-arm64'],
  ['1.0.0-rc.1', 'x86_64-linux', '1.0.0-rc.1'],
  ['charm', 'armv7l-linux', 'charm'],
] as const)('%s for %s without its platform is %s', (text, system, base) => {
  expect(withoutPlatformSuffix(text, system)).toBe(base)
})

test('the end of a name says a system', () => {
  expect(splitPlatformSuffix('fd-aarch64')).toEqual({ base: 'fd', system: 'aarch64-linux' })
  expect(splitPlatformSuffix('fd-x86_64-linux')).toEqual({ base: 'fd', system: 'x86_64-linux' })
  expect(splitPlatformSuffix('fd')).toBeUndefined()
})

test('the name, tag and version of an image do not contain its platform', () => {
  const json = {
    name: 'app',
    builder: 'x86_64-linux',
    derivation: '/nix/store/1-app.drv',
    output: 'out',
    imageName: 'ghcr.io/me/app-arm64',
    imageTag: '1.0.0-arm64',
    version: '1.0.0-aarch64-linux',
    description: 'for arm64',
  }
  expect(parseContainer(json, { system: 'aarch64-linux', attribute: 'a.b' })).toMatchObject({
    imageName: 'ghcr.io/me/app',
    imageTag: '1.0.0',
    version: '1.0.0',
    description: 'for arm64',
  })
})
