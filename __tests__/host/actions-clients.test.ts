import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createAuthority } from '../http/self-signed.js'
import { type ResultsServiceStandIn, startResultsService } from '../support/results-service.js'
import { startWebProxy, type WebProxyServer } from '../support/web-proxy.js'

/**
 * The clients of @actions/artifact and @actions/cache bring their own HTTP. They run in a process of their own, because Node.js reads
 * NODE_EXTRA_CA_CERTS only at its start.
 */
const HOST = 'results.example'

const SCRIPT = `
import dns from 'node:dns'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
if (process.env.RESOLVE_HERE) {
  dns.lookup = (_, options, done) => options.all
    ? done(null, [{ address: '127.0.0.1', family: 4 }])
    : done(null, '127.0.0.1', 4)
}
const { DefaultArtifactClient } = await import('@actions/artifact')
const { saveCache, restoreCache } = await import('@actions/cache')
const client = new DefaultArtifactClient()
const content = () => readFileSync('data/file', 'utf8')

mkdirSync('data', { recursive: true })
writeFileSync('data/file', 'the content')
const { id } = await client.uploadArtifact('file', ['data/file'], 'data', { skipArchive: true })
const { artifacts } = await client.listArtifacts({ latest: true })
rmSync('data/file')
await client.downloadArtifact(artifacts.find(each => each.id === id).id, { path: 'data', skipDecompress: true })
const artifact = content()
await client.deleteArtifact('file')

await saveCache(['data'], 'key')
rmSync('data/file')
const key = await restoreCache(['data'], 'key')
writeFileSync('result.json', JSON.stringify({ artifact, key, cached: content() }))
`

const AUTHORITY = createAuthority()
let folder: string
let service: ResultsServiceStandIn
let proxy: WebProxyServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'actions-clients-'))
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'script.mjs'), SCRIPT)
  await writeFile(join(folder, 'ca.pem'), AUTHORITY.cert)
})
afterAll(() => rm(folder, { recursive: true }))

beforeEach(async () => {
  service = await startResultsService({ tls: AUTHORITY.issue(HOST) })
  proxy = await startWebProxy(Number(new URL(service.origin).port))
})
afterEach(async () => {
  await proxy.close()
  await service.close()
})

async function useClients(env: Record<string, string>): Promise<unknown> {
  const work = await mkdtemp(join(folder, 'work-'))
  await mkdir(join(work, 'temp'))
  const { port } = new URL(service.origin)
  await promisify(execFile)(process.execPath, [join(folder, 'script.mjs')], {
    cwd: work,
    env: {
      ...service.environment(),
      ACTIONS_RESULTS_URL: `https://${HOST}:${port}/`,
      GITHUB_WORKSPACE: work,
      RUNNER_TEMP: join(work, 'temp'),
      PATH: process.env.PATH ?? '',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      https_proxy: `http://${proxy.address}`,
      ...env,
    },
  })
  return JSON.parse(await readFile(join(work, 'result.json'), 'utf8'))
}

const EXPECTED = { artifact: 'the content', key: 'key', cached: 'the content' }

describe('the clients of @actions/artifact and @actions/cache', () => {
  test('use the proxy and trust NODE_EXTRA_CA_CERTS', async () => {
    expect(await useClients({})).toEqual(EXPECTED)
    const { port } = new URL(service.origin)
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${HOST}:${port}`]))
    const operations = new Set(service.requests.map(({ operation }) => operation))
    for (const operation of ['CreateArtifact', 'ListArtifacts', 'GetSignedArtifactURL', 'DeleteArtifact'])
      expect(operations).toContain(operation)
    for (const operation of ['CreateCacheEntry', 'GetCacheEntryDownloadURL', 'PUT blocklist', 'GET blob'])
      expect(operations).toContain(operation)
  }, 60_000)

  test('do not use the proxy for hosts in NO_PROXY', async () => {
    expect(await useClients({ no_proxy: HOST, RESOLVE_HERE: 'true' })).toEqual(EXPECTED)
    expect(proxy.asked).toEqual([])
    expect(service.requests.length).toBeGreaterThan(5)
  }, 60_000)
})
