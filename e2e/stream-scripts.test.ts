import { randomUUID } from 'node:crypto'
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { dockerArchive } from '../__tests__/support/docker-archive.js'
import { hostileScript } from '../__tests__/support/hostile-script.js'
import { randomImage, seeded } from '../__tests__/support/images.js'
import type { BuiltArchive } from '../src/command/shared/build-report.js'
import type { ExecResult } from '../src/util/exec.js'
import { configInArchive } from './support/archive.js'
import {
  CLI,
  type Machine,
  type MachineOptions,
  openMachine,
  ROOT,
  resultOf,
  TOOLS,
} from './support/machine.js'
import { readScriptConfig } from './support/stream-script.js'

const SLEEP = '98765'
const COMMAND_FILES = ['GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY']

let server: Server
let connections = 0
let port = 0
beforeAll(async () => {
  server = createServer(socket => {
    connections++
    socket.on('error', () => {})
    socket.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as { port: number }).port
})
afterAll(() => void server.close())

interface Attack {
  readonly machine: Machine
  readonly secret: string
  /** The files that the script tries to read or to change. */
  readonly files: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

/** Makes a machine with secrets in a home folder, a work tree and the folders of a job, and a flake with a hostile script. */
function openAttack(options: MachineOptions): Attack {
  const machine = openMachine(options)
  const secret = `planted_${randomUUID()}`
  const home = join(machine.folder, 'home', options.user ?? 'root')
  const job = join(machine.folder, 'job/_runner_file_commands')
  const commands = COMMAND_FILES.map(name => join(job, name))
  const files = [
    ...['.docker/config.json', '.config/containers/auth.json', '.netrc', '.ssh/id'].map(name =>
      join(home, name),
    ),
    ...commands,
    join(machine.work, 'source/main'),
  ]
  for (const file of files) plant(file, `${secret}\n`, options)
  const targets = {
    secret,
    files: [...files, home, machine.work],
    writable: [...files, home, machine.work, join(ROOT, 'hostile'), '/nix/var', '/etc'],
    port,
    sleep: SLEEP,
    archive: '@archive@',
    shell: '@busybox@ sh',
    tools: '@busybox@',
  }
  const flake = join(machine.work, 'flake')
  cpSync(join(ROOT, 'e2e/fixtures/hostile'), flake, { recursive: true })
  cpSync(join(TOOLS, 'static/x86_64-linux/busybox'), join(flake, 'bin/busybox'))
  writeFileSync(
    join(flake, 'image.tar'),
    dockerArchive(randomImage(seeded(23), { layers: 3, size: 500_000 })),
  )
  // The secret must not be in the store, where everybody can read it.
  const spelled = hostileScript(targets).replace(`secret=${secret}`, `secret=${secret.replace('_', '""_')}`)
  writeFileSync(join(flake, 'script'), spelled)
  writeFileSync(join(flake, 'more.json'), '{}')
  const pairs = COMMAND_FILES.map((name, n) => [name, commands[n] ?? ''])
  return {
    machine,
    secret,
    files,
    variables: { ...Object.fromEntries(pairs), REGISTRY_TOKEN: secret, GITHUB_TOKEN: secret },
  }
}

function plant(file: string, content: string, { user }: MachineOptions): void {
  const folder = join(file, '..')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, content, { mode: 0o600 })
  if (user !== 'runner') return
  for (const path of [file, folder, join(folder, '..')]) chownSync(path, 1001, 1001)
}

/** Builds the containers. The last line of standard output is the number of processes that the script has left. */
async function attack(
  { machine, variables, files }: Attack,
  args: readonly string[] = [],
): Promise<ExecResult & { left: number }> {
  const call = [CLI, 'build', '--flake', 'path:flake', '--json', '--verbose', '--output', 'out', ...args]
  // The files are also open, as a runner may have left them.
  const script = `exec 9<"$OPEN" 27<"$OPEN"
    "$@"; code=$?
    for file in /proc/[0-9]*/cmdline; do { tr '\\0' ' ' <$file; echo; } 2>/dev/null; done | grep -c '^[^ ]*busybox sleep ${SLEEP}'
    exit $code`
  const result = await machine.run('bash', ['-c', script, 'bash', process.execPath, ...call], {
    env: { ...variables, OPEN: files[0] },
  })
  const lines = result.stdout.trimEnd().split('\n')
  return { ...result, stdout: lines.slice(0, -1).join('\n'), left: Number(lines.at(-1)) }
}

/** Nix 2.8 of Debian has no shell in its sandbox. */
const SHELL = 'sandbox-paths = /bin/sh=/usr/bin/bash-static'

const WAYS: readonly [string, string, MachineOptions][] = [
  ['root', 'root-sandbox', { user: 'root' }],
  ['a user with sudo', 'root-sandbox', { user: 'runner', sudo: true, daemon: true, noUserns: true }],
  ['a user who can create user namespaces', 'user-sandbox', { user: 'runner', daemon: true }],
  ['a user with a daemon of Nix', 'derivation', { user: 'runner', daemon: true, noUserns: true }],
  [
    'a user with a daemon of Nix 2.8',
    'derivation',
    { nix: 'debian-12', user: 'runner', daemon: true, noUserns: true, conf: [SHELL] },
  ],
]

describe.each(WAYS)('a hostile stream script, run by %s (%s)', (_, how, options) => {
  let hostile: Attack
  beforeAll(() => {
    hostile = openAttack(options)
  })
  afterAll(() => hostile.machine.remove())

  test('gets no secret, changes nothing, leaves no process, and its image is the same', async () => {
    const before = snapshot(hostile)
    connections = 0
    const result = await attack(hostile, [
      '--stream-scripts',
      'isolated',
      '--containers',
      'plain stream both',
    ])
    expect(result.stderr).toContain(`Stream scripts for x86_64-linux: ${how}`)
    const built = resultOf<BuiltArchive[]>(result)
    expect(new Set(built.map(({ digest }) => digest)).size).toBe(1)
    expect(built).toHaveLength(3)
    expect([result.left, connections]).toEqual([0, 0])
    expect(snapshot(hostile)).toEqual(before)
    expect(result.stderr).not.toMatch(/warning.*stream/i)
  })

  test('removes its image from the store', () => {
    const names = readdirSync(join(hostile.machine.folder, 'nix/store'))
    expect(names.filter(name => /^\w{32}-stream$/.test(name))).toEqual([])
  })

  test('is neither built nor run if its description can be used', async () => {
    const args = ['--stream-scripts', 'isolated', '--containers', 'described layered']
    const result = await attack(hostile, args)
    const built = resultOf<BuiltArchive[]>(result)
    expect(new Set(built.map(({ digest }) => digest)).size).toBe(1)
    expect(built).toHaveLength(2)
    expect(result.stderr).not.toContain('Stream scripts for')
    expect(findInStore(hostile.machine, /^(described|stream-script)$/)).toEqual([])
    const [conf = ''] = findInStore(hostile.machine, /^hello-conf\.json$/)
    const file = resolve(hostile.machine.work, built[0]?.file ?? '')
    expect(await configInArchive(file)).toBe(await readScriptConfig(conf, hostile.machine.folder))
  })

  test('is run if its description has an unknown key, or is not the one that it gets', async () => {
    writeFileSync(join(hostile.machine.work, 'flake/more.json'), '{"zstd":true}')
    const args = ['--stream-scripts', 'isolated', '--containers', 'plain described layered replaced']
    const result = await attack(hostile, args)
    expect(result.stderr).toMatch(
      /described for x86_64-linux: its stream is not used without .*unknown key "zstd"/,
    )
    const built = resultOf<BuiltArchive[]>(result)
    expect(new Set(built.map(({ digest }) => digest)).size).toBe(1)
    expect(built).toHaveLength(4)
    expect(result.left).toBe(0)
  })

  test('that got something would say so', async () => {
    const script = join(hostile.machine.work, 'flake/script')
    writeFileSync(script, `${readFileSync(script, 'utf8').replace('exit $lost', '')}got the end\nexit 7\n`)
    const result = await attack(hostile, ['--containers', 'stream'])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/the stream script \S+ ended with exit code 7:\nGOT the end/)
    expect(result.left).toBe(0)
  })
})

const SANDBOXES = WAYS.filter(([, how]) => how !== 'derivation')

test.each(SANDBOXES)('a stream script of %s (%s) ends if the run is killed', async (_, __, options) => {
  const { machine } = openAttack(options)
  try {
    writeFileSync(join(machine.work, 'flake/script'), `#!@busybox@ sh\n@busybox@ sleep ${SLEEP}\n`)
    const script = `"$@" >/dev/null 2>&1 &
      count() { for file in /proc/[0-9]*/cmdline; do { tr '\\0' ' ' <$file; echo; } 2>/dev/null; done | grep -c '^[^ ]*busybox sleep ${SLEEP}'; }
      for try in $(seq 200); do [ "$(count)" = 0 ] || break; sleep 0.1; done
      count
      kill -KILL $!
      for try in $(seq 50); do [ "$(count)" != 0 ] || break; sleep 0.1; done
      count || true`
    const call = [CLI, 'build', '--flake', 'path:flake', '--containers', 'stream']
    const result = await machine.run('bash', ['-c', script, 'bash', process.execPath, ...call])
    expect(result.stdout).toBe('1\n0\n')
  } finally {
    machine.remove()
  }
})

/** Returns the store paths of a machine whose names match, without their hashes. */
function findInStore({ folder }: Machine, name: RegExp): string[] {
  const store = join(folder, 'nix/store')
  return readdirSync(store).flatMap(each => (name.test(each.slice(33)) ? [join(store, each)] : []))
}

/** What the script tries to change, with modification times. */
function snapshot({ machine, files }: Attack): unknown {
  const contents = files.map(file => [file, readFileSync(file, 'utf8'), statSync(file).mtimeMs])
  const folders = [ROOT, machine.work].map(folder => readdirSync(folder).filter(name => name === 'hostile'))
  return [contents, folders]
}

describe('a hostile stream script that cannot be isolated', () => {
  let hostile: Attack
  beforeAll(() => {
    hostile = openAttack({ user: 'runner', daemon: true, noUserns: true, conf: ['sandbox = false'] })
  })
  afterAll(() => hostile.machine.remove())

  test('is an error before anything is built, if it must be isolated', async () => {
    const result = await attack(hostile, ['--stream-scripts', 'isolated', '--containers', 'plain stream'])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/error: Stream scripts cannot be isolated: .*\n.*sandbox = true/)
    expect(result.stderr).not.toMatch(/plain for x86_64-linux: built/)
  })

  test('is not needed for an image whose description can be used', async () => {
    const args = ['--stream-scripts', 'isolated', '--containers', 'described layered']
    const { code, stderr } = await attack(hostile, args)
    expect(stderr).not.toContain('GOT')
    expect(code).toBe(0)
  })

  test('is not used if the image can be built without it', async () => {
    const result = await attack(hostile, ['--stream-scripts', 'isolated', '--containers', 'plain both'])
    const digests = resultOf<BuiltArchive[]>(result).map(({ digest }) => digest)
    expect(new Set(digests).size).toBe(1)
    expect(result.stderr).not.toContain('GOT')
  })

  test('is run with one warning otherwise, and then gets what the user has', async () => {
    const { code, stderr } = await attack(hostile, ['--containers', 'stream both'])
    expect(code).toBe(1)
    expect(stderr.match(/A stream script runs as your user/g)).toHaveLength(1)
    expect(stderr).toContain('`--stream-scripts` to `isolated`')
    expect(stderr).toMatch(/ended with exit code 5:\n(GOT .*\n)*GOT writing to \S+GITHUB_ENV\n/)
    expect(stderr).toContain('GOT network')
    expect(stderr).not.toContain('GOT open file')
  })
})
