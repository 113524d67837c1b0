import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ExtraCertificates } from '../../src/http/extra-certificates.js'
import { RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { startRegistry, type TestRegistry } from '../support/registry.js'
import { createAuthority } from './self-signed.js'

const authority = createAuthority('of one registry')

let root = ''
let registry: TestRegistry

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'certs.d-'))
  registry = await startRegistry({ tls: authority.issue() })
})
afterEach(async () => {
  await registry.close()
  await rm(root, { recursive: true })
})

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}

/** Lists the tags of a repository with the certificates below `root`. */
async function listTags(): Promise<string[]> {
  const certificates = new ExtraCertificates({ HOME: join(root, 'home') }, root)
  const client = new RegistryClient({ certificates, insecure: true })
  const { host } = registry
  try {
    return await new Repository(client, { registry: host, repository: 'a' }).listTags()
  } finally {
    client.close()
  }
}

describe('the certificate authority of one registry is read from', () => {
  test.each([
    'etc/docker/certs.d',
    'etc/containers/certs.d',
    'home/.config/containers/certs.d',
    'home/.docker/certs.d',
  ])('%s', async folder => {
    await write(`${folder}/${registry.host}/ca.crt`, authority.cert)
    expect(await listTags()).toEqual([])
  })

  test('and damaged files and keys are ignored', async () => {
    const folder = `etc/docker/certs.d/${registry.host}`
    await write(`${folder}/a.crt`, 'nonsense')
    await write(`${folder}/ca.crt`, authority.cert)
    await write(`${folder}/client.cert`, authority.issue().cert)
    expect(await listTags()).toEqual([])
  })
})

test('is not trusted for another registry', async () => {
  await write('etc/docker/certs.d/registry.example:5000/ca.crt', authority.cert)
  await write('etc/docker/certs.d/127.0.0.1:1/ca.crt', authority.cert)
  await expect(listTags()).rejects.toThrow(/certificate of .* is not trusted/)
})

test('a certificate and a key of the client are used', async () => {
  const { cert, key } = authority.issue()
  await write(`etc/docker/certs.d/${registry.host}/ca.crt`, authority.cert)
  await write(`etc/docker/certs.d/${registry.host}/client.cert`, cert)
  await write(`etc/docker/certs.d/${registry.host}/client.key`, key)
  const { context, contextFor } = await new ExtraCertificates({}, root).load()
  expect(contextFor(new URL(registry.url))).not.toBe(context)
  expect(contextFor(new URL('https://registry.example/'))).toBe(context)
  expect(await listTags()).toEqual([])
})
