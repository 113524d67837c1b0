import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'

/** An error answer in the format of Sigstore's services. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/**
 * One service on a loopback port.
 *
 * @param answer gets a request, and returns `{ status, body, type }`. `wrong` is the kind of wrong answer that is asked for.
 */
export async function startLoopbackService(answer) {
  const requests = []
  let faults = []
  let server
  let port = 0

  async function serve(request, response) {
    const { pathname: path, searchParams: query } = new URL(request.url, 'http://stand-in')
    const body = (await buffer(request)).toString()
    const { method, headers } = request
    const fault = faults.find(({ left }) => left > 0)
    if (fault) fault.left--
    const seen = { method, path, status: undefined }
    requests.push(seen)
    if (fault?.delayMs) await wait(fault.delayMs, undefined, { ref: false })
    const reply = fault?.status
      ? { status: fault.status, body: fault.body ?? { code: 13, message: fault.message ?? 'as asked for' } }
      : await replyTo(answer, { method, path, query, headers, body, wrong: fault?.wrong })
    seen.status = reply.status
    send(response, reply)
  }

  async function bringUp() {
    if (server?.listening) return
    server = createServer((request, response) => {
      serve(request, response).catch(error =>
        send(response, { status: 500, body: { message: String(error) } }),
      )
    })
    await once(server.listen(port, '127.0.0.1'), 'listening')
    port = server.address().port
  }

  async function takeDown() {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  await bringUp()
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    fail: fault => void faults.push({ ...fault, left: fault.times ?? 1 }),
    heal() {
      faults = []
      return bringUp()
    },
    takeDown,
  }
}

async function replyTo(answer, request) {
  try {
    return await answer(request)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: error.status, body: { code: error.status, message: error.message } }
  }
}

function send(response, { status, body, type = 'application/json' }) {
  response.writeHead(status, { 'content-type': type })
  response.end(Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body))
}
