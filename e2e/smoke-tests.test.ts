import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { TestedPlatform } from '../src/command/test/test.js'
import {
  CLI,
  type Machine,
  type MachineOptions,
  openMachine,
  outputOf,
  ROOT,
  resultOf,
  TOOLS,
} from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

let machine: Machine
let registry: RegistryProcess
let flake: string

beforeAll(async () => {
  machine = openMachine({ emulate: true })
  registry = await startRegistry()
  flake = join(machine.work, 'flake')
  cpSync(join(ROOT, 'e2e/fixtures/tested'), flake, { recursive: true })
  for (const system of ['x86_64-linux', 'aarch64-linux']) {
    mkdirSync(join(flake, 'bin', system), { recursive: true })
    copyFileSync(join(TOOLS, 'static', system, 'busybox'), join(flake, 'bin', system, 'busybox'))
  }
  mkdirSync(join(machine.work, 'podman'))
  copyFileSync(join(ROOT, 'e2e/support/podman-in-machine.sh'), join(machine.work, 'podman/podman'))
  outputOf(
    await machine.cli(['build', '--flake', `path:${flake}`, '--containers', 'even', '--output', 'one']),
  )
})

afterAll(async () => {
  await registry.stop()
  machine.remove()
})

const SYSTEMS = ['--systems', 'x86_64-linux aarch64-linux']
const FAILURE =
  /uneven for linux\/arm64 fails its test \(in namespaces\): `check` ended with exit code 3\n +good day from aarch64/

test('a test that fails on one platform stops the push of all containers', async () => {
  const tests = ['--test', 'uneven: check', '--test', 'even: check']
  const args = ['--flake', `path:${flake}`, ...SYSTEMS, ...tests, '--test-engine', 'namespaces']
  const image = ['--image', `${registry.address}/owner/{image}`, '--tags', 'latest']
  const before = registry.writes()
  const result = await machine.cli(['publish', ...args, ...image])
  expect(result.code).toBe(1)
  expect(result.stderr).toMatch(FAILURE)
  expect(result.stderr).toContain('even for linux/arm64: tested in namespaces: check')
  expect(registry.writes()).toBe(before)
})

test('a layer that is only in the registry is read for a test', async () => {
  const other = join(machine.work, 'other')
  cpSync(flake, other, { recursive: true })
  const args = ['--flake', `path:${other}`, '--containers', 'even', '--tags', 'latest']
  const image = ['--image', `${registry.address}/layers/{image}`]
  outputOf(await machine.cli(['publish', ...args, ...image]))
  const file = join(other, 'flake.nix')
  writeFileSync(file, readFileSync(file, 'utf8').replace('good day', 'good night'))
  const tests = ['--test', `even: sh -c '[ "$GREETING" = "good night" ]'`, '--test-engine', 'namespaces']
  const result = await machine.cli(['publish', ...args, ...image, ...tests])
  expect(result.stderr).toContain('even for linux/amd64: tested in namespaces: sh -c')
  // Of the image, only the config was packed.
  expect(result.stderr).toMatch(/even for x86_64-linux: built .* \d{3} B$/m)
  expect(result.code).toBe(0)
})

test('build does not hand over the archive of a failed test', async () => {
  const args = ['--flake', `path:${flake}`, ...SYSTEMS, '--test', 'uneven: check', '--output', 'archives']
  const result = await machine.cli(['build', ...args, '--test-engine', 'namespaces'])
  expect(result.code).toBe(1)
  expect(result.stderr).toMatch(FAILURE)
  expect(readdirSync(join(machine.work, 'archives')).sort()).toEqual([
    'even-aarch64-linux.oci.tar',
    'even-x86_64-linux.oci.tar',
    'uneven-x86_64-linux.oci.tar',
  ])
})

test('a test for an unknown container is an error before anything is built', async () => {
  const result = await machine.cli(['build', '--flake', `path:${flake}`, '--test', 'evn: check'])
  expect(result.code).toBe(1)
  expect(result.stderr).toMatch(/`--test` names the container evn, .*\n.*Did you mean even\?/)
  expect(result.stderr).not.toContain('built in')
})

/** What a program of the image finds. A program of the machine would write an error about LD_PRELOAD. */
const FACTS = [
  'id -u; id -g; pwd; echo $GREETING $HOME $LD_PRELOAD',
  'touch /tmp/x /work/x 2>/dev/null; ls /tmp',
  'busybox env | busybox grep -c SECRET',
  'busybox ip -o addr | busybox grep -v "lo " | busybox wc -l',
  'ls -d /nix /home /root /proc/1/root/nix 2>/dev/null',
  '[ $(busybox ps | busybox wc -l) -lt 10 ] && echo few processes',
].join('; ')
const EXPECTED = ['1234', '100', '/work', 'good day /home/app ./missing.so', 'x', '0', '0', 'few processes']

/** Runs a shell script on the machine. Its first argument is the command line of `test` for an archive. */
function runScript(script: string, args: readonly string[], options: MachineOptions = {}) {
  const command = [process.execPath, CLI, 'test', 'one/even-x86_64-linux.oci.tar', ...args]
  return machine.run('sh', ['-c', script, 'sh', ...command], {
    ...options,
    env: { SECRET_TOKEN: 'secret', PODMAN: join(TOOLS, 'bin/podman'), ...options.env },
  })
}

const WITH_PODMAN = 'PATH=$PWD/podman:$PATH; export PATH;'
/** Lists what a test could leave behind. */
const LEFT =
  'ls "$TMPDIR" | grep -v podman; mount | grep scratch; ps -eo args | grep "^\\(busybox \\)\\?[s]leep 7777"'

describe('a command in an archive', () => {
  const NAMESPACES = ['--test-engine', 'namespaces']

  test.each<[string, MachineOptions]>([
    ['root', {}],
    ['root without user namespaces', { noUserns: true }],
    ['a user', { user: 'runner' }],
    ['a user with sudo, without user namespaces', { user: 'runner', sudo: true, noUserns: true }],
  ])('sees only the image in namespaces of %s', async (_, options) => {
    const args = [...NAMESPACES, '--json', '--', 'sh', '-c', FACTS]
    const [result] = resultOf<TestedPlatform[]>(await runScript('"$@"', args, options))
    expect(result).toMatchObject({ platform: 'linux/amd64', engine: 'namespaces', output: EXPECTED })
  })

  test('sees the same in podman', async () => {
    const args = ['--test-engine', 'podman', '--json', '--', 'sh', '-c', FACTS]
    const [result] = resultOf<TestedPlatform[]>(await runScript(`${WITH_PODMAN} "$@"`, args))
    expect(result).toMatchObject({ platform: 'linux/amd64', engine: 'podman', output: EXPECTED })
  })

  test('of a user with sudo ends after its time limit', async () => {
    const args = [...NAMESPACES, '--test-timeout', '1', '--', 'busybox', 'sleep', '7777']
    const options = { user: 'runner', sudo: true, noUserns: true } as const
    const result = await runScript(`"$@"; ${LEFT}`, args, options)
    expect(result.stderr).toMatch(/did not end within 1\.0 s/)
    expect(result.stdout).toBe('')
  })

  test.each(['namespaces', 'podman'])(
    'ends after its time limit, and leaves nothing behind in %s',
    async engine => {
      const args = [
        '--test-engine',
        engine,
        '--test-timeout',
        '1',
        '--',
        'sh',
        '-c',
        'echo began; sleep 7777 & sleep 7777',
      ]
      const list = engine === 'podman' ? 'podman ps -aq; podman images -aq;' : ''
      const result = await runScript(`${WITH_PODMAN} "$@"; ${list} ${LEFT}`, args)
      expect(result.stderr).toMatch(/did not end within 1\.0 s\n +began/)
      expect(result.stdout).toBe('')
    },
  )

  test('a signal ends it, and nothing is left behind', async () => {
    const script = `"$@" & pid=$!
      for i in $(seq 50); do ps -eo args | grep -q "^busybox [s]leep" && break; sleep 0.1; done
      kill -TERM $pid; wait $pid; echo "exit code $?"; ${LEFT}`
    const result = await runScript(script, [...NAMESPACES, '--', 'busybox', 'sleep', '7777'], {
      user: 'runner',
    })
    expect(result.stdout).toBe('exit code 143\n')
  })

  test('a signal ends it in podman, and nothing is left behind soon', async () => {
    const script = `${WITH_PODMAN} "$@" & pid=$!
      for i in $(seq 100); do ps -eo args | grep -q "^busybox [s]leep" && break; sleep 0.1; done
      kill -TERM $pid; wait $pid; echo "exit code $?"
      for i in $(seq 50); do [ "$(podman images -aq | wc -l)" = 0 ] && break; sleep 0.2; done
      podman ps -aq; podman images -aq; ${LEFT}`
    const args = ['--test-engine', 'podman', '--', 'busybox', 'sleep', '7777']
    const result = await runScript(script, args)
    expect(result.stdout).toBe('exit code 143\n')
  })

  test('without an engine, the error names each reason and what to do', async () => {
    const result = await runScript('"$@"', ['--', 'check'], { user: 'runner', noUserns: true })
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(
      /- docker .*\n- podman .*\n- this machine does not allow new namespaces: .*\n.*podman/,
    )
  })
})
