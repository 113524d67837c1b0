import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { transform } from '@swc/core'
import { startRegistry, type TestRegistry } from '../support/registry.js'
import { startWebProxy } from '../support/web-proxy.js'
import { selfSigned } from './self-signed.js'

const HOST = 'registry.example'
const tls = selfSigned(HOST)
let folder: string
let registry: TestRegistry

/** Node.js reads the variable only at its start, so the test runs our sources, as JavaScript, in a process of its own. */
const SCRIPT = `
import { RegistryClient } from './registry/client.js'
import { Repository } from './registry/repository.js'
import { createProxyLookup } from './http/proxy.js'
const client = new RegistryClient({ proxies: createProxyLookup(process.env), insecure: true })
try {
  await new Repository(client, { registry: process.argv[2], repository: 'owner/app' }).listTags()
  console.log('reached')
} catch (error) {
  console.log(error.message + ' ' + error.hint)
} finally {
  client.close()
}
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'extra-certificates-'))
  for (const sourceFolder of ['util', 'oci', 'http', 'registry']) await translate(sourceFolder)
  await writeFile(join(folder, 'package.json'), '{"type":"module","version":"0.0.0"}')
  await writeFile(join(folder, 'src', 'main.js'), SCRIPT)
  await writeFile(join(folder, 'ca.pem'), tls.cert)
  registry = await startRegistry({ tls })
})

afterAll(async () => {
  await registry.close()
  await rm(folder, { recursive: true })
})

async function translate(sourceFolder: string): Promise<void> {
  const from = fileURLToPath(new URL(`../../src/${sourceFolder}/`, import.meta.url))
  await mkdir(join(folder, 'src', sourceFolder), { recursive: true })
  for (const name of (await readdir(from)).filter(each => each.endsWith('.ts'))) {
    const source = await readFile(join(from, name), 'utf8')
    const { code } = await transform(source, {
      jsc: {
        parser: { syntax: 'typescript' },
        target: 'es2023',
        experimental: { keepImportAttributes: true },
      },
      module: { type: 'es6' },
    })
    await writeFile(join(folder, 'src', sourceFolder, name.replace(/\.ts$/, '.js')), code)
  }
}

async function listTags(host: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'src', 'main.js'), host], {
    env,
  })
  return stdout.trim()
}

const known = (): Record<string, string> => ({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })

test('a certificate in NODE_EXTRA_CA_CERTS is trusted', async () => {
  expect(await listTags(registry.host, known())).toBe('reached')
  expect(await listTags(registry.host, {})).toMatch(
    /certificate of .* is not trusted: .*NODE_EXTRA_CA_CERTS to the PEM file/,
  )
})

test.each(['http', 'https'])(
  'a certificate in NODE_EXTRA_CA_CERTS is trusted behind a proxy with %s',
  async scheme => {
    const proxy = await startWebProxy(Number(new URL(registry.url).port), scheme === 'https' ? { tls } : {})
    const HTTPS_PROXY = `${scheme}://${proxy.address}`
    try {
      expect(await listTags(HOST, { ...known(), HTTPS_PROXY })).toBe('reached')
      expect(proxy.asked[0]).toBe(`CONNECT ${HOST}:443`)
      expect(await listTags(HOST, { HTTPS_PROXY })).toContain('self-signed certificate')
    } finally {
      await proxy.close()
    }
  },
)
