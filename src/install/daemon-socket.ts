import { connect } from 'node:net'
import { join } from 'node:path'

/** The first words of a client and of the daemon, each a number of 64 bits (worker protocol, libstore). */
const GREETING = Buffer.from('6378696e00000000', 'hex')
const ANSWER = Buffer.from('6f69786400000000', 'hex')

/** For how long a daemon that takes a connection may keep silent before it counts as none. */
export const PATIENCE_MS = 5000

/** Where the daemon of a Nix listens, by Nix's folder. */
export function socketIn(folder: string): string {
  return join(folder, 'var/nix/daemon-socket/socket')
}

/**
 * Whether a Nix daemon answers at a socket. It does so only when it has opened the store, which makes a fresh one
 * ready for many clients at once.
 */
export function answers(socket: string, patienceMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket)
    let heard = Buffer.alloc(0)
    const end = (ready: boolean): void => {
      connection.destroy()
      resolve(ready)
    }
    connection.setTimeout(patienceMs, () => end(false))
    connection.on('error', () => end(false))
    connection.on('close', () => end(false))
    connection.on('connect', () => connection.write(GREETING))
    connection.on('data', chunk => {
      heard = Buffer.concat([heard, chunk])
      if (heard.length >= ANSWER.length) end(heard.subarray(0, ANSWER.length).equals(ANSWER))
    })
  })
}
