import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { build } from '../../src/command/build.js'
import { readInputs } from '../../src/input/input.js'
import { BUILD_INPUTS } from '../../src/input/inputs.js'
import { parseAttributeTemplate } from '../../src/nix/attribute.js'
import { thisMachine } from '../../src/nix/system.js'
import type { System } from '../../src/oci/system.js'
import { rejection } from '../nix/fakes.js'
import { containerOf, dockerFile } from '../support/archives.js'
import { type TestHost, testHost } from '../support/host.js'

const FOREIGN: System = thisMachine() === 'aarch64-linux' ? 'x86_64-linux' : 'aarch64-linux'

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const quoted = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", "'\\''")}'`

/** A program `nix` on the host's PATH: one container of a foreign system, and what its build says. */
function installNix(build: string): TestHost {
  const container = containerOf('hello', FOREIGN)
  const found = { containers: [container], skipped: [], missing: [], others: {} }
  const settings = { system: { value: thisMachine() }, store: { value: 'daemon' } }
  const outputs = { out: dockerFile(host.temp, container) }
  const script = [
    '#!/bin/sh',
    'case "$*" in',
    '*--version) echo "nix (Nix) 2.34.8" ;;',
    `*" config show "*) echo ${quoted(settings)} ;;`,
    `*" eval "*) echo ${quoted(found)} ;;`,
    `*" build "*) ${build} && echo ${quoted([{ drvPath: container.derivation, outputs }])} ;;`,
    'esac',
  ]
  const program = join(host.temp, 'nix')
  writeFileSync(program, `${script.join('\n')}\n`)
  chmodSync(program, 0o755)
  return { ...host, env: { ...host.env, PATH: host.temp } }
}

const run = (on: TestHost) =>
  build(
    {
      ...readInputs(BUILD_INPUTS, () => undefined),
      flake: 'github:a/b',
      containers: [],
      systems: [FOREIGN],
      attribute: parseAttributeTemplate('packages.{system}.{name}'),
      emulation: 'off',
      compression: 'gzip',
      output: join(host.temp, 'out'),
    },
    on,
    new AbortController().signal,
  )

describe('for a system that this machine cannot build for', () => {
  test('what is there already is taken', async () => {
    const built = await run(installNix('true'))
    expect(built).toMatchObject([{ container: 'hello', system: FOREIGN }])
  })

  test('what has to be built is an error that says why', async () => {
    const said = `error: a '${FOREIGN}' with features {} is required to build '/nix/store/x.drv'`
    const error = await rejection(run(installNix(`{ echo "${said}" >&2; false; }`)))
    expect(error.message).toBe(
      `This machine cannot build for ${FOREIGN}: it is of another system, and emulation is off`,
    )
    expect(error.hint).toContain('qemu-user-static')
  })

  test('another failure is not hidden by it', async () => {
    const error = await rejection(run(installNix('{ echo "error: no space" >&2; false; }')))
    expect(error.message).toMatch(/hello .* could not be built:\nerror: no space/)
  })
})
