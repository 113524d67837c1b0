import { UserError } from '../util/error.js'
import { urlFrom } from '../util/url.js'
import { needsNoProxy } from './no-proxy.js'

/** What stands between us and a server because a variable says so. */
export interface WebProxy {
  /** Its own address, without user and password. */
  readonly url: URL
  /** The header for its user and password, where it has some. */
  readonly authorization: string | undefined
  /** The variable that names it. */
  readonly variable: string
}

/** The proxy for an address; `undefined` for none. */
export type Proxies = (url: URL) => WebProxy | undefined

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxy that `https_proxy` or `http_proxy`, in small letters or in capitals, name for an address, unless `no_proxy` excepts it.
 * Throws `UserError` where that is none that we can use.
 */
export function proxyFor(url: URL, env: Env): WebProxy | undefined {
  const variable = variableFor(url, env)
  if (variable === undefined || needsNoProxy(url, env.no_proxy || env.NO_PROXY || '')) return undefined
  const proxy = urlOf(variable, env)
  return { url: new URL(proxy.origin), authorization: authorizationOf(proxy), variable }
}

/** As `proxyFor`, for one environment. Passwords in it are told before anything else. */
export function proxiesOf(env: Env, onSecret: (value: string) => void = () => {}): Proxies {
  for (const name of VARIABLES) {
    const { password = '' } = urlFrom(withScheme(env[name] ?? '')) ?? {}
    for (const secret of new Set([password, decoded(password)])) if (secret !== '') onSecret(secret)
  }
  return url => proxyFor(url, env)
}

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']

function variableFor({ protocol }: URL, env: Env): string | undefined {
  const name = `${protocol.slice(0, -1)}_proxy`
  return [name, name.toUpperCase()].find(variable => env[variable])
}

/** The value is not told when it is wrong, since it may hold a password. */
function urlOf(variable: string, env: Env): URL {
  const url = urlFrom(withScheme(env[variable] ?? ''))
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url
  const isNone = !url || url.hostname === ''
  throw new UserError(
    isNone
      ? `${variable} does not hold the address of a proxy`
      : `${variable} names a proxy of a kind that cannot be used, ${url.protocol}//`,
    { hint: `Proxies are named as ${variable}=http://host:port, or with https://.` },
  )
}

/** Others take `proxy:3128`, too. */
function withScheme(address: string): string {
  return address.includes('://') ? address : `http://${address}`
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
