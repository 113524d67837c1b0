import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultArtifactClient } from '@actions/artifact'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { type ResultsServiceStandIn, startResultsService } from '../support/results-service.js'

/** Tests the stand-in with the real clients. */
const ENVIRONMENT = { ...process.env }

let folder: string
let service: ResultsServiceStandIn

beforeAll(async () => {
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true)
  folder = await mkdtemp(join(tmpdir(), 'service-'))
  service = await startResultsService()
  Object.assign(process.env, service.environment())
})

afterAll(async () => {
  jest.restoreAllMocks()
  await service.close()
  await rm(folder, { recursive: true })
  process.env = { ...ENVIRONMENT }
})

test("GitHub's own client lists, downloads and deletes its uploads", async () => {
  const client = new DefaultArtifactClient()
  await writeFile(join(folder, 'a.tar'), 'content')
  const sent = await client.uploadArtifact('a.tar', [join(folder, 'a.tar')], folder, { skipArchive: true })
  const { artifact } = await client.getArtifact('a.tar')
  expect(artifact).toMatchObject({ id: sent.id, size: 7, digest: `sha256:${sent.digest}` })
  await expect(
    client.uploadArtifact('a.tar', [join(folder, 'a.tar')], folder, { skipArchive: true }),
  ).rejects.toThrow('(409)')

  const path = join(folder, 'in')
  await client.downloadArtifact(artifact.id, { path, skipDecompress: true })
  expect(await readFile(join(path, 'a.tar'), 'utf8')).toBe('content')

  await client.deleteArtifact('a.tar')
  expect((await client.listArtifacts({ latest: true })).artifacts).toEqual([])
})

test('a cache is found by its key, by a prefix, and not by another version', async () => {
  const saved = await call('CreateCacheEntry', { key: 'nix-1', version: 'v' })
  await fetch(String(saved.signed_upload_url), { method: 'PUT', body: 'content' })
  expect(await lookUp('nix-1', 'v')).toEqual({ ok: false })
  expect(await call('FinalizeCacheEntryUpload', { key: 'nix-1', version: 'v', size_bytes: '7' })).toEqual({
    ok: true,
    entry_id: expect.any(String),
  })
  expect(await call('CreateCacheEntry', { key: 'nix-1', version: 'v' })).toEqual({ ok: false })
  expect(await lookUp('nix-1', 'w')).toEqual({ ok: false })
  const found = await lookUp('nix-2', 'v')
  expect(found).toMatchObject({ ok: true, matched_key: 'nix-1' })
  const part = await fetch(String(found.signed_download_url), { headers: { range: 'bytes=2-3' } })
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 2-3/7',
    'nt',
  ])
})

test('requests without a token or a signature are rejected', async () => {
  const id = service.add({ name: 'b.tar', content: Buffer.from('b') })
  expect(id).toBeGreaterThan(0)
  const anonymous = await fetch(address('ArtifactService', 'ListArtifacts'), { method: 'POST', body: '{}' })
  expect(anonymous.status).toBe(401)
  const { signed_url } = await call('GetSignedArtifactURL', { name: 'b.tar' }, 'ArtifactService')
  const unsigned = await fetch(String(signed_url).replace(/\?.*/, ''))
  expect(unsigned.status).toBe(403)
})

function lookUp(key: string, version: string): Promise<Record<string, unknown>> {
  return call('GetCacheEntryDownloadURL', { key, version, restore_keys: ['nix-'] })
}

function address(name: string, method: string): string {
  return `${service.origin}/twirp/github.actions.results.api.v1.${name}/${method}`
}

async function call(method: string, body: object, name = 'CacheService'): Promise<Record<string, unknown>> {
  const response = await fetch(address(name, method), {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.ACTIONS_RUNTIME_TOKEN}` },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}
