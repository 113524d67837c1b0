import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { ExecResult } from '../src/util/exec.js'
import { CLI, type Machine, type MachineOptions, openMachine, outputOf, ROOT } from './support/machine.js'
import { type ReleaseServer, serveRelease } from './support/release.js'

const WITH_SUDO = { user: 'runner', sudo: true } as const
const BUILD = `nix-multiarch build --flake path:${ROOT}/examples/hello --containers hello`

let server: ReleaseServer
let machine: Machine
beforeAll(async () => {
  server = await serveRelease()
})
afterAll(() => server.close())
beforeEach(() => {
  machine = openMachine({ bare: true })
})
afterEach(() => machine.remove())

const setup = (more = ''): string =>
  `nix-multiarch setup --nix-url ${server.url} --nix-sha256 ${server.sha256} --nix-conf 'substituters =' ${more}`

/** Runs lines of a shell in which `nix-multiarch` is the bundle. */
const shell = (lines: readonly string[], options: MachineOptions = {}): Promise<ExecResult> => {
  const program = `nix-multiarch() { '${process.execPath}' '${CLI}' "$@"; }`
  return machine.run('bash', ['-ec', [program, ...lines].join('\n')], options)
}

/** What stands in /nix: nothing may be half-unpacked there. */
const inNix = (): string[] => {
  const folder = join(machine.folder, 'root/nix')
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
}

async function failure(lines: readonly string[], options: MachineOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await shell(lines, options)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).not.toMatch(/^\s+at /m)
  return stderr
}

describe('a machine without Nix', () => {
  test.each([
    ['root', {}],
    ['a user with sudo, where users may make no namespaces', { ...WITH_SUDO, noUserns: true }],
  ] as const)(
    'gets one from the release, with a daemon that builds for both systems: %s',
    async (_, user) => {
      const out = outputOf(
        await shell(
          [
            `settings=$(${setup('--systems "x86_64-linux aarch64-linux"')})`,
            'eval "$settings"',
            'nix --version',
            `${BUILD} --systems 'x86_64-linux aarch64-linux' --output archives`,
            'nix config show sandbox',
            'ps -eo user=,args= | grep "[n]ix-daemon" | cut -c1-4',
            'nix-multiarch stop',
            'ps -eo args= | grep -c "[n]ix-daemon" || true',
            'find "$HOME" -path "*/nix-multiarch/*" -name "*.conf"',
          ],
          user,
        ),
      )
      expect(out.split('\n')).toEqual([
        `nix (Nix) ${server.version}`,
        'archives/hello-x86_64-linux.oci.tar',
        'archives/hello-aarch64-linux.oci.tar',
        'true',
        'root',
        '0',
        '',
      ])
    },
  )

  test('finds the daemon stopped the next time, and starts it again without a download', async () => {
    const start = `settings=$(${setup()}); eval "$settings"`
    outputOf(await shell([start, 'nix-multiarch stop'], WITH_SUDO))
    const before = server.requests.length
    const again = [start, `${BUILD} --output archives`, 'nix-multiarch stop']
    expect(outputOf(await shell(again, WITH_SUDO))).toContain('archives/hello-x86_64-linux.oci.tar')
    expect(server.requests.length).toBe(before)
  })

  test('and a /nix that is the user’s own needs no daemon', async () => {
    const options = { bare: false, nix: 'none', ownNix: true, user: 'runner' } as const
    const lines = [
      `settings=$(${setup()}); eval "$settings"`,
      `${BUILD} --output archives`,
      'pgrep nix-daemon || true',
    ]
    const { stdout, stderr, code } = await shell(lines, options)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'archives/hello-x86_64-linux.oci.tar\n' })
    expect(stderr).toContain(`Nix ${server.version} is installed: for this user alone, with a sandbox`)
  })

  test('where no namespaces are allowed builds without a sandbox, and says so', async () => {
    const lines = [
      `settings=$(${setup()}); eval "$settings"`,
      `${BUILD} --output archives`,
      'nix-multiarch stop',
    ]
    const confined = ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin', 'bash', '-ec']
    const program = `nix-multiarch() { '${process.execPath}' '${CLI}' "$@"; }`
    const { code, stderr } = await machine.run('setpriv', [...confined, [program, ...lines].join('\n')], {
      noUserns: true,
      env: { container: 'docker' },
    })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^warning: Builds have no sandbox here/m)
  })

  test('where the kernel knows no filter of system calls, Nix goes without it in its sandbox', async () => {
    const program = `nix-multiarch() { '${process.execPath}' '${CLI}' "$@"; }`
    const lines = [
      program,
      `settings=$(${setup()}); eval "$settings"`,
      `${BUILD} --output archives`,
      'nix config show sandbox',
      'nix-multiarch stop',
    ]
    const refused = [join(ROOT, 'e2e/support/no-seccomp.pl'), 'bash', '-ec', lines.join('\n')]
    const result = await machine.run('perl', refused, { env: { container: 'docker' } })
    expect(outputOf(result)).toBe('archives/hello-x86_64-linux.oci.tar\ntrue\n')
    expect(result.stderr).toMatch(/^warning: Nix builds without .*filter-syscalls = false.*seccomp/m)
  })

  test('gets one by two who come at once, and its daemon goes on while others build with it', async () => {
    const first = 'export XDG_STATE_HOME=$HOME/first'
    const client = `require('net').connect('/nix/var/nix/daemon-socket/socket').write(Buffer.from('6378696e00000000', 'hex'))`
    const out = outputOf(
      await shell(
        [
          `(${first}; ${setup()} >first) & one=$!; ${setup()} >second; wait $one`,
          'for settings in first second; do (eval "$(cat $settings)"; nix --version); done',
          `'${process.execPath}' -e "${client}" & client=$!; sleep 0.5`,
          `(${first}; nix-multiarch stop) || echo "first: $?"`,
          'nix-multiarch stop || echo "second: $?"',
          'ps -eo args= | grep -q "[n]ix-daemon" && echo runs',
          'kill $client; wait $client || true',
          `(${first}; nix-multiarch stop); nix-multiarch stop`,
          'ps -eo args= | grep -c "[n]ix-daemon" || true',
          'ls -A /nix; grep -c ^nixbld1: /etc/passwd',
        ],
        WITH_SUDO,
      ),
    )
    const one = expect.stringMatching(/^(first|second): 1$/)
    const version = `nix (Nix) ${server.version}`
    expect(out.split('\n')).toEqual([version, version, one, 'runs', '0', 'store', 'var', '1', ''])
  })

  test('a server that stumbles is asked again', async () => {
    server.fault({ kind: 'status', status: 500 })
    server.fault({ kind: 'cut' })
    expect(outputOf(await shell([setup(), 'nix-multiarch stop'], WITH_SUDO))).toContain('export PATH=')
  })
})

describe('leaves nothing half-unpacked, and says what is wrong', () => {
  test('with a hash that is not that of the tarball', async () => {
    const said = await failure([setup().replace(server.sha256, '0'.repeat(64))], WITH_SUDO)
    expect(said).toContain(
      `${server.url} is not what it should be: its SHA-256 is ${server.sha256} instead of 000`,
    )
    expect(inNix()).toEqual([])
  })

  test.each([
    ['cut off', { kind: 'cut' }, /the connection broke/],
    ['answered with 500', { kind: 'status', status: 500 }, /500/],
    ['not there', { kind: 'status', status: 404 }, /404/],
  ] as const)('with a download that is %s again and again', async (_, fault, why) => {
    const { origin, version, sha256 } = server
    const name = `nix-${version}-${fault.kind}-${'status' in fault ? fault.status : ''}.tar.xz`
    server.fault(fault, { times: 20, end: name })
    server.add(name, Buffer.alloc(100_000))
    const url = `${origin}/${name}`
    // No package may take its place, for this machine's system is not its own.
    const hidden = 'mount --bind /dev/null "$(realpath "$(command -v apt-get)")"'
    const said = await failure([hidden, `nix-multiarch setup --nix-url ${url} --nix-sha256 ${sha256}`])
    expect(said).toMatch(why)
    expect(said).toContain(url)
    expect(inNix()).toEqual([])
  })

  test('on a disk that is full', async () => {
    const lines = [`${setup()} || { ls -A /nix >&2; exit 1; }`]
    const said = await failure(lines, { ...WITH_SUDO, bare: false, nix: 'none', smallNix: '20M' })
    expect(said).toMatch(/No space left on device/)
    expect(said.trimEnd().split('\n').at(-1)).not.toMatch(/store|var/)
  })

  test('with a /nix that is read-only', async () => {
    const said = await failure([setup()], { ...WITH_SUDO, bare: false, nix: 'none', readOnlyNix: true })
    expect(said).toMatch(/\/nix.*(read-only|Read-only)/)
  })

  test('for a user who may not install it', async () => {
    const said = await failure([setup()], { user: 'runner' })
    expect(said).toContain('this user cannot install it: /nix cannot be written')
    expect(said).toContain('passwordless sudo')
  })

  test('when it is told to end in between', async () => {
    const part = [
      // A function would be a shell between the signal and the program.
      `(exec ${setup().replace('nix-multiarch', `'${process.execPath}' '${CLI}'`)}) &`,
      'until ls -d /nix/.nix-multiarch-*/*/store >/dev/null 2>&1; do sleep 0.01; done',
      'kill -TERM $!; wait $! || echo "ended with $?" >&2; exit 1',
    ]
    const said = await failure(part, WITH_SUDO)
    expect(said).toContain('ended with 143')
    expect(inNix()).toEqual([])
  })
})
