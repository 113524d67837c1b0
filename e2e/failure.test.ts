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

/** Expects an error without a stack trace and with exit code 1. Returns standard error. */
const expectUserError = ({ code, stderr }: ExecResult): string => {
  expect({ code, stderr }).toMatchObject({ code: 1 })
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  return stderr
}

describe('a flake that fails', () => {
  const build = (container: string) =>
    machine.cli(['build', '--flake', 'path:flake', '--containers', container])

  test('an evaluation error contains the attribute, the message of the flake and the line', async () => {
    const stderr = expectUserError(await build('not-evaluated'))
    expect(stderr).toContain('packages.x86_64-linux.not-evaluated')
    expect(stderr).toContain('this image has no version yet')
    expect(stderr).toMatch(/^at flake\/flake\.nix:11:/m)
  })

  test('a syntax error in the flake contains the file and the line', async () => {
    mkdirSync(join(machine.work, 'unreadable'))
    writeFileSync(join(machine.work, 'unreadable/flake.nix'), '{\n  outputs = { self }: {;\n}\n')
    const stderr = expectUserError(await machine.cli(['build', '--flake', 'path:unreadable']))
    expect(stderr).toMatch(/syntax error/)
    expect(stderr).toMatch(/flake\.nix:2:/)
  })

  test('a failed build writes no archive, and its error contains the container and the last lines of its log', async () => {
    const stderr = expectUserError(await build('not-built'))
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

  /** Runs the CLI with a file system `small` of 8 KiB. Prints the files that it leaves in `small` and in TMPDIR. */
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
  ])('%s: the error explains what to do, and no partial files are left', async (_, args) => {
    const result = await onSmallDisk(...args)
    const stderr = expectUserError(result)
    expect(stderr).toMatch(/small\/.*(ENOSPC|no space left)/i)
    expect(stderr).toMatch(/Free space on this disk/)
    expect(result.stdout).toBe('')
  })
})
