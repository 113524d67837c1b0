import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getSafe } from 'node:https'
import { codeOf } from './error.js'
import { knowsProxies, proxyAgent, proxyVariable } from './proxy.js'
import { Transient } from './transient.js'

/**
 * The answer to a GET, as it comes and redirected nowhere, through the proxy that the environment names. Throws `Transient`
 * where the host cannot be reached. For large files: `fetch` takes about twice the processor's time for them.
 */
export function get(url: URL, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<IncomingMessage> {
  const from = url.protocol === 'https:' ? getSafe : getPlain
  const options = { signal, agent: proxyAgent(url, env), headers: { 'accept-encoding': 'identity' } }
  return new Promise((resolve, reject) => {
    from(url, options, resolve).on('error', error => {
      // Where several addresses were tried, the message is empty.
      const reason = error.message || codeOf(error)
      const message = `${url.host} cannot be reached: ${reason}${unusedProxy(url, env)}`
      reject(new Transient(message, { cause: error }))
    })
  })
}

function unusedProxy(url: URL, env: NodeJS.ProcessEnv): string {
  const variable = proxyVariable(url, env)
  if (variable === undefined || knowsProxies()) return ''
  return ` (${variable} is set, but this Node.js, ${process.versions.node}, uses no proxy: 24.5 or newer does)`
}
