import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** In milliseconds. */
export interface Timeouts {
  /** Until there is a connection, TLS included; for a proxy, until it has given its tunnel, and then as long again. */
  readonly connect: number
  /** Without a byte in either direction. A body's source or reader that is slow on our side does not count. */
  readonly idle: number
}

const TIMED_OUT: Readonly<Record<keyof Timeouts, (timeouts: Timeouts) => string>> = {
  connect: ({ connect }) => `no connection within ${connect / 1000} s`,
  idle: ({ idle }) => `nothing was sent or received for ${idle / 1000} s`,
}

/** Says in words, once, when a request takes longer than it may; `answer` tells what has come of it so far. */
export function watch(
  call: ClientRequest,
  timeouts: Timeouts,
  answer: () => IncomingMessage | undefined,
  onTimeout: (reason: string) => void,
): void {
  call.once('socket', (socket: Socket) => {
    const stopConnecting = watchConnecting(call, socket, timeouts.connect, () =>
      onTimeout(TIMED_OUT.connect(timeouts)),
    )
    const onIdle = (): void => {
      socket.setTimeout(timeouts.idle)
      if (!isOurTurn(call, answer())) onTimeout(TIMED_OUT.idle(timeouts))
    }
    socket.setTimeout(timeouts.idle).on('timeout', onIdle)
    call.once('close', () => {
      stopConnecting()
      socket.setTimeout(0).off('timeout', onIdle)
    })
  })
}

/** TLS begins anew on each connection, also on one through a proxy, which is there already. */
function watchConnecting(call: ClientRequest, socket: Socket, ms: number, onTimeout: () => void): () => void {
  const isSafe = 'encrypted' in socket
  if (call.reusedSocket || !(isSafe || socket.connecting)) return () => {}
  const timer = setTimeout(onTimeout, ms)
  const stop = (): void => clearTimeout(timer)
  socket.once(isSafe ? 'secureConnect' : 'connect', stop)
  return stop
}

/** Whether the connection is idle because our own side has not written or read what it could. */
function isOurTurn(call: ClientRequest, message: IncomingMessage | undefined): boolean {
  if (message) return message.readableLength > 0
  return !call.writableEnded && call.writableLength === 0
}
