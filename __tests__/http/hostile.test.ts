import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { createGitHubApi } from '../../src/github/api.js'
import { download, downloadText } from '../../src/http/download.js'
import { HttpClient } from '../../src/http/http-client.js'
import { discardBody, readBytes } from '../../src/http/message.js'
import { systemClock } from '../../src/http/retry.js'
import { queryCache } from '../../src/nix/query-cache.js'
import { GrowingBuffer } from '../../src/util/growing-buffer.js'
import { type HostileServer, MISBEHAVIORS, reply, startHostileServer } from '../support/hostile-server.js'

jest.setTimeout(60_000)

/** A clock that does not wait between tries. */
const CLOCK = { ...systemClock, sleep: async () => {} }
const DOWNLOAD = {
  retry: { attempts: 1, firstWaitMs: 1 },
  debug: () => {},
  idleTimeoutMs: 200,
  limits: { bytes: 10_000_000, ms: 2000 },
  env: {},
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(answerTo: Parameters<typeof startHostileServer>[0]): Promise<HostileServer> {
  const server = await startHostileServer(answerTo)
  closers.push(server.close)
  return server
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Requests that a server must not be able to prolong. */
const TASKS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'a download': url => download(url, join(folder, 'file'), refuse, DOWNLOAD),
  'a download of a text': url => downloadText(url, DOWNLOAD).then(refuse),
  "a request to GitHub's API": url =>
    createGitHubApi({
      url,
      env: {},
      clock: CLOCK,
      timeouts: { connect: 5000, idle: 200, answer: 300 },
    }).request('GET', '/repos'),
  'a question to a binary cache': async url => {
    const answer = await queryCache(url, { headers: {} }, { env: {}, clock: CLOCK, timeout: 300 })
    if (answer.status === 200 && answer.text !== '{}') refuse()
    throw new Error('refused, or answered')
  },
}

/** The bytes that a test server sends as a whole are not the expected ones. */
function refuse(): never {
  throw new Error('wrong content')
}

describe('a server that does not answer ends within its time, whatever it sends:', () => {
  test.each(Object.entries(TASKS))('%s', async (_, run) => {
    const late = await Promise.all(
      Object.entries(MISBEHAVIORS).map(async ([name, misbehave]) => {
        const server = await serve(() => misbehave)
        const started = Date.now()
        const succeeded = await run(`http://${server.address}/file`).then(
          () => true,
          () => false,
        )
        const isLate = Date.now() - started > 15_000
        return succeeded || isLate ? name : undefined
      }),
    )
    expect(late.filter(Boolean)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })
})

test('a download of more bytes than its limit ends, and leaves no file', async () => {
  const server = await serve(() => MISBEHAVIORS['a body without end'] ?? (() => {}))
  const options = { ...DOWNLOAD, limits: { bytes: 100_000, ms: 30_000 } }
  const running = download(`http://${server.address}/file`, join(folder, 'file'), () => {}, options)
  await expect(running).rejects.toThrow('it has more than 100 kB')
  expect(await readdir(folder)).toEqual([])
})

test('a download that always moves, but too slowly, ends', async () => {
  const server = await serve(() => socket => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n')
    const timer = setInterval(() => socket.write(Buffer.alloc(5000)), 10)
    socket.once('close', () => clearInterval(timer))
  })
  const options = { ...DOWNLOAD, limits: { bytes: 1e9, ms: 1000 } }
  const running = download(`http://${server.address}/file`, join(folder, 'file'), () => {}, options)
  await expect(running).rejects.toThrow('the download did not end within 1.0 s')
})

describe('a slow response', () => {
  const client = new HttpClient({ timeouts: { connect: 5000, idle: 1500, answer: 2000 } })
  afterAll(() => client.close())
  const get = async (pieces: readonly string[], pauseMs: number) => {
    const server = await serve(() => async socket => {
      for (const piece of pieces) {
        if (socket.destroyed) return
        socket.write(piece)
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
      socket.end()
    })
    const response = await client.send({
      method: 'GET',
      url: new URL(`http://${server.address}/`),
      headers: {},
    })
    return response
  }

  test('that ends within its limits is read', async () => {
    const response = await get(['HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n', 'a', 'b', 'c'], 50)
    expect(String(await readBytes(response, 3))).toBe('abc')
  })

  test('has a limit for its whole time', async () => {
    const pieces = [
      'HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n',
      ...Array(500).fill('a'.repeat(10_000)),
    ]
    const response = await get(pieces, 20)
    await expect(readBytes(response, 9_000_000)).rejects.toThrow('the answer did not end within 2 s')
  })

  test('is not waited for if its body is not needed', async () => {
    const response = await get(
      ['HTTP/1.1 200 OK\r\ncontent-length: 3000\r\n\r\n', ...Array(500).fill('a')],
      100,
    )
    const started = Date.now()
    await discardBody(response)
    expect(Date.now() - started).toBeLessThan(10_000)
  })
})

test('a body that its reader takes slowly is not too slow', async () => {
  const size = 3_000_000
  const server = await serve(() => reply(200, {}, 'a'.repeat(size)))
  const client = new HttpClient({ timeouts: { connect: 5000, idle: 700, answer: 3000 } })
  const { body } = await client.send({
    method: 'GET',
    url: new URL(`http://${server.address}/`),
    headers: {},
  })
  let received = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (received === 0) await new Promise(resolve => setTimeout(resolve, 1500))
    received += chunk.length
  }
  expect(received).toBe(size)
  client.close()
})

test('a growing buffer contains the bytes of all chunks', () => {
  const bytes = new GrowingBuffer()
  expect(bytes.read()).toEqual(Buffer.alloc(0))
  const chunks = Array.from({ length: 300 }, (_, n) => Buffer.alloc(n, n % 256))
  for (const chunk of chunks) bytes.add(chunk)
  expect(bytes.read().equals(Buffer.concat(chunks))).toBe(true)
})
