import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { Budget } from '../../src/http/retry.js'
import { OCI_MANIFEST } from '../../src/oci/descriptor.js'
import { createBlob } from '../../src/oci/image.js'
import { defaultRetry, RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { MISBEHAVIORS, type Misbehavior, reply, startHostileServer } from '../support/hostile-server.js'
import { type Measured, type MeasuredProcess, prepareProcess } from '../support/measured-process.js'
import { layer } from './fixture.js'

jest.setTimeout(60_000)

const BLOB = layer('a', 100_000)
const CONFIG = layer('config', 500)
const MANIFEST = createBlob(Buffer.from('{}'), { mediaType: OCI_MANIFEST })

interface RequestKind {
  /** The requests that are not answered. */
  readonly pattern: RegExp
  /** Whether a response without a usable body is a failure. */
  readonly needsBody: boolean
  /** Any bytes are returned, and parsed only by the caller. */
  readonly bytes?: boolean
  send(repository: Repository): Promise<unknown>
}

const EXPECTED: ReadonlySet<string> = new Set(['success', 'RegistryError', 'DigestMismatch'])

const KINDS: Readonly<Record<string, RequestKind>> = {
  'a manifest': {
    pattern: /^GET \S+\/manifests\//,
    needsBody: true,
    bytes: true,
    send: to => to.getManifest('latest'),
  },
  'the head of a manifest': {
    pattern: /^HEAD \S+\/manifests\//,
    needsBody: false,
    send: to => to.headManifest('latest'),
  },
  'the head of a blob': {
    pattern: /^HEAD \S+\/blobs\//,
    needsBody: false,
    send: to => to.hasBlob(BLOB.digest),
  },
  tags: { pattern: /^GET \S+\/tags\//, needsBody: true, send: to => to.listTags() },
  'a config': { pattern: /^GET \S+\/blobs\//, needsBody: true, send: to => to.getBytes(CONFIG) },
  'a layer': {
    pattern: /^GET \S+\/blobs\//,
    needsBody: true,
    send: async to => {
      for await (const _ of await to.getBlob(BLOB));
    },
  },
  'a new upload': { pattern: /^POST /, needsBody: true, send: to => to.pushBlob(BLOB) },
  'an upload': { pattern: /^PUT \/upload/, needsBody: false, send: to => to.pushBlob(BLOB) },
  'a mount': { pattern: /^POST /, needsBody: false, send: to => to.mountBlob(BLOB.digest, 'c/d') },
  'a new manifest': {
    pattern: /^PUT \S+\/manifests\//,
    needsBody: false,
    send: to => to.putManifest(MANIFEST, 'latest'),
  },
  'a token': { pattern: /^GET \/token/, needsBody: true, send: to => to.getManifest('latest') },
}

/** Misbehaves for the requests that match a pattern, and answers all others. */
const serverFor = (pattern: RegExp, misbehave: Misbehavior) =>
  startHostileServer((head, address) => {
    if (pattern.test(head)) return misbehave
    if (/^HEAD/.test(head)) return reply(404)
    if (/^POST/.test(head)) return reply(202, { location: '/upload' })
    if (!pattern.test('GET /token')) return reply(201)
    return reply(401, { 'www-authenticate': `Bearer realm="http://${address}/token",service="test"` })
  })

describe('a request to a registry that does not answer ends within its time, whatever it sends:', () => {
  test.each(Object.entries(KINDS))('%s', async (_, kind) => {
    const outcomes = await Promise.all(
      Object.entries(MISBEHAVIORS).map(async ([name, misbehave]) => {
        const server = await serverFor(kind.pattern, misbehave)
        const client = new RegistryClient({
          retry: { ...defaultRetry, attempts: 1 },
          timeouts: { connect: 5000, idle: 300, answer: 400 },
        })
        const to = new Repository(client, { registry: server.address, repository: 'a/b' })
        const started = Date.now()
        const outcome = await kind.send(to).then(
          () => 'success',
          error => (error as Error).name,
        )
        client.close()
        await server.close()
        return { name, outcome, isLate: Date.now() - started > 15_000 }
      }),
    )
    expect(outcomes.filter(({ isLate }) => isLate)).toEqual([])
    const names = new Set(outcomes.map(({ outcome }) => outcome))
    expect([...names].filter(name => !EXPECTED.has(name))).toEqual([])
    const succeeded = outcomes.filter(({ outcome }) => outcome === 'success').map(({ name }) => name)
    if (kind.needsBody) expect(succeeded).toEqual(kind.bytes ? ['a compressed body'] : [])
  })
})

const TASK = `
import { Budget } from './src/http/retry.js'
import { defaultRetry, RegistryClient } from './src/registry/client.js'
import { Repository } from './src/registry/repository.js'
export async function task(registry, call) {
  const budget = new Budget(40000, { task: 'the test' })
  budget.begin()
  const client = new RegistryClient({ budget, retry: { ...defaultRetry, attempts: 1 } })
  const to = new Repository(client, { registry, repository: 'a/b' })
  if (call === 'manifest') return String(await to.getManifest('latest'))
  return 'whole ' + await to.listTags().then(tags => tags.length, error => {
    if (error.tags === undefined) throw error
    return 'not: ' + error.tags.length
  })
}`

let child: MeasuredProcess
beforeAll(async () => {
  child = await prepareProcess(TASK)
})
afterAll(() => child.remove())

async function measure(
  call: 'tags' | 'manifest',
  answerTo: (head: string) => Misbehavior | string,
): Promise<Measured> {
  const server = await startHostileServer(answerTo)
  try {
    return await child.run(server.address, call)
  } finally {
    await server.close()
  }
}

function page(tags: readonly string[], next?: string): string {
  return reply(200, next === undefined ? {} : { link: `<${next}>; rel="next"` }, JSON.stringify({ tags }))
}

const pageOf = (head: string): number => Number(/page=(\d+)/.exec(head)?.[1] ?? 0)
const nextOf = (head: string): string => `/v2/a/b/tags/list?page=${pageOf(head) + 1}`
const tagsOf = (head: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `t${pageOf(head)}.${n}`)

describe('a list of tags ends soon and needs little memory:', () => {
  test.each<[string, (head: string) => Misbehavior | string, string | RegExp]>([
    ['pages without end', head => page(tagsOf(head, 1000), nextOf(head)), 'whole not: 200000'],
    ['pages of one tag without end', head => page(tagsOf(head, 1), nextOf(head)), 'whole not: 1000'],
    ['pages without tags and without end', head => page([], nextOf(head)), 'whole not: 0'],
    ['a page that names itself', head => page(['a'], head.split(' ')[1]), 'whole not: 1'],
    [
      'two pages that name each other',
      head => page([`t${pageOf(head) % 2}`], `/v2/a/b/tags/list?page=${(pageOf(head) + 1) % 2}`),
      'whole not: 2',
    ],
    ['400,000 tags in one page', head => page(tagsOf(head, 400_000)), 'whole 400000'],
    [
      'pages of names that are no tags',
      head => page(['x'.repeat(4_000_000), '', '-a', 'a\u0000b'], nextOf(head)),
      'whole not: 0',
    ],
    [
      'a page of 1.5 MB in chunks of one byte',
      () => socket => {
        const blanks = Buffer.from('1\r\n \r\n'.repeat(100_000))
        let left = 15
        const fill = (): void => {
          while (left > 0 && !socket.destroyed) {
            left -= 1
            if (!socket.write(blanks)) return
          }
          socket.end('d\r\n{"tags":["a"]\r\n1\r\n}\r\n0\r\n\r\n')
        }
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n')
        socket.on('drain', fill)
        fill()
      },
      'whole 1',
    ],
  ])('%s', async (_, answerTo, outcome) => {
    const measured = await measure('tags', answerTo)
    expect(measured.outcome).toMatch(outcome)
    expect(measured.ms).toBeLessThan(45_000)
    expect(measured.peak).toBeLessThan(300e6)
  })
})

describe('a document of a registry ends soon and needs little memory:', () => {
  const challenge = (parameters: string) => reply(401, { 'www-authenticate': `Bearer ${parameters}` })
  const endless = MISBEHAVIORS['a body without end'] as Misbehavior

  test.each<[string, (head: string) => Misbehavior | string, RegExp]>([
    ['a manifest without end', () => endless, /the answer has more than 4194304 bytes/],
    [
      'a manifest of 10 GB',
      () => socket => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n')
        endless(socket)
      },
      /the answer has more than 4194304 bytes/,
    ],
    [
      'a token without end',
      head => (/^GET \/token/.test(head) ? endless : challenge(`realm="http://${hostOf(head)}/token"`)),
      /the answer has more than 1048576 bytes/,
    ],
    [
      'a challenge with 100,000 parameters',
      () => challenge(Array.from({ length: 100_000 }, (_, n) => `p${n}="v"`).join(',')),
      /Header overflow/i,
    ],
    [
      'a challenge with as many parameters as headers may have',
      () => challenge(`${'a='.repeat(3000)},${'b '.repeat(3000)}`),
      /does not name the URL of its token service|401/,
    ],
  ])('%s', async (_, answerTo, outcome) => {
    const measured = await measure('manifest', answerTo)
    expect(measured.outcome).toMatch(outcome)
    expect(measured.ms).toBeLessThan(45_000)
    expect(measured.peak).toBeLessThan(300e6)
  })
})

function hostOf(head: string): string {
  return /^host: (\S+)/im.exec(head)?.[1] ?? ''
}

test('a list of tags ends with the budget, even if each page arrives slowly', async () => {
  const server = await startHostileServer(head => socket => {
    setTimeout(() => socket.end(page(tagsOf(head, 10), nextOf(head))), 20)
  })
  const budget = new Budget(500, { task: 'reading from the registry' })
  const client = new RegistryClient({ budget })
  budget.begin()
  await expect(
    new Repository(client, { registry: server.address, repository: 'a/b' }).listTags(),
  ).rejects.toThrow('reading from the registry did not end within 0.5 s')
  client.close()
  await server.close()
})
