import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { TOOLS } from './machine.js'

/** A fault for the next requests of a file. */
export type ReleaseFault =
  /** An answer with this status, without the file. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Half of the file with the Content-Length of the whole, then the connection breaks. */
  | { readonly kind: 'cut' }
  /** The file with one byte changed in the middle. */
  | { readonly kind: 'wrong' }
  /** Half of the file, then nothing. */
  | { readonly kind: 'stall' }
  /** The correct answer after a delay. */
  | { readonly kind: 'delay'; readonly milliseconds: number }

export interface ReleaseRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** `undefined` until it is answered; 0 if the connection broke. */
  status?: number
}

/** A loopback server for the prepared release tarball. All machines can reach it. */
export interface ReleaseServer {
  readonly origin: string
  /** The URL of the tarball, with the same path as on releases.nixos.org. */
  readonly url: string
  readonly version: string
  readonly sha256: string
  readonly size: number
  /** All requests since the start, in order. */
  readonly requests: readonly ReleaseRequest[]
  /** Applies to the next `times` (default: 1) requests of files whose name ends with `end` (default: the tarball). */
  fault(fault: ReleaseFault, options?: { readonly times?: number; readonly end?: string }): void
  /** Serves another file. The folder in the request is ignored. */
  add(name: string, content: Uint8Array): void
  close(): Promise<void>
}

/** Serves the files of a folder by name. The folder in the request is ignored. */
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
      send(request, response, changeByte(content))
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

/** Sends a file, or the rest of it if the request has a Range header. */
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

function changeByte(content: Buffer): Buffer {
  const copy = Buffer.from(content)
  const middle = copy.length >>> 1
  copy.writeUInt8(copy.readUInt8(middle) ^ 1, middle)
  return copy
}
