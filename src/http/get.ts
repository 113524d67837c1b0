import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { codeOf } from '../util/error.js'
import { proxyFor } from './proxy.js'
import { ProxyError, proxyFailure, proxyRefusal } from './proxy-error.js'
import { Routes } from './route.js'
import { Transient } from './transient.js'

/**
 * The answer to a GET, as it comes and redirected nowhere, through the proxy that the environment names. Throws `Transient`
 * where the host cannot be reached, and `UserError` for a proxy that is none. For large files: `fetch` takes about twice the
 * processor's time for them.
 */
export async function get(url: URL, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<IncomingMessage> {
  const routes = new Routes({ http: http.globalAgent, https: https.globalAgent }, address =>
    proxyFor(address, env),
  )
  const { request, options, headers, reader } = routes.to(url)
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(unreachable(url, error))
    const all = {
      ...options,
      signal,
      headers: { 'accept-encoding': 'identity', ...loginOf(url), ...headers },
    }
    const call = request(all, response => {
      if (!reader || response.statusCode !== 407) return resolve(response)
      response.destroy()
      fail(proxyRefusal(reader, 407))
    })
    call.on('error', error => fail(reader ? proxyFailure(reader, error) : error))
    // Node.js ends a request for which there is no connection yet only when there is one.
    signal.addEventListener('abort', () => routes.close(), { once: true })
    call.once('close', () => routes.close())
    call.end()
  })
}

/** A name and password that stand in the address are for its server. */
function loginOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const login = [username, password].map(decodeURIComponent).join(':')
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
}

function unreachable({ host }: URL, error: Error): Transient {
  // Where several addresses were tried, the message is empty.
  const reason = error.message || codeOf(error)
  const variable = error instanceof ProxyError ? ` (${error.proxy.variable} names it)` : ''
  return new Transient(`${host} cannot be reached: ${reason}${variable}`, { cause: error })
}
