import { Agent as PlainAgent } from 'node:http'
import { Agent as SafeAgent } from 'node:https'

type Env = Readonly<Record<string, string | undefined>>

/** The first releases of Node.js whose agents know of proxies, by major version; all later ones do. */
const SINCE: Readonly<Record<number, number>> = { 22: 21, 24: 5 }

export function knowsProxies(node = process.versions.node): boolean {
  const [major = 0, minor = 0] = node.split('.').map(Number)
  return major > 24 || minor >= (SINCE[major] ?? Number.POSITIVE_INFINITY)
}

/** The name of the variable that names a proxy for an address, where one does. */
export function proxyVariable({ protocol }: URL, env: Env): string | undefined {
  const name = `${protocol.slice(0, -1)}_proxy`
  return [name, name.toUpperCase()].find(variable => env[variable])
}

/** What leads requests to an address through the proxy that is set for it; `undefined` where none is, or Node.js knows none. */
export function proxyAgent(url: URL, env: Env): PlainAgent | undefined {
  const variable = proxyVariable(url, env)
  if (variable === undefined || !knowsProxies()) return undefined
  const Agent = url.protocol === 'https:' ? SafeAgent : PlainAgent
  const proxyEnv = { no_proxy: env.no_proxy || env.NO_PROXY, [variable]: withScheme(env[variable] ?? '') }
  return new Agent({ proxyEnv })
}

/** Others take `proxy:3128`, too. */
function withScheme(address: string): string {
  return address.includes('://') ? address : `http://${address}`
}
