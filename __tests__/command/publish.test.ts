import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { build } from '../../src/command/build/build.js'
import { publish } from '../../src/command/publish.js'
import { BUILD_INPUTS, PUBLISH_INPUTS } from '../../src/input/input-table.js'
import { readInputs } from '../../src/input/read-inputs.js'
import { detectSystem } from '../../src/nix/detect-system.js'
import { containerOf } from '../support/archives.js'
import { silentHost, type TestHost, testHost } from '../support/host.js'
import { startRegistry, type TestRegistry } from '../support/registry.js'

let host: TestHost
let registry: TestRegistry
beforeEach(async () => {
  host = testHost()
  registry = await startRegistry()
})
afterEach(async () => {
  host.remove()
  await registry.close()
})

const quoted = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", "'\\''")}'`

/** Installs a program `nix` with two containers. It records whether it builds, and fails then. */
function installNix(): TestHost {
  const containers = ['one', 'two'].map(name => containerOf(name, detectSystem()))
  const found = { containers, skipped: [], missing: [], others: {} }
  const settings = { system: { value: detectSystem() }, store: { value: 'daemon' } }
  const script = [
    '#!/bin/sh',
    'case "$*" in',
    '*--version) echo "nix (Nix) 2.34.8" ;;',
    `*" config show "*) echo ${quoted(settings)} ;;`,
    `*" eval "*) echo ${quoted(found)} ;;`,
    `*" build "*) echo >${host.temp}/was-built; false ;;`,
    'esac',
  ]
  writeFileSync(join(host.temp, 'nix'), `${script.join('\n')}\n`, { mode: 0o755 })
  return { ...host, env: { ...host.env, PATH: `${host.temp}:/usr/bin:/bin` } }
}

const run = (inputs: Record<string, string>) =>
  publish(
    readInputs(PUBLISH_INPUTS, name => ({ flake: 'github:a/b', ...inputs })[name], silentHost),
    installNix(),
  )
const wasBuilt = () => existsSync(join(host.temp, 'was-built'))

/** The address of a port that nothing listens on. */
async function closedAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return `127.0.0.1:${port}`
}

test('without a mistake, the containers are built', async () => {
  await expect(run({ image: `${registry.host}/o/{name}` })).rejects.toThrow('could not be built')
  expect(wasBuilt()).toBe(true)
})

describe('is refused before anything is built', () => {
  test('one repository for two containers', async () => {
    await expect(run({ image: `${registry.host}/o/all` })).rejects.toThrow('have the same destination')
    expect(wasBuilt()).toBe(false)
  })

  test('a tag of another repository', async () => {
    const tags = `${registry.host}/other/name:1`
    await expect(run({ image: `${registry.host}/o/{name}`, tags })).rejects.toThrow(
      'which is not a destination',
    )
    expect(wasBuilt()).toBe(false)
  })

  test('an archive in the place of a folder, or under a file', async () => {
    mkdirSync(join(host.temp, 'one.tar'))
    await expect(run({ archive: join(host.temp, '{name}.tar') })).rejects.toThrow(/one\.tar is a folder/)
    writeFileSync(join(host.temp, 'file'), '')
    await expect(run({ archive: join(host.temp, 'file/{name}.tar') })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('one.tar could not be written'),
      hint: 'A part of the path is a file. Choose another folder.',
    })
    expect(wasBuilt()).toBe(false)
  })

  test('an output folder that is a file, or under a file', async () => {
    const file = join(host.temp, 'file')
    writeFileSync(file, 'kept')
    for (const output of [file, join(file, 'deeper')]) {
      await expect(run({ archive: join(host.temp, '{name}.tar'), output })).rejects.toMatchObject({
        name: 'UserError',
        message: `Archives cannot be written to the folder ${output}: it is a file, or under a file. Nothing was built`,
      })
      const inputs = readInputs(BUILD_INPUTS, name => ({ flake: 'github:a/b', output })[name], silentHost)
      await expect(build(inputs, installNix())).rejects.toThrow('it is a file, or under a file')
    }
    expect(wasBuilt()).toBe(false)
    expect(readFileSync(file, 'utf8')).toBe('kept')
  })

  test('a compression level that does not exist', async () => {
    const inputs = { archive: join(host.temp, '{name}.tar'), 'compression-level': '40' }
    await expect(run(inputs)).rejects.toThrow(/level/)
    expect(wasBuilt()).toBe(false)
  })

  test('an address where nothing answers, within seconds', async () => {
    const began = Date.now()
    const address = await closedAddress()
    await expect(run({ image: `${address}/o/{name}` })).rejects.toThrow(address)
    expect(Date.now() - began).toBeLessThan(10_000)
    expect(wasBuilt()).toBe(false)
  })

  test('a registry that needs a login, without credentials', async () => {
    const closed = await startRegistry({ auth: { kind: 'basic', username: 'me', password: 'secret' } })
    try {
      await expect(run({ image: `${closed.host}/o/{name}`, push: 'true' })).rejects.toMatchObject({
        message: `${closed.host} needs a login, but there are no credentials for it. Nothing was built`,
        hint: expect.stringContaining(`docker login ${closed.host}`),
      })
      expect(wasBuilt()).toBe(false)
    } finally {
      await closed.close()
    }
  })
})
