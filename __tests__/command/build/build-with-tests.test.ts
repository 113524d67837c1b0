import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { build } from '../../../src/command/build/build.js'
import type { Artifacts } from '../../../src/host/host.js'
import { BUILD_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { detectSystem } from '../../../src/nix/detect-system.js'
import { rejection } from '../../nix/fakes.js'
import { containerOf, dockerFile } from '../../support/archives.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { installNix } from '../../support/nix-program.js'

const system = detectSystem()
const hello = containerOf('hello', system)
const other = containerOf('other', system, { derivation: hello.derivation.replace('-', '-2') })

let path: string | undefined
let hosts: TestHost[] = []
beforeEach(() => {
  path = process.env.PATH
})
afterEach(() => {
  process.env.PATH = path
  for (const host of hosts) host.remove()
  hosts = []
})

/** A machine with a Nix that has built both containers, and a docker in which each command fails that contains `false`. */
function openHost(kind: 'github' | 'local' = 'local'): TestHost & { readonly uploads: readonly string[] } {
  const host = testHost({ kind })
  hosts.push(host)
  const output = dockerFile(host.temp, hello)
  const commands = {
    'path-info': 'echo {}',
    '--dry-run': 'echo "[]"',
    build: `printf '[{"drvPath":"%s","outputs":{"out":"%s"}}]' "\${last%^out}" ${output}`,
  }
  const installed = installNix(host, [hello, other], commands, [
    `echo "$*" >>${host.temp}/asked`,
    'for last; do :; done',
  ])
  const programs = join(host.temp, 'programs')
  mkdirSync(programs)
  const docker = '#!/bin/sh\necho "docker $1"\ncase "$*" in run*--entrypoint=false*) exit 3 ;; esac\n'
  writeFileSync(join(programs, 'docker'), docker, { mode: 0o755 })
  process.env.PATH = `${programs}:/usr/bin:/bin`
  const uploads: string[] = []
  const artifacts: Artifacts = {
    async upload(file) {
      uploads.push(basename(file))
      return { id: uploads.length, name: basename(file), size: 0 }
    },
    list: async () => [],
    download: () => Promise.reject(new Error('not in this test')),
  }
  return { ...installed, artifacts, uploads }
}

function run(host: TestHost, given: Record<string, string>) {
  const inputs = { flake: 'github:a/b', systems: system, output: join(host.temp, 'out'), ...given }
  return build(
    readInputs(BUILD_INPUTS, name => inputs[name as keyof typeof inputs], silentHost),
    host,
  )
}

test('an archive whose test fails is neither uploaded nor kept, and the others are', async () => {
  const host = openHost()
  const error = await rejection(run(host, { test: 'hello: false\nother: true' }))
  expect(error.message).toMatch(
    /^hello for linux\/\w+ fails its test \(with docker\): `false` ended with exit code 3\n/,
  )
  const file = `other-${system}.oci.tar`
  expect(readdirSync(join(host.temp, 'out'))).toEqual([file])
  expect(host.uploads.filter(name => name.endsWith('.tar'))).toEqual([file])
})

test('archives whose tests succeed are uploaded, with the time of the test', async () => {
  const host = openHost()
  const built = await run(host, { test: 'hello: true' })
  expect(built.map(({ container, times }) => [container, 'test' in times])).toEqual([
    ['hello', true],
    ['other', true],
  ])
  expect(host.logged.join('\n')).toMatch(/hello for linux\/\w+: tested with docker: true/)
  expect(host.logged.join('\n')).not.toMatch(/other for linux\/\w+: tested/)
})

test('a test for a container that does not exist is an error before anything is built', async () => {
  const host = openHost()
  const error = await rejection(run(host, { test: 'helo: true' }))
  expect(error.message).toMatch(/names the container helo, but the containers are hello, other$/)
  expect(error.hint).toBe('Did you mean hello?')
  expect(readFileSync(join(host.temp, 'asked'), 'utf8')).not.toMatch(/ build /)
  expect(existsSync(join(host.temp, 'out', `hello-${system}.oci.tar`))).toBe(false)
})

test('a job for some containers accepts the tests of all, because the plan has checked them', async () => {
  const host = openHost('github')
  await run(host, { containers: 'hello other', test: 'hello: true\nthird: true' })
  expect(host.logged.join('\n')).toMatch(/`test` is also for containers that this job does not build: third/)
})
