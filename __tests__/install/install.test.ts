import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { isConfigured } from '../../src/install/configure.js'
import { type InstalledNix, installNix } from '../../src/install/install.js'
import type { InstallOptions, InstallProgress } from '../../src/install/options.js'
import { findInstalledPackage } from '../../src/install/provide-nix.js'
import { isDaemonAnswering } from '../../src/install/start-daemon.js'
import { stopDaemon } from '../../src/install/stop-daemon.js'
import { exec } from '../../src/util/exec.js'
import { exists } from '../../src/util/files.js'
import { formatBytes } from '../../src/util/text.js'
import { rejection } from '../nix/fakes.js'
import {
  body,
  CACERT,
  cut,
  execWith,
  machineOptions,
  makeRelease,
  NIX,
  type Parts,
  serve,
  status,
  withFolder,
} from './fixture.js'

interface Machine {
  readonly root: string
  readonly nix: string
  readonly tarball: Buffer
  readonly sha256: string
  install(of?: Partial<InstallOptions>): Promise<InstalledNix>
  /** The warnings so far. */
  readonly told: string[]
  readonly read: (path: string) => Promise<string>
}

/** Runs a task with a machine without Nix, in a folder, and with a release for it. Stops the daemons afterwards. */
function onMachine(task: (machine: Machine) => Promise<void>, parts: Parts = {}): Promise<void> {
  return withFolder(async root => {
    await mkdir(join(root, 'etc'))
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nother:x:30001:30001::/:/bin/sh')
    await writeFile(join(root, 'etc/group'), 'root:x:0:\n')
    await mkdir(join(root, 'away'))
    const { path, sha256 } = await makeRelease(join(root, 'away'), parts)
    const told: string[] = []
    const installed: InstalledNix[] = []
    const log = { debug: () => {}, info: () => {}, warning: (message: string) => void told.push(message) }
    try {
      await task({
        root,
        nix: join(root, 'nix'),
        tarball: await readFile(path),
        sha256,
        told,
        read: name => readFile(join(root, name), 'utf8'),
        install: async of => {
          const done = await installNix(machineOptions(root, { sha256, log, ...of }).options)
          installed.push(done)
          return done
        },
      })
    } finally {
      for (const { daemon } of installed) if (daemon) await stopDaemon(daemon, { exec, uid: 0 })
    }
  })
}

const from = (base: string) => ({ url: `${base}/nix-2.35.2-x86_64-linux.tar.xz` })

describe('a machine without Nix', () => {
  test('gets a release, users, settings and a running daemon', () =>
    onMachine(async ({ root, nix, tarball, install, read }) => {
      await serve([body(tarball)], async (base, asked) => {
        const env = { PATH: process.env.PATH, https_proxy: 'http://me:word@proxy', GITHUB_TOKEN: 'secret' }
        expect(await isConfigured(root)).toBe(false)
        const installed = await install({ url: base, env })
        expect(installed).toMatchObject({
          bin: join(nix, 'store', NIX, 'bin'),
          version: '2.35.2',
          how: 'release',
          mode: 'daemon',
          conf: [],
          variables: { NIX_SSL_CERT_FILE: join(nix, 'store', CACERT, 'etc/ssl/certs/ca-bundle.crt') },
        })
        expect(asked).toEqual(['/nix-2.35.2/nix-2.35.2-x86_64-linux.tar.xz'])
        const given = JSON.parse(await read('nix/environment'))
        expect(given).toMatchObject({ ...installed.variables, https_proxy: 'http://me:word@proxy' })
        expect(given.GITHUB_TOKEN).toBeUndefined()
        expect(await isConfigured(root)).toBe(true)
      })
      expect(await read('etc/group')).toMatch(/^root:x:0:\nnixbld:x:30000:(nixbld\d+,){7,}nixbld\d+\n$/)
      const users = (await read('etc/passwd')).trim().split('\n')
      expect(users[2]).toMatch(/^nixbld1:x:30000:30000:.*:\/var\/empty:\/usr\/sbin\/nologin$/)
      expect(users[3]).toMatch(/^nixbld2:x:30002:30000:/)
      expect(await read('etc/nix/nix.conf')).toBe(
        '!include nix-multiarch.conf\n\n!include nix-multiarch-needed.conf\n',
      )
      const conf = await read('etc/nix/nix-multiarch-needed.conf')
      expect(conf).toContain('extra-trusted-users = runner\n')
      expect(conf).not.toContain('accept-flake-config')
      expect(await exists(join(nix, 'builds'))).toBe(false)
    }))

  test('reports each step of the installation, and the bytes of the download', () =>
    onMachine(async ({ tarball, install }) => {
      await serve([body(tarball)], async base => {
        const reports: InstallProgress[] = []
        await install({ url: base, report: progress => void reports.push(progress) })
        const activities = reports.map(({ activity }) => activity)
        expect(activities.filter((activity, n) => activity !== activities[n - 1])).toEqual([
          'installing',
          'downloading',
          'unpacking',
          'starting the daemon',
        ])
        const size = formatBytes(tarball.length)
        expect(reports.findLast(({ activity }) => activity === 'downloading')?.amount).toBe(
          `${size} of ${size}`,
        )
      })
    }))

  test('restarts a stopped daemon without a download, and does not restart a running one', () =>
    onMachine(async ({ root, tarball, install, read }) => {
      await serve([body(tarball), status(500)], async (base, asked) => {
        const first = await install({ url: base })
        const again = await install({ url: base })
        expect(again.daemon).toBeUndefined()
        expect(await isDaemonAnswering(root)).toBe(true)
        if (first.daemon) await stopDaemon(first.daemon, { exec, uid: 0 })
        expect(await isDaemonAnswering(root)).toBe(false)
        const group = await read('etc/group')
        expect((await install({ url: base })).daemon?.pid).toBeGreaterThan(0)
        expect(asked).toHaveLength(1)
        expect(await read('etc/group')).toBe(group)
        expect((await read('etc/nix/nix.conf')).match(/!include/g)).toHaveLength(2)
      })
    }))

  test('gets one store, one daemon and one download from two installations at once', () =>
    onMachine(async ({ root, nix, tarball, install, read, told }) => {
      await serve([body(tarball), status(500)], async (base, asked) => {
        const both = await Promise.all([install({ url: base }), install({ url: base })])
        expect(both.map(({ bin }) => bin)).toEqual(Array(2).fill(join(nix, 'store', NIX, 'bin')))
        expect(both.filter(({ daemon }) => daemon !== undefined)).toHaveLength(1)
        expect(asked).toHaveLength(1)
        expect(await isDaemonAnswering(root)).toBe(true)
        expect((await readdir(nix)).sort()).toEqual(
          expect.not.arrayContaining([expect.stringMatching(/^\./)]),
        )
        expect((await read('etc/passwd')).match(/^nixbld1:/gm)).toHaveLength(1)
        expect((await read('etc/nix/nix.conf')).match(/!include/g)).toHaveLength(2)
        // This machine may not allow namespaces.
        expect(told.filter(text => !text.startsWith('Builds run without a sandbox'))).toEqual([])
      })
    }))

  test('is probed with a build if it is a container, and unsupported settings are disabled', () => {
    const build = `
      n="$(dirname "$0")/../../.."; echo "$*" >>"$n/builds"
      case "$*" in *'filter-syscalls true'*)
        echo "error: builder for 'x' failed" >&2
        echo "  > error: unable to load seccomp BPF program: Invalid argument" >&2; exit 1
      esac`
    return onMachine(
      async ({ tarball, install, read, told }) => {
        await serve([body(tarball)], async base => {
          const env = { PATH: process.env.PATH, container: 'docker' }
          await install({ ...from(base), env })
          expect(await read('etc/nix/nix-multiarch-needed.conf')).toContain('filter-syscalls = false\n')
          expect((await read('nix/builds')).trim().split('\n')).toHaveLength(2)
          expect(told.join()).toContain('unable to load seccomp BPF program: Invalid argument')
        })
      },
      { build },
    )
  })

  test('gets a single-user installation without root if /nix is writable', () =>
    onMachine(async ({ root, nix, tarball, install }) => {
      const noSudo: typeof exec = (command, ...rest) =>
        command === 'sudo' ? Promise.reject(new Error('sudo was not found')) : exec(command, ...rest)
      await serve([body(tarball)], async base => {
        const installed = await install({ ...from(base), uid: 12345, exec: noSudo })
        expect(installed).toMatchObject({ mode: 'single-user', daemon: undefined })
        expect(installed.conf).toContain('build-users-group =')
        expect(installed.conf).toContain(`sandbox = ${installed.sandbox}`)
        expect(await exists(join(root, 'etc/nix'))).toBe(false)
        expect(await exists(join(nix, 'var/nix/daemon-socket'))).toBe(false)
      })
    }))

  test('gets the reason if the daemon does not start', () =>
    onMachine(
      async ({ tarball, install }) => {
        await serve([body(tarball)], async base => {
          const error = await rejection(install(from(base)))
          expect(error.message).toBe("Nix's daemon did not start: error: no room for a socket")
        })
      },
      { daemon: 'echo "error: no room for a socket" >&2; exit 1' },
    ))

  test('is set up with few calls of sudo', () =>
    onMachine(async ({ tarball, install }) => {
      const calls: string[] = []
      const sudo: typeof exec = (command, args, options) => {
        if (command !== 'sudo') return exec(command, args, options)
        calls.push(args.slice(1, 3).join(' '))
        return exec(args[1] ?? '', args.slice(2), options)
      }
      await serve([body(tarball)], async base => {
        await install({ ...from(base), uid: 12345, exec: sudo })
        expect(calls).toEqual(['true', expect.stringMatching(/^unshare /), 'sh -c', 'sh -c', 'sh -c'])
      })
    }))
})

describe('a failed download', () => {
  test('is retried after a transient error', () =>
    onMachine(async ({ tarball, install }) => {
      await serve([status(500), cut(tarball), body(tarball)], async (base, asked) => {
        await install(from(base))
        expect(asked).toHaveLength(3)
      })
    }))

  test('leaves no file if the hash differs, and names both hashes', () =>
    onMachine(async ({ root, install, sha256 }) => {
      await serve([body('something else')], async (base, asked) => {
        const error = await rejection(install(from(base)))
        expect(error.message).toContain(`instead of ${sha256}`)
        expect(error.message).toContain(from(base).url)
        expect(error.hint).toContain('nix-sha256')
        expect(asked).toHaveLength(1)
        expect(await readdir(join(root, 'temp'))).toEqual([])
        expect((await readdir(root)).sort()).toEqual(['away', 'etc', 'temp'])
        expect((await readdir(join(root, 'etc'))).sort()).toEqual(['group', 'passwd'])
      })
    }))

  test('is not replaced by a package if the server does not have the file', () =>
    onMachine(async ({ install }) => {
      await serve([status(404)], async (base, asked) => {
        expect(await rejection(install({ url: base, version: '9.9.9' }))).toMatchObject({
          message: expect.stringContaining('answered 404'),
          hint: expect.stringContaining('nix-version'),
        })
        expect(asked).toHaveLength(1)
      })
    }))

  test('is replaced by a package if the server cannot be reached', () =>
    onMachine(async ({ root, told, install }) => {
      const apt = await withApt(root, '2.18.1')
      apt.env.https_proxy = 'http://me:word@proxy'
      const installed = await install({ url: 'http://127.0.0.1:1', ...apt })
      expect(installed).toMatchObject({ how: 'package', version: '2.18.1', bin: join(root, 'usr/bin') })
      expect(told[0]).toMatch(/127.0.0.1:1 .*package of this system was installed instead: Nix 2.18.1$/)
      if (installed.daemon) await stopDaemon(installed.daemon, { exec, uid: 0 })
      // The settings may have been removed after the job. The package is installed.
      await rm(join(root, 'etc/nix'), { recursive: true })
      expect(await findInstalledPackage(root)).toBe(join(root, 'usr/bin'))
      const again = await install({ url: 'http://127.0.0.1:1', ...apt })
      expect(again).toMatchObject({ how: 'package', version: '2.18.1' })
      const calls = (await readFile(join(root, 'apt'), 'utf8')).trim().split('\n')
      expect(calls).toEqual([
        expect.stringMatching(/ update; the proxy is http:\/\/me:word@proxy$/),
        expect.stringMatching(/ nix-bin bash-static; the proxy is http:\/\/me:word@proxy$/),
      ])
    }))

  test('is reported if the package is too old or missing', () =>
    onMachine(async ({ root, install }) => {
      const apt = await withApt(root, '2.3.16')
      const old = await rejection(install({ url: 'http://127.0.0.1:1', ...apt }))
      expect(old.message).toMatch(/^http:\/\/127.0.0.1:1\/.* cannot be downloaded.*too old: it is 2.3.16/)
      expect(old.hint).toContain('nix-url')
      const none = await rejection(install({ url: 'http://127.0.0.1:1', env: { PATH: '/nowhere' } }))
      expect(none.message).toContain('no known package manager')
    }))
})

/** An apt-get that installs Nix on a machine, and writes its arguments and its proxy to the file `apt`. */
async function withApt(root: string, version: string) {
  const bin = join(root, 'fake')
  const nix = `#!/bin/sh\necho "nix (Nix) ${version}"\n`
  await mkdir(bin, { recursive: true })
  await makeRelease(join(root, 'away'), {}, 'tar')
  const script = `#!/bin/sh
    echo "$*; the proxy is $https_proxy" >>'${root}/apt'
    case "$*" in *install*) ;; *) exit;; esac
    mkdir -p '${root}/usr' '${root}/nix'
    tar -xf '${root}/away/nix-2.35.2-x86_64-linux.tar' -C '${root}/away'
    cp -r '${root}/away/nix-2.35.2-x86_64-linux/store/${NIX}/bin' '${root}/usr/'
    sed -i 's|^exec .*|exec "${process.execPath}" "${root}/usr/bin/daemon.cjs" "${root}/nix"|' '${root}/usr/bin/nix-daemon'
    cp '${bin}/nix' '${root}/usr/bin/nix'`
  await writeFile(join(bin, 'nix'), nix)
  await writeFile(join(bin, 'apt-get'), script)
  for (const name of ['nix', 'apt-get']) await chmod(join(bin, name), 0o755)
  const env: Record<string, string> = { PATH: `${bin}:${process.env.PATH}` }
  return { env, exec: execWith(bin) }
}
