import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { builderSystems } from '../../src/command/emulation/builders.js'
import { parseSettings } from '../../src/nix/settings.js'
import { withFolder } from './fakes.js'

const settings = (values: Record<string, unknown>) =>
  parseSettings(
    JSON.stringify(Object.fromEntries(Object.entries(values).map(([k, value]) => [k, { value }]))),
  )

describe('settings', () => {
  test('are read as a current Nix gives them', () => {
    const given = settings({
      system: 'x86_64-linux',
      'extra-platforms': ['i686-linux', 'aarch64-linux'],
      builders: '@/etc/nix/machines',
      sandbox: true,
      'sandbox-paths': { '/bin/sh': { optional: false, source: '/usr/bin/bash-static' } },
      'build-users-group': 'nixbld',
      store: 'auto',
      substituters: ['https://cache.nixos.org/', 'https://mine.cachix.org'],
      'netrc-file': '/etc/nix/netrc',
    })
    expect(given).toEqual({
      system: 'x86_64-linux',
      extraPlatforms: ['i686-linux', 'aarch64-linux'],
      builders: '@/etc/nix/machines',
      sandbox: true,
      sandboxPaths: ['/bin/sh'],
      buildUsersGroup: 'nixbld',
      store: 'auto',
      substituters: ['https://cache.nixos.org/', 'https://mine.cachix.org'],
      netrcFile: '/etc/nix/netrc',
    })
  })

  test('are read as older versions gave them', () => {
    const given = settings({
      'extra-platforms': 'i686-linux aarch64-linux',
      sandbox: 'false',
      'sandbox-paths': ['/bin/sh=/usr/bin/busybox', '/run/binfmt?'],
      substituters: 'https://cache.nixos.org/ https://mine.cachix.org',
    })
    expect(given.substituters).toHaveLength(2)
    expect(given.extraPlatforms).toEqual(['i686-linux', 'aarch64-linux'])
    expect(given.sandbox).toBe(false)
    expect(given.sandboxPaths).toEqual(['/bin/sh', '/run/binfmt'])
  })

  test.each([
    [true, true],
    ['relaxed', true],
    [false, false],
  ])('a sandbox that is %j', (value, sandbox) => {
    expect(settings({ sandbox: value }).sandbox).toBe(sandbox)
  })

  test('that are no settings are refused', () => {
    expect(() => parseSettings('[]')).toThrow("Nix's settings is not an object")
    expect(() => parseSettings('nonsense')).toThrow('not JSON')
  })
})

describe('remote builders', () => {
  const systems = async (builders: string) => [...(await builderSystems(builders, 'x86_64-linux'))]

  test.each<[string, string[]]>([
    ['', []],
    ['ssh://root@mac aarch64-linux,armv7l-linux /key 4 1 kvm', ['aarch64-linux', 'armv7l-linux']],
    ['ssh://a aarch64-linux ; ssh://b s390x-linux', ['aarch64-linux', 's390x-linux']],
    [
      'ssh://a aarch64-linux\n# ssh://c riscv64-linux\nssh://b - # like me',
      ['aarch64-linux', 'x86_64-linux'],
    ],
    ['ssh://a', ['x86_64-linux']],
    ['@/nonexistent/machines', []],
  ])('%j offer %j', async (builders, expected) => {
    expect(await systems(builders)).toEqual(expected)
  })

  test('are read from a file', () =>
    withFolder(async folder => {
      const file = join(folder, 'machines')
      await writeFile(file, '# mine\nssh-ng://me@host aarch64-linux - 8\n\nssh://b riscv64-linux\n')
      expect(await systems(`@${file}`)).toEqual(['aarch64-linux', 'riscv64-linux'])
      expect(await systems(`ssh://c s390x-linux; @${file}`)).toEqual([
        's390x-linux',
        'aarch64-linux',
        'riscv64-linux',
      ])
    }))
})
