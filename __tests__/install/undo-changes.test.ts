import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { writeSettings } from '../../src/install/configure.js'
import { installNix } from '../../src/install/install.js'
import {
  listLiveUses,
  type MachineChanges,
  mergeChanges,
  readBootId,
  readRecord,
  recordFolderOf,
  writeRecord,
} from '../../src/install/machine-record.js'
import { MachineRecorder } from '../../src/install/machine-recorder.js'
import type { InstallOptions } from '../../src/install/options.js'
import { findAncestor, isRunning } from '../../src/install/process-tree.js'
import { isDaemonAnswering, readRecordedDaemon } from '../../src/install/start-daemon.js'
import { stopDaemon } from '../../src/install/stop-daemon.js'
import { undoChanges } from '../../src/install/undo-changes.js'
import { type Exec, exec } from '../../src/util/exec.js'
import { exists } from '../../src/util/files.js'
import { rejection } from '../nix/fakes.js'
import { body, machineOptions, makeRelease, type Parts, serve, withFolder } from './fixture.js'

const ROOT_PRIVILEGES = { exec, uid: 0 }
const SETUP = { mode: 'daemon', user: 'runner', sandbox: true, filterSyscalls: true } as const
const PASSWD = 'root:x:0:0::/root:/bin/sh\nother:x:30001:30001::/:/bin/sh\n'

/** The texts and modes of all files in /etc and /dev, by name. */
async function snapshot(root: string): Promise<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const folder of ['etc', 'dev']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      const path = join(root, folder, name)
      const { mode } = await stat(path)
      const text = (await stat(path)).isFile() ? await readFile(path, 'utf8') : ''
      result[join(folder, name)] = `${(mode & 0o7777).toString(8)} ${text}`
    }
  }
  return result
}

interface TestMachine {
  readonly root: string
  readonly snapshot: () => Promise<Record<string, string>>
  readonly path: (name: string) => string
  /** The recorder of a job, whose private folder exists. */
  readonly job: (name: string) => Promise<MachineRecorder>
}

function onMachine(task: (machine: TestMachine) => Promise<void>): Promise<void> {
  return withFolder(async root => {
    await mkdir(join(root, 'etc'))
    await mkdir(join(root, 'dev'))
    await writeFile(join(root, 'etc/passwd'), PASSWD)
    await writeFile(join(root, 'etc/group'), 'root:x:0:\n')
    await writeFile(join(root, 'dev/kvm'), '')
    await chmod(join(root, 'dev/kvm'), 0o660)
    await task({
      root,
      path: name => join(root, name),
      snapshot: () => snapshot(root),
      job: async name => {
        const folder = join(root, 'jobs', name)
        await mkdir(folder, { recursive: true })
        return new MachineRecorder({ root, folder, privileges: ROOT_PRIVILEGES })
      },
    })
  })
}

const configure = (root: string, recorder: MachineRecorder): Promise<void> =>
  writeSettings({ etc: join(root, 'etc'), privileges: ROOT_PRIVILEGES, recorder }, SETUP, 2)

const leave = (job: MachineRecorder) => job.leave({ persist: [], canRepeat: false })

describe('undoing settings and users', () => {
  const CONFS: readonly (readonly [string, string | undefined])[] = [
    ['no file', undefined],
    ['an empty file', ''],
    ['a file without a last line end', 'cores = 1'],
    ['a file', '# mine\n\ncores = 1\n\n'],
  ]
  test.each(CONFS)('restores nix.conf if it was %s', (_, text) =>
    onMachine(async machine => {
      if (text !== undefined) {
        await mkdir(machine.path('etc/nix'))
        await writeFile(machine.path('etc/nix/nix.conf'), text, { mode: 0o600 })
      }
      const before = await machine.snapshot()
      const job = await machine.job('a')
      await configure(machine.root, job)
      await configure(machine.root, job)
      expect(Object.keys(await machine.snapshot())).toContain('etc/nix/nix-multiarch.conf')
      expect(await leave(job)).toEqual({ result: 'undone', left: [] })
      expect(await machine.snapshot()).toEqual(before)
    }),
  )

  test('restores /etc/passwd if its last line had no end', () =>
    onMachine(async machine => {
      await writeFile(machine.path('etc/passwd'), PASSWD.trim())
      const before = await machine.snapshot()
      const job = await machine.job('a')
      await configure(machine.root, job)
      expect(await leave(job)).toEqual({ result: 'undone', left: [] })
      expect(await machine.snapshot()).toEqual(before)
    }))

  test('keeps a link to nix.conf, and a group that existed', () =>
    onMachine(async machine => {
      await mkdir(machine.path('etc/nix'))
      await writeFile(machine.path('etc/own.conf'), 'cores = 1\n')
      await symlink('../own.conf', machine.path('etc/nix/nix.conf'))
      await writeFile(machine.path('etc/group'), 'nixbld:x:999:\nroot:x:0:\n')
      const before = await machine.snapshot()
      const job = await machine.job('a')
      await configure(machine.root, job)
      expect(await readFile(machine.path('etc/own.conf'), 'utf8')).toContain('!include')
      expect(await leave(job)).toEqual({ result: 'undone', left: [] })
      expect(await machine.snapshot()).toEqual(before)
      expect(await readdir(machine.path('etc/nix'), { withFileTypes: true })).toEqual([
        expect.objectContaining({ name: 'nix.conf' }),
      ])
    }))

  test('restores the files that an older version left', () =>
    onMachine(async machine => {
      await mkdir(machine.path('etc/nix'))
      const conf = '!include nix-multiarch.conf\n\n!include nix-multiarch-needed.conf\n'
      await writeFile(machine.path('etc/nix/nix.conf'), conf)
      await writeFile(machine.path('etc/nix/nix-multiarch.conf'), 'max-jobs = 3\n')
      await writeFile(machine.path('etc/nix/nix-multiarch-needed.conf'), 'extra-trusted-users = old\n')
      const before = await machine.snapshot()
      const job = await machine.job('a')
      await configure(machine.root, job)
      expect(await readFile(machine.path('etc/nix/nix-multiarch-needed.conf'), 'utf8')).toContain('runner')
      expect(await leave(job)).toEqual({ result: 'undone', left: [] })
      expect(await machine.snapshot()).toEqual(before)
    }))

  test('does not undo what somebody else has changed since, and names it', () =>
    onMachine(async machine => {
      const job = await machine.job('a')
      await configure(machine.root, job)
      const change = async (name: string, edit: (text: string) => string): Promise<void> =>
        writeFile(machine.path(name), edit(await readFile(machine.path(name), 'utf8')))
      await change('etc/nix/nix.conf', text => `${text}cores = 2\n`)
      await change('etc/nix/nix-multiarch.conf', text => `${text}cores = 3\n`)
      await change('etc/group', text => text.replace('nixbld8', 'nixbld8,me'))
      await change('etc/passwd', text => text.replace(/^(nixbld2:.*)nologin$/m, '$1bash'))
      const { left } = await leave(job)
      expect(left).toEqual([
        `${machine.path('etc/nix/nix-multiarch.conf')} was changed`,
        `the group nixbld in ${machine.path('etc/group')} was changed`,
        `the user nixbld2 in ${machine.path('etc/passwd')} was changed`,
      ])
      const after = await machine.snapshot()
      expect(after['etc/nix/nix.conf']).toMatch(/^644 \n?cores = 2\n$/)
      expect(after['etc/nix/nix-multiarch-needed.conf']).toBeUndefined()
      expect(after['etc/passwd']).toMatch(/^644 root:.*\nother:.*\nnixbld2:.*bash\n$/)
      expect(await exists(recordFolderOf(machine.root))).toBe(false)
    }))

  test('keeps the record if it fails', () =>
    onMachine(async machine => {
      const job = await machine.job('a')
      await configure(machine.root, job)
      const refusing: Exec = async (...call) =>
        String(call[1][1]).includes('restore_mode')
          ? { code: 1, stdout: '', stderr: 'read-only' }
          : exec(...call)
      const privileges = { exec: refusing, uid: 0 }
      const record = await readRecord(machine.root)
      const error = await rejection(undoChanges(machine.root, record?.changes ?? {}, privileges))
      expect(error.message).toBe('The changes on this machine cannot be undone: read-only')
      expect(await readRecord(machine.root)).toEqual(record)
    }))
})

describe('undoing the mode of /dev/kvm', () => {
  const kvm = async () => ({ kvm: { boot: await readBootId(), before: '660', after: '666' } })

  test.each([
    ['666', '660', []],
    ['660', '660', []],
    ['600', '600', ['has the mode 600 now']],
  ] as const)('turns %s into %s', (mode, expected, left) =>
    onMachine(async machine => {
      const job = await machine.job('a')
      await job.add(await kvm())
      await chmod(machine.path('dev/kvm'), Number.parseInt(mode, 8))
      expect((await leave(job)).left).toEqual(left.map(text => `${machine.path('dev/kvm')} ${text}`))
      expect((await stat(machine.path('dev/kvm'))).mode & 0o777).toBe(Number.parseInt(expected, 8))
    }),
  )

  test('changes nothing if the machine was started again', () =>
    onMachine(async machine => {
      const job = await machine.job('a')
      await job.add({ kvm: { boot: 'an earlier start', before: '600', after: '660' } })
      expect(await leave(job)).toEqual({ result: 'undone', left: [] })
      expect((await stat(machine.path('dev/kvm'))).mode & 0o777).toBe(0o660)
    }))
})

describe('undoing the registration of QEMU', () => {
  test('removes the entry of this project, and keeps others', () =>
    onMachine(async machine => {
      const folder = machine.path('binfmt')
      await mkdir(folder)
      const write = (name: string, interpreter: string): Promise<void> =>
        writeFile(join(folder, name), `enabled\ninterpreter ${interpreter}\nflags: POCF\n`)
      await write('ours', '/tools/qemu')
      await write('changed', '/usr/bin/qemu')
      const job = await machine.job('a')
      const entries = { ours: '/tools/qemu', changed: '/tools/qemu', missing: '/tools/qemu' }
      await job.add({ interpreters: { boot: await readBootId(), folder, wasMounted: true, entries } })
      expect(await leave(job)).toEqual({
        result: 'undone',
        left: [`${join(folder, 'changed')} has another interpreter now`],
      })
      // The kernel removes an entry when -1 is written to it.
      expect(await readFile(join(folder, 'ours'), 'utf8')).toBe('-1\n')
      expect(await readFile(join(folder, 'changed'), 'utf8')).toContain('/usr/bin/qemu')
    }))
})

describe('jobs on one machine', () => {
  test('the last one undoes the changes of all', () =>
    onMachine(async machine => {
      const before = await machine.snapshot()
      const [a, b] = [await machine.job('a'), await machine.job('b')]
      expect(await b.join()).toBe(false)
      await configure(machine.root, a)
      const configured = await machine.snapshot()
      expect(await b.join()).toBe(true)
      await configure(machine.root, b)
      expect(await leave(a)).toEqual({ result: 'used by other jobs', left: [] })
      const { 'etc/nix-multiarch/record.json': _, ...others } = configured
      expect(await machine.snapshot()).toMatchObject(others)
      expect(await leave(b)).toEqual({ result: 'undone', left: [] })
      expect(await machine.snapshot()).toEqual(before)
      expect(await leave(a)).toEqual({ result: 'undone', left: [] })
    }))

  test('a job that has ended without its post step leaves its changes to the next job', () =>
    onMachine(async machine => {
      const before = await machine.snapshot()
      const [a, b] = [await machine.job('a'), await machine.job('b')]
      await configure(machine.root, a)
      await exec('rm', ['-r', a.folder])
      expect(await b.join()).toBe(true)
      expect((await readRecord(machine.root))?.uses.map(({ folder }) => folder)).toEqual([b.folder])
      // The post step of the first job comes too late.
      expect(await leave(a)).toEqual({ result: 'undone', left: [] })
      expect(await exists(machine.path('etc/nix'))).toBe(true)
      expect(await leave(b)).toEqual({ result: 'undone', left: [] })
      expect(await machine.snapshot()).toEqual(before)
    }))

  test('a use ends with the start of the machine, the process of the runner, or the folder', () =>
    withFolder(async folder => {
      const boot = await readBootId()
      const worker = { pid: 1, startTime: '1' }
      const uses = [
        { folder, boot },
        { folder, boot: 'an earlier start' },
        { folder, boot, worker },
        { folder: join(folder, 'none'), boot },
        // A folder that cannot be accessed may exist.
        { folder: '/proc/1/cwd/x', boot },
      ]
      const live = await listLiveUses(uses, boot)
      expect(live).toContain(uses[0])
      expect(live).not.toContain(uses[1])
      expect(live).not.toContain(uses[2])
      expect(live).not.toContain(uses[3])
    }))

  test('the runner of a job is found among its ancestors', async () => {
    const stat = (pid: number, name: string, parent: number): string =>
      `${pid} (${name}) S ${parent} ${Array(17).fill(0).join(' ')} 77${pid} 0`
    await withFolder(async procfs => {
      const processes = [
        [1, 'systemd', 0],
        [5, 'Runner.Worker', 1],
        [6, 'a (b) c', 5],
        [7, 'node', 6],
      ] as const
      for (const [pid, name, parent] of processes) {
        await mkdir(join(procfs, String(pid)))
        await writeFile(join(procfs, String(pid), 'stat'), stat(pid, name, parent))
      }
      expect(await findAncestor(7, 'Runner.Worker', procfs)).toEqual({ pid: 5, startTime: '775' })
      expect(await findAncestor(7, 'none', procfs)).toBeUndefined()
    })
  })

  test('parts that persist are not undone', () =>
    onMachine(async machine => {
      const job = await machine.job('a')
      await configure(machine.root, job)
      await job.add({ kvm: { boot: await readBootId(), before: '660', after: '666' } })
      await chmod(machine.path('dev/kvm'), 0o666)
      const { result } = await job.leave({ persist: ['daemon'], canRepeat: false })
      expect(result).toBe('undone')
      const after = await machine.snapshot()
      expect(after['etc/nix/nix-multiarch-needed.conf']).toContain('runner')
      expect(after['etc/passwd']).toContain('nixbld1')
      expect(after['dev/kvm']).toBe('660 ')
      expect(await exists(recordFolderOf(machine.root))).toBe(false)
    }))
})

describe('parts that persist', () => {
  test('are kept also if another job ends last', () =>
    onMachine(async machine => {
      const [a, b] = [await machine.job('a'), await machine.job('b')]
      await configure(machine.root, a)
      await b.add({ kvm: { boot: await readBootId(), before: '660', after: '666' } })
      await chmod(machine.path('dev/kvm'), 0o666)
      const { result } = await a.leave({ persist: ['daemon'], canRepeat: false })
      expect(result).toBe('used by other jobs')
      expect(await leave(b)).toEqual({ result: 'undone', left: [] })
      const after = await machine.snapshot()
      expect(after['etc/nix/nix-multiarch-needed.conf']).toContain('runner')
      expect(after['dev/kvm']).toBe('660 ')
    }))
})

describe('the record', () => {
  test('keeps what was before the first change', () => {
    const boot = 'b'
    const first: MachineChanges = {
      kvm: { boot, before: '660', after: '666' },
      settings: { hadFolder: false, hadConf: false, hadIncludes: false, files: { a: { after: '1' } } },
      users: { passwd: ['x'], hadLineEnd: false, group: { after: 'g1' } },
      interpreters: { boot, folder: '/b', wasMounted: false, entries: { q: '/1' } },
    }
    const second: MachineChanges = {
      kvm: { boot, before: '666', after: '666' },
      settings: {
        hadFolder: true,
        hadConf: true,
        hadIncludes: true,
        files: { a: { before: '1', after: '2' } },
      },
      users: { passwd: ['y'], hadLineEnd: true, group: { before: 'g1', after: 'g2' } },
      interpreters: { boot, folder: '/b', wasMounted: true, entries: { q: '/2', r: '/3' } },
    }
    expect(mergeChanges(first, second)).toEqual({
      kvm: first.kvm,
      settings: { ...first.settings, files: { a: { after: '2' } } },
      users: { passwd: ['x', 'y'], hadLineEnd: false, group: { after: 'g2' } },
      interpreters: { boot, folder: '/b', wasMounted: false, entries: { q: '/1', r: '/3' } },
    })
    expect(mergeChanges({}, second)).toEqual(second)
    expect(mergeChanges(first, {})).toEqual(first)
  })

  test('is an error that names the file if it is damaged', () =>
    onMachine(async machine => {
      await writeRecord(machine.root, { uses: [], changes: {} }, ROOT_PRIVILEGES)
      const file = join(recordFolderOf(machine.root), 'record.json')
      expect(await readRecord(machine.root)).toEqual({ uses: [], changes: {} })
      for (const text of ['{', '{"uses":[{}],"changes":{}}', '{"uses":[]}']) {
        await writeFile(file, text)
        expect((await rejection(readRecord(machine.root))).message).toContain(`${file} cannot be read: `)
      }
    }))
})

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('an installation', () => {
  const onInstallation = (
    task: (
      machine: TestMachine,
      install: (of: Partial<InstallOptions>) => ReturnType<typeof installNix>,
    ) => Promise<void>,
    parts: Parts = {},
  ): Promise<void> =>
    onMachine(async machine => {
      await mkdir(machine.path('away'))
      const { path, sha256 } = await makeRelease(machine.path('away'), parts)
      try {
        await serve([body(await readFile(path))], url =>
          task(machine, of =>
            installNix(machineOptions(machine.root, { url, sha256, openKvm: true, ...of }).options),
          ),
        )
      } finally {
        const daemon = await readRecordedDaemon(machine.root)
        if (daemon !== undefined) await stopDaemon(daemon, ROOT_PRIVILEGES)
      }
    })

  test(
    'is undone by the last of two jobs: the daemon, settings, users and the mode of /dev/kvm',
    () =>
      onInstallation(async (machine, install) => {
        const before = await machine.snapshot()
        const [a, b] = [await machine.job('a'), await machine.job('b')]
        const [first, second] = await Promise.all([install({ recorder: a }), install({ recorder: b })])
        const daemon = await readRecordedDaemon(machine.root)
        expect([first.daemon, second.daemon]).toContainEqual(daemon)
        if (daemon === undefined) throw new Error('no daemon was recorded')
        expect((await stat(machine.path('dev/kvm'))).mode & 0o777).toBe(0o666)
        expect((await leave(a)).result).toBe('used by other jobs')
        expect(await isRunning(daemon)).toBe(true)
        await endClients(machine)
        expect(await leave(b)).toEqual({ result: 'undone', left: [] })
        expect(await isRunning(daemon)).toBe(false)
        expect(await machine.snapshot()).toEqual(before)
      }),
    20_000,
  )

  test(
    'has a daemon, settings and users if another job ends at the same time',
    () =>
      onInstallation(async (machine, install) => {
        const signal = new AbortController().signal
        const before = await machine.snapshot()
        await install({ recorder: await machine.job('0') })
        for (const name of ['1', '2', '3']) {
          const [ending, starting] = [await machine.job(String(Number(name) - 1)), await machine.job(name)]
          await endClients(machine)
          const leaving = ending.lock({ env: process.env, signal }, () => leave(ending))
          const [{ result }] = await Promise.all([leaving, install({ recorder: starting })])
          expect(result).not.toBe('used by other processes')
          expect(await isDaemonAnswering(machine.root)).toBe(true)
          expect((await readRecord(machine.root))?.uses.map(({ folder }) => folder)).toEqual([
            starting.folder,
          ])
          expect(await exists(machine.path('etc/nix/nix.conf'))).toBe(true)
          expect((await machine.snapshot())['etc/passwd']).toContain('nixbld1')
        }
        await endClients(machine)
        expect(await leave(await machine.job('3'))).toEqual({ result: 'undone', left: [] })
        expect(await machine.snapshot()).toEqual(before)
      }),
    60_000,
  )

  test('is undone after it has failed', () =>
    onInstallation(
      async (machine, install) => {
        const before = await machine.snapshot()
        const job = await machine.job('a')
        expect((await rejection(install({ recorder: job }))).message).toContain('did not start')
        expect(await exists(machine.path('etc/nix/nix.conf'))).toBe(true)
        expect(await leave(job)).toEqual({ result: 'undone', left: [] })
        expect(await machine.snapshot()).toEqual(before)
      },
      { daemon: 'exit 1' },
    ))

  test(
    'keeps the daemon while other processes use it, and the next job undoes the changes',
    () =>
      onInstallation(async (machine, install) => {
        const before = await machine.snapshot()
        const a = await machine.job('a')
        await install({ recorder: a })
        // The stand-in daemon keeps a child process for each connection.
        expect((await leave(a)).result).toBe('used by other processes')
        expect((await readRecord(machine.root))?.uses).toEqual([])
        const b = await machine.job('b')
        expect(await b.join()).toBe(true)
        await endClients(machine)
        expect(await leave(b)).toEqual({ result: 'undone', left: [] })
        expect(await machine.snapshot()).toEqual(before)
      }),
    20_000,
  )

  test('sets up the daemon of an existing Nix without a download', () =>
    onInstallation(async (machine, install) => {
      const { bin } = await install({ recorder: await machine.job('a') })
      const daemon = await readRecordedDaemon(machine.root)
      if (daemon !== undefined) await stopDaemon(daemon, ROOT_PRIVILEGES)
      const url = 'http://127.0.0.1:1'
      const existing = await install({ recorder: await machine.job('b'), existing: bin, url })
      expect(existing).toMatchObject({ how: 'existing', version: '2.35.2', mode: 'daemon' })
      expect(existing.daemon?.pid).toBeGreaterThan(0)
    }))
})

/** Ends the child processes of the stand-in daemon. */
async function endClients(machine: TestMachine): Promise<void> {
  const daemon = await readRecordedDaemon(machine.root)
  await exec('sh', [
    '-c',
    `for stat in /proc/[0-9]*/stat; do
    read -r pid _ _ parent _ <"$stat" 2>/dev/null && [ "$parent" = ${daemon?.pid} ] && kill "$pid"; done; true`,
  ])
}
