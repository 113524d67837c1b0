import { createHash } from 'node:crypto'
import { getEventListeners, once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  type DownloadOptions,
  DownloadRefused,
  download,
  downloadText,
  ServerUnreachable,
} from '../../src/http/download.js'
import { HttpClient } from '../../src/http/http-client.js'
import { body, cut, QUICK, serve, stall, status, withFolder } from '../install/fixture.js'
import { rejection } from '../nix/fakes.js'
import { selfSigned } from './self-signed.js'

const BYTES = Buffer.alloc(3 << 20, 'bytes of some file')
const SHA256 = createHash('sha256').update(BYTES).digest('hex')

describe('a download', () => {
  const fetched = (folder: string, base: string, of: Partial<DownloadOptions> = {}): Promise<string[]> => {
    const seen: string[] = []
    const accept = (sha256: string): void => void seen.push(sha256)
    const options = { retry: QUICK, debug: () => {}, ...of }
    return download(`${base}/file?key=secret`, join(folder, 'in/file'), accept, options).then(() => seen)
  }

  test('has its name only when it is complete and verified', () =>
    withFolder(async folder => {
      await serve([body(BYTES)], async base => {
        expect(await fetched(folder, base)).toEqual([SHA256])
        expect((await readFile(join(folder, 'in/file'))).equals(BYTES)).toBe(true)
        expect(await readdir(join(folder, 'in'))).toEqual(['file'])
      })
    }))

  test('reports its bytes, and its size if the server sends it', () =>
    withFolder(async folder => {
      const withoutSize: ReturnType<typeof body> = (_, response) => void response.writeHead(200).end(BYTES)
      await serve([body(BYTES), withoutSize], async base => {
        for (const size of [BYTES.length, undefined]) {
          const reports: [number, number | undefined][] = []
          await fetched(folder, base, { onProgress: (...report) => void reports.push(report) })
          expect(reports.length).toBeGreaterThan(1)
          expect(reports.map(([received]) => received)).toEqual(
            reports.map(([received]) => received).toSorted((a, b) => a - b),
          )
          expect(reports.at(-1)).toEqual([BYTES.length, size])
        }
      })
    }))

  test.each([
    ['the server has an internal error', [status(500), status(503), body(BYTES)]],
    ['the server asks to wait', [status(429, { 'retry-after': '0' }), body(BYTES)]],
    ['the connection breaks', [cut(BYTES), body(BYTES)]],
    ['the server stops sending', [stall(BYTES), body(BYTES)]],
  ])('is retried when %s', (_, answers) =>
    withFolder(folder =>
      serve(answers, async (base, asked) => {
        expect(await fetched(folder, base, { idleTimeoutMs: 1000 })).toEqual([SHA256])
        expect(asked).toHaveLength(answers.length)
      }),
    ),
  )

  test('fails after its last try; the message contains no secrets of the URL', () =>
    withFolder(folder =>
      serve([status(500)], async (base, asked) => {
        const error = await rejection(fetched(folder, base))
        expect(error).toBeInstanceOf(ServerUnreachable)
        expect(error.message).toBe(
          `${base}/file?… cannot be downloaded: ${base.replace('http://', '')} answered 500 Internal Server Error: words`,
        )
        expect(asked).toHaveLength(3)
        expect(await readdir(folder)).toEqual([])
      }),
    ))

  test('is not retried if it is refused or has unexpected content', () =>
    withFolder(folder =>
      serve([status(404), body('other')], async (base, asked) => {
        expect(await rejection(fetched(folder, base))).toBeInstanceOf(DownloadRefused)
        const accept = (): never => {
          throw new Error('not that')
        }
        const options = { retry: QUICK, debug: () => {} }
        const other = await rejection(download(`${base}/file`, join(folder, 'in/file'), accept, options))
        expect(other.message).toBe('not that')
        expect(asked).toHaveLength(2)
        expect(await readdir(join(folder, 'in'))).toEqual([])
      }),
    ))

  test('follows a limited number of redirects', () =>
    withFolder(folder =>
      serve([status(302, { location: '/there' }), body(BYTES)], async (base, asked) => {
        await fetched(folder, base)
        expect(asked).toEqual(['/file?key=secret', '/there'])
        await serve([status(301, { location: '/again' })], async other => {
          expect((await rejection(fetched(folder, other))).message).toContain('more than 10 redirects')
        })
      }),
    ))

  test('does not follow a redirect from https to http', () =>
    withFolder(folder =>
      serve([body(BYTES)], async (plain, asked) => {
        const identity = selfSigned()
        const server = createServer(identity, (_, response) => {
          response.writeHead(302, { location: `${plain}/file` }).end()
        })
        await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
        const SSL_CERT_FILE = join(folder, 'ca.pem')
        await writeFile(SSL_CERT_FILE, identity.cert)
        try {
          const base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
          const error = await rejection(fetched(folder, base, { env: { SSL_CERT_FILE } }))
          expect(error.message).toBe(
            `${new URL(base).host} redirects from https to plain HTTP, ${plain}/file: not followed`,
          )
          expect(asked).toEqual([])
        } finally {
          server.closeAllConnections()
          server.close()
        }
      }),
    ))

  test.each([
    ['me:w%6Frd', 'me:word'],
    ['me:50%off', 'me:50%off'],
    ['me:50%%C3%A4%40', 'me:50%ä@'],
    ['me:%FF%41', 'me:%FF%41'],
    [':token', ':token'],
    ['me', 'me:'],
  ])('sends the user and password of a URL only to its server: %s', (login, sent) =>
    withFolder(async folder => {
      const seen: (string | undefined)[] = []
      const target = createHttpServer((request, response) => {
        seen.push(request.headers.authorization)
        response.end(BYTES)
      })
      await new Promise<void>(resolve => target.listen(0, '127.0.0.1', resolve))
      const location = `http://127.0.0.1:${(target.address() as AddressInfo).port}/file`
      const first = createHttpServer((request, response) => {
        seen.push(request.headers.authorization)
        response.writeHead(302, { location }).end()
      })
      await new Promise<void>(resolve => first.listen(0, '127.0.0.1', resolve))
      try {
        await fetched(folder, `http://${login}@127.0.0.1:${(first.address() as AddressInfo).port}`)
        expect(seen).toEqual([`Basic ${Buffer.from(sent).toString('base64')}`, undefined])
      } finally {
        for (const server of [first, target]) server.close()
      }
    }),
  )

  test('says why a host cannot be reached', () =>
    withFolder(async folder => {
      const error = await rejection(fetched(folder, 'http://127.0.0.1:1'))
      expect(error).toBeInstanceOf(ServerUnreachable)
      expect(error.message).toMatch(/the connection to 127\.0\.0\.1:1 failed: connect ECONNREFUSED/)
    }))

  test('ends at an abort and leaves no file', () =>
    withFolder(folder =>
      serve([stall(BYTES)], async base => {
        const abort = new AbortController()
        setTimeout(() => abort.abort(new Error('enough')), 50)
        const error = await rejection(fetched(folder, base, { signal: abort.signal }))
        expect(error.message).toBe('enough')
        expect(await readdir(join(folder, 'in'))).toEqual([])
      }),
    ))

  test('of a text has a size limit', () =>
    serve([body('a text'), body(BYTES)], async base => {
      const options = { retry: QUICK, debug: () => {} }
      expect(await downloadText(base, options)).toBe('a text')
      expect((await rejection(downloadText(base, options))).message).toContain('more than 65536 bytes')
    }))
})

test('a finished request removes its abort listener', () =>
  serve([body(Buffer.from('all'))], async base => {
    const { signal } = new AbortController()
    const client = new HttpClient()
    for (let n = 0; n < 20; n++) {
      const response = await client.send({ method: 'GET', url: new URL(base), headers: {}, signal })
      await once(response.body.resume(), 'close')
    }
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(getEventListeners(signal, 'abort')).toEqual([])
    client.close()
  }))
