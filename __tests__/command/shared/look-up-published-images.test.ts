import { expect, test } from '@jest/globals'
import { askRegistries, listCandidateTags } from '../../../src/command/shared/look-up-published-images.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { parseFlavor, parseTagRequest } from '../../../src/tags/parse-tags-input.js'
import type { GitRef } from '../../../src/tags/subject.js'
import { MISBEHAVIORS, startHostileServer } from '../../support/hostile-server.js'

const SHA = 'abcdef1234567890abcdef1234567890abcdef12'
const on = (ref: Partial<GitRef>): GitRef => ({ kind: 'none', defaultBranch: 'main', sha: SHA, ...ref })
const MAIN = on({ kind: 'branch', name: 'main' })

test.each([
  ['auto', MAIN, '1.2.3', ['1.2.3', 'main', 'latest']],
  ['auto', MAIN, undefined, ['latest', 'main']],
  ['auto', on({ kind: 'branch', name: 'my/work' }), '1.2.3', ['my-work', '1.2.3', 'main', 'latest']],
  [
    'auto',
    on({ kind: 'pull-request', name: 'work', number: 5, base: 'main' }),
    undefined,
    ['latest', 'main'],
  ],
  ['auto', { kind: 'none' }, undefined, ['latest']],
  ['1 1.2', MAIN, '1.2.3', ['1', '1.2', 'latest']],
  ['1.2.3 nightly', MAIN, '1.2.3', ['1.2.3', 'nightly', 'latest']],
  ['type=sha\ntype=raw,value=nightly', MAIN, undefined, ['nightly', 'latest']],
] as const)('tags %s on %j with version %s: candidate tags', (request, ref, version, tags) => {
  const options = { ref, now: new Date(0), ...(version !== undefined && { version }) }
  const found = listCandidateTags(parseTagRequest(request), parseFlavor(''), options)
  expect(found.map(({ tag }) => tag)).toEqual(tags)
})

test('limits the number of candidate tags', () => {
  const list = Array.from({ length: 50 }, (_, n) => `t${n}`).join(' ')
  const options = { ref: MAIN, now: new Date(0) }
  expect(listCandidateTags(parseTagRequest(list), parseFlavor(''), options)).toHaveLength(6)
})

test.each(['no answer', 'a byte of a body from time to time', 'interim responses without end'])(
  'a comparison with many repositories ends within its time, if the registry sends %s',
  async name => {
    const server = await startHostileServer(() => MISBEHAVIORS[name] ?? (() => {}))
    const client = new RegistryClient({ timeouts: { connect: 60_000, idle: 60_000, answer: 60_000 } })
    const repositories = Array.from({ length: 100 }, (_, n) => ({
      image: { name: `app${n}`, imageName: `app${n}`, systems: [], containers: [] },
      references: [{ registry: server.address, repository: `me/app${n}` }],
    }))
    const started = Date.now()
    const results = await askRegistries(repositories, {
      inputs: { tags: parseTagRequest('latest'), flavor: parseFlavor(''), insecure: false } as never,
      ref: MAIN,
      client,
      log: { showProgress: (_, task) => task(() => {}) },
      signal: new AbortController().signal,
      limitMs: 300,
    })
    expect(Date.now() - started).toBeLessThan(10_000)
    expect(new Set(results.map(({ result }) => result.kind))).toEqual(new Set(['unreachable']))
    client.close()
    await server.close()
  },
)
