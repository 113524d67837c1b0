import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ExecResult } from '../src/util/exec.js'
import { CLI, type Machine, openMachine, outputOf, ROOT, TOOLS } from './support/machine.js'

const HELLO = `path:${join(ROOT, 'examples/hello')}`

let machine: Machine
beforeAll(() => {
  machine = openMachine()
  const flake = join(machine.work, 'flake')
  cpSync(join(ROOT, 'e2e/fixtures/failing'), flake, { recursive: true })
  cpSync(join(TOOLS, 'static/x86_64-linux/busybox'), join(flake, 'bin/busybox'))
})
afterAll(() => machine.remove())

/** A user's failure: exit code 1, and no stack trace. */
const told = ({ code, stderr }: ExecResult): string => {
  expect({ code, stderr }).toMatchObject({ code: 1 })
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  return stderr
}

describe('a flake that fails', () => {
  const build = (container: string) =>
    machine.cli(['build', '--flake', 'path:flake', '--containers', container])

  test('an image that does not evaluate: it is named, with the reason that the flake gives and the line', async () => {
    const stderr = told(await build('not-evaluated'))
    expect(stderr).toContain('packages.x86_64-linux.not-evaluated')
    expect(stderr).toContain('this image has no version yet')
    expect(stderr).toMatch(/^at flake\/flake\.nix:11:/m)
  })

  test('a flake that Nix cannot read: the file and the line', async () => {
    mkdirSync(join(machine.work, 'unreadable'))
    writeFileSync(join(machine.work, 'unreadable/flake.nix'), '{\n  outputs = { self }: {;\n}\n')
    const stderr = told(await machine.cli(['build', '--flake', 'path:unreadable']))
    expect(stderr).toMatch(/syntax error/)
    expect(stderr).toMatch(/flake\.nix:2:/)
  })

  test('an image that does not build: it is named, with the last lines of its log and no archive', async () => {
    const stderr = told(await build('not-built'))
    expect(stderr).toMatch(/not-built for x86_64-linux|packages\.x86_64-linux\.not-built/)
    expect(stderr).toContain('line 100')
    expect(stderr).toContain('the compiler is missing')
    expect(stderr).not.toMatch(/\bline 1$/m)
    expect(existsSync(join(machine.work, 'archives/not-built-x86_64-linux.oci.tar'))).toBe(false)
  })
})

describe('a full disk', () => {
  beforeAll(async () => {
    const args = ['build', '--flake', HELLO, '--containers', 'hello', '--output', 'hello']
    outputOf(await machine.cli(args))
  })

  /** Runs the command line with a folder `small` of 8 KiB; prints what files it leaves there and among temporary ones. */
  const onSmallDisk = (...args: string[]): Promise<ExecResult> => {
    const script = [
      'mkdir -p small && mount -t tmpfs -o size=8k none small || exit 99',
      '"$@"',
      'code=$?',
      'find small -type f && find "$TMPDIR" -name "*multiarch*"',
      'exit $code',
    ]
    return machine.run('sh', ['-c', script.join('\n'), 'sh', process.execPath, CLI, ...args])
  }

  test.each([
    ['build', ['build', '--flake', HELLO, '--containers', 'hello', '--output', 'small/out']],
    ['merge', ['merge', '--archives', 'hello', '--archive', 'small/merged.oci.tar']],
  ])('in %s: said so, with what to do, and nothing is left', async (_, args) => {
    const result = await onSmallDisk(...args)
    const stderr = told(result)
    expect(stderr).toMatch(/small\/.*(ENOSPC|no space left)/i)
    expect(stderr).toMatch(/make room/i)
    expect(result.stdout).toBe('')
  })
})
