import net, { type AddressInfo, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** Answers a request with raw bytes. The connection is closed after the test. */
export type Misbehavior = (socket: Socket) => void

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`
const DRIP_MS = 20
/** The first byte of a connection with TLS. */
const TLS_HANDSHAKE = 0x16

/** Writes the start, and then a piece from time to time. */
function drip(start: string, piece: string): Misbehavior {
  return socket => {
    socket.write(start)
    const timer = setInterval(() => socket.write(piece), DRIP_MS)
    socket.once('close', () => clearInterval(timer))
  }
}

/** Writes the start, and then pieces as fast as they are read. */
function flood(start: string, piece: string): Misbehavior {
  const pieces = piece.repeat(Math.ceil(2 ** 16 / piece.length))
  return socket => {
    const fill = (): void => {
      while (!socket.destroyed && socket.write(pieces));
    }
    socket.on('drain', fill)
    socket.write(start)
    fill()
  }
}

function answer(text: string | Buffer): Misbehavior {
  return socket => void socket.end(text)
}

const PACKED = gzipSync('{"tags":["a"],"token":"secret-token"}')

/** Ways in which a server does not answer. After none of them, there is a usable body. */
export const MISBEHAVIORS: Readonly<Record<string, Misbehavior>> = {
  'no answer': () => {},
  'a byte of a header from time to time': drip('HTTP/1.1 200 OK\r\nx: ', 'a'),
  'a header from time to time': drip(OK, 'x: a\r\n'),
  'a byte of a body from time to time': drip(CHUNKED, '1\r\na\r\n'),
  'a byte of a body with a length from time to time': drip(`${OK}content-length: 1000000\r\n\r\n`, ' '),
  'a byte of an error from time to time': drip('HTTP/1.1 500 Error\r\ncontent-length: 60000\r\n\r\n', 'a'),
  'interim responses without end': flood('', 'HTTP/1.1 102 Processing\r\n\r\n'),
  'an interim response from time to time': drip('', 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n'),
  'headers without end': flood(OK, 'x-header: aaaaaaaaaaaaaaaa\r\n'),
  'a body without end': flood(CHUNKED, '10\r\n                \r\n'),
  'an error without end': flood('HTTP/1.1 500 Error\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\na\r\n'),
  'trailers without end': flood(`${CHUNKED}0\r\n`, 'x-trailer: aaaaaaaaaaaaa\r\n'),
  'an extension of a chunk without end': flood(`${CHUNKED}1;`, 'aaaaaaaaaaaaaaaa'),
  'a redirect to itself': socket =>
    void socket.end('HTTP/1.1 307 Redirect\r\nlocation: ?\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
  'a body that is too short': answer(`${OK}content-length: 100\r\n\r\n{"tags":`),
  'a length that is no number': answer(`${OK}content-length: 1e3\r\n\r\n{}`),
  'two lengths': answer(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
  'a compressed body': answer(
    Buffer.concat([
      Buffer.from(
        `${OK}content-encoding: gzip\r\ncontent-length: ${PACKED.length}\r\nconnection: close\r\n\r\n`,
      ),
      PACKED,
    ]),
  ),
  'a wait of years': answer(
    'HTTP/1.1 429 Too Many Requests\r\nretry-after: 99999999999\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
  ),
  'something else than HTTP': flood('', '\u0000\u0001garbage'),
}

export interface HostileServer {
  /** `127.0.0.1:PORT` */
  readonly address: string
  close(): Promise<void>
}

/**
 * Starts a server of raw connections.
 *
 * @param answerTo gets the request line and the headers; a body is read and dropped
 */
export async function startHostileServer(
  answerTo: (head: string, address: string) => Misbehavior | string,
): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    let head = ''
    socket.on('data', chunk => {
      // A client may ask with TLS whether the server expects it. Without an answer, it would wait for its whole timeout.
      if (head === '' && chunk[0] === TLS_HANDSHAKE) {
        socket.destroy()
        return
      }
      if (head.includes('\r\n\r\n')) return
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      const reply = answerTo(head, address)
      if (typeof reply === 'string') socket.end(reply)
      else reply(socket)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** A whole response, after which the connection is closed. */
export function reply(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const all = { 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n${body}`
}
