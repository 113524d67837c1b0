import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  type MachineSetup,
  makeSettings,
  planBuildUsers,
  writeSettings,
} from '../../src/install/configure.js'
import { chooseCertificates } from '../../src/install/install.js'
import { exec } from '../../src/util/exec.js'
import { withFolder } from './fixture.js'

const MACHINE = { mode: 'daemon', user: 'runner', sandbox: true, filterSyscalls: true } as const

describe('build users', () => {
  test('are not added if the group has members', () => {
    expect(planBuildUsers('nixbld:x:30000:nixbld1\n', '', 8)).toBeUndefined()
  })

  test('are added to an empty group with its ID, and existing users are kept', () => {
    const users = planBuildUsers(
      'nixbld:x:999:\n',
      'root:x:0:0::/:/bin/sh\nnixbld1:x:998:999::/:/bin/sh\n',
      3,
    )
    expect(users?.group).toBe('nixbld:x:999:nixbld1,nixbld2,nixbld3')
    expect(users?.passwd.split('\n').map(line => line.split(':').slice(0, 4).join(':'))).toEqual([
      'nixbld2:x:30000:999',
      'nixbld3:x:30001:999',
      '',
    ])
  })

  test('get unused IDs', () => {
    const users = planBuildUsers('a:x:30000:\n', 'b:x:30000:1::/:/bin/sh', 2)
    expect(users?.group).toBe('nixbld:x:30001:nixbld1,nixbld2')
    expect(users?.passwd).toMatch(/^\nnixbld1:x:30001:30001:.*\nnixbld2:x:30002:30001:.*\n$/)
  })
})

describe('settings', () => {
  const linesFor = (machine: MachineSetup): string[] => Object.values(makeSettings(machine)).flat()

  test('of a daemon trust the user, but not settings of flakes', () => {
    const lines = linesFor(MACHINE)
    expect(lines).toEqual(
      expect.arrayContaining([
        'extra-experimental-features = nix-command flakes',
        'max-jobs = auto',
        'sandbox = true',
        'build-users-group = nixbld',
        'extra-trusted-users = runner',
      ]),
    )
    expect(lines.join()).not.toMatch(/accept-flake-config|filter-syscalls/)
    expect(linesFor({ ...MACHINE, filterSyscalls: false })).toContain('filter-syscalls = false')
    const shell = linesFor({ ...MACHINE, shell: '/usr/bin/sh-static' })
    expect(shell).toContain('extra-sandbox-paths = /bin/sh=/usr/bin/sh-static')
  })

  test('of a single user contain no trusted users', () => {
    const lines = linesFor({ ...MACHINE, mode: 'single-user', sandbox: false })
    expect(lines).toEqual(expect.arrayContaining(['sandbox = false', 'build-users-group =']))
    expect(lines.join()).not.toContain('trusted-users')
  })

  test('do not change existing settings, and can be written twice', () =>
    withFolder(async etc => {
      await mkdir(join(etc, 'nix'))
      await writeFile(join(etc, 'nix/nix.conf'), 'cores = 1', { mode: 0o600 })
      await writeFile(join(etc, 'group'), 'nixbld:x:30000:\nlast:x:1:\n')
      await writeFile(join(etc, 'passwd'), '')
      const read = (name: string): Promise<string> => readFile(join(etc, name), 'utf8')
      for (const sandbox of [true, false]) {
        await writeSettings({ etc, privileges: { exec, uid: 0 } }, { ...MACHINE, sandbox }, 2)
        expect(await read('nix/nix.conf')).toBe(
          '!include nix-multiarch.conf\ncores = 1\n!include nix-multiarch-needed.conf\n',
        )
        // An administrator may disable the sandbox, but cannot enable one that does not work.
        const file = sandbox ? 'nix-multiarch.conf' : 'nix-multiarch-needed.conf'
        expect(await read(`nix/${file}`)).toContain(`sandbox = ${sandbox}\n`)
        expect((await stat(join(etc, 'nix/nix.conf'))).mode & 0o777).toBe(0o600)
        expect(await readdir(join(etc, 'nix'))).toHaveLength(3)
        const names = Array.from({ length: 8 }, (_, n) => `nixbld${n + 1}`).join(',')
        expect(await read('group')).toBe(`nixbld:x:30000:${names}\nlast:x:1:\n`)
        expect((await read('passwd')).trim().split('\n')).toHaveLength(8)
      }
    }))

  test('are an error if they cannot be written', () =>
    withFolder(async folder => {
      await writeFile(join(folder, 'etc'), '')
      await expect(
        writeSettings({ etc: join(folder, 'etc'), privileges: { exec, uid: 0 } }, MACHINE, 2),
      ).rejects.toThrow(`Nix's settings could not be written to ${join(folder, 'etc')}`)
    }))
})

describe('certificates', () => {
  test.each([
    [['etc/ssl/certs/ca-certificates.crt', 'etc/ssl/cert.pem'], undefined],
    [['etc/pki/tls/certs/ca-bundle.crt', 'etc/ssl/cert.pem'], 'etc/pki/tls/certs/ca-bundle.crt'],
    [['etc/ssl/cert.pem', 'store/cacert/etc/ssl/certs/ca-bundle.crt'], 'etc/ssl/cert.pem'],
    [['store/cacert/etc/ssl/certs/ca-bundle.crt'], 'store/cacert/etc/ssl/certs/ca-bundle.crt'],
    [[], undefined],
  ])('in %j are found at %s', (files, found) =>
    withFolder(async root => {
      for (const file of files) {
        await mkdir(join(root, file, '..'), { recursive: true })
        await writeFile(join(root, file), '')
      }
      const expected = found === undefined ? {} : { NIX_SSL_CERT_FILE: join(root, found) }
      expect(await chooseCertificates(root, {}, join(root, 'store/cacert'))).toEqual(expected)
      const env = { SSL_CERT_FILE: '/own.crt' }
      expect(await chooseCertificates(root, env, undefined)).toEqual({ NIX_SSL_CERT_FILE: '/own.crt' })
    }),
  )
})
