import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type KeyPair, selfSigned } from '../__tests__/http/self-signed.js'
import { startRegistry as startStandIn } from '../__tests__/support/registry.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import { exec } from '../src/util/exec.js'
import {
  type Machine,
  type MachineOptions,
  openMachine,
  outputOf,
  ROOT,
  resultOf,
} from './support/machine.js'
import { ODD_LOGIN, type OddAnswers, startOddProxy } from './support/odd-proxy.js'
import { READERS, type Tree, treeOf } from './support/read-back.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

const HELLO = `path:${join(ROOT, 'examples/hello')}`
const SYSTEMS = 'x86_64-linux aarch64-linux'

/** A certificate that the machines do not trust by default. */
const PAIR: KeyPair = selfSigned()

let machine: Machine
let tree: Tree
let certificate: string
let key: string
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  outputOf(await machine.cli(['build', '--flake', HELLO, '--containers', 'hello', '--systems', SYSTEMS]))
  const args = ['merge', '--json', '--archive', '{name}.oci.tar']
  const [merged] = resultOf<Merged[]>(await machine.cli(args))
  const folder = join(machine.work, 'unpacked')
  mkdirSync(folder)
  outputOf(await exec('tar', ['-x', '-C', folder, '-f', join(machine.work, 'hello.oci.tar')]))
  tree = treeOf(folder, merged?.digest ?? '')
  certificate = join(machine.work, 'cert.pem')
  key = join(machine.work, 'key.pem')
  writeFileSync(certificate, PAIR.cert)
  writeFileSync(key, PAIR.key)
})
afterAll(() => machine.remove())

/** The stand-in that other tests use. It must accept the same pushes as real registries. */
async function standIn(): Promise<RegistryProcess> {
  const registry = await startStandIn()
  return {
    address: registry.host,
    writes: () => registry.log.filter(({ method }) => !['GET', 'HEAD'].includes(method)).length,
    stop: () => registry.close(),
  }
}

describe.each([
  { name: 'docker-registry', start: () => startRegistry() },
  { name: 'distribution 3', start: () => startRegistry(['--program', '3']) },
  { name: 'zot', start: () => startRegistry(['--program', 'zot']) },
  { name: 'the stand-in', start: standIn },
])('one push to $name', ({ start }) => {
  let registry: RegistryProcess
  let first: Merged | undefined
  beforeAll(async () => {
    registry = await start()
    first = await push()
  })
  afterAll(() => registry.stop())

  async function push(): Promise<Merged | undefined> {
    const image = `${registry.address}/owner/{name}`
    const args = ['merge', '--json', '--image', image, '--tags', '1.0 latest']
    return resultOf<Merged[]>(await machine.cli(args))[0]
  }

  test('uploads each blob once, and pushes the index of the archive', () => {
    expect(first?.digest).toBe(tree.index)
    expect(first?.pushed[0]?.blobs).toMatchObject({ existed: 0, uploaded: tree.blobs.length })
  })

  test.each(Object.entries(READERS))(
    '%s reads the image back, and all digests are the same',
    async (_, read) => {
      const all = [tree.index, ...tree.manifests, ...tree.blobs].sort()
      for (const tag of ['1.0', 'latest'])
        expect(await read(`${registry.address}/owner/hello:${tag}`, tree)).toEqual(all)
    },
  )

  test('a second push uploads nothing', async () => {
    const before = registry.writes()
    expect(before).toBeGreaterThan(tree.blobs.length)
    const second = await push()
    expect(second?.digest).toBe(tree.index)
    expect(second?.pushed[0]?.blobs).toMatchObject({ uploaded: 0 })
    expect(registry.writes()).toBe(before)
  })
})

/** Pushes the archive and sets these tags. */
async function publish(
  address: string,
  tags: string,
  args: readonly string[] = [],
  options: MachineOptions = {},
): Promise<Merged | undefined> {
  const image = `${address}/owner/{name}`
  const all = ['merge', '--json', '--image', image, '--tags', tags, ...args]
  return resultOf<Merged[]>(await machine.cli(all, options))[0]
}

/** The tags of the image with their digests, as the registry itself has them. */
async function tagsOf(address: string, protocol: 'http' | 'https' = 'http'): Promise<Record<string, string>> {
  const ask = async (path: string): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = `${protocol}://${address}/v2/owner/hello/${path}`
      const options = { ca: PAIR.cert, headers: { accept: 'application/vnd.oci.image.index.v1+json' } }
      const request = protocol === 'http' ? http.get(url, options, resolve) : https.get(url, options, resolve)
      request.on('error', reject)
    })
  const { tags } = (await json(await ask('tags/list'))) as { tags: string[] }
  const digests = tags.map(async tag => {
    const answer = await ask(`manifests/${tag}`)
    answer.resume()
    return [tag, answer.headers['docker-content-digest'] as string] as const
  })
  return Object.fromEntries(await Promise.all(digests))
}

const PROGRAMS = [
  { name: 'docker-registry', program: '2.8.3' },
  { name: 'distribution 3', program: '3' },
  { name: 'zot', program: 'zot' },
]

/** Two registries with first answers that are not final. */
const ODD: Readonly<Record<string, OddAnswers>> = {
  'HEAD 405, a bare 401, a path as location and realm': {
    headStatus: 405,
    anonymousStatus: 401,
    realm: '/token',
    location: ({ pathname, search }) => `${pathname}${search}`,
  },
  'HEAD 404, 404 for anonymous users, TLS that ends in a proxy, http and no port in location and realm': {
    headStatus: 404,
    anonymousStatus: 404,
    realm: 'http://HOST/token',
    location: ({ hostname, pathname, search }) => `http://${hostname}${pathname}${search}`,
    tls: PAIR,
  },
}

describe.each(PROGRAMS)('$name', ({ program }) => {
  test.each(Object.entries(ODD))('behind a proxy with %s', async (_, odd) => {
    const registry = await startRegistry(['--program', program])
    const proxy = await startOddProxy(registry.address, odd)
    const push = (version: string, args: readonly string[] = []): Promise<Merged | undefined> =>
      publish(
        proxy.address,
        `${version} latest`,
        ['--version', version, '--username', ODD_LOGIN.username, '--password-stdin', ...args],
        {
          input: ODD_LOGIN.password,
          env: { NODE_EXTRA_CA_CERTS: certificate },
        },
      )
    try {
      const first = await push('1.0.0')
      expect(first?.digest).toBe(tree.index)
      expect(await tagsOf(registry.address)).toEqual({ '1.0.0': tree.index, latest: tree.index })
      const writes = registry.writes()
      expect(writes).toBeGreaterThan(tree.blobs.length)

      const second = await push('1.0.0')
      expect(second?.digest).toBe(tree.index)
      expect(registry.writes()).toBe(writes)

      // `latest` stays at the newest version, which is found in the list of tags.
      const older = await push('0.9.0', ['--annotations', 'a=b'])
      expect(older?.digest).not.toBe(tree.index)
      expect(await tagsOf(registry.address)).toEqual({
        '0.9.0': older?.digest,
        '1.0.0': tree.index,
        latest: tree.index,
      })
      const list = '/v2/owner/hello/tags/list'
      expect(proxy.log).toEqual(expect.arrayContaining([`GET ${list}?n=1000 400`, `GET ${list} 200`]))
    } finally {
      await proxy.stop()
      await registry.stop()
    }
  })

  test('on this machine, with TLS only', async () => {
    const registry = await startRegistry(['--program', program, '--tls', certificate, key])
    try {
      const options = { env: { SSL_CERT_FILE: certificate } }
      const pushed = await publish(registry.address, '1.0 latest', [], options)
      expect(pushed?.digest).toBe(tree.index)
      expect(await tagsOf(registry.address, 'https')).toEqual({ '1.0': tree.index, latest: tree.index })
    } finally {
      await registry.stop()
    }
  })
})
