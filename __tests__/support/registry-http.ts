import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Reply {
  status: number
  headers?: Record<string, string>
  body?: Buffer
}

/** A request, with the point at which its connection breaks. */
export interface RegistryRequest {
  request: IncomingMessage
  url: URL
  params: Readonly<Record<string, string>>
  /** Break the connection after this many bytes. */
  breakAfter: number | undefined
}

/** An endpoint. The groups of `path` are named; `access` applies to the repository in the group `name`. */
export interface Route {
  methods: readonly string[]
  path: RegExp
  access: 'pull' | 'push'
  handle(asked: RegistryRequest): Reply | Promise<Reply>
}

/** Thrown in functions that cannot return a reply. */
export class Refused extends Error {
  readonly reply: Reply
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`)
    this.reply = reply
  }
}

/** The connection was broken deliberately, or by the client. */
export class Broken extends Error {}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  const body = Buffer.from(JSON.stringify(value))
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** An error in the format of the distribution specification; `code` is one of its codes. */
export function errorReply(status: number, code: string, message = code.toLowerCase()): Reply {
  return json(status, { errors: [{ code, message }] })
}

/** The request body; answers 413 if it is longer than `most` bytes. */
export async function* bodyChunks(
  { request, breakAfter }: Pick<RegistryRequest, 'request' | 'breakAfter'>,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (breakAfter !== undefined && size >= breakAfter) throw new Broken()
      if (size <= most) yield chunk
    }
  } catch {
    throw new Broken()
  }
  if (size > most) throw new Refused(errorReply(413, 'SIZE_INVALID', `more than ${most} bytes`))
}

export async function bodyOf(
  asked: Pick<RegistryRequest, 'request' | 'breakAfter'>,
  most?: number,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of bodyChunks(asked, most)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Sends the reply, or half of its body and then nothing. */
export async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  cut: boolean,
): Promise<void> {
  const { status, headers = {}, body = Buffer.alloc(0) } = reply
  response.writeHead(status, { ...(status !== 204 && { 'content-length': body.length }), ...headers })
  if (request.method === 'HEAD') response.end()
  else if (!cut) response.end(body)
  else {
    await new Promise<void>(resolve => response.write(body.subarray(0, body.length / 2), () => resolve()))
    throw new Broken()
  }
}
