import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Machine, openMachine, outputOf, ROOT, TOOLS } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

let machine: Machine
let registry: RegistryProcess

/** `true` of Debian, its loader and its only library. */
const PROGRAMS = {
  program: '/bin/true',
  loader: '/lib64/ld-linux-x86-64.so.2',
  'libc.so.6': '/lib/x86_64-linux-gnu/libc.so.6',
  busybox: join(TOOLS, 'static/x86_64-linux/busybox'),
  'busybox-aarch64': join(TOOLS, 'static/aarch64-linux/busybox'),
}

beforeAll(async () => {
  machine = openMachine()
  registry = await startRegistry()
  const flake = join(machine.work, 'flake')
  cpSync(join(ROOT, 'e2e/fixtures/unstartable'), flake, { recursive: true })
  mkdirSync(join(flake, 'bin'))
  for (const [name, path] of Object.entries(PROGRAMS)) copyFileSync(path, join(flake, 'bin', name))
})

afterAll(async () => {
  await registry.stop()
  machine.remove()
})

const publish = (...args: string[]) => {
  const image = ['--image', `${registry.address}/owner/{image}`, '--tags', 'latest']
  return machine.cli(['publish', '--flake', 'path:flake', '--systems', 'x86_64-linux', ...image, ...args])
}

test('no tag moves if one image cannot start, and the error names what is missing', async () => {
  const before = registry.writes()
  const { code, stderr } = await publish()
  expect(code).toBe(1)
  expect(stderr).toContain(
    'without-library for x86_64-linux cannot start: /bin/start needs the library libc.so.6, which is not in the image',
  )
  expect(stderr).toContain(
    'other-machine for x86_64-linux is for amd64, but contains 1 program for arm64 and none for amd64',
  )
  expect(stderr).not.toContain('complete for x86_64-linux cannot')
  expect(registry.writes()).toBe(before)
})

test('an image is published if its check is switched off, or if it can start', async () => {
  outputOf(await publish('--skip-checks', 'without-library, other-machine'))
  // Its layers are known now: their files are in the index.
  const { code, stderr } = await publish('--force')
  expect(code).toBe(1)
  expect(stderr).toContain(
    'without-library for x86_64-linux cannot start: /bin/start needs the library libc.so.6',
  )
  expect(stderr).not.toContain('not checked')
})
