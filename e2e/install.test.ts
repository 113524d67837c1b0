import { cpSync, existsSync, readdirSync } from 'node:fs'
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

/** Runs shell commands with `nix-multiarch` as a function that runs the bundle. */
const shell = (lines: readonly string[], options: MachineOptions = {}): Promise<ExecResult> => {
  const program = `nix-multiarch() { '${process.execPath}' '${CLI}' "$@"; }`
  return machine.run('bash', ['-ec', [program, ...lines].join('\n')], options)
}

/** All files in /nix. After a failure there must be none. */
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
    ['a user with sudo, without user namespaces', { ...WITH_SUDO, noUserns: true }],
  ] as const)(
    'gets Nix from the release tarball, with a daemon that builds both systems: %s',
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

  test('starts a stopped daemon again without a download', async () => {
    const start = `settings=$(${setup()}); eval "$settings"`
    outputOf(await shell([start, 'nix-multiarch stop'], WITH_SUDO))
    const before = server.requests.length
    const again = [start, `${BUILD} --output archives`, 'nix-multiarch stop']
    expect(outputOf(await shell(again, WITH_SUDO))).toContain('archives/hello-x86_64-linux.oci.tar')
    expect(server.requests.length).toBe(before)
  })

  test('takes the tarball from a tool cache without a request', async () => {
    const tools = join(machine.work, 'tools')
    const install = 'export RUNNER_TOOL_CACHE="$PWD/tools"'
    outputOf(await shell([install, setup('--nix-version 2.34.8'), 'nix-multiarch stop']))
    const version = `0.0.0-sha256-${server.sha256}`
    expect(readdirSync(join(tools, 'nix')).sort()).toEqual([version])
    const before = server.requests.length
    const other = openMachine({ bare: true })
    try {
      const prefilled = join(other.work, 'tools/nix/2.34.8')
      cpSync(join(tools, 'nix', version), prefilled, { recursive: true })
      const program = `nix-multiarch() { '${process.execPath}' '${CLI}' "$@"; }`
      const lines = [program, install, setup('--nix-version 2.34.8'), 'nix-multiarch stop']
      const { code, stderr } = await other.run('bash', ['-ec', lines.join('\n')])
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Installed Nix') })
      expect(stderr).not.toContain('warning')
      expect(server.requests.length).toBe(before)
      expect(readdirSync(join(other.work, 'tools/nix'))).toEqual(['2.34.8'])
    } finally {
      other.remove()
    }
  })

  test('needs no daemon if /nix belongs to the user', async () => {
    const options = { bare: false, nix: 'none', ownNix: true, user: 'runner' } as const
    const lines = [
      `settings=$(${setup()}); eval "$settings"`,
      `${BUILD} --output archives`,
      'pgrep nix-daemon || true',
    ]
    const { stdout, stderr, code } = await shell(lines, options)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'archives/hello-x86_64-linux.oci.tar\n' })
    expect(stderr).toContain(`Installed Nix ${server.version} for this user only and with a sandbox`)
  })

  test('builds without a sandbox if namespaces are not allowed, and prints a warning', async () => {
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
    expect(stderr).toMatch(/^warning: Builds run without a sandbox/m)
  })

  test('disables filter-syscalls in the sandbox if the kernel has no seccomp filters', async () => {
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

  test('two concurrent setups install Nix once, and the daemon is not stopped while another client uses it', async () => {
    const first = 'export XDG_STATE_HOME=$HOME/first'
    const client = `require('net').connect('/nix/var/nix/daemon-socket/socket').write(Buffer.from('6378696e00000000', 'hex'))`
    const out = outputOf(
      await shell(
        [
          `(${first}; ${setup()} >first) & one=$!; ${setup()} >second; wait $one`,
          'for settings in first second; do (eval "$(cat $settings)"; nix --version); done',
          'grep -c ^nixbld1: /etc/passwd',
          `'${process.execPath}' -e "${client}" & client=$!; sleep 0.5`,
          `(${first}; nix-multiarch stop) || echo "first: $?"`,
          'nix-multiarch stop || echo "second: $?"',
          'ps -eo args= | grep -q "[n]ix-daemon" && echo runs',
          'kill $client; wait $client || true',
          `(${first}; nix-multiarch stop); nix-multiarch stop`,
          'ps -eo args= | grep -c "[n]ix-daemon" || true',
          'ls -A /nix; grep -c ^nixbld1: /etc/passwd || true',
        ],
        WITH_SUDO,
      ),
    )
    const one = expect.stringMatching(/^(first|second): 1$/)
    const version = `nix (Nix) ${server.version}`
    expect(out.split('\n')).toEqual([version, version, '1', one, 'runs', '0', 'store', 'var', '0', ''])
  })

  test('is as before after `stop`, and after a setup that failed', async () => {
    const snapshot =
      'find /etc -printf "%p %m %U %l\\n" | sort; find /etc -type f -print0 | sort -z | xargs -0 sha256sum'
    const out = outputOf(
      await shell(
        [
          `sudo -n bash -c '${snapshot}' >before`,
          `settings=$(${setup('--systems aarch64-linux')}); eval "$settings"`,
          'ls /etc/nix-multiarch /proc/sys/fs/binfmt_misc',
          'nix-multiarch stop',
          `sudo -n bash -c '${snapshot}' >after; cmp before after`,
          `${setup('--systems "aarch64-linux x86_64-darwin"')} || echo failed`,
          `sudo -n bash -c '${snapshot}' >after; cmp before after`,
          'ps -eo args= | grep -c "[n]ix-daemon" || true; ls /proc/sys/fs/binfmt_misc',
        ],
        WITH_SUDO,
      ),
    )
    const recorded = ['/etc/nix-multiarch:', 'daemon', 'record.json', '']
    const registered = ['/proc/sys/fs/binfmt_misc:', 'nix-multiarch-aarch64', 'register', 'status']
    expect(out.split('\n')).toEqual([...recorded, ...registered, 'failed', '0', 'register', 'status', ''])
  })

  test('retries the download after a server error or a broken connection', async () => {
    server.fault({ kind: 'status', status: 500 })
    server.fault({ kind: 'cut' })
    expect(outputOf(await shell([setup(), 'nix-multiarch stop'], WITH_SUDO))).toContain('export PATH=')
  })
})

describe('fails with a clear error, and leaves no partially unpacked files', () => {
  test('if the hash does not match the tarball', async () => {
    const stderr = await failure([setup().replace(server.sha256, '0'.repeat(64))], WITH_SUDO)
    expect(stderr).toContain(`${server.url} was not unpacked: its SHA-256 is ${server.sha256} instead of 000`)
    expect(inNix()).toEqual([])
  })

  test.each([
    ['cut off', { kind: 'cut' }, /the connection to \S+ failed: aborted/],
    ['answered with 500', { kind: 'status', status: 500 }, /500/],
    ['answered with 404', { kind: 'status', status: 404 }, /404/],
  ] as const)('if the download is %s each time', async (_, fault, why) => {
    const { origin, version, sha256 } = server
    const name = `nix-${version}-${fault.kind}-${'status' in fault ? fault.status : ''}.tar.xz`
    server.fault(fault, { times: 20, end: name })
    server.add(name, Buffer.alloc(100_000))
    const url = `${origin}/${name}`
    // Without apt-get: it would install a package on the system that runs the tests.
    const hidden = 'mount --bind /dev/null "$(realpath "$(command -v apt-get)")"'
    const stderr = await failure([hidden, `nix-multiarch setup --nix-url ${url} --nix-sha256 ${sha256}`])
    expect(stderr).toMatch(why)
    expect(stderr).toContain(url)
    expect(inNix()).toEqual([])
  })

  test('if the disk is full', async () => {
    const lines = [`${setup()} || { ls -A /nix >&2; exit 1; }`]
    const stderr = await failure(lines, { ...WITH_SUDO, bare: false, nix: 'none', smallNix: '20M' })
    expect(stderr).toMatch(/No space left on device/)
    expect(stderr.trimEnd().split('\n').at(-1)).not.toMatch(/store|var/)
  })

  test('if /nix is read-only', async () => {
    const stderr = await failure([setup()], { ...WITH_SUDO, bare: false, nix: 'none', readOnlyNix: true })
    expect(stderr).toMatch(/\/nix.*(read-only|Read-only)/)
  })

  test('if the user has no permission to install it', async () => {
    const stderr = await failure([setup()], { user: 'runner' })
    expect(stderr).toContain('this user cannot install it: /nix is not writable')
    expect(stderr).toContain('passwordless sudo')
  })

  test('if it is terminated while unpacking', async () => {
    const part = [
      // exec, not the function: the signal must reach the program, not a shell.
      `(exec ${setup().replace('nix-multiarch', `'${process.execPath}' '${CLI}'`)}) &`,
      'until ls -d /nix/.nix-multiarch-*/*/store >/dev/null 2>&1; do sleep 0.01; done',
      'kill -TERM $!; wait $! || echo "ended with $?" >&2; exit 1',
    ]
    const stderr = await failure(part, WITH_SUDO)
    expect(stderr).toContain('ended with 143')
    expect(inNix()).toEqual([])
  })
})
