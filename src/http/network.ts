import { ExtraCertificates } from './extra-certificates.js'
import { type ProxyLookup, proxyFor } from './proxy.js'

type Env = Readonly<Record<string, string | undefined>>

/** What an environment says about the way to servers. */
export interface Network {
  readonly proxies: ProxyLookup
  readonly certificates: ExtraCertificates
}

const certificatesOf = new WeakMap<Env, ExtraCertificates>()

/** All clients for one environment share its certificates. */
export function networkOf(env: Env): Network {
  const certificates = certificatesOf.get(env) ?? new ExtraCertificates(env)
  certificatesOf.set(env, certificates)
  return { proxies: url => proxyFor(url, env), certificates }
}
