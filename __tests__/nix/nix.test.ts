import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readBuilderSystems } from '../../src/command/emulation/emulation.js'
import { parseContainer } from '../../src/nix/container.js'
import {
  batchPaths,
  findGoodNix,
  findNix,
  findStoreRoot,
  isAtLeast,
  type NixContext,
  openNix,
  parseNixVersion,
  parseSettings,
} from '../../src/nix/nix.js'
import { buildContainer } from '../../src/nix/realise.js'
import { exec } from '../../src/util/exec.js'
import { fakeNix, rejection, withFolder } from './fakes.js'

describe('a version', () => {
  test.each([
    ['nix (Nix) 2.34.8', 'nix', 2, 34, '2.34.8'],
    ['nix (Nix) 2.8.0\n', 'nix', 2, 8, '2.8.0'],
    ['nix (Nix) 2.35.0pre20260901_1a2b3c4', 'nix', 2, 35, '2.35.0pre20260901_1a2b3c4'],
    ['nix (Determinate Nix 3.11.2) 2.31.1', 'determinate', 2, 31, '2.31.1'],
    ['nix (Lix, like Nix) 2.93.3', 'lix', 2, 93, '2.93.3'],
    ['warning: something\nnix (Nix) 2.18.1', 'nix', 2, 18, '2.18.1'],
  ])('is parsed from %j', (printed, flavour, major, minor, text) => {
    expect(parseNixVersion(printed)).toEqual({ flavour, major, minor, text })
  })

  test('is undefined for other output', () => {
    expect(parseNixVersion('bash: nix: command not found')).toBeUndefined()
  })

  test('is compared numerically', () => {
    const version = { flavour: 'nix', major: 2, minor: 13, text: '2.13.0' } as const
    expect([isAtLeast(version, 2, 8), isAtLeast(version, 2, 13), isAtLeast(version, 2, 14)]).toEqual([
      true,
      true,
      false,
    ])
    expect(isAtLeast({ ...version, major: 3, minor: 0 }, 2, 99)).toBe(true)
  })
})

/**
 * A program that behaves like Nix: an old version does not support `config show`, a new version does not support `show-config`.
 */
const script = (version: string, shows: 'config show' | 'show-config' | 'nothing') => `#!/bin/sh
case "$*" in
  --version) echo '${version}';;
  *' ${shows} --json') echo '{"system":{"value":"x86_64-linux"},"build-users-group":{"value":"nixbld"}}';;
  *config*) echo "error: unknown command" >&2; exit 1;;
  *) printf '%s|' "$@";;
esac
`

async function writeProgram(folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'nix'), text)
  await chmod(join(folder, 'nix'), 0o755)
}

const contextIn = (folder: string, more: Partial<NixContext> = {}): NixContext => ({
  exec,
  env: { PATH: folder },
  uid: 1000,
  groupFile: join(folder, 'group'),
  ...more,
})

const FEATURES = '--extra-experimental-features|nix-command flakes|'

describe('finding Nix', () => {
  test('prefers PATH, in its order', () =>
    withFolder(async folder => {
      await writeProgram(join(folder, 'b'), '')
      await writeProgram(join(folder, 'c'), '')
      const PATH = ['a', 'b', 'c'].map(name => join(folder, name)).join(':')
      expect(await findNix({ PATH })).toBe(join(folder, 'b/nix'))
    }))

  test('uses the user’s profile if PATH has no Nix', () =>
    withFolder(async folder => {
      await writeProgram(join(folder, '.nix-profile/bin'), '')
      const found = await findNix({ PATH: '', HOME: folder })
      expect([join(folder, '.nix-profile/bin/nix'), '/nix/var/nix/profiles/default/bin/nix']).toContain(found)
    }))

  test.each([
    ['.nix-profile/bin', {}],
    ['.local/state/nix/profile/bin', {}],
    ['state/nix/profile/bin', { XDG_STATE_HOME: 'state' }],
    ['b/bin', { NIX_PROFILES: 'a b' }],
  ])('searches %s', (place, variables: Record<string, string>) =>
    withFolder(async folder => {
      await writeProgram(join(folder, place), '')
      const inFolder = Object.entries(variables).map(([name, value]) => [
        name,
        value
          .split(' ')
          .map(word => join(folder, word))
          .join(' '),
      ])
      const found = await findNix({ PATH: '', HOME: folder, ...Object.fromEntries(inFolder) })
      expect([join(folder, place, 'nix'), '/nix/var/nix/profiles/default/bin/nix']).toContain(found)
    }),
  )

  const printing = (version: string): string => `#!/bin/sh\necho 'nix (Nix) ${version}'\n`

  test.each([
    ['2.3.16', '2.18.1', 'b'],
    ['2.8.0', '2.18.1', 'a'],
    ['broken', '2.8.1', 'b'],
  ])('of the versions %s and %s, uses the first good one: %s', (first, second, expected) =>
    withFolder(async folder => {
      await writeProgram(join(folder, 'a'), first === 'broken' ? '#!/bin/sh\nexit 1\n' : printing(first))
      await writeProgram(join(folder, 'b'), printing(second))
      const found = await findGoodNix({ PATH: `${folder}/a:${folder}/b` }, exec)
      expect(found).toBe(join(folder, expected, 'nix'))
    }),
  )

  test('does not run the only Nix of a machine, also if it has two names', () =>
    withFolder(async folder => {
      await writeProgram(join(folder, 'a'), printing('2.18.1'))
      await symlink(join(folder, 'a'), join(folder, 'b'))
      const calls: string[] = []
      const counting: typeof exec = (command, ...rest) => {
        calls.push(command)
        return exec(command, ...rest)
      }
      const found = await findGoodNix({ PATH: `${folder}/a:${folder}/b` }, counting)
      expect(found).toBe(join(folder, 'a/nix'))
      expect(calls.filter(call => call.startsWith(`${folder}/b`))).toEqual([])
    }))

  test('ignores a file that is not executable', () =>
    withFolder(async folder => {
      await writeProgram(join(folder, 'a'), '')
      await chmod(join(folder, 'a/nix'), 0o644)
      await writeProgram(join(folder, 'b'), '')
      expect(await findNix({ PATH: `${folder}/a:${folder}/b` })).toBe(join(folder, 'b/nix'))
    }))
})

describe('opening Nix', () => {
  test.each([
    ['nix (Nix) 2.34.8', 'config show'],
    ['nix (Nix) 2.8.0', 'show-config'],
    ['nix (Lix, like Nix) 2.93.3', 'show-config'],
    ['nix (Nix) 2.19.0', 'config show'],
  ] as const)('reads the settings of %s with %s', (version, shows) =>
    withFolder(async folder => {
      await writeProgram(folder, script(version, shows))
      const nix = await openNix(contextIn(folder))
      expect(nix.settings.system).toBe('x86_64-linux')
      expect(nix.command).toBe(join(folder, 'nix'))
    }),
  )

  test('enables the experimental features for each call, and adds no other options for a user', () =>
    withFolder(async folder => {
      await writeProgram(folder, script('nix (Nix) 2.34.8', 'config show'))
      const nix = await openNix(contextIn(folder))
      expect((await nix.run(['build', 'a b'])).stdout).toBe(`${FEATURES}build|a b|`)
    }))

  test.each([
    ['the initialized store of the system: no', 'auto', true, false],
    ['a new store: yes', 'auto', false, true],
    ['another store: yes', 'local?root=/x', true, true],
  ])('initializes the store first: %s', (_, store, exists, asks) =>
    withFolder(async folder => {
      const answers = script('nix (Nix) 2.34.8', 'config show').replace('{', `{"store":{"value":"${store}"},`)
      await writeProgram(folder, answers.replace('#!/bin/sh', `#!/bin/sh\necho "$*" >>"${folder}/calls"`))
      if (exists) await mkdir(join(folder, 'state/db'), { recursive: true })
      if (exists) await writeFile(join(folder, 'state/db/schema'), '10')
      await openNix(contextIn(folder, { stateFolder: join(folder, 'state') }))
      const calls = await readFile(join(folder, 'calls'), 'utf8')
      expect(calls.includes('store info')).toBe(asks)
    }),
  )

  const asRoot = `${FEATURES}--option|build-users-group||build|`
  test.each([
    ['the group does not exist', '', {}, 'auto', asRoot],
    ['the group is empty', 'nixbld:x:30000:\n', {}, 'auto', asRoot],
    ['the group has members', 'nixbld:x:30000:nixbld1,nixbld2\n', {}, 'auto', `${FEATURES}build|`],
    ['a daemon builds', '', { NIX_REMOTE: 'daemon' }, 'auto', `${FEATURES}build|`],
    ['a daemon is configured', '', {}, 'daemon', `${FEATURES}build|`],
  ])('chooses the options for root if %s', (_, groups, env, store, expected) =>
    withFolder(async folder => {
      const answers = script('nix (Nix) 2.34.8', 'config show').replace('{', `{"store":{"value":"${store}"},`)
      await writeProgram(folder, answers)
      await writeFile(join(folder, 'group'), groups)
      const nix = await openNix(contextIn(folder, { uid: 0, env: { PATH: folder, ...env } }))
      expect((await nix.run(['build'])).stdout).toBe(expected)
    }),
  )

  test('fails for a version that is too old', () =>
    withFolder(async folder => {
      await writeProgram(folder, script('nix (Nix) 2.3.16', 'show-config'))
      const error = await rejection(openNix(contextIn(folder)))
      expect(error.message).toBe(`Nix 2.3.16 (${folder}/nix) is too old`)
      expect(error.hint).toContain('nix-bin')
    }))

  test('fails for a program that is not Nix', () =>
    withFolder(async folder => {
      await writeProgram(folder, '#!/bin/sh\necho gnu nix 1.0')
      await expect(openNix(contextIn(folder))).rejects.toThrow(/did not print a version: gnu nix 1.0/)
    }))

  test('fails with Nix’s message if the settings cannot be read', () =>
    withFolder(async folder => {
      await writeProgram(folder, script('nix (Nix) 2.34.8', 'nothing'))
      await expect(openNix(contextIn(folder))).rejects.toThrow(
        /could not print its settings:\nerror: unknown command/,
      )
    }))
})

const settings = (values: Record<string, unknown>) =>
  parseSettings(
    JSON.stringify(Object.fromEntries(Object.entries(values).map(([k, value]) => [k, { value }]))),
  )

describe('settings', () => {
  test('are parsed from the output of a current version', () => {
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
      sandboxShell: '/usr/bin/bash-static',
      buildUsersGroup: 'nixbld',
      store: 'auto',
      substituters: ['https://cache.nixos.org/', 'https://mine.cachix.org'],
      netrcFile: '/etc/nix/netrc',
    })
  })

  test('are parsed from the output of older versions', () => {
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
  ])('are parsed if sandbox is %j', (value, sandbox) => {
    expect(settings({ sandbox: value }).sandbox).toBe(sandbox)
  })

  test('are rejected if the output is not an object', () => {
    expect(() => parseSettings('[]')).toThrow("Nix's settings is not an object")
    expect(() => parseSettings('nonsense')).toThrow('not JSON')
  })
})

test('a list of store paths is split into lists that fit in one call of Nix', () => {
  const paths = Array.from({ length: 2001 }, (_, n) => `/nix/store/${n}`)
  const batches = batchPaths(paths)
  expect(batches.map(batch => batch.length)).toEqual([1000, 1000, 1])
  expect(batches.flat()).toEqual(paths)
  expect(batchPaths([])).toEqual([])
})

describe('remote builders', () => {
  const systems = async (builders: string) => [...(await readBuilderSystems(builders, 'x86_64-linux'))]

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

const user = { store: 'auto', env: { HOME: '/home/me' }, uid: 1000, hasState: false }

test.each([
  ['a machine without /nix, for a user', {}, '/home/me/.local/share/nix/root'],
  [
    'a machine without /nix, with XDG_DATA_HOME',
    { env: { HOME: '/home/me', XDG_DATA_HOME: '/data' } },
    '/data/nix/root',
  ],
  ['a machine with /nix', { hasState: true }, undefined],
  ['root', { uid: 0 }, undefined],
  ['a daemon', { store: 'daemon' }, undefined],
  ['a folder', { store: '/tmp/store' }, '/tmp/store'],
  ['a local store with a root', { store: 'local?root=/a%20b&trusted=1', hasState: true }, '/a b'],
  ['a local store without a root', { store: 'local' }, undefined],
])('finds the store root of %s', (_name, more, expected) => {
  expect(findStoreRoot({ ...user, ...more })).toBe(expected)
})

test('buildContainer returns the built path below the store root', async () => {
  const derivation = '/nix/store/0-hello.drv'
  const answer = () => ({
    stdout: JSON.stringify([{ drvPath: derivation, outputs: { out: '/nix/store/1-hello' } }]),
  })
  const value = { name: 'hello', builder: 'x86_64-linux', derivation, output: 'out' }
  const container = parseContainer(value, { system: 'x86_64-linux', attribute: 'hello' })
  expect(await buildContainer(fakeNix({ storeRoot: '/root', answer }), container)).toBe(
    '/root/nix/store/1-hello',
  )
})
