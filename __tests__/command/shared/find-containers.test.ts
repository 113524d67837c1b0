import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { findContainers } from '../../../src/command/shared/find-containers.js'
import { parseAttributeTemplate } from '../../../src/nix/check-flake-ref.js'
import type { Nix } from '../../../src/nix/nix.js'
import type { System } from '../../../src/oci/platform.js'
import { UsageError } from '../../../src/util/error.js'
import { exec } from '../../../src/util/exec.js'
import { fakeNix, rejection } from '../../nix/fakes.js'
import { type TestHost, testHost } from '../../support/host.js'

const BOTH: System[] = ['x86_64-linux', 'aarch64-linux']

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const find = (nix: Nix, signal = new AbortController().signal, template = 'packages.{system}.{name}') => {
  const attribute = parseAttributeTemplate(template)
  return findContainers(nix, BOTH, { flake: 'github:a/b', containers: [], attribute }, { ...host, signal })
}

const answer = (name: string, more: object = {}) =>
  JSON.stringify({
    containers: [
      {
        name,
        builder: 'x86_64-linux',
        derivation: `/nix/store/1-${name}.drv`,
        output: 'out',
        streamed: false,
      },
    ],
    skipped: [],
    missing: [],
    others: {},
    ...more,
  })

/** Evaluates one system in a real process that runs until it is aborted. Then fails for the other system. */
function halfFailing(): { nix: Nix; pid: () => number } {
  let pid = 0
  let isRunning = (): void => {}
  const running = new Promise<void>(resolve => {
    isRunning = resolve
  })
  const evaluation: Nix['run'] = (_, options) =>
    exec(process.execPath, ['-e', 'console.error(process.pid); setTimeout(() => {}, 60000)'], {
      ...options,
      onErrorLine: line => {
        pid = Number(line)
        isRunning()
      },
    })
  const run: Nix['run'] = async (args, options) => {
    if (args.at(-1)?.includes('x86_64')) return evaluation(args, options)
    await running
    return { code: 1, stdout: '', stderr: 'error: no such attribute' }
  }
  return { nix: { ...fakeNix({}), run }, pid: () => pid }
}

test('finds containers for every system, and skips attributes that do not evaluate', async () => {
  const nix = fakeNix({ answer: () => ({ stdout: answer('hello', { skipped: ['broken'] }) }) })
  const found = await find(nix)
  expect(found.map(({ name, system }) => [name, system])).toEqual(BOTH.map(system => ['hello', system]))
  expect(host.logged).toEqual(
    BOTH.map(system => `warning: Skipping broken for ${system}: it does not evaluate`),
  )
})

test('a failure aborts the other evaluations, and is thrown after they end', async () => {
  const { nix, pid } = halfFailing()
  const error = await rejection(find(nix))
  expect(error.message).toContain('Nix could not evaluate packages.aarch64-linux')
  expect(pid()).toBeGreaterThan(0)
  expect(() => process.kill(pid(), 0)).toThrow('ESRCH')
})

test("the caller's signal aborts all evaluations", async () => {
  const abort = new AbortController()
  const nix: Nix = {
    ...fakeNix({}),
    run: (_, options) => exec(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], options),
  }
  setTimeout(() => abort.abort(), 30)
  await expect(find(nix, abort.signal)).rejects.toMatchObject({ name: 'AbortError' })
})

test.each(['a/b', '.a', '-a', 'a b'])('rejects the name %j', async name => {
  const nix = fakeNix({ answer: () => ({ stdout: answer(name) }) })
  const error = await rejection(find(nix))
  expect(error.message).toContain('cannot be used as a file name')
  expect(error.hint).toContain('at most 128 letters')
})

test('fails if the flake has no images', async () => {
  const nix = fakeNix({ answer: () => ({ stdout: answer('a', { containers: [] }) }) })
  await expect(find(nix)).rejects.toThrow('The flake github:a/b has no images for x86_64-linux')
})

test('fails with the message of Nix if a container evaluates for one system only', async () => {
  const nix = fakeNix({
    answer: args => {
      const question = args.join()
      if (question.includes('x86_64')) return { stdout: answer('hello') }
      if (question.includes('\\"names\\":null'))
        return { stdout: answer('other', { skipped: ['broken', 'hello'] }) }
      return { code: 1, stderr: 'error: no version yet' }
    },
  })
  const error = await rejection(find(nix))
  expect(error.message).toBe(
    'hello evaluates for x86_64-linux, but not for aarch64-linux. ' +
      'Nix could not evaluate packages.aarch64-linux.hello of the flake github:a/b:\nerror: no version yet',
  )
  expect(error.hint).toContain('remove the attribute for aarch64-linux')
})

test('rejects an attribute without {system} for two systems before the evaluation', async () => {
  const nix = fakeNix({ answer: () => ({ stdout: answer('hello') }) })
  const error = await rejection(find(nix, undefined, 'containers.{name}'))
  expect(error).toBeInstanceOf(UsageError)
  expect(nix.asked).toEqual([])
})
