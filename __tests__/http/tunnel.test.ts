import net, { type AddressInfo } from 'node:net'
import type { SecureVersion } from 'node:tls'
import { expect, test } from '@jest/globals'
import { proxyFor } from '../../src/http/proxy.js'
import { TunnelAgent } from '../../src/http/tunnel.js'
import { startWebProxy } from '../support/web-proxy.js'

test('if TLS cannot start, the tunnel is closed', async () => {
  const server = await startTarget()
  const web = await startWebProxy(server.port)
  const proxy = proxyFor(new URL('https://a.example/'), { HTTPS_PROXY: `http://${web.address}` })
  if (!proxy) throw new Error('a proxy was expected')
  const agent = new TunnelAgent(proxy, { minVersion: 'none' as SecureVersion })
  try {
    const failure = await new Promise<Error | null>(resolve =>
      agent.createConnection({ ...agent.options, host: 'a.example', port: 443 }, resolve),
    )
    expect(failure).toMatchObject({ code: 'ERR_TLS_INVALID_PROTOCOL_VERSION' })
    await server.ended
  } finally {
    agent.destroy()
    await web.close()
    server.close()
  }
})

/** A server that reports the end of its first connection. */
async function startTarget() {
  const server = net.createServer()
  const ended = new Promise<void>(resolve =>
    server.once('connection', socket =>
      socket
        .on('error', () => {})
        .resume()
        .once('close', () => resolve()),
    ),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, ended, close: () => server.close() }
}
