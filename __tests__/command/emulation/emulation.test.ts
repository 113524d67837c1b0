import { existsSync, rmSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  formatRegistration,
  isEntryFor,
  parseEntry,
  readBinfmt,
} from '../../../src/command/emulation/binfmt.js'
import {
  type EmulationOptions,
  type InterpretersRecord,
  type PreparedSystem,
  prepareSystem,
} from '../../../src/command/emulation/emulation.js'
import { findQemuOnPath } from '../../../src/command/emulation/qemu-store.js'
import { encodeElfHead, encodeElfMask, isStaticProgram } from '../../../src/image/programs/elf.js'
import { detectSystem, systemOfMachine } from '../../../src/nix/detect-system.js'
import type { NixSettings } from '../../../src/nix/nix.js'
import { isSystem, SYSTEMS, type System } from '../../../src/oci/platform.js'
import { UserError } from '../../../src/util/error.js'
import type { ExecResult } from '../../../src/util/exec.js'
import { fakeNix, withFolder } from '../../nix/fakes.js'

const STATIC = join(process.cwd(), 'examples/hello/bin/aarch64-linux')
const AARCH64 = `enabled
interpreter /usr/bin/qemu-aarch64-static
flags: POCF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`

describe('ELF heads', () => {
  test.each<[System, string, string]>([
    ['x86_64-linux', '7f454c4602010100000000000000000002003e00', 'ffffffffffffff00fffffffffffffffffeffffff'],
    ['aarch64-linux', '7f454c460201010000000000000000000200b700', 'ffffffffffffff00fffffffffffffffffeffffff'],
    ['armv7l-linux', '7f454c4601010100000000000000000002002800', 'ffffffffffffff00fffffffffffffffffeffffff'],
    ['i686-linux', '7f454c4601010100000000000000000002000300', 'ffffffffffffff00fffffffffffffffffeffffff'],
    [
      'powerpc64le-linux',
      '7f454c4602010100000000000000000002001500',
      'ffffffffffffff00fffffffffffffffffeffffff',
    ],
    ['s390x-linux', '7f454c4602020100000000000000000000020016', 'ffffffffffffff00fffffffffffffffffffeffff'],
    ['riscv64-linux', '7f454c460201010000000000000000000200f300', 'ffffffffffffff00fffffffffffffffffeffffff'],
  ])('%s', (system, head, mask) => {
    expect(encodeElfHead(system).toString('hex')).toBe(head)
    expect(encodeElfMask(system).toString('hex')).toBe(mask)
  })

  test('match those of real programs', async () => {
    for (const system of ['x86_64-linux', 'aarch64-linux'] as const) {
      const program = await readFile(join(process.cwd(), 'examples/hello/bin', system))
      expect(program.subarray(0, 20)).toEqual(encodeElfHead(system))
    }
  })
})

describe('a static program', () => {
  test('is distinguished from one with a loader, and from other files', () =>
    withFolder(async folder => {
      await writeFile(join(folder, 'script'), `#!/bin/sh\n${'#'.repeat(100)}`)
      await writeFile(join(folder, 'short'), '\x7fELF')
      expect(await isStaticProgram(STATIC)).toBe(true)
      expect(await isStaticProgram(join(folder, 'script'))).toBe(false)
      expect(await isStaticProgram(join(folder, 'short'))).toBe(false)
      expect(await isStaticProgram(join(folder, 'none'))).toBe(false)
      expect(await isStaticProgram(folder)).toBe(false)
    }))

  ;(process.platform === 'linux' ? test : test.skip)('is not this Node.js', async () => {
    expect(await isStaticProgram(process.execPath)).toBe(false)
  })
})

describe('binfmt_misc', () => {
  const entry = (shown: string) => {
    const parsed = parseEntry('x', shown)
    if (parsed === undefined) throw new Error('no entry')
    return parsed
  }

  test("an entry is parsed from the kernel's text", () => {
    expect(entry(AARCH64)).toEqual({
      name: 'x',
      enabled: true,
      interpreter: '/usr/bin/qemu-aarch64-static',
      flags: 'POCF',
      offset: 0,
      magic: encodeElfHead('aarch64-linux'),
      mask: encodeElfMask('aarch64-linux'),
    })
  })

  test('an entry is for its own system only', () => {
    expect(SYSTEMS.filter(system => isEntryFor(entry(AARCH64), system))).toEqual(['aarch64-linux'])
  })

  test('an entry without a mask compares every bit; a disabled or unrelated entry is for no system', () => {
    const lines = (replace: (text: string) => string) => entry(replace(AARCH64))
    expect(
      isEntryFor(
        lines(text => text.replace(/^mask.*\n/m, '')),
        'aarch64-linux',
      ),
    ).toBe(true)
    expect(
      isEntryFor(
        lines(text => text.replace('enabled', 'disabled')),
        'aarch64-linux',
      ),
    ).toBe(false)
    expect(
      isEntryFor(
        lines(text => text.replace('offset 0', 'offset 4')),
        'aarch64-linux',
      ),
    ).toBe(false)
    expect(
      parseEntry('jar', 'enabled\ninterpreter /usr/bin/jexec\nflags: \nextension .jar\n'),
    ).toBeUndefined()
  })

  test('the registration line has the format of the kernel', () => {
    expect(formatRegistration('a', 'aarch64-linux', '/usr/bin/qemu-aarch64-static')).toBe(
      String.raw`:a:M::\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00` +
        String.raw`:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff` +
        ':/usr/bin/qemu-aarch64-static:POCF',
    )
  })

  test('is read from its folder if it is mounted', () =>
    withFolder(async folder => {
      expect(await readBinfmt(folder)).toBeUndefined()
      await writeFile(join(folder, 'register'), '')
      await writeFile(join(folder, 'status'), 'enabled\n')
      await writeFile(join(folder, 'qemu-aarch64'), AARCH64)
      expect((await readBinfmt(folder))?.map(each => [each.name, each.enabled])).toEqual([
        ['qemu-aarch64', true],
      ])
      await writeFile(join(folder, 'status'), 'disabled\n')
      expect((await readBinfmt(folder))?.map(each => each.enabled)).toEqual([false])
    }))
})

/** Runs a task with a machine whose binfmt_misc is a folder. `mount` and `tee` change the folder like the kernel. */
interface FakeMachine {
  readonly folder: string
  readonly binfmt: string
  readonly calls: string[]
  readonly options: EmulationOptions
}

const ok: ExecResult = { code: 0, stdout: '', stderr: '' }

async function withMachine(
  task: (machine: FakeMachine) => Promise<void>,
  more: Partial<EmulationOptions> & { mounted?: boolean; qemu?: boolean; refuses?: string } = {},
): Promise<void> {
  const { mounted = true, qemu = true, refuses, ...options } = more
  await withFolder(async folder => {
    const binfmt = join(folder, 'proc/sys/fs/binfmt_misc')
    const calls: string[] = []
    const mount = async () => {
      await writeFile(join(binfmt, 'register'), '')
      await writeFile(join(binfmt, 'status'), 'enabled\n')
    }
    await mkdir(binfmt, { recursive: true })
    if (mounted) await mount()
    if (qemu) await copyFile(STATIC, join(folder, 'qemu-aarch64-static'))
    const exec: EmulationOptions['exec'] = async (command, args, given) => {
      calls.push([command, ...args].join(' '))
      if (refuses !== undefined) return { ...ok, code: 1, stderr: refuses }
      if (calls.at(-1)?.includes('mount')) await mount()
      if (calls.at(-1)?.includes('tee')) await register(binfmt, given?.input ?? '')
      return ok
    }
    const env = { PATH: folder }
    const procfs = join(folder, 'proc')
    await task({
      folder,
      binfmt,
      calls,
      options: {
        emulation: 'auto',
        exec,
        env,
        platform: 'linux',
        uid: 0,
        procfs,
        ...options,
      },
    })
  })
}

async function register(binfmt: string, line: string): Promise<void> {
  const [, name = '', , , magic = '', mask = '', interpreter, flags] = line.split(':')
  const hex = (text: string) => text.replaceAll('\\x', '')
  await writeFile(
    join(binfmt, name),
    `enabled\ninterpreter ${interpreter}\nflags: ${flags}\noffset 0\nmagic ${hex(magic)}\nmask ${hex(mask)}\n`,
  )
}

/** The reason why the machine cannot build for a system. */
async function problemOf(prepared: Promise<PreparedSystem>): Promise<UserError> {
  const it = await prepared
  if (it.how !== 'none') throw new Error(`not impossible: ${it.note}`)
  expect(it).toMatchObject({ options: [], runnable: false, note: it.problem.message })
  return it.problem
}

const nixWith = (settings: Partial<NixSettings> = {}) =>
  fakeNix({ settings: { extraPlatforms: ['i686-linux'], ...settings } })

const configured = nixWith({ extraPlatforms: ['i686-linux', 'aarch64-linux'] })

const QEMU_OPTIONS = ['--option', 'extra-platforms', 'i686-linux aarch64-linux']

describe('preparing a system', () => {
  test("the machine's own system needs no option", () =>
    withMachine(async ({ options, calls }) => {
      const prepared = await prepareSystem(nixWith(), 'x86_64-linux', options)
      expect(prepared).toMatchObject({ how: 'native', options: [], runnable: true })
      expect(await prepareSystem(nixWith(), 'builtin', options)).toMatchObject({ how: 'native' })
      expect(calls).toEqual([])
    }))

  test('a system in extra-platforms is left to Nix', () =>
    withMachine(
      async ({ options, binfmt, calls }) => {
        const prepared = () => prepareSystem(configured, 'aarch64-linux', options)
        expect(await prepared()).toMatchObject({ how: 'nix', options: [], runnable: false })
        await writeFile(join(binfmt, 'qemu-aarch64'), AARCH64)
        expect(await prepared()).toMatchObject({ how: 'nix', options: [], runnable: true })
        const own = await prepareSystem(configured, 'i686-linux', options)
        expect(own).toMatchObject({ how: 'nix', runnable: true })
        expect(calls).toEqual([])
      },
      { qemu: false },
    ))

  test('a system in extra-platforms whose programs do not run gets QEMU registered', () =>
    withMachine(async ({ options, binfmt, calls }) => {
      const prepared = await prepareSystem(configured, 'aarch64-linux', options)
      expect(prepared).toMatchObject({ how: 'qemu', options: [], runnable: true })
      expect(calls).toEqual([`tee ${binfmt}/register`])
    }))

  test.each<[string, Parameters<typeof withMachine>[1], Partial<NixSettings>]>([
    ['emulation is off', { emulation: 'off' }, {}],
    ['the machine is not Linux', { platform: 'darwin' }, {}],
    ['a remote builder has it', {}, { builders: 'ssh://a aarch64-linux' }],
  ])('QEMU is not registered for a system in extra-platforms if %s', (_, more, settings) =>
    withMachine(async ({ options, calls }) => {
      const nix = nixWith({ ...configured.settings, ...settings })
      const prepared = await prepareSystem(nix, 'aarch64-linux', options)
      expect(prepared).toMatchObject({ how: 'nix', options: [], runnable: false })
      expect(calls).toEqual([])
    }, more),
  )

  test('QEMU is not registered for a system in extra-platforms if the processor may run it natively', () =>
    withMachine(async ({ options, folder, calls }) => {
      await copyFile(STATIC, join(folder, 'qemu-arm-static'))
      const nix = nixWith({ system: 'aarch64-linux', extraPlatforms: ['armv7l-linux'] })
      expect(await prepareSystem(nix, 'armv7l-linux', options)).toMatchObject({ how: 'nix' })
      expect(calls).toEqual([])
    }))

  test('if QEMU cannot be registered, the system is left to Nix', () =>
    withMachine(
      async ({ options }) => {
        const prepared = await prepareSystem(configured, 'aarch64-linux', options)
        expect(prepared).toMatchObject({ how: 'nix', runnable: false })
        expect(prepared.note).toContain('a password is required')
      },
      { refuses: 'sudo: a password is required', uid: 1000 },
    ))

  test('a system of a remote builder is left to it, with emulation on or off', () =>
    withMachine(async ({ options, calls }) => {
      const nix = nixWith({ builders: 'ssh://a aarch64-linux' })
      for (const emulation of ['auto', 'off'] as const) {
        const prepared = await prepareSystem(nix, 'aarch64-linux', { ...options, emulation })
        expect(prepared).toMatchObject({ how: 'builder', options: [], runnable: false })
      }
      expect(calls).toEqual([])
    }))

  test('a registered QEMU is used', () =>
    withMachine(
      async ({ options, binfmt, calls }) => {
        await writeFile(join(binfmt, 'qemu-aarch64'), AARCH64)
        const prepared = await prepareSystem(nixWith(), 'aarch64-linux', options)
        expect(prepared).toEqual({
          how: 'qemu',
          options: QEMU_OPTIONS,
          runnable: true,
          note: 'aarch64-linux runs under /usr/bin/qemu-aarch64-static',
        })
        expect(calls).toEqual([])
      },
      { qemu: false },
    ))

  test('QEMU is registered as root', () =>
    withMachine(async ({ options, folder, binfmt, calls }) => {
      const prepared = await prepareSystem(nixWith(), 'aarch64-linux', options)
      expect(prepared).toMatchObject({ how: 'qemu', options: QEMU_OPTIONS, runnable: true })
      expect(prepared.note).toBe(`aarch64-linux runs under ${folder}/qemu-aarch64-static`)
      expect(calls).toEqual([`tee ${binfmt}/register`])
    }))

  test('other users register with sudo, and mount binfmt_misc if needed', () =>
    withMachine(
      async ({ options, binfmt, calls }) => {
        expect((await prepareSystem(nixWith(), 'aarch64-linux', options)).how).toBe('qemu')
        expect(calls).toEqual([
          `sudo -n mount -t binfmt_misc binfmt_misc ${binfmt}`,
          `sudo -n tee ${binfmt}/register`,
        ])
      },
      { mounted: false, uid: 1000 },
    ))

  test('the mount and the registration are recorded before they are made', () =>
    withMachine(
      async ({ options, folder, binfmt, calls }) => {
        const record: InterpretersRecord = {
          join: async () => {
            calls.push('join')
          },
          add: async describe => {
            const change = await describe()
            expect(change).toMatchObject({
              boot: expect.stringMatching(/^[0-9a-f-]{36}$/),
              folder: binfmt,
            })
            calls.push(`record ${change?.wasMounted} ${JSON.stringify(change?.entries)}`)
          },
        }
        const prepared = await prepareSystem(nixWith(), 'aarch64-linux', { ...options, record })
        expect(prepared.how).toBe('qemu')
        expect(calls).toEqual([
          'record false {}',
          `record true {"nix-multiarch-aarch64":"${folder}/qemu-aarch64-static"}`,
          `sudo -n mount -t binfmt_misc binfmt_misc ${binfmt}`,
          `sudo -n tee ${binfmt}/register`,
        ])
        // QEMU is registered now.
        await prepareSystem(nixWith(), 'aarch64-linux', { ...options, record })
        expect(calls.slice(4)).toEqual(['join'])
      },
      { mounted: false, uid: 1000 },
    ))

  test('a QEMU that another job removes before this job has joined it is registered again', () =>
    withMachine(async ({ options, binfmt }) => {
      await prepareSystem(nixWith(), 'aarch64-linux', options)
      const entry = join(binfmt, 'nix-multiarch-aarch64')
      const record: InterpretersRecord = {
        join: async () => rmSync(entry),
        add: async describe => {
          await describe()
        },
      }
      const prepared = await prepareSystem(nixWith(), 'aarch64-linux', { ...options, record })
      expect(prepared.how).toBe('qemu')
      expect(existsSync(entry)).toBe(true)
    }, {}))

  test('a QEMU that another job registers at the same time is shared with that job', () =>
    withMachine(async ({ options, binfmt, calls }) => {
      const other = new Map<string, string>()
      const exec: typeof options.exec = (command, args, given) => {
        if (given?.input !== undefined) other.set('line', given.input)
        return options.exec(command, args, given)
      }
      await prepareSystem(nixWith(), 'aarch64-linux', { ...options, exec })
      rmSync(join(binfmt, 'nix-multiarch-aarch64'))
      const record: InterpretersRecord = {
        join: async () => {},
        add: async describe => {
          await register(binfmt, other.get('line') ?? '')
          calls.push(`describe ${await describe()}`)
        },
      }
      const prepared = await prepareSystem(nixWith(), 'aarch64-linux', { ...options, record })
      expect(prepared.how).toBe('qemu')
      expect(calls.filter(call => call.startsWith('describe')).at(-1)).toBe('describe undefined')
    }, {}))

  test('a registration by another process at the same time is not a failure', () =>
    withMachine(async ({ options, binfmt }) => {
      const exec: typeof options.exec = async (_, __, given) => {
        await register(binfmt, given?.input ?? '')
        return { ...ok, code: 1, stderr: 'tee: register: File exists' }
      }
      const prepared = await prepareSystem(nixWith(), 'aarch64-linux', { ...options, exec })
      expect(prepared.how).toBe('qemu')
    }, {}))

  describe('if PATH has no QEMU', () => {
    const got = '/tools/qemu/qemu-aarch64'

    test('it is provided after the check that it can be registered', () =>
      withMachine(
        async ({ options, binfmt, calls }) => {
          const provideQemu = async (system: System) => {
            calls.push(`provide ${system}`)
            return got
          }
          const prepared = await prepareSystem(nixWith(), 'aarch64-linux', { ...options, provideQemu })
          expect(prepared).toMatchObject({ how: 'qemu', note: `aarch64-linux runs under ${got}` })
          expect(calls).toEqual([
            `sudo -n mount -t binfmt_misc binfmt_misc ${binfmt}`,
            `sudo -n test -w ${binfmt}/register`,
            'provide aarch64-linux',
            `sudo -n tee ${binfmt}/register`,
          ])
        },
        { qemu: false, mounted: false, uid: 1000 },
      ))

    test('it is not provided if it cannot be registered', () =>
      withMachine(
        async ({ options }) => {
          const provideQemu = () => Promise.reject(new Error('asked for in vain'))
          const prepared = prepareSystem(nixWith(), 'aarch64-linux', { ...options, provideQemu })
          expect((await problemOf(prepared)).message).toContain('a password is required')
        },
        { qemu: false, uid: 1000, refuses: 'sudo: a password is required' },
      ))

    test('it is not provided with emulation off, or if PATH has one', () =>
      withMachine(async ({ options }) => {
        const provideQemu = () => Promise.reject(new Error('asked for in vain'))
        const off = { ...options, emulation: 'off', provideQemu } as const
        expect(await prepareSystem(nixWith(), 'aarch64-linux', off)).toMatchObject({ how: 'none' })
        const auto = { ...options, provideQemu }
        expect(await prepareSystem(nixWith(), 'aarch64-linux', auto)).toMatchObject({ how: 'qemu' })
      }))

    test('if it cannot be provided, the reason is the problem', () =>
      withMachine(
        async ({ options }) => {
          const provideQemu = () => Promise.reject(new UserError('nowhere to be had', { hint: 'look' }))
          const problem = await problemOf(
            prepareSystem(nixWith(), 'aarch64-linux', { ...options, provideQemu }),
          )
          expect(problem).toMatchObject({ message: 'nowhere to be had', hint: 'look' })
        },
        { qemu: false },
      ))
  })

  test.each<[string, Partial<NixSettings>, boolean]>([
    ['is not enough in a sandbox', { sandbox: true }, false],
    ['is enough without a sandbox', { sandbox: false }, true],
    ['is enough in a sandbox that has it', { sandbox: true, sandboxPaths: ['/bin/sh', '$FOLDER'] }, true],
  ])('an interpreter without the flag F %s', (_, settings, enough) =>
    withMachine(async ({ options, folder, binfmt, calls }) => {
      const interpreter = join(folder, 'qemu')
      await copyFile(STATIC, interpreter)
      const shown = AARCH64.replace('POCF', 'OC').replace(/^interpreter.*/m, `interpreter ${interpreter}`)
      await writeFile(join(binfmt, 'qemu-aarch64'), shown)
      const sandboxPaths = (settings.sandboxPaths ?? []).map(path => path.replace('$FOLDER', folder))
      const nix = nixWith({ ...settings, sandboxPaths })
      expect((await prepareSystem(nix, 'aarch64-linux', options)).how).toBe('qemu')
      expect(calls).toHaveLength(enough ? 0 : 1)
    }),
  )
})

describe('a system that cannot be built for', () => {
  const failure = (more: Parameters<typeof withMachine>[1], system = 'aarch64-linux') => {
    let error = new UserError('')
    return withMachine(async ({ options }) => {
      error = await problemOf(prepareSystem(nixWith(), system, options))
    }, more).then(() => error)
  }

  test('because QEMU is missing', async () => {
    const error = await failure({ qemu: false })
    expect(error.message).toContain('no static QEMU for this system was found')
    expect(error.hint).toContain('qemu-user-static')
  })

  test('because emulation is off, even if QEMU is registered', () =>
    withMachine(
      async ({ options, binfmt }) => {
        await writeFile(join(binfmt, 'qemu-aarch64'), AARCH64)
        const error = await problemOf(prepareSystem(nixWith(), 'aarch64-linux', options))
        expect(error.message).toContain('`emulation` is `off`')
        expect(error.hint).toMatch(/ubuntu-24\.04-arm.*remote builder.*qemu-user-static/)
      },
      { emulation: 'off' },
    ))

  test('because the machine is a Mac', async () => {
    const error = await failure({ platform: 'darwin' })
    expect(error.message).toContain('QEMU runs only Linux programs, and only on Linux')
  })

  test('because it is a macOS system', async () => {
    const error = await failure({}, 'aarch64-darwin')
    expect(error.message).toContain('QEMU runs only Linux programs, and only on Linux')
  })

  test.each([
    [
      { refuses: 'sudo: a password is required', uid: 1000 },
      'cannot be registered',
      'a password is required',
    ],
    [{ refuses: 'mount: permission denied', mounted: false }, 'cannot be mounted', 'permission denied'],
  ])('because root says no', async (more, what, why) => {
    const error = await failure(more)
    expect(error.message).toContain(what)
    expect(error.message).toContain(why)
    expect(error.hint).toContain('Root is needed')
  })

  test('because sudo is missing', () =>
    withMachine(
      async ({ options }) => {
        const exec = async () => {
          throw new Error('sudo was not found')
        }
        const error = await problemOf(prepareSystem(nixWith(), 'aarch64-linux', { ...options, exec }))
        expect(error.message).toContain('sudo was not found')
      },
      { uid: 1000 },
    ))

  test('because the kernel ignores the registration', () =>
    withMachine(async ({ options }) => {
      const exec = async () => ok
      const error = await problemOf(prepareSystem(nixWith(), 'aarch64-linux', { ...options, exec }))
      expect(error.message).toContain('the kernel does not use')
    }))
})

describe('QEMU', () => {
  test('is found under both names if it is static', () =>
    withFolder(async folder => {
      const [first, second] = [join(folder, 'a'), join(folder, 'b')]
      await mkdir(first)
      await mkdir(second)
      await writeFile(join(first, 'qemu-aarch64'), '#!/bin/sh\n')
      await chmod(join(first, 'qemu-aarch64'), 0o755)
      await copyFile(STATIC, join(second, 'qemu-aarch64'))
      expect(await findQemuOnPath('aarch64-linux', `${first}:${second}`)).toBe(join(second, 'qemu-aarch64'))
      await copyFile(STATIC, join(first, 'qemu-aarch64-static'))
      expect(await findQemuOnPath('aarch64-linux', `${first}:${second}`)).toBe(
        join(first, 'qemu-aarch64-static'),
      )
    }))
})

describe("a machine's system", () => {
  test.each([
    [{ platform: 'linux', arch: 'x64' }, 'x86_64-linux'],
    [{ platform: 'linux', arch: 'arm64' }, 'aarch64-linux'],
    [{ platform: 'darwin', arch: 'arm64' }, 'aarch64-linux'],
    [{ platform: 'darwin', arch: 'x64' }, 'x86_64-linux'],
    [{ platform: 'linux', arch: 'arm', armVersion: '6' }, 'armv6l-linux'],
    [{ platform: 'linux', arch: 'arm', armVersion: '7' }, 'armv7l-linux'],
    [{ platform: 'linux', arch: 'arm' }, 'armv7l-linux'],
    [{ platform: 'linux', arch: 'ia32' }, 'i686-linux'],
    [{ platform: 'linux', arch: 'ppc64', endianness: 'LE' as const }, 'powerpc64le-linux'],
    [{ platform: 'linux', arch: 's390x', endianness: 'BE' as const }, 's390x-linux'],
    [{ platform: 'linux', arch: 'riscv64' }, 'riscv64-linux'],
  ])('%j: %s', (machine, system) => {
    expect(systemOfMachine(machine)).toBe(system)
  })

  test.each([
    { platform: 'win32', arch: 'x64' },
    { platform: 'linux', arch: 'loong64' },
    { platform: 'linux', arch: 'ppc64', endianness: 'BE' as const },
  ])('%j has none', machine => {
    expect(() => systemOfMachine(machine)).toThrow('Images cannot be built for the system of this machine')
  })

  test('is detected for this machine', () => {
    expect(isSystem(detectSystem())).toBe(true)
  })
})
