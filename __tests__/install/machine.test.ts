import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { makeNixVolume, openKvm } from '../../src/install/install.js'
import { chooseInstallMode } from '../../src/install/options.js'
import { canSandbox, isContainer, probeConfinement } from '../../src/install/sandbox.js'
import { type Exec, type ExecResult, exec } from '../../src/util/exec.js'
import { rejection } from '../nix/fakes.js'
import { withFolder } from './fixture.js'

const OK: ExecResult = { code: 0, stdout: '', stderr: '' }

/** Runs no program: returns an answer for each command, and records the commands. */
function fakeExec(answer: (command: string) => Partial<ExecResult> = () => ({})) {
  const asked: string[] = []
  const run: Exec = async (command, args) => {
    asked.push([command, ...args].join(' '))
    return { ...OK, ...answer(asked.at(-1) ?? '') }
  }
  return { exec: run, asked }
}

describe('the installation mode', () => {
  const refusing = fakeExec(() => ({ code: 1 })).exec

  test('is a daemon with root or sudo, and single-user on macOS', () =>
    withFolder(async folder => {
      expect((await chooseInstallMode('/none', { exec, uid: 0 }, 'linux')).mode).toBe('daemon')
      expect((await chooseInstallMode('/none', { exec: fakeExec().exec, uid: 5 }, 'linux')).mode).toBe(
        'daemon',
      )
      expect(await chooseInstallMode(folder, { exec, uid: 0 }, 'darwin')).toMatchObject({
        mode: 'single-user',
        privileges: { ownsTarget: true },
      })
    }))

  test('is single-user if the folder is writable or can be created', () =>
    withFolder(async folder => {
      for (const path of [folder, join(folder, 'nix')])
        expect((await chooseInstallMode(path, { exec: refusing, uid: 5 }, 'linux')).mode).toBe('single-user')
      const error = await rejection(
        chooseInstallMode(join(folder, 'no/nix'), { exec: refusing, uid: 5 }, 'linux'),
      )
      expect(error.message).toContain('this user cannot install it')
      expect(error.hint).toContain('sudo')
    }))
})

describe('a sandbox', () => {
  test('is tested as the user that runs builds', async () => {
    const { exec: run, asked } = fakeExec(command => ({ code: command.includes('--user') ? 1 : 0 }))
    expect(await canSandbox({ exec: run, uid: 0 })).toBe(true)
    expect(await canSandbox({ exec: run, uid: 5 })).toBe(true)
    expect(await canSandbox({ exec: run, uid: 5, ownsTarget: true })).toBe(false)
    expect(asked.map(command => command.split(' --')[0])).toEqual(['unshare', 'sudo -n unshare', 'unshare'])
  })

  test('is probed in a container, which is recognised by its markers', () =>
    withFolder(async root => {
      expect(await isContainer(root, {})).toBe(false)
      expect(await isContainer(root, { container: 'podman' })).toBe(true)
      expect(await isContainer(root, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toBe(true)
      await writeFile(join(root, '.dockerenv'), '')
      expect(await isContainer(root, {})).toBe(true)
    }))

  test.each([
    ['0', false],
    ['1', true],
    ['2', true],
  ])('is probed in a container, which is recognised by its system call filter: %s', (mode, expected) =>
    withFolder(async root => {
      await mkdir(join(root, 'proc/self'), { recursive: true })
      await writeFile(
        join(root, 'proc/self/status'),
        `NoNewPrivs:\t0\nSeccomp:\t${mode}\nSeccomp_filters:\t1\n`,
      )
      expect(await isContainer(root, {})).toBe(expected)
    }),
  )

  const tried = async (says: (command: string) => string | undefined) => {
    const told: string[] = []
    const { exec: run, asked } = fakeExec(command => {
      const stderr = says(command)
      return stderr === undefined ? {} : { code: 1, stderr }
    })
    const first = { sandbox: true, filterSyscalls: true }
    const found = await probeConfinement('/bin', first, { exec: run, uid: 0 }, message => told.push(message))
    return { found, told, builds: asked.length }
  }
  const SECCOMP = 'error: builder failed\n  > error: unable to load seccomp BPF program: Invalid argument\n'

  test('is kept with the filter if a build works', async () => {
    expect(await tried(() => undefined)).toEqual({
      found: { sandbox: true, filterSyscalls: true },
      told: [],
      builds: 1,
    })
  })

  test('is kept without the filter if the kernel does not support seccomp', async () => {
    const { found, told } = await tried(command =>
      command.includes('filter-syscalls true') ? SECCOMP : undefined,
    )
    expect(found).toEqual({ sandbox: true, filterSyscalls: false })
    expect(told).toEqual([
      expect.stringMatching(
        /filter-syscalls = false.*: unable to load seccomp BPF program: Invalid argument$/,
      ),
    ])
  })

  test('is disabled if it cannot be created', async () => {
    const { found, told } = await tried(command =>
      command.includes('sandbox true')
        ? 'warning: a\nerror: mounting /proc: Operation not permitted\n'
        : undefined,
    )
    expect(found).toEqual({ sandbox: false, filterSyscalls: true })
    expect(told.join()).toContain(
      'without its sandbox on this machine: mounting /proc: Operation not permitted',
    )
  })

  test.each(['no shell', 'no space left on device', 'cannot connect to socket: Operation not permitted'])(
    'is kept if the build fails for another reason: %s',
    async words => {
      const { found, told, builds } = await tried(() => `warning: no mount\nerror: ${words}\n`)
      expect(found).toEqual({ sandbox: true, filterSyscalls: true })
      expect(builds).toBe(1)
      expect(told).toEqual([`Nix cannot build on this machine: ${words}`])
    },
  )

  test('is disabled, and a failure without it is reported too', async () => {
    const { found, told } = await tried(command =>
      command.includes('sandbox true')
        ? 'error: cloning builder process: Operation not permitted\n'
        : 'error: no shell\n',
    )
    expect(found).toEqual({ sandbox: false, filterSyscalls: true })
    expect(told).toHaveLength(2)
    expect(told.at(-1)).toBe('Nix cannot build on this machine: no shell')
  })
})

describe('/dev/kvm', () => {
  test('gets access for all users if it exists, and a failure is ignored', () =>
    withFolder(async root => {
      const { exec: run, asked } = fakeExec(() => ({ code: 1 }))
      await openKvm(root, { exec: run, uid: 5 })
      expect(asked).toEqual([])
      await mkdir(join(root, 'dev'))
      await writeFile(join(root, 'dev/kvm'), '')
      await chmod(join(root, 'dev/kvm'), 0o600)
      await openKvm(root, { exec: run, uid: 5 })
      await openKvm(root, { exec, uid: 0 })
      expect((await stat(join(root, 'dev/kvm'))).mode & 0o777).toBe(0o666)
    }))
})

describe('macOS', () => {
  test('gets a volume for /nix, owned by the user', () =>
    withFolder(async folder => {
      const { exec: run, asked } = fakeExec()
      await makeNixVolume('me', { exec: run, uid: 501 }, join(folder, 'nix'))
      expect(asked).toHaveLength(1)
      expect(asked[0]).toMatch(/^sudo -n sh -c .*synthetic\.conf.*diskutil apfs addVolume.* volume me$/s)
    }))

  test('is not changed if /nix exists', () =>
    withFolder(async folder => {
      const { exec: run, asked } = fakeExec()
      await makeNixVolume('me', { exec: run, uid: 501 }, folder)
      expect(asked).toEqual([])
    }))

  test('reports a failure without sudo', async () => {
    const { exec: run } = fakeExec(() => ({ code: 1, stderr: 'sudo: a password is required\n' }))
    const error = await rejection(makeNixVolume('me', { exec: run, uid: 501 }, '/none'))
    expect(error.message).toBe('The volume for /nix cannot be created: sudo: a password is required')
    expect(error.hint).toContain('passwordless sudo')
  })
})
