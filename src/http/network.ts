import { ExtraCertificates } from './extra-certificates.js'
import { createProxyLookup, type ProxyLookup } from './proxy.js'

type Env = Readonly<Record<string, string | undefined>>

/** What an environment says about the way to servers. */
export interface Network {
  readonly proxies: ProxyLookup
  readonly certificates: ExtraCertificates
}

const certificatesOf = new WeakMap<Env, ExtraCertificates>()

/** All clients for one environment share its certificates. Calls `onSecret` with each password of a proxy. */
export function networkOf(env: Env, onSecret?: (value: string) => void): Network {
  const certificates = certificatesOf.get(env) ?? new ExtraCertificates(env)
  certificatesOf.set(env, certificates)
  return { proxies: createProxyLookup(env, onSecret), certificates }
}
