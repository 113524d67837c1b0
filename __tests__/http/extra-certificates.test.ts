import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ExtraCertificates } from '../../src/http/extra-certificates.js'
import { translateSources } from '../support/translate.js'
import { startWebProxy } from '../support/web-proxy.js'
import { KINDS, readInterpreter } from './request-kinds.js'
import { createAuthority } from './self-signed.js'
import { HOSTS, startServices } from './services.js'

const KNOWN_TO_NODE = createAuthority('known to Node.js')
const KNOWN_TO_SYSTEM = createAuthority('known to the system')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'extra-certificates-'))
  await writeFile(join(folder, 'node.pem'), KNOWN_TO_NODE.cert)
  await writeFile(join(folder, 'system.pem'), KNOWN_TO_SYSTEM.cert)
})
afterAll(() => rm(folder, { recursive: true }))

/** Node.js reads NODE_EXTRA_CA_CERTS only at its start, so the requests are sent by a process of its own. */
const SCRIPT = `
import { KINDS } from './__tests__/http/request-kinds.js'
import { testHost } from './__tests__/support/host.js'
const results = {}
for (const kind of KINDS) {
  const host = testHost({ env: process.env })
  results[kind.name] = await kind.run(JSON.parse(process.argv[2]), host).then(() => 'ok', error => error.message)
  host.remove()
}
console.log(JSON.stringify(results))
`

describe('NODE_EXTRA_CA_CERTS', () => {
  /** The result of each kind of request through a proxy with the certificate of another authority. */
  let trusted: Readonly<Record<string, string>>
  let untrusted: Readonly<Record<string, string>>
  const hosts: string[] = []

  beforeAll(async () => {
    await translateSources(folder, ['src', '__tests__/support', '__tests__/http'])
    await writeFile(join(folder, 'main.js'), SCRIPT)
    const services = await startServices(
      await readInterpreter(),
      KNOWN_TO_NODE.issue(...Object.values(HOSTS)),
    )
    const { facts } = services
    const proxy = await startWebProxy(facts.port, { tls: KNOWN_TO_SYSTEM.issue() })
    const run = async (env: Record<string, string>): Promise<Record<string, string>> => {
      const HTTPS_PROXY = `https://${proxy.address}`
      const args = [join(folder, 'main.js'), JSON.stringify(facts)]
      const options = { env: { HTTPS_PROXY, SSL_CERT_FILE: join(folder, 'system.pem'), ...env } }
      return JSON.parse((await promisify(execFile)(process.execPath, args, options)).stdout)
    }
    try {
      trusted = await run({ NODE_EXTRA_CA_CERTS: join(folder, 'node.pem') })
      hosts.push(...services.hosts())
      untrusted = await run({})
    } finally {
      await proxy.close()
      await services.close()
    }
  }, 60_000)

  test.each(KINDS)('is trusted in addition to SSL_CERT_FILE: $name', ({ name }) => {
    expect(trusted[name]).toBe('ok')
    expect(untrusted[name]).toMatch(/the certificate of \S+ is not trusted/)
  })

  test('each server received a request', () => {
    expect(new Set(hosts)).toEqual(new Set(Object.values(HOSTS)))
  })
})

/** Whether a server with a certificate of the authority is trusted. */
async function isTrusted(env: Record<string, string>): Promise<boolean> {
  const { context } = await new ExtraCertificates(env).load()
  const server = tls.createServer(KNOWN_TO_SYSTEM.issue())
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  try {
    return await new Promise(resolve => {
      const socket = tls.connect({ port, host: '127.0.0.1', secureContext: context }, () => resolve(true))
      socket.on('error', () => resolve(false)).on('secureConnect', () => socket.destroy())
    })
  } finally {
    server.close()
  }
}

describe('the extra certificates', () => {
  test.each(['SSL_CERT_FILE', 'NIX_SSL_CERT_FILE'])('are read from the file in %s', async variable => {
    expect(await isTrusted({ [variable]: join(folder, 'system.pem') })).toBe(true)
    expect(await isTrusted({ [variable]: join(folder, 'node.pem') })).toBe(false)
    expect(await isTrusted({})).toBe(false)
  })

  test('are read from all folders in SSL_CERT_DIR', async () => {
    const [empty, full] = [join(folder, 'empty'), join(folder, 'full')]
    await mkdir(empty)
    await mkdir(join(full, 'a folder'), { recursive: true })
    await writeFile(join(full, '0a1b2c3d.0'), KNOWN_TO_SYSTEM.cert)
    await writeFile(join(full, 'README'), 'not a certificate')
    expect(await isTrusted({ SSL_CERT_DIR: `${empty}:${full}` })).toBe(true)
    const SSL_CERT_DIR = `/nowhere:${full}:/etc/hosts`
    expect(await isTrusted({ SSL_CERT_DIR })).toBe(true)
    expect((await new ExtraCertificates({ SSL_CERT_DIR }).load()).problems).toEqual([
      expect.stringMatching(/^SSL_CERT_DIR names \/nowhere, which cannot be read: ENOENT/),
      expect.stringMatching(/^SSL_CERT_DIR names \/etc\/hosts, which cannot be read: ENOTDIR/),
    ])
  })

  test('of a file are used although others in it are damaged', async () => {
    const file = join(folder, 'damaged.pem')
    const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    await writeFile(file, `${damaged}${KNOWN_TO_SYSTEM.cert}`)
    expect(await isTrusted({ SSL_CERT_FILE: file })).toBe(true)
  })

  test('are read once', async () => {
    const file = join(folder, 'removed.pem')
    await writeFile(file, KNOWN_TO_SYSTEM.cert)
    const certificates = new ExtraCertificates({ SSL_CERT_FILE: file })
    expect(certificates.loaded).toBeUndefined()
    const first = await certificates.load()
    await rm(file)
    expect(await certificates.load()).toBe(first)
    expect(certificates.loaded).toBe(first)
    expect(first.problems).toEqual([])
  })

  test.each([
    [
      'SSL_CERT_FILE',
      '/nowhere/ca.pem',
      /^SSL_CERT_FILE names \/nowhere\/ca\.pem, which cannot be read: ENOENT/,
    ],
    ['NIX_SSL_CERT_FILE', '/', /^NIX_SSL_CERT_FILE names \/, which cannot be read: EISDIR/],
    ['SSL_CERT_DIR', '/nowhere', /^SSL_CERT_DIR names \/nowhere, which cannot be read: ENOENT/],
    [
      'SSL_CERT_FILE',
      '/etc/hosts',
      /^SSL_CERT_FILE names \/etc\/hosts, which contains no certificate in PEM format$/,
    ],
  ])('that cannot be used are a problem: %s=%s', async (variable, path, expected) => {
    const { problems } = await new ExtraCertificates({ [variable]: path }).load()
    expect(problems).toEqual([expect.stringMatching(expected)])
  })
})
