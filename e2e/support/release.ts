import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { TOOLS } from './machine.js'

/** What happens to the next requests for a file instead of the whole, true answer. */
export type ReleaseFault =
  /** The status, and no more of use. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Half of the bytes, of the length that was announced, then the connection breaks. */
  | { readonly kind: 'cut' }
  /** As long as it should be, with one byte changed in the middle. */
  | { readonly kind: 'wrong' }
  /** Half of the bytes, and then nothing for ever. */
  | { readonly kind: 'stall' }
  /** The true answer, later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }

export interface ReleaseRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** Undefined while it is not answered; 0 when the connection broke. */
  status?: number
}

/** The prepared release tarball behind a server on the loopback, which every machine reaches. */
export interface ReleaseServer {
  readonly origin: string
  /** As releases.nixos.org has it below its own origin. */
  readonly url: string
  readonly version: string
  readonly sha256: string
  readonly size: number
  /** All requests since the start, in order. */
  readonly requests: readonly ReleaseRequest[]
  /** For the next `times` requests (1 if absent) of a file whose name ends so: the tarball, unless `.sha256` is said. */
  fault(fault: ReleaseFault, options?: { readonly times?: number; readonly end?: string }): void
  /** Serves one more file, under any folder. */
  add(name: string, content: Uint8Array): void
  close(): Promise<void>
}

/** Serves what lies in the folder, by name: the folder in a request does not count. */
export async function serveRelease(folder = join(TOOLS, 'release')): Promise<ReleaseServer> {
  const files = new Map(
    readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => [name, readFileSync(join(folder, name))]),
  )
  const tarball = [...files.keys()].find(name => name.endsWith('.tar.xz'))
  if (tarball === undefined) throw new Error(`no tarball in ${folder}: run e2e/setup.sh first`)
  const requests: ReleaseRequest[] = []
  const faults: { fault: ReleaseFault; end: string; times: number }[] = []

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const entry: ReleaseRequest = { method: request.method ?? '', path, headers: request.headers }
    requests.push(entry)
    response.once('close', () => {
      entry.status = response.writableFinished ? response.statusCode : 0
    })
    const planned = faults.find(({ end, times }) => times > 0 && path.endsWith(end))
    if (planned) planned.times--
    answer(request, response, files.get(basename(path)), planned?.fault)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const version = /^nix-([\d.]+)-/.exec(tarball)?.[1] ?? ''
  return {
    origin,
    url: `${origin}/nix/nix-${version}/${tarball}`,
    version,
    sha256: String(files.get(`${tarball}.sha256`)),
    size: files.get(tarball)?.length ?? 0,
    requests,
    fault: (fault, { times = 1, end = '.tar.xz' } = {}) => faults.push({ fault, end, times }),
    add: (name, content) => files.set(name, Buffer.from(content)),
    close: () => {
      const closed = new Promise<void>(done => server.close(() => done()))
      server.closeAllConnections()
      return closed
    },
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer | undefined,
  fault: ReleaseFault | undefined,
): void {
  if (content === undefined) end(response, 404)
  else if (fault === undefined) send(request, response, content)
  else fail(request, response, content, fault)
}

function fail(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  fault: ReleaseFault,
): void {
  switch (fault.kind) {
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      end(response, fault.status)
      break
    case 'wrong':
      send(request, response, changed(content))
      break
    case 'delay':
      setTimeout(() => send(request, response, content), fault.milliseconds).unref()
      break
    case 'cut':
    case 'stall':
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, content.length >>> 1), () => {
        if (fault.kind === 'cut') response.destroy()
      })
  }
}

const end = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`status ${status}\n`)
}

/** The rest of a file where the client asks for it from a byte on, as mirrors do. */
function send(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const part = first < content.length ? content.subarray(first) : content
  if (part.length < content.length) {
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${first}-${content.length - 1}/${content.length}`)
  }
  response.writeHead(response.statusCode, { 'content-length': part.length, 'accept-ranges': 'bytes' })
  response.end(part)
}

function changed(content: Buffer): Buffer {
  const copy = Buffer.from(content)
  const middle = copy.length >>> 1
  copy.writeUInt8(copy.readUInt8(middle) ^ 1, middle)
  return copy
}
